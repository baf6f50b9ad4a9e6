//! Databases in directories of their own, and values to put into them.

use ballast_client::value::{
    Address, AssetEntry, BudgetWindow, Links, SecondSource, VaultPolicy, VaultState,
};
use ballast_core::policy::Policy;
use ballast_keeper::store::{
    ActionRow, Identity, NewDecision, NewTransaction, Opened, Options, RiskPoint, Store,
};
use std::{collections::BTreeMap, path::PathBuf, time::Duration};
use stellar_xdr::curr::{ContractId, Hash, ScAddress};
use tempfile::TempDir;

/// A directory that goes with the test.
pub struct Place(TempDir);

impl Place {
    pub fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub fn file(&self) -> PathBuf {
        self.0.path().join("keeper.db")
    }

    pub fn directory(&self) -> PathBuf {
        self.0.path().to_owned()
    }

    pub async fn open(&self) -> Store {
        self.opened().await.store
    }

    pub async fn opened(&self) -> Opened {
        Store::open(&self.file(), &identity()).await.unwrap()
    }

    /// Of at most so many bytes, and of little patience.
    pub async fn small(&self, most_bytes: Option<u64>) -> Store {
        let options = Options {
            busy_timeout: Duration::from_millis(200),
            most_bytes,
        };
        let opened = Store::open_with(&self.file(), &identity(), options).await;
        opened.unwrap().store
    }

    /// The names of all files but the lock.
    pub fn files(&self) -> Vec<String> {
        let entries = std::fs::read_dir(self.0.path()).unwrap();
        let name = |entry: std::io::Result<std::fs::DirEntry>| {
            entry.unwrap().file_name().into_string().unwrap()
        };
        let mut names: Vec<_> = entries
            .map(name)
            .filter(|name| !name.ends_with(".lock"))
            .collect();
        names.sort();
        names
    }
}

pub fn identity() -> Identity {
    Identity {
        passphrase: "Standalone Network ; February 2017".into(),
        factory: contract(1),
    }
}

pub fn contract(number: u8) -> Address {
    ScAddress::Contract(ContractId(Hash([number; 32])))
}

pub fn state(scalar: i128) -> VaultState {
    VaultState {
        owner: contract(2),
        links: Links {
            pool: contract(3),
            oracle: contract(4),
            price_scalar: scalar,
            resolution_seconds: 300,
            receiver: contract(5),
            factory: contract(1),
        },
        policy: VaultPolicy {
            core: Policy::BALANCED,
            second_oracle: SecondSource::None,
        },
        automation: true,
        window: BudgetWindow {
            start_ledger: 7,
            budget_value: scalar,
            sold_value: 0,
        },
        assets: BTreeMap::from([(
            0,
            AssetEntry {
                asset: contract(6),
                accepted_collateral_e7: 0_7500000,
                accepted_liability_e7: 0_7500000,
            },
        )]),
    }
}

pub fn decision(ledger: u32, closed_at: u64) -> NewDecision {
    NewDecision {
        ledger,
        closed_at,
        pool: contract(3),
        vault: contract(9),
        risk_e7: 0_9500000,
        soft_e7: 0_9000000,
        verdict: "act".into(),
        action: Some(ActionRow {
            way: "plain".into(),
            collateral: contract(6),
            debt: contract(7),
            adapter: contract(8),
            sell: 5_0000000,
            repay: 4_0000000,
            rescue: false,
            sponsored: true,
            inclusion_fee: 10_000,
            risk_after_e7: 0_8000000,
            profit_value: -1,
            loss_if_late: 77,
        }),
        inputs: "{}".into(),
    }
}

pub fn transaction(number: u8, decision: Option<i64>) -> NewTransaction {
    NewTransaction {
        hash: [number; 32],
        decision,
        vault: Some(contract(9)),
        channel: contract(20),
        sequence: i64::from(number),
        last_ledger: 100 + u32::from(number),
        envelope_xdr: "AAAA".into(),
        purpose: "step".into(),
    }
}

pub fn point(ledger: u32, closed_at: u64, risk_e7: i128) -> RiskPoint {
    RiskPoint {
        ledger,
        closed_at,
        pool: contract(3),
        borrowers: 3,
        vaults: 2,
        vaults_at_risk: 1,
        auctions: 0,
        highest_vault_risk_e7: risk_e7,
        median_vault_risk_e7: risk_e7 / 2,
        prices: BTreeMap::from([(contract(6), 1_0000000)]),
    }
}
