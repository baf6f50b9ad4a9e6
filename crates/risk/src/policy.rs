//! The owner's policy as a TOML file: the fields of [`Policy`], by their names.

use ballast_core::policy::{Policy, PolicyError, MAX_VOLATILITY_Z_E2};
use serde::{Deserialize, Serialize};

/// A policy that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PolicyFileError {
    /// Not TOML, an unknown field, or a value of the wrong type: the reader's own words, with the line.
    #[error("{0}")]
    Syntax(String),
    /// A value is out of its bounds.
    #[error("{fields}: {rule}")]
    Value {
        /// The fields of the rule, with their values.
        fields: String,
        /// The rule that they break.
        rule: &'static str,
    },
}

/// A policy that has a name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Preset {
    Early,
    #[default]
    Balanced,
    Late,
}

impl Preset {
    fn policy(self) -> Policy {
        match self {
            Preset::Early => Policy::EARLY,
            Preset::Balanced => Policy::BALANCED,
            Preset::Late => Policy::LATE,
        }
    }
}

macro_rules! policy_fields {
    ($($field:ident: $type:ty),* $(,)?) => {
        /// A policy as it is written and reported.
        #[derive(Clone, Debug, PartialEq, Eq, Serialize)]
        pub struct PolicyFields {
            $(
                #[doc = concat!("[`Policy::", stringify!($field), "`].")]
                pub $field: $type,
            )*
        }

        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Written {
            preset: Option<Preset>,
            $($field: Option<$type>,)*
        }

        impl From<&Policy> for PolicyFields {
            fn from(policy: &Policy) -> Self {
                Self { $($field: policy.$field,)* }
            }
        }

        impl Written {
            fn policy(self) -> Policy {
                let base = self.preset.unwrap_or_default().policy();
                Policy { $($field: self.$field.unwrap_or(base.$field),)* }
            }
        }

        fn value(policy: &Policy, name: &str) -> String {
            match name {
                $(stringify!($field) => policy.$field.to_string(),)*
                _ => String::new(),
            }
        }
    };
}

policy_fields! {
    soft_e7: u32,
    target_e7: u32,
    hard_e7: u32,
    step_min_e7: u32,
    step_max_e7: u32,
    discount_min_e7: u32,
    discount_max_e7: u32,
    sold_budget_e7: u32,
    window_ledgers: u32,
    max_cost_of_equity_e7: u32,
    max_price_age_seconds: u64,
    max_price_deviation_e7: u32,
    use_previous_round: bool,
    reserve_first: bool,
    dust_reserve_e7: u32,
    rescue_target_e7: u32,
    rescue_window_ledgers: u32,
    volatility_z_e2: u32,
    volatility_shift_max_e7: u32,
}

/// Reads a policy. Fields that are not written are those of the `preset` that the file names (`early`,
/// `balanced`, `late`), otherwise of [`Policy::BALANCED`].
/// `oracle_resolution_seconds` is the length of the pool oracle's rounds.
///
/// # Errors
/// * [`PolicyFileError::Syntax`], [`PolicyFileError::Value`]; both name the field.
pub fn parse(text: &str, oracle_resolution_seconds: u32) -> Result<Policy, PolicyFileError> {
    let written: Written = toml::from_str(text).map_err(syntax)?;
    validated(written, oracle_resolution_seconds)
}

/// As [`parse`], from a file that was read already.
pub(crate) fn from_table(
    table: toml::Table,
    oracle_resolution_seconds: u32,
) -> Result<Policy, PolicyFileError> {
    let written: Written = table.try_into().map_err(syntax)?;
    validated(written, oracle_resolution_seconds)
}

pub(crate) fn syntax(error: toml::de::Error) -> PolicyFileError {
    PolicyFileError::Syntax(error.to_string().trim_end().into())
}

fn validated(written: Written, oracle_resolution_seconds: u32) -> Result<Policy, PolicyFileError> {
    let policy = written.policy();
    policy
        .validate(oracle_resolution_seconds)
        .map_err(|error| broken_rule(&policy, error))?;
    Ok(policy)
}

fn broken_rule(policy: &Policy, error: PolicyError) -> PolicyFileError {
    let one = 10_000_000;
    let (fields, rule): (&[&str], _) = match error {
        PolicyError::Thresholds if policy.target_e7 < 1_000_000 => {
            (&["target_e7"], "must be at least 1000000 (10%)")
        }
        PolicyError::Thresholds if policy.target_e7 > policy.soft_e7.saturating_sub(100_000) => (
            &["target_e7", "soft_e7"],
            "the target must be at least 100000 (1%) below soft",
        ),
        PolicyError::Thresholds if policy.soft_e7 >= policy.hard_e7 => {
            (&["soft_e7", "hard_e7"], "soft must be below hard")
        }
        PolicyError::Thresholds if policy.hard_e7 > one => {
            (&["hard_e7"], "must be at most 10000000 (100%)")
        }
        PolicyError::Thresholds => (
            &["rescue_target_e7", "target_e7"],
            "the rescue target must be above the target and at most 9950000 (99.5%)",
        ),
        PolicyError::Steps => (
            &["step_min_e7", "step_max_e7"],
            "must satisfy 100000 (1%) <= step_min_e7 <= step_max_e7 <= 10000000 (100%)",
        ),
        PolicyError::Discounts => (
            &["discount_min_e7", "discount_max_e7"],
            "must satisfy 0 < discount_min_e7 <= discount_max_e7 <= 1000000 (10%)",
        ),
        PolicyError::Budget if !(100_000..=100_000_000).contains(&policy.sold_budget_e7) => (
            &["sold_budget_e7"],
            "must be in 100000..=100000000 (1% to 1000%)",
        ),
        PolicyError::Budget => (&["window_ledgers"], "must be in 1..=17280"),
        PolicyError::CostOfEquity => (
            &["max_cost_of_equity_e7"],
            "must be in 1..=10000000 (at most 100%)",
        ),
        PolicyError::Prices
            if policy.max_price_deviation_e7 == 0 || policy.max_price_deviation_e7 > 5_000_000 =>
        {
            (
                &["max_price_deviation_e7"],
                "must be in 1..=5000000 (at most 50%)",
            )
        }
        PolicyError::Prices => (
            &["max_price_age_seconds"],
            "must be between twice the oracle's resolution (600) and 86400",
        ),
        PolicyError::Reserve => (&["dust_reserve_e7"], "must be at most 1000000 (10%)"),
        PolicyError::Rescue => (&["rescue_window_ledgers"], "must be at most 200"),
        PolicyError::Volatility if policy.volatility_z_e2 > MAX_VOLATILITY_Z_E2 => (
            &["volatility_z_e2"],
            "must be at most 1000 (ten standard deviations of a round)",
        ),
        PolicyError::Volatility => (
            &["volatility_shift_max_e7", "target_e7"],
            "the target less the largest shift must be at least 1000000 (10%)",
        ),
    };
    let fields: Vec<String> = fields
        .iter()
        .map(|name| format!("{name} = {}", value(policy, name)))
        .collect();
    PolicyFileError::Value {
        fields: fields.join(", "),
        rule,
    }
}
