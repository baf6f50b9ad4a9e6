//! A study as one page: no script, nothing fetched. `maud` escapes every text.

mod cases;
mod tables;

use crate::{
    findings::Findings,
    numbers::{count, share, signed_bps, usd},
    study_pictures, study_report,
};
use ballast_risk::{
    picture::{self, Width},
    policy_grid, time,
};
use maud::{html, Markup, PreEscaped, DOCTYPE};

/// What the page may load: nothing but its own styles.
const CONTENT_POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'";

/// The page.
pub fn page(findings: &Findings) -> anyhow::Result<String> {
    let source = &findings.source;
    let title = format!(
        "{} episodes of {}, {} to {}",
        count(source.episodes),
        time::length(source.schedule.horizon_seconds),
        time::formatted(source.from, "%Y-%m-%d"),
        time::formatted(source.to, "%Y-%m-%d"),
    );
    let featured = study_pictures::featured(findings);
    let distribution = figure(|width| study_pictures::distribution(findings, width))?;
    let timeline = figure(|width| study_pictures::timeline(findings, featured, width))?;
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta http-equiv="Content-Security-Policy" content=(CONTENT_POLICY);
                title { "Ballast: " (title) }
                style { (PreEscaped(include_str!("page.css"))) }
            }
            body {
                h1 { "A vault beside an identical borrower without one" }
                p.soft { (title) ", one every " (time::length(source.schedule.every_seconds)) }
                (cards(findings))
                h2 { "What was run" }
                (parameters(findings))
                h2 { "How vault and bare twin differ" }
                (distribution)
                h2 { "When" }
                (timeline)
                h2 { "Policies" }
                @if findings.settings.len() > 1 {
                    p { "Over all settings; the same days in each." }
                }
                (tables::by_policy(findings))
                h2 { "Where the bare twin was filled, and where it was not" }
                (tables::conditional(findings))
                @if findings.settings.len() > 1 {
                    h2 { "Settings" }
                    (tables::by_setting(findings))
                }
                h2 { "Worst and best episodes" }
                (cases::extremes(findings, featured))
                h2 { "Core against contracts" }
                p { (study_report::check_line(findings)) "." }
                (tables::check(findings))
                h2 { "How to read it" }
                (definitions(findings))
                h2 { "The policies in full" }
                (policies(findings))
            }
        }
    };
    Ok(page.into_string())
}

/// A picture for wide and for narrow screens, in the page's colours.
fn figure(draw: impl Fn(Width) -> anyhow::Result<String>) -> anyhow::Result<Markup> {
    let colored = |width| -> anyhow::Result<PreEscaped<String>> {
        let mut svg = draw(width)?;
        for (color, name) in [
            (picture::PAPER, "paper"),
            (picture::INK, "ink"),
            (picture::GRID, "grid"),
            (picture::VAULT, "vault"),
            (picture::BARE, "bare"),
            (picture::NEITHER, "neither"),
        ] {
            let (written, named) = (picture::written(color), format!("var(--{name})"));
            svg = svg.replace(&format!("\"{written}\""), &format!("\"{named}\""));
        }
        Ok(PreEscaped(svg))
    };
    let (wide, narrow) = (colored(Width::Wide)?, colored(Width::Narrow)?);
    Ok(html! {
        figure {
            div.wide { (wide) }
            div.narrow { (narrow) }
        }
    })
}

fn cards(findings: &Findings) -> Markup {
    let one = study_pictures::featured(findings);
    let figures = &one.figures;
    let over_bare = &figures.vault_minus_bare;
    let card = |value: String, class: &str, words: String| {
        html! { div.card { b class=(class) { (value) } span { (words) } } }
    };
    let signed = |bps: f64| {
        let class = if bps < 0.0 { "below" } else { "above" };
        (format!("{} bps", signed_bps(bps)), class)
    };
    let (mean, mean_class) = signed(over_bare.mean_bps);
    let (worst, worst_class) = signed(over_bare.worst.bps);
    let (best, best_class) = signed(over_bare.best.bps);
    let day = |time: u64| time::formatted(time, "%Y-%m-%d");
    html! {
        @if findings.policies.len() > 1 {
            p { "Policy with the highest mean: " b { (findings.policies[one.policy].name) } "." }
        }
        div.cards {
            (card(mean, mean_class, format!(
                "of collateral: mean of vault less bare (standard error {})",
                study_report::standard_error(over_bare)
            )))
            (card(
                format!("{} / {}", share(figures.bare.filled_share), share(figures.vault.filled_share)),
                "",
                "of the episodes: bare twin / vault filled in an auction".into(),
            ))
            (card(worst, worst_class, format!("worst episode, from {}", day(over_bare.worst.from))))
            (card(best, best_class, format!("best episode, from {}", day(over_bare.best.from))))
            (card(
                format!("{} USD", usd(figures.regret_mean_usd)),
                "",
                "regret an episode: sold although the bare twin was never filled".into(),
            ))
            (card(
                count(figures.bare_filled_spells),
                "",
                "separate spells in which the bare twin was filled".into(),
            ))
        }
    }
}

fn parameters(findings: &Findings) -> Markup {
    let source = &findings.source;
    let row = |name: &str, value: String| html! { dt { (name) } dd { (value) } };
    html! {
        dl {
            (row("prices", format!("{}, {} bars of {} s", source.prices, count(source.bars), source.bar_seconds)))
            (row("from, to", format!("{} to {}", time::rfc3339(source.from), time::rfc3339(source.to))))
            (row("episodes", format!(
                "{} of {}, one every {}; {} starts left out because bars are missing",
                count(source.episodes),
                time::length(source.schedule.horizon_seconds),
                time::length(source.schedule.every_seconds),
                count(source.left_out),
            )))
            (row("in common", findings.common()))
            @for dimension in findings.varying() {
                (row(dimension.name, {
                    let mut values: Vec<String> = findings.settings.iter().map(dimension.value).collect();
                    let mut seen = std::collections::HashSet::new();
                    values.retain(|value| seen.insert(value.clone()));
                    values.join(", ")
                }))
            }
            (row("policies", {
                let names: Vec<_> = findings.policies.iter().map(|one| one.name.as_str()).collect();
                names.join("; ")
            }))
            @if !findings.policies_left_out.is_empty() {
                (row("policies left out", {
                    let (name, rule) = &findings.policies_left_out[0];
                    format!("{}, because they break a rule; the first: {name}: {rule}", findings.policies_left_out.len())
                }))
            }
            (row("engine", findings.engine.into()))
        }
    }
}

fn definitions(findings: &Findings) -> Markup {
    let overlap = findings.summary.overlap;
    html! {
        p {
            "Twins begin each episode with the same collateral and debt; one is in a vault, one is not. "
            "Differences are equity at the end of the episode, in basis points of the collateral at its first "
            "price. " b { "Untouched" } " is the position as it began, had nobody touched it."
        }
        p {
            b { "Cost" } " is value sold less debt repaid and idle assets gained, over all that was sold and over "
            "collateral. " b { "Regret" } " is what the vault sold in episodes in which no auction of the bare "
            "twin was filled."
        }
        p {
            b { "Standard errors" } " are Newey and West's with lag " (overlap) ": episodes that share days "
            "are not independent. They know nothing of crashes that these prices do not hold. Quantiles lie on a "
            "straight line between neighbours. " b { "Spells" } " are groups of overlapping episodes in which "
            "the bare twin was filled: at most so many times do these prices tell of a liquidation independently."
        }
        @for line in study_report::notes(findings).lines().filter(|line| line.contains("cannot be entered")) {
            p { (line) }
        }
    }
}

fn policies(findings: &Findings) -> Markup {
    html! {
        p.soft { "What differs from the program's default policy, as a file for --policy. 10000000 is 100%." }
        @for one in &findings.policies {
            details {
                summary { (one.name) }
                pre {
                    @let lines = policy_grid::written(&one.policy);
                    @if lines.is_empty() { "# nothing" } @else { (lines.join("\n")) }
                }
            }
        }
    }
}
