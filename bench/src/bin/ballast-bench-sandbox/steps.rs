//! Vault steps: every account owns a vault, the price falls, and everyone fills their own in one ledger.

use crate::network::{contract_address, Net};
use crate::process::Process;
use anyhow::{bail, ensure, Context, Result};
use ballast_core::policy::Policy;
use ballast_transaction::{account_id, asset, i128_of, i128_value, map, symbol, vector, KeyPair};
use serde_json::json;
use std::time::Duration;
use stellar_strkey::ed25519::PublicKey;
use stellar_xdr::curr::{
    AccountId, Asset, ChangeTrustAsset, ChangeTrustOp, OperationBody, ScAddress, ScVal,
};

/// Collateral of a vault, stroops.
const COLLATERAL: i128 = 5_000 * 10_000_000;
/// The loan that tells how large the next may be.
const FIRST_LOAN: i128 = 100 * 10_000_000;
/// Risk ratio that the owners borrow to, 7 decimals: below soft, which is 96%.
const ENTRY_RISK_E7: i128 = 9_300_000;
/// The price falls to this share of what it was, percent: above soft.
const FALL_PERCENT: i128 = 96;

/// Vaults and what is around them.
pub struct Steps {
    owners: Vec<KeyPair>,
    vaults: Vec<String>,
    xlm: String,
    usdc: String,
    lens: String,
    oracle: String,
    oracle_decimals: usize,
}

impl Steps {
    /// With this many vaults, close to their soft thresholds.
    pub fn new(process: &Process, net: &mut Net, count: usize) -> Result<Self> {
        let decimals = process.directory.pointer("/oracle/decimals");
        let mut steps = Self {
            owners: net.accounts("steps", count)?,
            vaults: Vec::new(),
            xlm: process.asset("XLM", "contract")?,
            usdc: process.asset("USDC", "contract")?,
            lens: process.contract("lens")?,
            oracle: process.contract("oracle")?,
            oracle_decimals: decimals.and_then(|it| it.as_u64()).context("no decimals")? as usize,
        };
        let issuer = PublicKey::from_string(&process.asset("USDC", "issuer")?)?;
        steps.trust(net, account_id(issuer.0))?;
        steps.create(
            net,
            &process.contract("factory")?,
            &process.contract("pool")?,
        )?;
        let (xlm, usdc) = (steps.xlm.clone(), steps.usdc.clone());
        steps.all(net, |_, _| {
            Ok(("deposit", vec![address(&xlm)?, i128_value(COLLATERAL)]))
        })?;
        steps.borrow(net, &usdc, FIRST_LOAN)?;
        let health = steps.view(
            net,
            &steps.lens.clone(),
            "health",
            vec![address(&steps.vaults[0])?],
        )?;
        let risk = number(&health, "risk_ratio_e7")?;
        ensure!(risk > 0 && risk < ENTRY_RISK_E7, "risk ratio {risk}");
        steps.borrow(net, &usdc, FIRST_LOAN * (ENTRY_RISK_E7 - risk) / risk)?;
        Ok(steps)
    }

    /// Lets the price fall and fills every vault in one ledger. Tells how long each simulation took, and the
    /// ledger.
    pub fn round(&self, net: &mut Net) -> Result<(Vec<Duration>, Duration)> {
        let feed = vector([ScVal::Symbol(symbol("Stellar")), address(&self.xlm)?]);
        let price = number(
            &self.view(net, &self.oracle, "lastprice", vec![feed])?,
            "price",
        )?;
        let price = price * FALL_PERCENT / 100;
        let scale = 10_i128.pow(self.oracle_decimals as u32);
        let text = format!(
            "{}.{:0width$}",
            price / scale,
            price % scale,
            width = self.oracle_decimals
        );
        net.wire
            .call("ballast_setPrice", json!({ "asset": "XLM", "price": text }))?;

        let mut took = Vec::new();
        let mut fills = Vec::new();
        for (owner, vault) in self.owners.iter().zip(&self.vaults) {
            let quote = self.view(net, &self.lens, "quote_fill", vec![address(vault)?])?;
            let step = field(&quote, "step")?;
            let arguments = vec![
                ScVal::Address(owner.sc_address()),
                field(step, "collateral")?.clone(),
                field(step, "debt")?.clone(),
                field(step, "min_proceeds")?.clone(),
                field(step, "sell")?.clone(),
                ScVal::U64(u64::MAX),
            ];
            let (fill, simulated_in) = net.call(owner, vault, "fill", arguments)?;
            took.push(simulated_in);
            fills.push(fill);
        }
        Ok((took, net.apply(&fills)?))
    }

    fn trust(&self, net: &mut Net, issuer: AccountId) -> Result<()> {
        let Asset::CreditAlphanum4(code) = asset("USDC", issuer) else {
            bail!("USDC has four letters");
        };
        let mut transactions = Vec::new();
        for owner in &self.owners {
            let builder =
                net.builder(owner)?
                    .operation(OperationBody::ChangeTrust(ChangeTrustOp {
                        line: ChangeTrustAsset::CreditAlphanum4(code.clone()),
                        limit: i64::MAX,
                    }));
            transactions.push(net.sealed(&builder, owner)?);
        }
        net.apply(&transactions)?;
        Ok(())
    }

    fn create(&mut self, net: &mut Net, factory: &str, pool: &str) -> Result<()> {
        for owner in &self.owners {
            let arguments = vec![
                ScVal::Address(owner.sc_address()),
                address(pool)?,
                ScVal::U32(0),
                policy(),
                ScVal::U32(0),
            ];
            // One in a ledger: the factory numbers its vaults, and the next number is in the footprint.
            let created = net.call(owner, factory, "create", arguments)?.0;
            net.apply(&[created])?;
            let arguments = vec![
                ScVal::Address(owner.sc_address()),
                address(pool)?,
                ScVal::U32(0),
            ];
            let (simulated, _) = net.simulate(owner, factory, "vault_address", arguments)?;
            let ScVal::Address(ScAddress::Contract(id)) = simulated.value else {
                bail!("not a contract: {:?}", simulated.value);
            };
            self.vaults.push(
                stellar_strkey::Contract(id.0 .0)
                    .to_string()
                    .as_str()
                    .to_owned(),
            );
        }
        Ok(())
    }

    fn borrow(&self, net: &mut Net, usdc: &str, loan: i128) -> Result<()> {
        self.all(net, |owner, _| {
            let to = ScVal::Address(owner.sc_address());
            Ok(("borrow", vec![address(usdc)?, i128_value(loan), to]))
        })
    }

    /// One call of every vault by its owner.
    fn all<'a>(
        &self,
        net: &mut Net,
        call: impl Fn(&KeyPair, &str) -> Result<(&'a str, Vec<ScVal>)>,
    ) -> Result<()> {
        let mut transactions = Vec::new();
        for (owner, vault) in self.owners.iter().zip(&self.vaults) {
            let (function, arguments) = call(owner, vault)?;
            transactions.push(net.call(owner, vault, function, arguments)?.0);
        }
        net.apply(&transactions)?;
        Ok(())
    }

    fn view(
        &self,
        net: &mut Net,
        contract: &str,
        function: &str,
        arguments: Vec<ScVal>,
    ) -> Result<ScVal> {
        Ok(net
            .simulate(&self.owners[0], contract, function, arguments)?
            .0
            .value)
    }
}

fn address(contract: &str) -> Result<ScVal> {
    Ok(ScVal::Address(contract_address(contract)?))
}

fn field<'a>(value: &'a ScVal, name: &str) -> Result<&'a ScVal> {
    let ScVal::Map(Some(entries)) = value else {
        bail!("no struct: {value:?}");
    };
    let key = ScVal::Symbol(symbol(name));
    let found = entries.iter().find(|entry| entry.key == key);
    Ok(&found.with_context(|| format!("no field {name}"))?.val)
}

fn number(value: &ScVal, name: &str) -> Result<i128> {
    i128_of(field(value, name)?).with_context(|| format!("{name} is no number"))
}

/// The default policy as a value of the contract.
fn policy() -> ScVal {
    let policy = Policy::BALANCED;
    map([
        ("soft_e7", ScVal::U32(policy.soft_e7)),
        ("target_e7", ScVal::U32(policy.target_e7)),
        ("hard_e7", ScVal::U32(policy.hard_e7)),
        ("step_min_e7", ScVal::U32(policy.step_min_e7)),
        ("step_max_e7", ScVal::U32(policy.step_max_e7)),
        ("discount_min_e7", ScVal::U32(policy.discount_min_e7)),
        ("discount_max_e7", ScVal::U32(policy.discount_max_e7)),
        ("sold_budget_e7", ScVal::U32(policy.sold_budget_e7)),
        ("window_ledgers", ScVal::U32(policy.window_ledgers)),
        (
            "max_cost_of_equity_e7",
            ScVal::U32(policy.max_cost_of_equity_e7),
        ),
        (
            "max_price_age_seconds",
            ScVal::U64(policy.max_price_age_seconds),
        ),
        (
            "max_price_deviation_e7",
            ScVal::U32(policy.max_price_deviation_e7),
        ),
        ("use_previous_round", ScVal::Bool(policy.use_previous_round)),
        ("reserve_first", ScVal::Bool(policy.reserve_first)),
        ("dust_reserve_e7", ScVal::U32(policy.dust_reserve_e7)),
        ("rescue_target_e7", ScVal::U32(policy.rescue_target_e7)),
        (
            "rescue_window_ledgers",
            ScVal::U32(policy.rescue_window_ledgers),
        ),
        ("volatility_z_e2", ScVal::U32(policy.volatility_z_e2)),
        (
            "volatility_shift_max_e7",
            ScVal::U32(policy.volatility_shift_max_e7),
        ),
        ("second_oracle", vector([ScVal::Symbol(symbol("None"))])),
    ])
}
