//! The tables of the page.

use crate::{
    findings::Findings,
    numbers::{count, signed_bps},
    study_report::{self, cells, HEADERS},
};
use ballast_risk::{
    check::Compared,
    summary::{Conditional, Extreme},
    time,
};
use maud::{html, Markup};

/// One line a policy, over all settings.
pub fn by_policy(findings: &Findings) -> Markup {
    html! {
        div.scroll { table {
            thead { tr {
                th.name { "policy" }
                @for header in HEADERS { th { (header) } }
            } }
            tbody {
                @for one in &findings.summary.policies {
                    tr.best[one.best] {
                        td.name { (study_report::policy_name(findings, one.policy)) }
                        @for cell in cells(&one.figures) { td { (cell) } }
                    }
                }
            }
        } }
    }
}

/// One line a setting and policy.
pub fn by_setting(findings: &Findings) -> Markup {
    let varying = findings.varying();
    html! {
        div.scroll { table {
            thead { tr {
                th.name { "policy" }
                @for one in &varying { th { (one.name.replacen(' ', "\n", 1)) } }
                @for header in HEADERS { th { (header) } }
            } }
            tbody {
                @for case in &findings.summary.cases {
                    tr {
                        td.name { (findings.policies[case.policy].name) }
                        @for one in &varying { td { ((one.value)(&findings.settings[case.setting])) } }
                        @for cell in cells(&case.figures) { td { (cell) } }
                    }
                }
            }
        } }
    }
}

/// The episodes parted by the fate of the bare twin.
pub fn conditional(findings: &Findings) -> Markup {
    let part = |part: &Conditional| {
        let values = [
            part.vault_minus_bare_mean_bps,
            part.vault_minus_bare_median_bps,
            part.vault_minus_bare_worst_bps,
            part.vault_minus_bare_best_bps,
            part.vault_minus_untouched_mean_bps,
        ];
        let values = values.map(|value| value.map_or("-".into(), signed_bps));
        html! { td { (count(part.episodes)) } @for value in values { td { (value) } } }
    };
    let headers = ["mean", "median", "worst", "best", "-untouched\nmean"];
    html! {
        p { "Vault less bare, basis points of collateral." }
        div.scroll { table {
            thead { tr {
                th.name { "policy" }
                th { "bare filled:\nepisodes" }
                @for header in headers { th { (header) } }
                th { "not filled:\nepisodes" }
                @for header in headers { th { (header) } }
            } }
            tbody {
                @for one in &findings.summary.policies {
                    tr.best[one.best] {
                        td.name { (study_report::policy_name(findings, one.policy)) }
                        (part(&one.figures.where_bare_filled))
                        (part(&one.figures.where_bare_not_filled))
                    }
                }
            }
        } }
        div.scroll { table {
            thead { tr {
                th.name { "policy" }
                th { "worst of all" } th { "best of all" }
            } }
            tbody {
                @for one in &findings.summary.policies {
                    @let difference = &one.figures.vault_minus_bare;
                    tr.best[one.best] {
                        td.name { (study_report::policy_name(findings, one.policy)) }
                        td { (dated(findings, &difference.worst)) }
                        td { (dated(findings, &difference.best)) }
                    }
                }
            }
        } }
    }
}

fn dated(findings: &Findings, extreme: &Extreme) -> String {
    let mut parts = vec![
        signed_bps(extreme.bps),
        format!("from {}", time::formatted(extreme.from, "%Y-%m-%d %H:%M")),
        findings.setting_name(extreme.setting),
    ];
    parts.retain(|part| !part.is_empty());
    parts.join(", ")
}

/// What was run again on the contracts, furthest apart first.
pub fn check(findings: &Findings) -> Markup {
    let Some(checked) = &findings.checked else {
        return html! {};
    };
    let mut compared: Vec<&Compared> = checked.compared.iter().collect();
    compared.sort_by(|a, b| {
        let disagree = |one: &Compared| !one.agrees();
        let by_agreement = disagree(b).cmp(&disagree(a));
        by_agreement.then(b.difference_bps.total_cmp(&a.difference_bps))
    });
    html! {
        details {
            summary { (compared.len()) " episodes, one by one" }
            div.scroll { table {
                thead { tr {
                    th.name { "episode" }
                    th { "difference\nbps" } th { "agree" }
                    th { "vault end USD\ncore" } th { "contracts" }
                    th { "bare end USD\ncore" } th { "contracts" }
                    th { "steps" } th { "vault\nopened / filled" } th { "bare\nopened / filled" }
                } }
                tbody {
                    @for one in compared {
                        @let (core, wasm) = (&one.core, &one.wasm);
                        tr {
                            td.name { (study_report::place(findings, one.place)) }
                            td { (format!("{:.4}", one.difference_bps)) }
                            td { @if one.agrees() { "yes" } @else { b.below { "no" } } }
                            td { (format!("{:.2}", core.vault.equity_end_usd)) }
                            td { (format!("{:.2}", wasm.vault.equity_end_usd)) }
                            td { (format!("{:.2}", core.bare.equity_end_usd)) }
                            td { (format!("{:.2}", wasm.bare.equity_end_usd)) }
                            td { (wasm.vault.steps) }
                            td { (wasm.vault.opened) " / " (wasm.vault.filled) }
                            td { (wasm.bare.opened) " / " (wasm.bare.filled) }
                        }
                    }
                }
            } }
        }
    }
}
