//! Vaults of a given risk.

use super::World;
use ballast_client::{
    factory, pool,
    value::{Address, Request, VaultPolicy},
    vault,
};
use ballast_core::{
    fixed::{mul_div_floor, ONE_E7},
    policy::Policy,
};
use std::sync::atomic::Ordering;

/// What a vault owes of an asset.
#[derive(Clone, Copy, Debug)]
pub enum Debt<'a> {
    /// So much, smallest unit.
    Amount(&'a str, i128),
    /// As much as makes this risk ratio of the whole position, with what comes before; 7 decimals.
    Risk(&'a str, i128),
}

/// A vault to be made.
#[derive(Clone, Debug)]
pub struct NewVault<'a> {
    /// The owner's name.
    pub owner: &'a str,
    pub policy: VaultPolicy,
    /// By code, smallest unit.
    pub collateral: &'a [(&'a str, i128)],
    pub debt: &'a [Debt<'a>],
}

impl World {
    /// A vault with XLM and a debt of USDC at a risk ratio (7 decimals), with the balanced policy.
    pub async fn vault_at(&self, owner: &str, xlm: i128, risk_e7: i128) -> Address {
        self.vault(&NewVault {
            owner,
            policy: Policy::BALANCED.into(),
            collateral: &[("XLM", xlm)],
            debt: &[Debt::Risk("USDC", risk_e7)],
        })
        .await
    }

    /// Makes a vault.
    pub async fn vault(&self, new: &NewVault<'_>) -> Address {
        let owner = self.keys(new.owner);
        let address = self.empty_vault(new.owner, &new.policy).await;
        for (code, amount) in new.collateral {
            self.invoke(
                &owner,
                &vault::deposit(&address, &self.asset(code), *amount),
            )
            .await;
        }
        let mut lent = Vec::new();
        for debt in new.debt {
            let (code, amount) = match *debt {
                Debt::Amount(code, amount) => (code, amount),
                Debt::Risk(code, risk_e7) => {
                    let amount = self.debt_at(new.collateral, &lent, code, risk_e7).await;
                    (code, amount)
                }
            };
            lent.push((code, amount));
            let call = vault::borrow(&address, &self.asset(code), amount, &owner.sc_address());
            self.invoke(&owner, &call).await;
        }
        address
    }

    /// A vault without a position.
    pub async fn empty_vault(&self, owner: &str, policy: &VaultPolicy) -> Address {
        let owner = self.keys(owner);
        let factory = self.contract("factory");
        let version = factory::version_count(&factory);
        let version = self.client.view(&version).await.unwrap() - 1;
        let nonce = self.nonces.fetch_add(1, Ordering::Relaxed);
        let owner_address = owner.sc_address();
        let call = factory::create(
            &factory,
            &owner_address,
            &self.pool(),
            version,
            policy,
            nonce,
        );
        self.invoke(&owner, &call).await.value
    }

    /// The debt of an asset that makes a risk ratio, beside the debts that are there.
    async fn debt_at(
        &self,
        collateral: &[(&str, i128)],
        lent: &[(&str, i128)],
        code: &str,
        risk_e7: i128,
    ) -> i128 {
        let mut base = 0;
        for (code, amount) in collateral {
            let reserve = self.reserve(code).await;
            let value = mul_div_floor(*amount, self.price(code).await, reserve.scalar).unwrap();
            base += mul_div_floor(value, reserve.c_factor.into(), ONE_E7).unwrap();
        }
        let mut left = mul_div_floor(base, risk_e7, ONE_E7).unwrap();
        for (code, amount) in lent {
            let reserve = self.reserve(code).await;
            let value = mul_div_floor(*amount, self.price(code).await, reserve.scalar).unwrap();
            left -= mul_div_floor(value, ONE_E7, reserve.l_factor.into()).unwrap();
        }
        let reserve = self.reserve(code).await;
        let value = mul_div_floor(left, reserve.l_factor.into(), ONE_E7).unwrap();
        mul_div_floor(value, reserve.scalar, self.price(code).await).unwrap()
    }

    async fn reserve(&self, code: &str) -> ballast_client::value::Reserve {
        let call = pool::reserve(&self.pool(), &self.asset(code));
        self.client.view(&call).await.unwrap()
    }

    /// A position of an account's own, without a vault: collateral and debt by code, smallest unit.
    pub async fn bare_position(&self, owner: &str, collateral: (&str, i128), debt: (&str, i128)) {
        let keys = self.keys(owner);
        let me = keys.sc_address();
        let request = |(code, amount): (&str, i128), request_type| Request {
            address: self.asset(code),
            amount,
            request_type,
        };
        // Blend's numbers: 2 supplies collateral, 4 borrows.
        let requests = vec![request(collateral, 2), request(debt, 4)];
        let args = {
            use ballast_client::value::Value;
            vec![
                me.to_value(),
                me.to_value(),
                me.to_value(),
                requests.to_value(),
            ]
        };
        self.invoke_raw(&keys, &self.pool(), "submit", args).await;
    }
}
