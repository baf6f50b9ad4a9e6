//! The JSON of many episodes. Every field is described in the README.

use crate::findings::{Checked, Findings};
use ballast_risk::{
    check::{Compared, TOLERANCE_BPS},
    policy::PolicyFields,
    settings::Settings,
    study::{Case, Record, Twin},
    summary::Summary,
    time,
};
use serde::{ser::SerializeSeq, Serialize, Serializer};

/// Everything about a study.
#[derive(Serialize)]
pub struct Document<'a> {
    parameters: Parameters<'a>,
    episodes: Episodes<'a>,
    summary: &'a Summary,
    check: Option<CheckFields>,
}

#[derive(Serialize)]
struct Parameters<'a> {
    prices: &'a str,
    bars: u64,
    bar_seconds: u64,
    from: String,
    to: String,
    every_seconds: u64,
    horizon_seconds: u64,
    episodes: u64,
    episodes_left_out: u64,
    engine: &'static str,
    settings: Vec<SettingFields>,
    policies: Vec<NamedFields<'a>>,
    policies_left_out: Vec<LeftOut<'a>>,
    cannot_be_entered: Vec<CannotBeEntered>,
}

#[derive(Serialize)]
struct SettingFields {
    collateral: &'static str,
    oracle: &'static str,
    entry_health: f64,
    collateral_usd: f64,
    depth_usd: f64,
    filler_margin_bps: u32,
    keeper_delay_ledgers: u32,
    keeper_sells: &'static str,
}

#[derive(Serialize)]
struct NamedFields<'a> {
    name: &'a str,
    #[serde(flatten)]
    fields: PolicyFields,
}

#[derive(Serialize)]
struct LeftOut<'a> {
    name: &'a str,
    why: &'a str,
}

#[derive(Serialize)]
struct CannotBeEntered {
    setting: usize,
    policy: usize,
    why: String,
}

/// Written one by one: there may be very many.
struct Episodes<'a>(&'a Findings);

impl Serialize for Episodes<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut sequence = serializer.serialize_seq(None)?;
        for (case, records) in self.0.cases.iter().zip(&self.0.records) {
            for record in records {
                sequence.serialize_element(&EpisodeFields::of(case, record))?;
            }
        }
        sequence.end()
    }
}

#[derive(Serialize)]
struct EpisodeFields {
    setting: usize,
    policy: usize,
    from: String,
    to: String,
    first_price_usd: f64,
    lowest_round_usd: f64,
    last_price_usd: f64,
    vault_minus_bare_bps: f64,
    vault_minus_untouched_bps: f64,
    regret_usd: f64,
    vault: Twin,
    bare: Twin,
    untouched_end_usd: f64,
}

impl EpisodeFields {
    fn of(case: &Case, record: &Record) -> Self {
        let bps = |usd: f64| rounded(usd / case.settings.collateral_usd * 1e4);
        Self {
            setting: case.setting,
            policy: case.policy,
            from: time::rfc3339(record.from),
            to: time::rfc3339(record.to),
            first_price_usd: record.first_price_usd,
            lowest_round_usd: record.lowest_round_usd,
            last_price_usd: record.last_price_usd,
            vault_minus_bare_bps: bps(record.over_bare_usd()),
            vault_minus_untouched_bps: bps(record.over_untouched_usd()),
            regret_usd: rounded(record.regret_usd()),
            vault: twin(&record.vault),
            bare: twin(&record.bare),
            untouched_end_usd: rounded(record.untouched_end_usd),
        }
    }
}

fn twin(twin: &Twin) -> Twin {
    Twin {
        sold_usd: rounded(twin.sold_usd),
        cost_usd: rounded(twin.cost_usd),
        equity_start_usd: rounded(twin.equity_start_usd),
        equity_end_usd: rounded(twin.equity_end_usd),
        ..*twin
    }
}

/// To four decimals; no negative zero.
fn rounded(value: f64) -> f64 {
    (value * 1e4).round() / 1e4 + 0.0
}

#[derive(Serialize)]
struct CheckFields {
    tolerance_bps: f64,
    seed: u64,
    acting_episodes: usize,
    quiet_episodes: usize,
    agreeing_episodes: usize,
    largest_difference_bps: f64,
    episodes: Vec<ComparedFields>,
}

#[derive(Serialize)]
struct ComparedFields {
    setting: usize,
    policy: usize,
    from: String,
    to: String,
    acting: bool,
    agrees: bool,
    same_counts: bool,
    difference_bps: f64,
    core: SideFields,
    wasm: SideFields,
}

#[derive(Serialize)]
struct SideFields {
    vault: Twin,
    bare: Twin,
    untouched_end_usd: f64,
}

impl SideFields {
    fn of(record: &Record) -> Self {
        Self {
            vault: twin(&record.vault),
            bare: twin(&record.bare),
            untouched_end_usd: rounded(record.untouched_end_usd),
        }
    }
}

impl CheckFields {
    fn of(findings: &Findings, checked: &Checked) -> Self {
        let compared = |one: &Compared| {
            let case = &findings.cases[one.place.case];
            ComparedFields {
                setting: case.setting,
                policy: case.policy,
                from: time::rfc3339(one.core.from),
                to: time::rfc3339(one.core.to),
                acting: one.core.acts(),
                agrees: one.agrees(),
                same_counts: one.same_counts(),
                difference_bps: one.difference_bps,
                core: SideFields::of(&one.core),
                wasm: SideFields::of(&one.wasm),
            }
        };
        Self {
            tolerance_bps: TOLERANCE_BPS,
            seed: checked.seed,
            acting_episodes: checked.chosen.acting.len(),
            quiet_episodes: checked.chosen.quiet.len(),
            agreeing_episodes: checked.agreeing(),
            largest_difference_bps: checked
                .compared
                .iter()
                .map(|one| one.difference_bps)
                .fold(0.0, f64::max),
            episodes: checked.compared.iter().map(compared).collect(),
        }
    }
}

impl<'a> Document<'a> {
    /// Of these findings.
    pub fn of(findings: &'a Findings) -> Self {
        let source = &findings.source;
        let setting = |settings: &Settings| SettingFields {
            collateral: settings.collateral.name(),
            oracle: settings.oracle.name(),
            entry_health: settings.entry_health,
            collateral_usd: settings.collateral_usd,
            depth_usd: settings.depth_usd,
            filler_margin_bps: settings.filler_margin_bps,
            keeper_delay_ledgers: settings.keeper_delay_ledgers,
            keeper_sells: settings.keeper_sells.name(),
        };
        let policies = findings.policies.iter().map(|one| NamedFields {
            name: &one.name,
            fields: PolicyFields::from(&one.policy),
        });
        let left_out = findings.policies_left_out.iter();
        let impossible = findings.impossible.iter().map(|one| CannotBeEntered {
            setting: one.setting,
            policy: one.policy,
            why: one.error.to_string(),
        });
        Self {
            parameters: Parameters {
                prices: &source.prices,
                bars: source.bars,
                bar_seconds: source.bar_seconds,
                from: time::rfc3339(source.from),
                to: time::rfc3339(source.to),
                every_seconds: source.schedule.every_seconds,
                horizon_seconds: source.schedule.horizon_seconds,
                episodes: source.episodes,
                episodes_left_out: source.left_out,
                engine: findings.engine,
                settings: findings.settings.iter().map(setting).collect(),
                policies: policies.collect(),
                policies_left_out: left_out.map(|(name, why)| LeftOut { name, why }).collect(),
                cannot_be_entered: impossible.collect(),
            },
            episodes: Episodes(findings),
            summary: &findings.summary,
            check: findings
                .checked
                .as_ref()
                .map(|checked| CheckFields::of(findings, checked)),
        }
    }
}
