//! An accepted step, judged anew: every figure is computed here, from the ledger and the oracles.

use crate::action::Route;
use crate::book::{ceil, floor, Book, E12, E7, TOKEN};
use crate::effect::{Before, VaultBefore};
use crate::entries::{self, RESERVES};
use crate::reading::Auction;
use crate::rules::{
    self, bearable, between, fill_at, fill_cost, ramp, step_cap, FILLERS_MARGIN_E7,
};
use crate::world::{Window, World};
use ballast_interfaces::vault::{SecondSource, StepReport, VaultPolicy};

/// A step must land within this of its target, 7 decimals.
const TOLERANCE_E7: i128 = 50_000;

/// An accepted step.
#[derive(Clone)]
pub struct Taken {
    pub vault: usize,
    pub route: Route,
    /// Collateral sold and debt repaid.
    pub pair: (usize, usize),
    pub sell: i128,
    pub bid: i128,
    pub report: StepReport,
    pub policy: VaultPolicy,
}

impl Taken {
    pub fn check(&self, world: &mut World, before: &Before, after: &Before) {
        let (then, now) = (&before.vaults[self.vault], &after.vaults[self.vault]);
        let [start, end] = books(world, then, now);
        let judged = Self {
            policy: rules::in_force(world, &self.policy, &start),
            ..self.clone()
        };
        judged.judge(world, before, after, start, end);
    }

    fn judge(&self, world: &mut World, before: &Before, after: &Before, start: Book, end: Book) {
        let gained = gain(before, after);
        let (then, now) = (&before.vaults[self.vault], &after.vaults[self.vault]);
        let (sold, repaid) = self.pair;
        let (policy, report) = (&self.policy, &self.report);

        // Only while keepers may act, only at fresh prices, only at risk.
        let off = entries::stored(&then.instance, "AutomationOff");
        assert!(off.is_none(), "a step with automation off");
        self.check_prices(world, &start);
        assert!(start.risk_e7() >= i128::from(policy.soft_e7), "below soft");

        let spent = report.reserve_spent;
        let middle = if spent > 0 {
            self.check_reserve(&start, then)
        } else {
            start.clone()
        };
        // Promise 6: nothing idle is touched but the reserve, by its rule.
        for asset in 0..RESERVES {
            let allowed = if asset == repaid { spent } else { 0 };
            assert!(
                now.idle[asset] >= then.idle[asset] - allowed,
                "idle {asset} fell: {report:?}"
            );
        }
        assert!(
            then.auction.is_none() || now.auction.is_none(),
            "auction left"
        );
        if report.sold == 0 {
            assert!(
                middle.risk_e7() < i128::from(policy.soft_e7),
                "nothing was sold"
            );
            assert_eq!(end.shares, middle.shares, "no sale, other shares");
            assert_eq!(now.idle[repaid], then.idle[repaid] - spent);
            assert!(gained.iter().all(|gain| *gain <= 0), "gain without a sale");
            return;
        }

        // What was sold and repaid is what was proposed.
        assert_eq!(report.sold, self.sell);
        self.check_shares(&middle, &end);
        let kept = self.bid.min(middle.owed(repaid));
        let rescue = then.auction.as_ref().filter(|_| spent == 0);
        let netting = sold == repaid;
        if rescue.is_none() {
            assert!(middle.risk_e7() < E7, "beyond 100% the clock decides");
        }

        // Promise 2: floor and cost.
        let discount_e7 = match (netting, rescue) {
            (true, _) => 0,
            (_, None) => ramp(policy, &middle).min(bearable(policy, &middle)),
            (_, Some(auction)) => self
                .rescue_discount(world, auction, &middle)
                .min(bearable(policy, &middle)),
        };
        let (dear, cheap) = if netting {
            (1, 1)
        } else {
            self.floor_ratio(world, &middle, rescue.is_some())
        };
        let fair = ceil(self.sell, dear, cheap);
        let least = ceil(fair, E7 - discount_e7, E7);
        assert!(kept >= least, "repaid {kept} for a floor of {least}");
        let sold_value = ceil(middle.prices[sold], self.sell, TOKEN);
        let cost = sold_value - floor(middle.prices[repaid], kept, TOKEN);
        let share = floor(middle.equity(), policy.max_cost_of_equity_e7.into(), E7);
        let rounding = middle.prices[sold] / TOKEN + middle.prices[repaid] / TOKEN + 2;
        assert!(
            cost <= share + rounding,
            "cost {cost} of a share of {share}"
        );
        // Promise 1: what others gain is the discount.
        let value = floor(gained[sold], dear, cheap) + gained[repaid];
        let granted = fair - floor(fair, E7 - discount_e7, E7) + 2;
        assert!(
            netting || value <= granted.max(0),
            "gain {value} of {granted}"
        );
        for (asset, gain) in gained.iter().enumerate() {
            let of_the_pair = !netting && (asset == sold || asset == repaid);
            assert!(of_the_pair || *gain <= 0, "gain of asset {asset}");
        }

        // Promise 3: health.
        self.check_landing(world, &middle, &end, rescue.is_some());
        match rescue {
            Some(auction) => {
                assert!(
                    end.risk_e7() <= i128::from(policy.rescue_target_e7),
                    "no rescue"
                );
                let most = fill_cost(world, auction, &middle);
                assert!(cost <= most + rounding, "too deep: {cost} of {most}");
            }
            None => self.check_size(world, &middle, &end, sold_value),
        }
        self.charge(world, &middle, sold_value);
    }

    fn check_prices(&self, world: &World, start: &Book) {
        let now = world.chain().timestamp();
        for leg in (0..RESERVES).filter(|leg| start.uses(*leg)) {
            let oracle = &world.system.market.oracle;
            let last = oracle.last_price(world.asset(leg)).expect("alive");
            let last = last.expect("a price");
            assert!(last.price > 0, "price of {leg}");
            let age = now.saturating_sub(last.timestamp);
            assert!(age <= self.policy.max_price_age_seconds, "stale: {age}");
        }
    }

    /// The reserve's rule; the position after it.
    fn check_reserve(&self, start: &Book, then: &VaultBefore) -> Book {
        let (policy, debt, spent) = (&self.policy, self.pair.1, self.report.reserve_spent);
        assert!(policy.reserve_first, "the reserve is off");
        assert!(spent <= then.idle[debt]);
        let dust = floor(start.owed(debt), policy.dust_reserve_e7.into(), E7);
        assert!(then.idle[debt] >= dust, "dust was spent");
        let middle = start.repaid(debt, spent);
        let target = if then.auction.is_some() {
            policy.rescue_target_e7
        } else {
            policy.target_e7
        };
        assert!(
            middle.risk_e7() >= i128::from(target),
            "the reserve went further than the target: {}",
            middle.risk_e7()
        );
        middle
    }

    fn check_shares(&self, middle: &Book, end: &Book) {
        let (sold, repaid) = self.pair;
        for leg in 0..RESERVES {
            let (then, now) = (middle.shares[leg], end.shares[leg]);
            let burned = ceil(self.sell, E12, middle.reserves[leg].b_rate);
            let dust = middle.reserves[leg].d_rate / E12 + 4;
            let lost = then.b - now.b;
            let most = match (leg == sold, self.route) {
                (false, _) => 0,
                (true, Route::Flash | Route::Venue) => burned + dust,
                (true, _) => burned,
            };
            assert!(lost <= most, "collateral {leg}: {lost} of {most}");
            let paid = if leg == repaid { self.bid } else { 0 };
            let least = floor(paid, E12, middle.reserves[leg].d_rate).min(then.d);
            assert!(then.d - now.d >= least, "debt {leg}: {then:?} {now:?}");
        }
    }

    /// The ratio under which nothing is sold, as a fraction: highest of the sources.
    fn floor_ratio(&self, world: &World, book: &Book, latest_only: bool) -> (i128, i128) {
        let (sold, repaid) = self.pair;
        let latest = (book.prices[sold], book.prices[repaid]);
        let mut highest = latest;
        let mut raise = |ratio: (i128, i128)| {
            if ratio.0 as f64 / ratio.1 as f64 > highest.0 as f64 / highest.1 as f64 {
                highest = ratio;
            }
        };
        let previous = |leg| rules::previous_price(world, &self.policy, leg);
        if self.policy.use_previous_round && !latest_only {
            if let (Some(of_sold), Some(of_repaid)) = (previous(sold), previous(repaid)) {
                raise((of_sold, of_repaid));
            }
        }
        if let SecondSource::Feed(feed) = &self.policy.second_oracle {
            let now = world.chain().timestamp();
            let second = |leg: usize| {
                let last = world.second.last_price(world.asset(leg)).ok().flatten()?;
                let age = now.saturating_sub(last.timestamp);
                let fresh = age <= self.policy.max_price_age_seconds;
                (last.price > 0 && fresh).then_some(last.price)
            };
            match (second(sold), second(repaid)) {
                (Some(of_sold), Some(of_repaid)) => {
                    let ratio = of_sold as f64 / of_repaid as f64;
                    let pools = latest.0 as f64 / latest.1 as f64;
                    let most = f64::from(self.policy.max_price_deviation_e7) / 1e7;
                    assert!(
                        (ratio / pools - 1.0).abs() <= most + 1e-9,
                        "sources diverge"
                    );
                    raise((of_sold, of_repaid));
                }
                _ => assert!(!feed.required, "the required oracle has no price"),
            }
        }
        highest
    }

    /// The discount that the auction's clock grants.
    fn rescue_discount(&self, world: &World, auction: &Auction, book: &Book) -> i128 {
        let age = world.chain().sequence().saturating_sub(auction.start);
        let policy = &self.policy;
        let (lot, bid) = fill_at(auction, book, age + policy.rescue_window_ledgers);
        assert!(
            lot >= ceil(bid, E7 - FILLERS_MARGIN_E7, E7),
            "the rescue came too early: {lot} for {bid}"
        );
        let (lot, bid) = fill_at(auction, book, age);
        let full = floor(bid, FILLERS_MARGIN_E7, E7);
        let reached = match full {
            0 => E7,
            _ => floor((lot - bid).max(0), E7, full).min(E7),
        };
        let clock = between(policy.discount_min_e7, policy.discount_max_e7, reached);
        clock.min(E7 - ceil(bid, E7, lot))
    }

    fn check_landing(&self, world: &World, middle: &Book, end: &Book, rescue: bool) {
        let (before, after) = (middle.risk_e7(), end.risk_e7());
        assert!(after < before, "health fell: {before} to {after}");
        assert!(end.healthy(), "the pool would refuse");
        let aim: i128 = if rescue && before > i128::from(self.policy.rescue_target_e7) {
            self.policy.rescue_target_e7.into()
        } else {
            self.policy.target_e7.into()
        };
        let least = aim - TOLERANCE_E7;
        if after < least {
            assert!(!end.has_debt(), "landed at {after}, aim {aim}");
            assert!(
                self.closes_stub(world, middle, end, least),
                "cleared without a stub to close"
            );
        }
    }

    /// Whether a step that stops at `least` would leave less than the pool's minimum.
    fn closes_stub(&self, world: &World, middle: &Book, end: &Book, least: i128) -> bool {
        let (collateral, liability) = (middle.collateral_base(), middle.liability_base());
        let freed = collateral - end.collateral_base();
        let aim = least as f64 / 1e7;
        let share =
            (liability as f64 - aim * collateral as f64) / (liability as f64 - aim * freed as f64);
        let left = collateral as f64 - share * freed as f64;
        left < world.limits().min_collateral as f64 * (1.0 + 1e-9) + 1e9
    }

    fn check_size(&self, world: &World, middle: &Book, end: &Book, sold_value: i128) {
        let risk = middle.risk_e7();
        let stub = !end.has_debt() && world.limits().min_collateral > 0;
        if risk >= i128::from(self.policy.hard_e7) || stub {
            return;
        }
        let cap = step_cap(&self.policy, risk);
        let most = ceil(middle.debt_value(), cap, E7);
        assert!(sold_value <= most, "sold {sold_value} of {most}");
        let window = self.window(world, middle);
        assert!(
            window.sold + sold_value <= window.budget,
            "budget: {window:?} {sold_value}"
        );
    }

    fn window(&self, world: &World, middle: &Book) -> Window {
        let now = world.chain().sequence();
        let running = world.memory.windows[self.vault]
            .filter(|window| window.budget > 0 && now - window.start < self.policy.window_ledgers);
        running.unwrap_or_else(|| {
            let step = floor(
                middle.debt_value(),
                step_cap(&self.policy, middle.risk_e7()),
                E7,
            );
            Window {
                start: now,
                budget: floor(step, self.policy.sold_budget_e7.into(), E7),
                sold: 0,
            }
        })
    }

    fn charge(&self, world: &mut World, middle: &Book, sold_value: i128) {
        let mut window = self.window(world, middle);
        window.sold += sold_value;
        world.memory.windows[self.vault] = Some(window);
    }
}

/// Several steps of one transaction: no more is lost than the largest discount of what was sold.
pub fn check_many(world: &mut World, vault: usize, before: &Before, after: &Before) {
    let gained = gain(before, after);
    let (then, now) = (&before.vaults[vault], &after.vaults[vault]);
    let [start, end] = books(world, then, now);
    let most_e7: i128 = world.policy(vault).discount_max_e7.into();
    let mut value = 0;
    let mut sold = 0;
    for (asset, gain) in gained.into_iter().enumerate() {
        if start.prices[asset] > 0 {
            value += gain * start.prices[asset] / TOKEN;
            sold += start.value(asset, (start.held(asset) - end.held(asset)).max(0));
        } else {
            assert!(gain <= 0);
        }
    }
    let granted = ceil(sold, most_e7, E7 - most_e7) + start.prices.iter().sum::<i128>() / 1_000;
    assert!(value <= granted, "{value} gained of {granted}");
    assert!(end.risk_e7() < start.risk_e7());
    // The window is the vault's: what it charged is what the model would have to follow step by
    // step. The next single step starts from what is stored.
    let stored = entries::stored(&now.instance, "Window");
    world.memory.windows[vault] = stored.map(|window| Window {
        start: entries::number_of(window, "start_ledger") as u32,
        budget: entries::number_of(window, "budget_value"),
        sold: entries::number_of(window, "sold_value"),
    });
}

/// What the attackers have more than before.
fn gain(before: &Before, after: &Before) -> [i128; RESERVES] {
    [0, 1, 2].map(|asset| after.attackers[asset] - before.attackers[asset])
}

/// The position before and after, at the rates and prices of the ledger that both are in.
fn books(world: &World, then: &VaultBefore, now: &VaultBefore) -> [Book; 2] {
    let start = world.book_of(then.shares);
    let end = Book {
        shares: now.shares,
        ..start.clone()
    };
    [start, end]
}
