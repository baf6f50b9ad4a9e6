//! Everything about a study that a report may show.

use ballast_risk::{
    check::{Chosen, Compared},
    episodes::Schedule,
    policy_grid::NamedPolicy,
    settings::Settings,
    study::{Case, Impossible, Record},
    summary::Summary,
};

/// The prices and the episodes cut out of them.
pub struct Source {
    /// Where the prices come from.
    pub prices: String,
    /// Number of bars.
    pub bars: u64,
    /// Length of a bar, seconds.
    pub bar_seconds: u64,
    /// Start of the first bar, unix seconds.
    pub from: u64,
    /// End of the last, unix seconds.
    pub to: u64,
    /// When episodes start and how long they last.
    pub schedule: Schedule,
    /// Number of episodes.
    pub episodes: u64,
    /// Starts left out because bars are missing.
    pub left_out: u64,
}

/// What was run again on the contracts.
pub struct Checked {
    /// What was chosen.
    pub chosen: Chosen,
    /// In that order.
    pub compared: Vec<Compared>,
    /// Seed of the choice.
    pub seed: u64,
}

impl Checked {
    /// The pair that is furthest apart; one that disagrees before all that agree; of
    /// equal ones the first.
    pub fn furthest(&self) -> Option<&Compared> {
        let key = |one: &&Compared| (!one.agrees(), one.difference_bps);
        self.compared
            .iter()
            .rev()
            .max_by(|a, b| key(a).0.cmp(&key(b).0).then(key(a).1.total_cmp(&key(b).1)))
    }

    /// How many agree.
    pub fn agreeing(&self) -> usize {
        self.compared.iter().filter(|one| one.agrees()).count()
    }
}

/// A study and what it found.
pub struct Findings {
    /// Prices and episodes.
    pub source: Source,
    /// What the episodes ran on.
    pub engine: &'static str,
    /// The settings.
    pub settings: Vec<Settings>,
    /// The policies.
    pub policies: Vec<NamedPolicy>,
    /// Combinations of policy files that break a rule, and the rule.
    pub policies_left_out: Vec<(String, String)>,
    /// Settings with policies.
    pub cases: Vec<Case>,
    /// Those that cannot be entered.
    pub impossible: Vec<Impossible>,
    /// By case, then by episode.
    pub records: Vec<Vec<Record>>,
    /// Figures.
    pub summary: Summary,
    /// The check, if there was one.
    pub checked: Option<Checked>,
}

/// A setting that may be a list.
pub struct Dimension {
    /// Its name.
    pub name: &'static str,
    /// Its value for people.
    pub value: fn(&Settings) -> String,
}

/// All of them, in the order in which tables have them.
pub const DIMENSIONS: [Dimension; 5] = [
    Dimension {
        name: "oracle",
        value: |settings| settings.oracle.name().into(),
    },
    Dimension {
        name: "depth USD",
        value: |settings| crate::numbers::usd(settings.depth_usd),
    },
    Dimension {
        name: "keeper delay",
        value: |settings| settings.keeper_delay_ledgers.to_string(),
    },
    Dimension {
        name: "filler margin",
        value: |settings| crate::numbers::percent(settings.filler_margin_bps),
    },
    Dimension {
        name: "entry health",
        value: |settings| format!("{:.2}", settings.entry_health),
    },
];

impl Findings {
    /// The dimensions in which the settings differ.
    pub fn varying(&self) -> Vec<&'static Dimension> {
        let differs = |dimension: &&Dimension| {
            let mut values = self.settings.iter().map(dimension.value);
            let first = values.next();
            values.any(|value| Some(value) != first)
        };
        DIMENSIONS.iter().filter(differs).collect()
    }

    /// A setting by what tells it from the others; empty if there is one.
    pub fn setting_name(&self, setting: usize) -> String {
        let values: Vec<String> = self
            .varying()
            .iter()
            .map(|one| format!("{} {}", one.name, (one.value)(&self.settings[setting])))
            .collect();
        values.join(", ")
    }

    /// What all settings have in common, for people.
    pub fn common(&self) -> String {
        let varying: Vec<_> = self.varying().iter().map(|one| one.name).collect();
        let settings = &self.settings[0];
        let mut values = vec![format!(
            "{} USD of {}",
            crate::numbers::usd(settings.collateral_usd),
            settings.collateral.name()
        )];
        let same = DIMENSIONS.iter().filter(|one| !varying.contains(&one.name));
        values.extend(same.map(|one| format!("{} {}", one.name, (one.value)(settings))));
        values.push(format!("keeper sells {}", settings.keeper_sells.name()));
        values.join(", ")
    }
}
