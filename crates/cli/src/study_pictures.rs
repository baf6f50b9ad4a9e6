//! The pictures of a study.

use crate::{
    findings::Findings,
    numbers::{count, signed_bps},
};
use anyhow::Context;
use ballast_risk::{
    picture::{self, Panel, Start, Width},
    summary::{Extreme, PolicyFigures},
    time,
};

/// Histograms of one picture, at most.
const MOST_PANELS: usize = 12;

/// How vault and bare differ, policy by policy.
pub fn distribution(findings: &Findings, width: Width) -> anyhow::Result<String> {
    let source = &findings.source;
    let (shown, left_out) = shown(findings);
    let panels: Vec<_> = shown
        .iter()
        .map(|one| panel(findings, one, width))
        .collect();
    let period = format!(
        "{} to {}",
        time::formatted(source.from, "%Y-%m-%d"),
        time::formatted(source.to, "%Y-%m-%d"),
    );
    let mut run = format!(
        "{} episodes of {}, one every {}",
        count(source.episodes),
        time::length(source.schedule.horizon_seconds),
        time::length(source.schedule.every_seconds),
    );
    match findings.settings.len() {
        1 => {}
        some => run += &format!(", {some} settings"),
    }
    let mut lines = match width {
        Width::Wide => vec![format!("{period}: {run}")],
        Width::Narrow => vec![period, run],
    };
    if left_out > 0 {
        let all = shown.len() + left_out;
        lines[0] += &format!("; the {} best of {all} policies", shown.len());
    }
    lines.push("solid line: mean; dashed: median; counts are logarithmic".into());
    let title = "A vault beside an identical borrower without one";
    picture::distribution(title, &lines.join("\n"), &panels, width)
        .context("the picture cannot be drawn")
}

/// The policies drawn, in their order, and how many are not.
fn shown(findings: &Findings) -> (Vec<&PolicyFigures>, usize) {
    let mut all: Vec<_> = findings.summary.policies.iter().collect();
    let left_out = all.len().saturating_sub(MOST_PANELS);
    if left_out > 0 {
        let mean = |one: &PolicyFigures| one.figures.vault_minus_bare.mean_bps;
        all.sort_by(|a, b| mean(b).total_cmp(&mean(a)));
        all.truncate(MOST_PANELS);
        all.sort_by_key(|one| one.policy);
    }
    (all, left_out)
}

fn panel(findings: &Findings, one: &PolicyFigures, width: Width) -> Panel {
    let mut values_bps = Vec::new();
    for (case, records) in findings.cases.iter().zip(&findings.records) {
        if case.policy == one.policy {
            let bps = |usd: f64| usd / case.settings.collateral_usd * 1e4;
            values_bps.extend(records.iter().map(|record| bps(record.over_bare_usd())));
        }
    }
    let difference = &one.figures.vault_minus_bare;
    let named = |word: &str, extreme: &Extreme| {
        let day = time::formatted(extreme.from, "%Y-%m-%d");
        let setting = findings.setting_name(extreme.setting);
        let words = match (width, setting.is_empty()) {
            (Width::Wide, false) => {
                format!("{word} {}, from {day}, {setting}", signed_bps(extreme.bps))
            }
            _ => format!("{word} {}, {day}", signed_bps(extreme.bps)),
        };
        (extreme.bps, words)
    };
    Panel {
        name: format!(
            "{}{}",
            findings.policies[one.policy].name,
            if one.best { " (highest mean)" } else { "" }
        ),
        values_bps,
        mean_bps: difference.mean_bps,
        standard_error_bps: difference.standard_error_bps,
        median_bps: difference.median_bps,
        worst: named("worst", &difference.worst),
        best: named("best", &difference.best),
    }
}

/// The policy whose episodes are shown one by one: the best, or the only one.
pub fn featured(findings: &Findings) -> &PolicyFigures {
    let policies = &findings.summary.policies;
    policies.iter().find(|one| one.best).unwrap_or(&policies[0])
}

/// The difference by start, of one policy, mean of the settings.
pub fn timeline(
    findings: &Findings,
    policy: &PolicyFigures,
    width: Width,
) -> anyhow::Result<String> {
    let mine: Vec<_> = findings
        .cases
        .iter()
        .zip(&findings.records)
        .filter(|(case, _)| case.policy == policy.policy)
        .collect();
    let Some((_, first)) = mine.first() else {
        anyhow::bail!("a policy without a case");
    };
    let starts: Vec<Start> = (0..first.len())
        .map(|episode| {
            let sum: f64 = mine
                .iter()
                .map(|(case, records)| {
                    records[episode].over_bare_usd() / case.settings.collateral_usd * 1e4
                })
                .sum();
            Start {
                time: first[episode].from,
                price_usd: first[episode].first_price_usd,
                bps: sum / mine.len() as f64,
            }
        })
        .collect();
    let title = "When a vault was worth having";
    let policy = format!("policy {}", findings.policies[policy.policy].name);
    let means = match mine.len() {
        1 => "",
        _ => ", mean of the settings",
    };
    let subtitle = match width {
        Width::Wide => format!(
            "{policy}: vault less bare, each episode at its start{means}\n\
             blue: the vault ends above the bare twin; orange: below"
        ),
        Width::Narrow => format!(
            "{policy}\nabove: price, USD; below: vault less bare,\nbps, at each start{means}"
        ),
    };
    picture::timeline(title, &subtitle, &starts, width).context("the picture cannot be drawn")
}
