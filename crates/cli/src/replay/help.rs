//! What `ballast replay --help` says around the options.

/// Above them.
pub const LONG_ABOUT: &str = "\
Replay a price path against a vault and an identical borrower without one.

Twins with the same collateral (--collateral) and debt (USDC) live on one simulated chain that runs the real
contracts of Blend v2, Comet and Ballast: one in a vault, one bare. A third, untouched by anyone, is
arithmetic. Ledgers close every 5 s; the oracle updates every 300 s; an arbitrageur keeps the AMM at the
market's price, interpolated within the bar; interest accrues; a keeper acts when the quote pays; a
liquidator opens an auction as soon as the pool lets it and fills it when its margin is met, for either
twin. The borrowers do nothing.

Without --prices it replays the crash of 2025-10-10 (XLM, 20:30 to 00:30 UTC).

With --every and --horizon it replays many episodes of one length, one from every start, on as many cores
as there are, under every combination of the lists of settings and of the policies, and says what they
have in common: first the table of settings and policies, then each policy over all settings. They run on
the vault's own arithmetic, the AMM's formula and the auction's law (--engine core); a sample is run again
on the contracts and must agree (--check).";

/// Below them.
pub const AFTER_LONG_HELP: &str = "\
FIGURES (values at the market's price of the moment, USD)
  sold        collateral sold, in steps and in filled auctions
  cost        what was given up on it, basis points: value sold less debt repaid and idle assets gained;
              negative if the twin gained
  equity      collateral less debt, not below zero, idle assets of the vault included
  untouched   the same of the position as it began, had nobody touched it
  regret      what was sold although the position would never have been liquidated: everything that the
              vault sold if no auction of the bare twin was filled, else zero

FIGURES OF MANY EPISODES (basis points are of the collateral at the episode's first price)
  auctioned   share of the episodes in which an auction was opened; filled: in which one was filled
  vault-bare  equity at the end, vault less bare; vault-untouched likewise
  se          standard error of the mean after Newey and West (1987), lag = horizon / every: episodes that
              overlap share days and are not independent. It knows nothing of crashes that the bars do
              not hold
  5%, 1%      so many of the episodes lie below; quantiles in a straight line between neighbours
  spells      groups of overlapping episodes in which the bare twin was filled
  cost        all episodes: given up over sold (sold), and mean over collateral (coll)

FILES
  --prices    CSV, gzipped or not, with a header that names ts, open, high, low, close (further columns
              are ignored); ts is the bar's start. Gaps of up to 24 h are bridged in a straight line.
              Episodes across longer ones are left out and counted.
  --policy    TOML with the fields of the vault's policy (soft_e7, target_e7, hard_e7, step_min_e7,
              step_max_e7, discount_min_e7, discount_max_e7, sold_budget_e7, window_ledgers,
              max_cost_of_equity_e7, max_price_age_seconds, max_price_deviation_e7, use_previous_round,
              reserve_first, dust_reserve_e7, rescue_target_e7, rescue_window_ledgers, volatility_z_e2,
              volatility_shift_max_e7); what it does not name is that of the preset that it names
              (preset = \"early\", \"balanced\", \"late\"), otherwise of the default policy. 10000000 is
              100%.
  --policy-grid  the same; a table [grid] holds lists of values (soft_e7 = [9000000, 9300000],
              preset = [\"early\", \"late\"]), and every combination that breaks no rule is a policy.

EXIT CODES
  0 done, 1 failed (or the engines disagree), 2 wrong arguments";
