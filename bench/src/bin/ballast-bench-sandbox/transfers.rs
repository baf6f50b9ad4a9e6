//! Token transfers: the native asset's contract moves lumens between accounts, each transaction of its own
//! account and signed by it.

use crate::network::{contract_address, Net};
use crate::process::Process;
use anyhow::{Context, Result};
use ballast_transaction::{i128_value, KeyPair};
use stellar_xdr::curr::{
    AccountId, LedgerFootprint, LedgerKey, LedgerKeyAccount, ScVal, SorobanAuthorizationEntry,
    SorobanAuthorizedFunction, SorobanTransactionData,
};

/// A crowd that pays each other.
pub struct Transfers {
    accounts: Vec<KeyPair>,
    token: String,
    /// What one transfer needs; the accounts in it are replaced.
    pattern: SorobanTransactionData,
    auth: SorobanAuthorizationEntry,
}

impl Transfers {
    /// With this many accounts.
    pub fn new(process: &Process, net: &mut Net, count: usize) -> Result<Self> {
        let token = process.asset("XLM", "contract")?;
        let accounts = net.accounts("transfers", count)?;
        let arguments = arguments(&accounts[0], &accounts[1]);
        let (simulated, _) = net.simulate(&accounts[0], &token, "transfer", arguments)?;
        let auth = simulated
            .auth
            .first()
            .context("a transfer without authorisation")?;
        Ok(Self {
            auth: auth.clone(),
            pattern: simulated.data,
            accounts,
            token,
        })
    }

    /// One transfer by every account to its neighbour, signed and encoded.
    pub fn round(&self, net: &mut Net) -> Result<Vec<String>> {
        let count = self.accounts.len();
        (0..count)
            .map(|index| {
                let (from, to) = (&self.accounts[index], &self.accounts[(index + 1) % count]);
                let builder = net
                    .builder(from)?
                    .invoke(
                        contract_address(&self.token)?,
                        "transfer",
                        arguments(from, to),
                        vec![self.authorisation(from, to)],
                    )
                    .soroban(self.data(from, to)?);
                net.sealed(&builder, from)
            })
            .collect()
    }

    fn authorisation(&self, from: &KeyPair, to: &KeyPair) -> SorobanAuthorizationEntry {
        let mut entry = self.auth.clone();
        if let SorobanAuthorizedFunction::ContractFn(call) = &mut entry.root_invocation.function {
            call.args = arguments(from, to).try_into().unwrap_or_default();
        }
        entry
    }

    fn data(&self, from: &KeyPair, to: &KeyPair) -> Result<SorobanTransactionData> {
        let mut data = self.pattern.clone();
        let account = |account_id: AccountId| LedgerKey::Account(LedgerKeyAccount { account_id });
        let written = vec![account(from.account_id()), account(to.account_id())];
        data.resources.footprint = LedgerFootprint {
            read_only: data.resources.footprint.read_only,
            read_write: written.try_into()?,
        };
        Ok(data)
    }
}

fn arguments(from: &KeyPair, to: &KeyPair) -> Vec<ScVal> {
    vec![
        ScVal::Address(from.sc_address()),
        ScVal::Address(to.sc_address()),
        i128_value(1),
    ]
}
