//! The call of an action, with the keeper's signature: what it authorises is known without a simulation.

use super::Executor;
use crate::strategy::{Action, Way};
use ballast_client::{
    rpc::Restore,
    token,
    value::{Path, Step, StepReport, Value},
    vault, Authorization, Call, Client, Error, Given, Prepared,
};
use ballast_transaction::{sign, KeyPair, Network};
use std::sync::Arc;
use stellar_xdr::curr::{InvokeContractArgs, Transaction, TransactionEnvelope};

/// A transaction that wants only its source's signature, and what it would do.
pub(super) struct Ready {
    pub transaction: Transaction,
    pub report: StepReport,
    pub inclusion_fee: u32,
    pub resource_fee: i64,
    pub restore: Option<Restore>,
    pub last_ledger: u32,
    /// The ledger that it was simulated at.
    pub seen_ledger: u32,
}

impl Ready {
    fn new<T>(
        (prepared, seen_ledger): (Prepared<T>, u32),
        report: impl FnOnce(T) -> StepReport,
    ) -> Self {
        Self {
            report: report(prepared.value),
            transaction: prepared.transaction,
            inclusion_fee: prepared.inclusion_fee,
            resource_fee: prepared.resource_fee,
            restore: prepared.restore,
            last_ledger: prepared.last_ledger,
            seen_ledger,
        }
    }

    /// Most that it costs, stroops.
    pub fn fee(&self) -> i64 {
        self.resource_fee
            .saturating_add(i64::from(self.inclusion_fee))
    }
}

impl Executor {
    /// Simulates an action on a ledger not older than `at_least`.
    pub(super) async fn ready(
        &self,
        action: &Action,
        given: &Given,
        deadline: u64,
        at_least: u32,
    ) -> Result<Ready, Error> {
        let keeper = self.keeper.sc_address();
        match action.way {
            Way::Fill => {
                let call = vault::fill(
                    &action.vault,
                    &keeper,
                    &action.collateral,
                    &action.debt,
                    action.repay,
                    action.sell,
                    deadline,
                );
                let pay = token::transfer(&action.debt, &keeper, &action.vault, action.repay);
                let call = self.authorize(call, &[pay.args()], given);
                let prepared = self.prepare(call, given, at_least).await?;
                Ok(Ready::new(prepared, |report| report))
            }
            Way::Plain | Way::Flash => {
                let step = Step {
                    path: match action.way {
                        Way::Flash => Path::Flash,
                        _ => Path::Plain,
                    },
                    collateral: action.collateral.clone(),
                    debt: action.debt.clone(),
                    sell: action.sell,
                    min_proceeds: action.repay,
                    adapter: action.adapter.clone(),
                    route: action.route.clone(),
                };
                let call = vault::rebalance(&action.vault, &keeper, &step, deadline);
                let call = self.authorize(call, &[], given);
                let prepared = self.prepare(call, given, at_least).await?;
                Ok(Ready::new(prepared, |report| report))
            }
            Way::Clear => {
                let call = vault::clear_stale_auction(&action.vault);
                let prepared = self.prepare(call, given, at_least).await?;
                Ok(Ready::new(prepared, |()| nothing_sold(action)))
            }
        }
    }

    pub(super) fn authorize<T: Value>(
        &self,
        call: Call<T>,
        inner: &[InvokeContractArgs],
        given: &Given,
    ) -> Call<T> {
        let authorization = Authorization {
            key: &self.keeper,
            inner,
            nonce: fastrand::i64(..),
            last_ledger: given.last_ledger,
        };
        let entry = authorization.sign(self.endpoints.network(), &call);
        call.authorized(vec![entry])
    }

    pub(super) async fn prepare<T: Value>(
        &self,
        call: Call<T>,
        given: &Given,
        at_least: u32,
    ) -> Result<(Prepared<T>, u32), Error> {
        let call = &call;
        let what = |client: Arc<Client>| async move {
            let (ledger, prepared) = client.prepare_given(given, call).await?;
            // A failure on an older ledger says nothing either.
            Ok::<_, Error>((Some(ledger), (ledger, prepared)))
        };
        let (ledger, prepared) = self.endpoints.ask_from(at_least, what).await?;
        Ok((prepared?, ledger))
    }
}

/// What is known of an auction's deletion.
pub(super) fn nothing_sold(action: &Action) -> StepReport {
    StepReport {
        sold: 0,
        repaid: 0,
        proceeds: 0,
        reward: 0,
        reserve_spent: 0,
        risk_before_e7: action.risk_before_e7,
        risk_after_e7: action.risk_after_e7,
    }
}

/// Hash and envelope with the source's signature.
pub(super) fn signed(
    network: &Network,
    transaction: Transaction,
    source: &KeyPair,
) -> ([u8; 32], TransactionEnvelope) {
    let hash = network.transaction_hash(&transaction);
    let envelope = sign(network, transaction, &[source]);
    (hash, envelope)
}
