//! What many episodes found, for people.

use crate::{
    findings::Findings,
    numbers::{count, share, signed_bps, usd},
};
use ballast_risk::{
    check::{Compared, Place},
    summary::{Conditional, Difference, Extreme, Figures},
    time,
};
use comfy_table::{presets::UTF8_FULL_CONDENSED, CellAlignment, Table};

/// The tables, with what they rest on.
pub fn text(findings: &Findings, seconds: f64) -> String {
    let source = &findings.source;
    let mut text = format!(
        "\n{} to {}, bars of {} s ({}): {} episodes of {}, one every {}, {} starts left out; engine {}\n{}\n",
        time::rfc3339(source.from),
        time::rfc3339(source.to),
        source.bar_seconds,
        source.prices,
        count(source.episodes),
        time::length(source.schedule.horizon_seconds),
        time::length(source.schedule.every_seconds),
        count(source.left_out),
        findings.engine,
        findings.common(),
    );
    text += &format!("{}\n", by_setting(findings));
    if findings.settings.len() > 1 {
        text += &format!(
            "\nEach policy over all settings ({} settings of the same days):\n{}\n",
            findings.settings.len(),
            by_policy(findings)
        );
    }
    text += &format!(
        "\nWhere the bare twin was filled, and where it was not (vault-bare, bps of collateral):\n{}\n",
        conditional(findings)
    );
    text += &notes(findings);
    let replays = source.episodes * findings.cases.len() as u64;
    let bars = replays * source.schedule.horizon_seconds / source.bar_seconds;
    text += &format!(
        "{} replays in {seconds:.1} s, {:.0} bars a second\n",
        count(replays),
        bars as f64 / seconds
    );
    text
}

/// Headers of the figures of a row.
pub const HEADERS: [&str; 17] = [
    "episodes",
    "bare\nauctioned",
    "bare\nfilled",
    "vault\nauctioned",
    "vault\nfilled",
    "vault-bare\nmean bps",
    "se",
    "median",
    "5%",
    "1%",
    "worst",
    "best",
    "vault-\nuntouched\nmean bps",
    "worst",
    "cost bps\nsold / coll",
    "regret\nUSD / bps",
    "steps\neach",
];

/// The figures of a row.
pub fn cells(figures: &Figures) -> [String; 17] {
    let over_bare = &figures.vault_minus_bare;
    let over_untouched = &figures.vault_minus_untouched;
    let cost = figures
        .vault
        .cost_of_sold_bps
        .map_or("-".into(), |bps| format!("{bps:.0}"));
    [
        count(figures.episodes),
        share(figures.bare.auctioned_share),
        share(figures.bare.filled_share),
        share(figures.vault.auctioned_share),
        share(figures.vault.filled_share),
        signed_bps(over_bare.mean_bps),
        standard_error(over_bare),
        signed_bps(over_bare.median_bps),
        signed_bps(over_bare.quantile_5_bps),
        signed_bps(over_bare.quantile_1_bps),
        signed_bps(over_bare.worst.bps),
        signed_bps(over_bare.best.bps),
        signed_bps(over_untouched.mean_bps),
        signed_bps(over_untouched.worst.bps),
        format!("{cost} / {:.1}", figures.vault.cost_of_collateral_bps),
        format!(
            "{} / {:.0}",
            usd(figures.regret_mean_usd),
            figures.regret_mean_bps
        ),
        format!("{:.2}", figures.steps_mean),
    ]
}

/// The standard error as text.
pub fn standard_error(difference: &Difference) -> String {
    difference
        .standard_error_bps
        .map_or("-".into(), |error| format!("{error:.1}"))
}

/// A policy's name, marked if it is the best.
pub fn policy_name(findings: &Findings, policy: usize) -> String {
    let best = findings
        .summary
        .policies
        .iter()
        .any(|one| one.policy == policy && one.best);
    let mark = if best { "* " } else { "" };
    format!("{mark}{}", findings.policies[policy].name)
}

fn by_setting(findings: &Findings) -> Table {
    let varying = findings.varying();
    let mut table = new_table();
    let names = varying.iter().map(|one| one.name.replacen(' ', "\n", 1));
    let headers = HEADERS.map(String::from);
    table.set_header(names.chain(["policy".into()]).chain(headers));
    for case in &findings.summary.cases {
        let settings = &findings.settings[case.setting];
        let values = varying.iter().map(|one| (one.value)(settings));
        let name = policy_name(findings, case.policy);
        table.add_row(values.chain([name]).chain(cells(&case.figures)));
    }
    aligned(table)
}

fn by_policy(findings: &Findings) -> Table {
    let mut table = new_table();
    let headers = HEADERS.map(String::from);
    table.set_header(
        ["policy".into(), "settings".into()]
            .into_iter()
            .chain(headers),
    );
    for one in &findings.summary.policies {
        let name = policy_name(findings, one.policy);
        let start = [name, one.settings.to_string()];
        table.add_row(start.into_iter().chain(cells(&one.figures)));
    }
    aligned(table)
}

fn conditional(findings: &Findings) -> Table {
    let mut table = new_table();
    table.set_header([
        "policy",
        "bare filled:\nepisodes",
        "spells",
        "mean",
        "median",
        "worst",
        "best",
        "not filled:\nepisodes",
        "mean",
        "median",
        "worst",
        "best",
        "worst of all",
        "best of all",
    ]);
    for one in &findings.summary.policies {
        let figures = &one.figures;
        let part = |part: &Conditional| {
            [
                part.vault_minus_bare_mean_bps,
                part.vault_minus_bare_median_bps,
                part.vault_minus_bare_worst_bps,
                part.vault_minus_bare_best_bps,
            ]
            .map(|value| value.map_or("-".into(), signed_bps))
        };
        let (filled, not) = (&figures.where_bare_filled, &figures.where_bare_not_filled);
        let mut row = vec![
            policy_name(findings, one.policy),
            count(filled.episodes),
            count(figures.bare_filled_spells),
        ];
        row.extend(part(filled));
        row.push(count(not.episodes));
        row.extend(part(not));
        row.push(dated(&figures.vault_minus_bare.worst));
        row.push(dated(&figures.vault_minus_bare.best));
        table.add_row(row);
    }
    aligned(table)
}

fn dated(extreme: &Extreme) -> String {
    format!(
        "{} from {}",
        signed_bps(extreme.bps),
        time::formatted(extreme.from, "%Y-%m-%d %H:%M")
    )
}

/// What must be known to read the tables, a line each.
pub fn notes(findings: &Findings) -> String {
    let mut text = String::new();
    if findings.policies.len() > 1 {
        text += "* highest mean difference from bare over all settings\n";
    }
    let overlap = findings.summary.overlap;
    if overlap > 1 {
        text += &format!(
            "{overlap} episodes share any moment: they are not independent. Standard errors after Newey and \
             West, lag {overlap}.\n"
        );
    }
    if !findings.impossible.is_empty() {
        text += &format!(
            "{} combinations of setting and policy cannot be entered; the first: {}, {}: {}\n",
            findings.impossible.len(),
            findings.policies[findings.impossible[0].policy].name,
            findings.setting_name(findings.impossible[0].setting),
            findings.impossible[0].error,
        );
    }
    text += &check_line(findings);
    text.push('\n');
    text
}

/// The check in one sentence.
pub fn check_line(findings: &Findings) -> String {
    let Some(checked) = &findings.checked else {
        return match findings.engine {
            "wasm" => "Every episode ran on the contracts.".into(),
            _ => "Nothing was run again on the contracts.".into(),
        };
    };
    let Some(worst) = checked.furthest() else {
        return "There was nothing to run again on the contracts.".into();
    };
    format!(
        "Run again on the contracts: {} episodes with a step or an auction, {} without; {} of {} agree; largest \
         difference {:.4} bps of collateral ({})",
        checked.chosen.acting.len(),
        checked.chosen.quiet.len(),
        checked.agreeing(),
        checked.compared.len(),
        worst.difference_bps,
        place(findings, worst.place),
    )
}

/// An episode of a case, for people.
pub fn place(findings: &Findings, place: Place) -> String {
    let case = &findings.cases[place.case];
    let record = &findings.records[place.case][place.episode];
    let mut parts = vec![
        format!("the episode from {}", time::rfc3339(record.from)),
        findings.setting_name(case.setting),
        format!("policy {}", findings.policies[case.policy].name),
    ];
    parts.retain(|part| !part.is_empty());
    parts.join(", ")
}

/// How two runs of an episode differ.
pub fn disagreement(compared: &Compared) -> String {
    let twin = |twin: &ballast_risk::study::Twin| {
        format!(
            "{} opened, {} filled, {} steps, equity {:.2}",
            twin.opened, twin.filled, twin.steps, twin.equity_end_usd
        )
    };
    let side = |record: &ballast_risk::study::Record| {
        format!("vault {}; bare {}", twin(&record.vault), twin(&record.bare))
    };
    format!(
        "{:.4} bps of collateral; core: {}; contracts: {}",
        compared.difference_bps,
        side(&compared.core),
        side(&compared.wasm)
    )
}

fn new_table() -> Table {
    let mut table = Table::new();
    table.load_style(UTF8_FULL_CONDENSED);
    table
}

/// Numbers to the right, names to the left.
fn aligned(mut table: Table) -> Table {
    for column in table.column_iter_mut() {
        column.set_cell_alignment(CellAlignment::Right);
    }
    table
}
