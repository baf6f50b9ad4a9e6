//! Single episodes on the page, with the command that replays each alone.

use crate::{
    findings::Findings,
    numbers::{signed_bps, usd},
};
use ballast_core::policy::Policy;
use ballast_risk::{
    policy_grid,
    settings::Settings,
    study::{Case, Record},
    summary::PolicyFigures,
    time,
};
use maud::{html, Markup};

/// Worst episodes shown.
const WORST: usize = 10;
/// Best episodes shown.
const BEST: usize = 3;

/// The worst and the best episodes of one policy.
pub fn extremes(findings: &Findings, policy: &PolicyFigures) -> Markup {
    let name = &findings.policies[policy.policy].name;
    let overlap = findings.summary.overlap;
    html! {
        p {
            "Policy " b { (name) } ". Of episodes that overlap, the one that is furthest out stands for all. The \
             command replays it alone, on the contracts."
            @if findings.policies[policy.policy].policy.volatility_z_e2 > 0 {
                " This policy looks at the hour before as well: alone, an episode begins without it, and the \
                 result may differ."
            }
        }
        @for (case, record) in furthest(findings, policy.policy, overlap, WORST, 1.0) {
            (episode(findings, case, record))
        }
        p { "And the best:" }
        @for (case, record) in furthest(findings, policy.policy, overlap, BEST, -1.0) {
            (episode(findings, case, record))
        }
    }
}

/// The episodes with the smallest `sign * difference`, none within `overlap` steps of a one further out.
fn furthest(
    findings: &Findings,
    policy: usize,
    overlap: u32,
    most: usize,
    sign: f64,
) -> Vec<(&Case, &Record)> {
    let mine = findings.cases.iter().zip(&findings.records);
    let mut all: Vec<(&Case, &Record)> = mine
        .filter(|(case, _)| case.policy == policy)
        .flat_map(|(case, records)| records.iter().map(move |record| (case, record)))
        .filter(|(case, record)| sign * bps(case, record) < 0.0)
        .collect();
    all.sort_by(|a, b| (sign * bps(a.0, a.1)).total_cmp(&(sign * bps(b.0, b.1))));
    let mut chosen: Vec<(&Case, &Record)> = Vec::new();
    for (case, record) in all {
        let apart = |other: &(&Case, &Record)| other.1.step.abs_diff(record.step) >= overlap;
        if chosen.iter().all(apart) {
            chosen.push((case, record));
        }
        if chosen.len() == most {
            break;
        }
    }
    chosen
}

fn bps(case: &Case, record: &Record) -> f64 {
    record.over_bare_usd() / case.settings.collateral_usd * 1e4
}

fn episode(findings: &Findings, case: &Case, record: &Record) -> Markup {
    let bps = bps(case, record);
    let class = if bps < 0.0 { "below" } else { "above" };
    let setting = findings.setting_name(case.setting);
    html! {
        div.episode {
            h3 {
                span class=(class) { (signed_bps(bps)) " bps" }
                " from " (time::formatted(record.from, "%Y-%m-%d %H:%M"))
                @if !setting.is_empty() { ", " (setting) }
            }
            div {
                "Price " (price(record.first_price_usd)) ", lowest round " (price(record.lowest_round_usd))
                ", last " (price(record.last_price_usd)) " USD. Equity at the end: vault "
                (usd(record.vault.equity_end_usd)) ", bare " (usd(record.bare.equity_end_usd))
                ", untouched " (usd(record.untouched_end_usd)) " USD. Vault: steps " (record.vault.steps)
                ", rescues " (record.vault.rescues) ", filled " (record.vault.filled) ", sold "
                (usd(record.vault.sold_usd)) " USD at a cost of " (usd(record.vault.cost_usd))
                ". Bare: auctions " (record.bare.opened) ", filled " (record.bare.filled) "."
            }
            pre { (command(&findings.source.prices, case, record)) }
        }
    }
}

/// Five significant digits.
fn price(usd: f64) -> String {
    let digits = (4 - usd.abs().max(1e-9).log10().floor() as i32).clamp(0, 9) as usize;
    format!("{usd:.digits$}")
}

/// The command that replays an episode alone, for a shell that knows `<(..)`.
pub fn command(prices: &str, case: &Case, record: &Record) -> String {
    let (settings, standard) = (&case.settings, Settings::default());
    let mut words = vec!["ballast replay".to_string()];
    if prices != ballast_risk::bars::BUILT_IN {
        words.push(format!("--prices {}", quoted(prices)));
    }
    words.push(format!("--from {}", time::rfc3339(record.from)));
    words.push(format!("--to {}", time::rfc3339(record.to)));
    words.push(format!("--entry-health {}", settings.entry_health));
    let mut unless_standard = |name: &str, value: String, standard: String| {
        if value != standard {
            words.push(format!("{name} {value}"));
        }
    };
    let mut texts = |name: &str, value: &dyn Fn(&Settings) -> String| {
        unless_standard(name, value(settings), value(&standard));
    };
    texts("--collateral", &|settings| {
        settings.collateral.name().into()
    });
    texts("--oracle", &|settings| settings.oracle.name().into());
    texts("--collateral-usd", &|settings| {
        settings.collateral_usd.to_string()
    });
    texts("--depth-usd", &|settings| settings.depth_usd.to_string());
    texts("--filler-margin-bps", &|settings| {
        settings.filler_margin_bps.to_string()
    });
    texts("--keeper-delay-ledgers", &|settings| {
        settings.keeper_delay_ledgers.to_string()
    });
    texts("--keeper-sells", &|settings| {
        settings.keeper_sells.name().into()
    });
    if settings.policy != Policy::BALANCED {
        let lines = policy_grid::written(&settings.policy);
        let lines: Vec<_> = lines.iter().map(|line| quoted(line)).collect();
        words.push(format!("--policy <(printf '%s\\n' {})", lines.join(" ")));
    }
    words.join(" ")
}

/// As one word of a shell.
fn quoted(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_./:+,@%".contains(&byte);
    if !text.is_empty() && text.bytes().all(plain) {
        return text.into();
    }
    format!("'{}'", text.replace('\'', "'\\''"))
}
