//! What is read without sending anything.

use super::{decode, Client};
use crate::{
    call::Call,
    failure::{Error, Fault},
    rpc::{AuthMode, Simulation},
    value::{Address, Value},
};
use ballast_transaction::{account_id, Builder};
use stellar_xdr::curr::{
    AccountEntry, AccountId, LedgerEntryData, LedgerKey, LedgerKeyAccount, MuxedAccount, PublicKey,
    Transaction, TransactionEnvelope, TransactionV1Envelope, Uint256,
};

impl Client {
    /// What a call returns, were it made now. Nothing is sent, and nobody must sign.
    ///
    /// # Errors
    /// [`Error::WouldFail`], and of the RPC.
    pub async fn view<T: Value>(&self, call: &Call<T>) -> Result<T, Error> {
        Ok(self.view_at(call).await?.0)
    }

    /// As [`Client::view`], with the ledger that the answer is as of.
    ///
    /// # Errors
    /// As [`Client::view`].
    pub async fn view_at<T: Value>(&self, call: &Call<T>) -> Result<(T, u32), Error> {
        let nobody = MuxedAccount::Ed25519(Uint256([0; 32]));
        let transaction = Builder::new(nobody, 1)
            .host_function(call.host_function(), Vec::new())
            .build();
        let simulation = self.simulate(transaction, AuthMode::Default).await?;
        let result = simulation
            .results
            .first()
            .ok_or(Error::Nonsense("a simulation without a result"))?;
        let value = decode(call.function(), &result.value)?;
        Ok((value, simulation.latest_ledger))
    }

    /// An account: its sequence number, its lumens.
    ///
    /// # Errors
    /// [`Error::NoAccount`], and of the RPC.
    pub async fn account(&self, id: &AccountId) -> Result<AccountEntry, Error> {
        let key = LedgerKey::Account(LedgerKeyAccount {
            account_id: id.clone(),
        });
        let found = self.rpc.ledger_entries(&[key]).await?;
        let entry = found
            .entries
            .into_iter()
            .find_map(|entry| match entry.data {
                LedgerEntryData::Account(account) if account.account_id == *id => Some(account),
                _ => None,
            });
        entry.ok_or_else(|| Error::NoAccount(Address::Account(id.clone()).to_string()))
    }

    /// Runs a transaction without sending it; what fails is an error here.
    pub(super) async fn simulate(
        &self,
        transaction: Transaction,
        auth: AuthMode,
    ) -> Result<Simulation, Error> {
        let simulation = self.try_simulate(transaction, auth).await?;
        failure_of(&simulation).map_or(Ok(simulation), Err)
    }

    /// Runs a transaction without sending it; what fails is an answer.
    pub(super) async fn try_simulate(
        &self,
        transaction: Transaction,
        auth: AuthMode,
    ) -> Result<Simulation, Error> {
        let envelope = TransactionEnvelope::Tx(TransactionV1Envelope {
            tx: transaction,
            signatures: Default::default(),
        });
        Ok(self.rpc.simulate(&envelope, auth).await?)
    }
}

/// Why a simulated transaction fails, if it does.
pub(super) fn failure_of(simulation: &Simulation) -> Option<Error> {
    let words = simulation.error.as_ref()?;
    let fault = Fault::new(&simulation.events, Some(words));
    Some(Error::WouldFail(Box::new(fault)))
}

/// The account that is a transaction's source.
pub(super) fn source_account(source: &MuxedAccount) -> AccountId {
    match source {
        MuxedAccount::Ed25519(Uint256(public)) => account_id(*public),
        MuxedAccount::MuxedEd25519(muxed) => account_id(muxed.ed25519.0),
    }
}

/// The public key of an account.
pub(super) fn public(account: &AccountId) -> [u8; 32] {
    let PublicKey::PublicKeyTypeEd25519(Uint256(public)) = &account.0;
    *public
}
