//! What a replay is run with.

use ballast_core::policy::Policy;

/// What a round of the oracle carries.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OracleMode {
    /// The price at its timestamp.
    #[default]
    Close,
    /// The lowest price of the 300 s before its timestamp.
    Low,
}

impl OracleMode {
    /// Lower case.
    pub fn name(self) -> &'static str {
        match self {
            OracleMode::Close => "close",
            OracleMode::Low => "low",
        }
    }
}

/// Where the keeper sells the collateral that a fill brings it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum KeeperSells {
    /// Where it gets more: at the AMM, or elsewhere at the market's price less 10 bps.
    #[default]
    Best,
    /// At the AMM only, at once.
    Amm,
}

impl KeeperSells {
    /// Lower case.
    pub fn name(self) -> &'static str {
        match self {
            KeeperSells::Best => "best",
            KeeperSells::Amm => "amm",
        }
    }
}

/// What the collateral is called. The chain's own asset stands in for every one of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Collateral {
    /// Lumens.
    #[default]
    Xlm,
    /// Bitcoin.
    Btc,
    /// Ether.
    Eth,
}

impl Collateral {
    /// Upper case.
    pub fn name(self) -> &'static str {
        match self {
            Collateral::Xlm => "XLM",
            Collateral::Btc => "BTC",
            Collateral::Eth => "ETH",
        }
    }
}

/// What to replay with.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    /// What the collateral is called.
    pub collateral: Collateral,
    /// Collateral factor of the collateral, 7 decimals.
    pub collateral_factor_e7: u32,
    /// Liability factor of the debt, 7 decimals.
    pub liability_factor_e7: u32,
    /// What oracle rounds carry.
    pub oracle: OracleMode,
    /// Health factor at the first price: one over the risk ratio.
    pub entry_health: f64,
    /// Collateral of each twin at the first price, USD.
    pub collateral_usd: f64,
    /// Depth of the AMM a side at the first price, USD.
    pub depth_usd: f64,
    /// What the liquidator asks above the bid, basis points of the bid.
    pub filler_margin_bps: u32,
    /// Ledgers from the keeper's decision to its execution.
    pub keeper_delay_ledgers: u32,
    /// Where the keeper sells.
    pub keeper_sells: KeeperSells,
    /// The vault's policy.
    pub policy: Policy,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            collateral: Collateral::Xlm,
            collateral_factor_e7: 7_500_000,
            liability_factor_e7: 9_500_000,
            oracle: OracleMode::Close,
            entry_health: 1.35,
            collateral_usd: 50_000.0,
            depth_usd: 750_000.0,
            filler_margin_bps: 1_000,
            keeper_delay_ledgers: 1,
            keeper_sells: KeeperSells::Best,
            policy: Policy::BALANCED,
        }
    }
}

/// A setting is out of its bounds.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("{name}: {why}")]
pub struct SettingError {
    /// The setting, as the command line names it.
    pub name: &'static str,
    /// What is wrong.
    pub why: String,
}

impl Settings {
    /// What the liquidator asks above the bid, share of the bid.
    pub(crate) fn filler_margin(&self) -> f64 {
        f64::from(self.filler_margin_bps) / 1e4
    }

    /// Checks every bound.
    ///
    /// # Errors
    /// * [`SettingError`] - the first setting that is out of its bounds.
    pub fn validate(&self) -> Result<(), SettingError> {
        self.validate_bounds()?;
        self.validate_entry()
    }

    /// Checks every bound that does not depend on the policy.
    ///
    /// # Errors
    /// * [`SettingError`] - the first setting that is out of its bounds.
    pub fn validate_bounds(&self) -> Result<(), SettingError> {
        let within = |name, value: f64, least: f64, most: f64| {
            if value.is_finite() && value >= least && value <= most {
                return Ok(());
            }
            let why = format!("{value} is not between {least} and {most}");
            Err(SettingError { name, why })
        };
        let factor = |name, factor_e7: u32| within(name, f64::from(factor_e7) / 1e7, 0.1, 0.99);
        factor("--collateral-factor", self.collateral_factor_e7)?;
        factor("--liability-factor", self.liability_factor_e7)?;
        within("--collateral-usd", self.collateral_usd, 100.0, 1e9)?;
        within("--depth-usd", self.depth_usd, 1_000.0, 1e10)?;
        within(
            "--filler-margin-bps",
            f64::from(self.filler_margin_bps),
            0.0,
            10_000.0,
        )?;
        within(
            "--keeper-delay-ledgers",
            f64::from(self.keeper_delay_ledgers),
            0.0,
            10_000.0,
        )?;
        within("--entry-health", self.entry_health, 1.0, 100.0)
    }

    /// Checks that a vault of this policy can be entered at this health.
    ///
    /// # Errors
    /// * [`SettingError`] - the entry health, if its risk ratio is at or above the soft threshold.
    pub fn validate_entry(&self) -> Result<(), SettingError> {
        let soft = f64::from(self.policy.soft_e7) / 1e7;
        if 1.0 / self.entry_health >= soft {
            let why = format!(
                "{} is a risk ratio of {:.1}%, at or above the policy's soft threshold of {:.1}%: \
                 the vault does not let its owner borrow so much; more than {:.4} is needed",
                self.entry_health,
                100.0 / self.entry_health,
                100.0 * soft,
                1.0 / soft
            );
            return Err(SettingError {
                name: "--entry-health",
                why,
            });
        }
        Ok(())
    }
}
