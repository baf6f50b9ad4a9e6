//! What a replay found, for people.

use crate::numbers::{percent, usd};
use ballast_risk::outcome::{Replay, Twin, TwinOutcome};
use comfy_table::{presets::UTF8_FULL_CONDENSED, CellAlignment, Table};

/// The table of one replay, with what it ran on.
pub fn replay(replay: &Replay, seconds: f64) -> String {
    let episode = &replay.report.episode;
    let mut text = format!(
        "\n{} to {}, {} bars of {} s ({}); {} from {:.5} to {:.5} USD, lowest oracle round {:.5}\n\
         entry health {}, {} USD of collateral, AMM {} USD a side, filler margin {}, keeper delay {} \
         ledgers, oracle = {}\n",
        episode.from,
        episode.to,
        episode.bars,
        episode.bar_seconds,
        episode.prices,
        episode.collateral,
        episode.first_price_usd,
        episode.last_price_usd,
        episode.lowest_round_usd,
        episode.entry_health,
        episode.collateral_usd,
        episode.depth_usd,
        percent(episode.filler_margin_bps),
        episode.keeper_delay_ledgers,
        episode.oracle,
    );
    if episode.bars_missing > 0 {
        text += &format!(
            "{} bars missing in gaps, bridged in straight lines\n",
            episode.bars_missing
        );
    }
    let mut table = new_table();
    table.set_header(["", "vault", "bare", "untouched"]);
    let twins = [
        (Twin::Vault, &replay.report.vault),
        (Twin::Bare, &replay.report.bare),
    ];
    let mut row = |name: &str, value: &dyn Fn(Twin, &TwinOutcome) -> String, untouched: String| {
        let [vault, bare] = twins.map(|(twin, outcome)| value(twin, outcome));
        table.add_row([name.to_string(), vault, bare, untouched]);
    };
    let none = || "-".to_string();
    row(
        "auctions opened",
        &|twin, _| replay.opened(twin).to_string(),
        none(),
    );
    row(
        "auctions filled",
        &|twin, _| {
            let open = if replay.open_at_end[twin as usize] {
                ", one open"
            } else {
                ""
            };
            format!("{}{open}", replay.filled(twin))
        },
        none(),
    );
    row(
        "rescued",
        &|twin, outcome| vault_only(twin, outcome.rescues),
        none(),
    );
    row(
        "steps",
        &|twin, outcome| vault_only(twin, outcome.steps),
        none(),
    );
    row(
        "collateral sold, USD",
        &|_, outcome| usd(outcome.sold_usd),
        usd(0.0),
    );
    row(
        "cost of what was sold, bps",
        &|_, outcome| match outcome.sold_usd {
            sold if sold > 0.0 => format!("{:.0}", outcome.cost_bps),
            _ => none(),
        },
        none(),
    );
    let untouched = replay.report.vault.equity_end_untouched_usd;
    row(
        "equity at start, USD",
        &|_, outcome| usd(outcome.equity_start_usd),
        usd(replay.report.vault.equity_start_usd),
    );
    row(
        "equity at end, USD",
        &|_, outcome| usd(outcome.equity_end_usd),
        usd(untouched),
    );
    row(
        "equity at end, % of start",
        &|_, outcome| share(outcome.equity_end_usd, outcome.equity_start_usd),
        share(untouched, replay.report.vault.equity_start_usd),
    );
    row("regret, USD", &|_, outcome| usd(outcome.regret_usd), none());
    text += &format!("{table}\n");
    let gain = replay.report.vault.equity_end_usd - replay.report.bare.equity_end_usd;
    text += &format!(
        "The vault ends {} USD {} the bare twin.\n",
        usd(gain.abs()),
        if gain >= 0.0 { "above" } else { "below" }
    );
    text += &format!(
        "{} ledgers in {seconds:.1} s, {:.0} bars a second\n",
        episode.ledgers,
        episode.bars as f64 / seconds
    );
    text
}

/// One line for each replay.
pub fn table(replays: &[Replay]) -> String {
    let mut table = new_table();
    table.set_header([
        "entry\nhealth",
        "filler\nmargin",
        "start\nUSD",
        "untouched\nend USD",
        "bare\nend USD",
        "vault\nend USD",
        "vault - bare\nUSD",
        "bare\nfilled",
        "vault\nfilled",
        "rescued",
        "steps",
        "vault sold\nUSD",
        "cost\nbps",
        "bare sold\nUSD",
        "cost\nbps",
        "regret\nUSD",
    ]);
    for replay in replays {
        let (vault, bare) = (&replay.report.vault, &replay.report.bare);
        table.add_row([
            format!("{:.2}", replay.report.episode.entry_health),
            percent(replay.report.episode.filler_margin_bps),
            usd(vault.equity_start_usd),
            usd(vault.equity_end_untouched_usd),
            usd(bare.equity_end_usd),
            usd(vault.equity_end_usd),
            format!("{:+.0}", vault.equity_end_usd - bare.equity_end_usd),
            replay.filled(Twin::Bare).to_string(),
            replay.filled(Twin::Vault).to_string(),
            vault.rescues.to_string(),
            vault.steps.to_string(),
            usd(vault.sold_usd),
            format!("{:.0}", vault.cost_bps),
            usd(bare.sold_usd),
            format!("{:.0}", bare.cost_bps),
            usd(vault.regret_usd),
        ]);
    }
    for column in table.column_iter_mut() {
        column.set_cell_alignment(CellAlignment::Right);
    }
    let worse = replays
        .iter()
        .filter(|replay| replay.report.vault.equity_end_usd < replay.report.bare.equity_end_usd)
        .count();
    format!(
        "{table}\nThe vault is worse than the bare twin in {worse} of {}.\n",
        replays.len()
    )
}

/// A table as every command prints it.
pub fn new_table() -> Table {
    let mut table = Table::new();
    table.load_style(UTF8_FULL_CONDENSED);
    table
}

fn vault_only(twin: Twin, value: u32) -> String {
    match twin {
        Twin::Vault => value.to_string(),
        Twin::Bare => "-".into(),
    }
}

fn share(part: f64, whole: f64) -> String {
    format!("{:.1}", part / whole * 100.0)
}
