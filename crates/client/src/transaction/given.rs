//! Transactions for who knows beforehand what is otherwise asked for: one request prepares one, and it is
//! handed in and followed elsewhere.

use super::{
    decode,
    prepare::{resources, up_to},
    read::failure_of,
    Client, Prepared,
};
use crate::{
    call::Call,
    failure::Error,
    rpc::{AuthMode, Restore, Simulation},
    value::Value,
};
use ballast_transaction::{sign, sign_entry, AuthorizationPreimage, Builder, KeyPair, Network};
use stellar_xdr::curr::{
    ExtensionPoint, InvokeContractArgs, MuxedAccount, OperationBody, RestoreFootprintOp,
    SorobanAuthorizationEntry, SorobanAuthorizedFunction, SorobanAuthorizedInvocation, Transaction,
    TransactionEnvelope, VecM,
};

/// What is known of a transaction before its call is simulated.
#[derive(Clone, Debug)]
pub struct Given {
    /// Its source.
    pub source: MuxedAccount,
    /// Its sequence number: the source's last one plus one.
    pub sequence: i64,
    /// The bid, stroops.
    pub inclusion_fee: u32,
    /// The last ledger that it is good for.
    pub last_ledger: u32,
}

/// An authorisation whose tree of calls is known without a simulation.
#[derive(Clone, Copy, Debug)]
pub struct Authorization<'a> {
    /// Who authorises; an account without signers of its own.
    pub key: &'a KeyPair,
    /// Calls in its name that the call makes in turn, each without further ones.
    pub inner: &'a [InvokeContractArgs],
    /// Unlike that of any other authorisation of the account that has not expired.
    pub nonce: i64,
    /// The last ledger that it is good for.
    pub last_ledger: u32,
}

impl Authorization<'_> {
    /// The signed entry of a call.
    pub fn sign<T: Value>(&self, network: &Network, call: &Call<T>) -> SorobanAuthorizationEntry {
        let inner: Vec<_> = self
            .inner
            .iter()
            .map(|call| invocation(call.clone(), VecM::default()))
            .collect();
        let invocation = invocation(call.args(), inner.try_into().unwrap_or_default());
        let preimage = AuthorizationPreimage {
            nonce: self.nonce,
            expiration_ledger: self.last_ledger,
        };
        let address = self.key.sc_address();
        sign_entry(network, self.key, address, &invocation, preimage)
    }
}

fn invocation(
    call: InvokeContractArgs,
    sub_invocations: VecM<SorobanAuthorizedInvocation>,
) -> SorobanAuthorizedInvocation {
    SorobanAuthorizedInvocation {
        function: SorobanAuthorizedFunction::ContractFn(call),
        sub_invocations,
    }
}

impl Client {
    /// Simulates a call, with its authorisations enforced ([`Call::authorized`]), and makes the transaction.
    /// Nothing else is asked; the sequence number is the caller's to keep. With the ledger that it was simulated at,
    /// whether the call fails there or not.
    ///
    /// # Errors
    /// Of the RPC; inside, [`Error::WouldFail`] and what makes no sense.
    pub async fn prepare_given<T: Value>(
        &self,
        given: &Given,
        call: &Call<T>,
    ) -> Result<(u32, Result<Prepared<T>, Error>), Error> {
        let auth = call.auth().map(<[_]>::to_vec).unwrap_or_default();
        let builder = given.builder().host_function(call.host_function(), auth);
        let simulation = self
            .try_simulate(builder.build(), AuthMode::Enforce)
            .await?;
        let ledger = simulation.latest_ledger;
        Ok((
            ledger,
            prepared(given, call.function(), builder, simulation),
        ))
    }
}

fn prepared<T: Value>(
    given: &Given,
    function: &'static str,
    builder: Builder,
    simulation: Simulation,
) -> Result<Prepared<T>, Error> {
    if let Some(failure) = failure_of(&simulation) {
        return Err(failure);
    }
    let result = simulation
        .results
        .first()
        .ok_or(Error::Nonsense("a simulation without a result"))?;
    let value = decode(function, &result.value)?;
    let data = resources(
        simulation.transaction_data.as_ref(),
        simulation.min_resource_fee,
    )?;
    Ok(Prepared {
        function,
        value,
        inclusion_fee: given.inclusion_fee,
        resource_fee: data.resource_fee,
        transaction: builder.soroban(data).build(),
        events: simulation.events,
        restore: simulation.restore_preamble,
        last_ledger: given.last_ledger,
    })
}

impl Given {
    /// The transaction that brings archived entries back, as a simulation said.
    ///
    /// # Errors
    /// [`Error::Nonsense`].
    pub fn restoration(&self, restore: &Restore) -> Result<Transaction, Error> {
        let data = resources(Some(&restore.transaction_data), restore.min_resource_fee)?;
        let operation = OperationBody::RestoreFootprint(RestoreFootprintOp {
            ext: ExtensionPoint::V0,
        });
        let builder = self.builder().operation(operation);
        Ok(builder.soroban(data).build())
    }

    fn builder(&self) -> Builder {
        Builder::new(self.source.clone(), self.sequence)
            .inclusion_fee(self.inclusion_fee)
            .conditions(up_to(self.last_ledger))
    }
}

impl<T> Prepared<T> {
    /// Its hash, and the envelope with its source's signature.
    pub fn sign(&self, network: &Network, source: &KeyPair) -> ([u8; 32], TransactionEnvelope) {
        let hash = network.transaction_hash(&self.transaction);
        (hash, sign(network, self.transaction.clone(), &[source]))
    }
}
