//! The page: no script, nothing from elsewhere. `maud` escapes every text.

use super::{
    chart::{in_page_colours, Width},
    document::{
        AlertDocument, DecisionDocument, PoolDocument, PoolQueueDocument, QueueDocument,
        QueuedDocument, StatusDocument,
    },
    Chart,
};
use maud::{html, Markup, PreEscaped, DOCTYPE};

/// Seconds between two looks of a browser that is left open.
const REFRESH_SECONDS: u32 = 10;

/// Its styles, at `/page.css`.
pub const CSS: &str = include_str!("page.css");

/// What the page is made of.
#[derive(Clone, Debug)]
pub struct Page {
    /// `/status.json`.
    pub status: StatusDocument,
    /// `/queue.json`.
    pub queue: QueueDocument,
    /// The last steps, or why they cannot be shown.
    pub steps: Result<Vec<DecisionDocument>, String>,
    /// A chart a pool, by the pool's name, or why it cannot be shown.
    pub charts: Vec<(String, Result<Chart, String>)>,
    /// Whether it loads itself again.
    pub refresh: bool,
}

impl Page {
    /// As HTML.
    pub fn html(&self) -> String {
        let status = &self.status;
        let page = html! {
            (DOCTYPE)
            html lang="en" {
                head {
                    meta charset="utf-8";
                    meta name="viewport" content="width=device-width, initial-scale=1";
                    meta name="robots" content="noindex";
                    @if self.refresh {
                        meta http-equiv="refresh" content=(REFRESH_SECONDS);
                    }
                    title { (if status.healthy { "Ballast keeper" } else { "(!) Ballast keeper" }) }
                    link rel="stylesheet" href="page.css";
                }
                body {
                    main {
                        (head(status))
                        (alerts(&status.alerts))
                        (cards(status))
                        h2 { "Risk over time" }
                        (self.charts())
                        h2 { "Queue" }
                        p.soft.small {
                            "Riskiest first. Distance is the share of the collateral's price that may still be lost \
                             before the pool liquidates. Values in the base asset of the pool's oracle, USD as a rule."
                        }
                        (queue(&self.queue, &status.pools))
                        h2 { "Last steps" }
                        (self.steps())
                        h2 { "Accounts, inventory, endpoints" }
                        (accounts(status))
                        (endpoints(status))
                    }
                    (self.foot())
                }
            }
        };
        page.into_string()
    }

    fn charts(&self) -> Markup {
        html! {
            @for (name, chart) in &self.charts {
                @if self.charts.len() > 1 { h3 { (name) } }
                (figure(chart))
            }
            @if self.charts.is_empty() { p.soft { "Nothing yet." } }
        }
    }

    fn steps(&self) -> Markup {
        let steps = match &self.steps {
            Err(why) => return html! { p.ill { "Not to be had: " (why) "." } },
            Ok(steps) if steps.is_empty() => return html! { p.soft { "No step was made yet." } },
            Ok(steps) => steps,
        };
        html! {
            (scroll("Last steps", html! { table {
                thead { tr {
                    th.text { "Vault" } th.text { "When" } th.text { "Way" } th { "Sells" } th { "Repays" }
                    th { "Risk before" } th { "Risk after, planned" } th.text { "Outcome" } th { "Fee, XLM" }
                    th.text { "Transaction" }
                } }
                tbody { @for step in steps { (self::step(step, &self.status.pools)) } }
            } }))
        }
    }

    fn foot(&self) -> Markup {
        let status = &self.status;
        html! {
            footer {
                p {
                    "Ballast " (status.version) ", network \u{201c}" (status.network) "\u{201d}, factory "
                    (status.factory) ", since " (status.started_at) "."
                }
                p {
                    a href="metrics" { "metrics" } " · " a href="healthz" { "health" } " · "
                    a href="status.json" { "status" } " · " a href="queue.json" { "queue" } " · "
                    a href="history.json" { "history" } " · "
                    @if self.refresh {
                        "loads itself every " (REFRESH_SECONDS) " s, " a href="?refresh=off" { "hold" }
                    } @else {
                        "held, " a href="." { "go on" }
                    }
                }
            }
        }
    }
}

/// A table that scrolls within itself on a narrow screen, with the keyboard, too.
fn scroll(name: &str, table: Markup) -> Markup {
    html! { div.scroll tabindex="0" role="region" aria-label=(name) { (table) } }
}

fn head(status: &StatusDocument) -> Markup {
    let line = match &status.ledger {
        None => "Waiting for the first ledger.".to_owned(),
        Some(ledger) => {
            let vaults: usize = status.pools.iter().map(|pool| pool.vaults).sum();
            let borrowers: usize = status.pools.iter().map(|pool| pool.borrowers).sum();
            format!(
                "Watching {} and {} in {}. Ledger {}, {} ago.",
                count(vaults, "vault"),
                count(borrowers.saturating_sub(vaults), "other borrower"),
                count(status.pools.len(), "pool"),
                grouped(&ledger.sequence.to_string()),
                seconds(ledger.seconds_ago),
            )
        }
    };
    html! {
        h1 { "Ballast keeper" }
        @if status.healthy && status.alerts.is_empty() {
            p.state.well { "All is well" @if status.dry_run { ", and nothing is sent: a dry run" } }
        } @else if status.healthy {
            p.state.ill { "At work, with " (count(status.alerts.len(), "alert")) @if status.dry_run { "; a dry run" } }
        } @else {
            p.state.ill { "Not well: " (status.reasons.join("; ")) }
        }
        p.soft { (line) }
    }
}

fn alerts(alerts: &[AlertDocument]) -> Markup {
    html! {
        @if !alerts.is_empty() {
            ul.alerts {
                @for alert in alerts {
                    li {
                        b { (alert.kind.replace('_', " ")) } ": " (alert.detail)
                        span { (alert.subject) ", since " (alert.since) }
                    }
                }
            }
        }
    }
}

fn cards(status: &StatusDocument) -> Markup {
    let sum = |of: fn(&PoolDocument) -> usize| status.pools.iter().map(of).sum::<usize>();
    let (vaults, at_risk) = (sum(|pool| pool.vaults), sum(|pool| pool.vaults_at_risk));
    let unpriced = match sum(|pool| pool.vaults_unpriced) {
        0 => String::new(),
        unpriced => format!(", {unpriced} without a price"),
    };
    let unbounded = status
        .pools
        .iter()
        .any(|pool| pool.highest_vault_risk.is_none());
    let risks = status
        .pools
        .iter()
        .filter_map(|pool| pool.highest_vault_risk.as_deref());
    let highest = risks
        .filter_map(|risk| risk.parse::<f64>().ok())
        .fold(0.0, f64::max);
    let steps = |outcomes: &[&str]| {
        let of = status.steps.iter();
        let of = of.filter(|steps| outcomes.contains(&steps.outcome.as_str()));
        of.map(|steps| steps.count).sum::<u64>()
    };
    let (done, lost) = (
        steps(&["done"]),
        steps(&["lost", "expired", "refused", "unknown"]),
    );
    let channels = || {
        status
            .accounts
            .iter()
            .filter(|account| account.role == "channel")
    };
    let free = channels().filter(|channel| channel.free).count();
    let (in_auction, auctions) = (sum(|pool| pool.vault_auctions), sum(|pool| pool.auctions));
    let card = |value: String, class: &str, words: String| {
        html! { div.card { b class=(class) { (value) } span { (words) } } }
    };
    let ill = |is: bool| if is { "ill" } else { "" };
    html! {
        div.cards {
            (card(at_risk.to_string(), ill(at_risk > 0), format!("of {} at risk{unpriced}", count(vaults, "vault"))))
            (card(
                match unbounded { true => "no bound".into(), false => format!("{:.1}%", highest * 100.0) },
                ill(unbounded || highest >= 1.0),
                "highest risk ratio of a vault".into(),
            ))
            (card(in_auction.to_string(), ill(in_auction > 0), format!("vaults in an auction, of {} open", auctions)))
            (card(done.to_string(), "", format!("steps done since the start, {lost} without success")))
            (card(format!("{free} of {}", channels().count()), ill(free == 0 && channels().count() > 0), "channels free".into()))
        }
    }
}

fn figure(chart: &Result<Chart, String>) -> Markup {
    let drawn = |chart: &Chart, width| {
        let svg = chart.svg(width).map_err(|error| error.to_string())?;
        Ok::<_, String>(svg.map(|svg| PreEscaped(in_page_colours(&svg))))
    };
    let both = chart
        .as_ref()
        .map_err(Clone::clone)
        .and_then(|chart| Ok(drawn(chart, Width::Wide)?.zip(drawn(chart, Width::Narrow)?)));
    html! {
        @match both {
            Err(why) => p.ill { "Not to be had: " (why) "." },
            Ok(None) => p.soft { "Nothing yet." },
            Ok(Some((wide, narrow))) => figure role="img" aria-label="Risk ratios of the vaults over time" {
                div.wide { (wide) }
                div.narrow { (narrow) }
            },
        }
    }
}

fn queue(queue: &QueueDocument, pools: &[PoolDocument]) -> Markup {
    html! {
        @for pool in &queue.pools {
            h3 { "Pool " (pool.name) }
            @if let Some(figures) = pools.iter().find(|figures| figures.pool == pool.pool) {
                p.soft.small { (prices(figures)) }
            }
            @if pool.queue.is_empty() {
                p.soft { "Nobody owes anything." }
            } @else {
                (pool_queue(pool))
            }
        }
        @if queue.pools.is_empty() { p.soft { "No pool yet." } }
    }
}

fn prices(pool: &PoolDocument) -> String {
    let price = |price: &super::PriceDocument| match &price.price {
        Some(of) => format!("{} {}", price.name, significant(of)),
        None => format!("{} without a price", price.name),
    };
    pool.prices
        .iter()
        .map(price)
        .collect::<Vec<_>>()
        .join(" · ")
}

fn pool_queue(pool: &PoolQueueDocument) -> Markup {
    html! {
        (scroll("Queue", html! { table {
            thead { tr {
                th.text { "Borrower" } th { "Risk ratio" } th { "Distance" } th { "Steps from" }
                th { "Collateral" } th { "Debt" } th { "Auction age" } th { "Filler gains" }
            } }
            tbody { @for queued in &pool.queue { (self::queued(queued)) } }
        } }))
        @if pool.borrowers > pool.queue.len() {
            p.soft.small { "The first " (pool.queue.len()) " of " (pool.borrowers) "." }
        }
    }
}

fn queued(queued: &QueuedDocument) -> Markup {
    let class = match queued.standing.as_str() {
        "liquidatable" => "ill",
        "at risk" => "above",
        _ => "",
    };
    let gain = queued
        .auction
        .as_ref()
        .and_then(|auction| auction.filler_gain.as_deref());
    html! {
        tr {
            td { (key(&queued.borrower)) @if queued.vault { span.tag.above { "vault" } } }
            td class=(class) { (queued.risk_ratio.as_deref().map_or("no bound".into(), percent)) }
            td class=(class) { (queued.distance.as_deref().map_or("-".into(), percent)) }
            td { (queued.soft_threshold.as_deref().map_or("-".into(), percent)) }
            td { (money(&queued.collateral_value)) }
            td { (money(&queued.debt_value)) }
            td { @match &queued.auction {
                Some(auction) => (count(auction.age_ledgers as usize, "ledger")),
                None => "-",
            } }
            td { (gain.map_or("-".into(), money)) }
        }
    }
}

fn step(step: &DecisionDocument, pools: &[PoolDocument]) -> Markup {
    let outcome = step.outcome.as_deref().unwrap_or("under way");
    let class = match outcome {
        "done" => "well",
        "under way" | "dry_run" => "",
        _ => "below",
    };
    let last = step.transactions.first();
    let words = step.detail.as_deref().unwrap_or("");
    html! {
        tr {
            td { (key(&step.vault)) }
            td.text { (step.at.trim_end_matches('Z').replace('T', " ")) }
            td.text { (step.way.as_deref().unwrap_or("-")) @if step.rescue { span.tag { "rescue" } } }
            td { (tokens(pools, step.collateral.as_deref(), step.sell.as_deref())) }
            td { (tokens(pools, step.debt.as_deref(), step.repay.as_deref())) }
            td { (step.risk_ratio.as_deref().map_or("no bound".into(), percent)) }
            td { (step.risk_ratio_after.as_deref().map_or("-".into(), percent)) }
            td class=(format!("text {class}")) title=(words) { (outcome.replace('_', " ")) }
            td { (last.and_then(|last| last.fee.as_deref()).unwrap_or("-")) }
            td.text { @match last { Some(last) => (key(&last.hash)), None => "-" } }
        }
    }
}

/// So much of an asset, where its decimals are known.
fn tokens(pools: &[PoolDocument], asset: Option<&str>, amount: Option<&str>) -> String {
    let mut prices = pools.iter().flat_map(|pool| &pool.prices);
    let price = prices.find(|price| Some(price.asset.as_str()) == asset);
    match (price, amount.map(str::parse::<i128>)) {
        (Some(price), Some(Ok(amount))) => {
            let amount = ballast_client::amount::format(amount, price.decimals);
            format!("{} {}", money(&amount), price.name)
        }
        _ => "-".to_owned(),
    }
}

fn accounts(status: &StatusDocument) -> Markup {
    html! {
        (scroll("Accounts", html! { table {
            thead { tr { th.text { "Account" } th.text { "Role" } th { "Lumens" } th.text { "State" } } }
            tbody { @for account in &status.accounts { tr {
                td { (key(&account.account)) }
                td.text { (account.role) }
                td { (money(&account.lumens)) }
                td.text { (if account.free { "free" } else { "in use" }) }
            } } }
        } }))
        @if !status.inventory.is_empty() {
            (scroll("Inventory", html! { table {
                thead { tr { th.text { "Asset" } th { "Held" } th { "At most in use" } } }
                tbody { @for holding in &status.inventory { tr {
                    td { (holding.name) } td { (money(&holding.balance)) } td { (money(&holding.exposure)) }
                } } }
            } }))
        }
    }
}

fn endpoints(status: &StatusDocument) -> Markup {
    html! {
        (scroll("Endpoints", html! { table {
            thead { tr {
                th.text { "Endpoint" } th.text { "State" } th { "Ledger" } th { "Last answer" } th { "Failures" }
            } }
            tbody { @for endpoint in &status.endpoints { tr {
                td { (endpoint.endpoint) }
                td class=(if endpoint.healthy { "text well" } else { "text ill" }) {
                    (if endpoint.healthy { "answers" } else { "does not serve" })
                }
                td { (endpoint.latest_ledger) }
                td { @match endpoint.latency_seconds {
                    Some(latency) => (format!("{:.0} ms", latency * 1e3)),
                    None => "-",
                } }
                td { (endpoint.failures) }
            } } }
        } }))
    }
}

/// An address or a hash: all of it for who copies it, its beginning for who reads.
fn key(text: &str) -> Markup {
    html! { span.key title=(text) { (text) } }
}

fn count(number: usize, of: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{} {of}{plural}", grouped(&number.to_string()))
}

fn seconds(seconds: f64) -> String {
    match seconds {
        seconds if seconds < 10.0 => format!("{seconds:.1} s"),
        seconds if seconds < 120.0 => format!("{seconds:.0} s"),
        seconds => format!("{:.0} min", seconds / 60.0),
    }
}

/// A ratio as percent, one decimal.
pub(super) fn percent(ratio: &str) -> String {
    match ratio.parse::<f64>() {
        Ok(ratio) => format!("{:.1}%", ratio * 100.0),
        Err(_) => ratio.to_owned(),
    }
}

/// An amount with two decimals and its thousands apart; cut, not rounded.
pub(super) fn money(amount: &str) -> String {
    let (whole, fraction) = amount.split_once('.').unwrap_or((amount, ""));
    let cents: String = fraction.chars().chain("00".chars()).take(2).collect();
    format!("{}.{cents}", grouped(whole))
}

/// Digits in groups of three.
fn grouped(digits: &str) -> String {
    let (sign, digits) = digits
        .strip_prefix('-')
        .map_or(("", digits), |rest| ("-", rest));
    let mut out = String::with_capacity(digits.len() * 4 / 3 + 1);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index) % 3 == 0 {
            out.push(',');
        }
        out.push(digit);
    }
    format!("{sign}{out}")
}

/// A price with no more digits than say something.
fn significant(price: &str) -> String {
    let Some((whole, fraction)) = price.split_once('.') else {
        return price.to_owned();
    };
    let digits = match whole {
        "0" => fraction.chars().take_while(|digit| *digit == '0').count() + 4,
        whole => 5usize.saturating_sub(whole.len()).max(2),
    };
    let fraction: String = fraction.chars().take(digits).collect();
    match fraction.trim_end_matches('0') {
        "" => whole.to_owned(),
        fraction => format!("{whole}.{fraction}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_cut_and_grouped() {
        for (amount, text) in [
            ("0", "0.00"),
            ("1234567.891", "1,234,567.89"),
            ("-1234.5", "-1,234.50"),
            ("999", "999.00"),
        ] {
            assert_eq!(money(amount), text);
        }
        for (price, text) in [
            ("0.2503717", "0.2503"),
            ("0.00001234567", "0.00001234"),
            ("1", "1"),
            ("1.0000001", "1"),
            ("112345.6789", "112345.67"),
        ] {
            assert_eq!(significant(price), text);
        }
        assert_eq!(percent("0.9312345"), "93.1%");
        assert_eq!(percent("no ratio"), "no ratio");
    }
}
