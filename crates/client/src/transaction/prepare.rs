//! From a call to a transaction that wants only its signature.

use super::{decode, read, Client, Done, Fee, Keys, LEAST_FEE};
use crate::{
    call::Call,
    failure::Error,
    rpc::{AuthMode, Restore, Simulation},
    value::{Address, Value},
};
use ballast_transaction::{sign_entry, AuthorizationPreimage, Builder, KeyPair};
use stellar_xdr::curr::{
    DiagnosticEvent, ExtensionPoint, LedgerBounds, MuxedAccount, OperationBody, Preconditions,
    PreconditionsV2, RestoreFootprintOp, ScAddress, ScVal, SequenceNumber,
    SorobanAuthorizationEntry, SorobanCredentials, SorobanTransactionData, Transaction, Uint256,
};

/// A transaction that was simulated, and what it would do.
#[derive(Clone, Debug)]
pub struct Prepared<T> {
    /// The transaction, unsigned.
    pub transaction: Transaction,
    /// Name of the function that it calls.
    pub function: &'static str,
    /// What the call would return.
    pub value: T,
    /// The events that it would tell.
    pub events: Vec<DiagnosticEvent>,
    /// Bid for the inclusion, stroops.
    pub inclusion_fee: u32,
    /// Most that its resources cost, stroops.
    pub resource_fee: i64,
    /// What must be restored first.
    pub restore: Option<Restore>,
    /// The last ledger that the transaction is good for.
    pub last_ledger: u32,
}

impl Client {
    /// Simulates a call and makes the transaction: footprint, resources, fees, signed authorisations.
    ///
    /// # Errors
    /// [`Error::WouldFail`], [`Error::NoKey`], [`Error::NoAccount`], and of the RPC. If an earlier transaction
    /// of the source is not settled, [`Error::Unsettled`] of that one.
    pub async fn prepare<T: Value>(
        &self,
        keys: Keys<'_>,
        call: &Call<T>,
    ) -> Result<Prepared<T>, Error> {
        self.settle(keys.source).await?;
        let account = self.account(&keys.source.account_id()).await?;
        let SequenceNumber(used) = account.seq_num;
        let builder = || Builder::new(keys.source.muxed(), used.saturating_add(1));
        let function = call.host_function();
        let simulate = |auth: Vec<_>, mode| {
            let transaction = builder().host_function(function.clone(), auth).build();
            self.simulate(transaction, mode)
        };
        let given = call.auth().map(<[_]>::to_vec);
        let mode = match &given {
            Some(_) => AuthMode::Enforce,
            None => AuthMode::Default,
        };
        let mut simulation = simulate(given.clone().unwrap_or_default(), mode).await?;
        let auth = match given {
            Some(entries) => entries,
            None => self.authorize(keys, &simulation)?,
        };
        if call.auth().is_none()
            && auth.iter().any(has_signature)
            && simulation.restore_preamble.is_none()
        {
            // With the signatures in place: what checks them takes resources too.
            simulation = simulate(auth.clone(), AuthMode::Enforce).await?;
        }
        let result = simulation
            .results
            .first()
            .ok_or(Error::Nonsense("a simulation without a result"))?;
        let value = decode(call.function(), &result.value)?;
        let data = resources(
            simulation.transaction_data.as_ref(),
            simulation.min_resource_fee,
        )?;
        let resource_fee = data.resource_fee;
        let inclusion_fee = self.inclusion_fee().await?;
        let last_ledger = self.last_ledger(&simulation);
        let transaction = builder()
            .inclusion_fee(inclusion_fee)
            .conditions(up_to(last_ledger))
            .host_function(function, auth)
            .soroban(data)
            .build();
        Ok(Prepared {
            transaction,
            function: call.function(),
            value,
            events: simulation.events,
            inclusion_fee,
            resource_fee,
            restore: simulation.restore_preamble,
            last_ledger,
        })
    }

    /// Brings archived entries back, as a simulation said, and waits for it. Returns what it cost, stroops.
    ///
    /// # Errors
    /// As [`Client::invoke`].
    pub async fn restore(&self, keys: Keys<'_>, restore: &Restore) -> Result<i64, Error> {
        self.settle(keys.source).await?;
        let account = self.account(&keys.source.account_id()).await?;
        let latest = self.rpc.health().await?.latest_ledger;
        let data = resources(Some(&restore.transaction_data), restore.min_resource_fee)?;
        let operation = OperationBody::RestoreFootprint(RestoreFootprintOp {
            ext: ExtensionPoint::V0,
        });
        let transaction = Builder::new(keys.source.muxed(), account.seq_num.0.saturating_add(1))
            .inclusion_fee(self.inclusion_fee().await?)
            .conditions(up_to(latest.saturating_add(self.options.valid_ledgers)))
            .operation(operation)
            .soroban(data)
            .build();
        let done = self.execute(keys.source, &transaction).await?;
        Ok(done.fee_charged)
    }

    /// Sends any other operation of `source`, and waits for it: no simulation, the fee is the bid.
    ///
    /// # Errors
    /// As [`Client::invoke`].
    pub async fn operate(&self, source: &KeyPair, operation: OperationBody) -> Result<i64, Error> {
        Ok(self.operate_all(source, vec![operation]).await?.fee_charged)
    }

    /// As [`Client::operate`] with several operations, all of which happen or none. At most 100.
    ///
    /// # Errors
    /// As [`Client::invoke`].
    ///
    /// # Panics
    /// With more than 100 operations.
    pub async fn operate_all(
        &self,
        source: &KeyPair,
        operations: Vec<OperationBody>,
    ) -> Result<Done<ScVal>, Error> {
        self.settle(source).await?;
        let account = self.account(&source.account_id()).await?;
        let latest = self.rpc.health().await?.latest_ledger;
        let count = u32::try_from(operations.len()).unwrap_or(u32::MAX);
        let builder = Builder::new(source.muxed(), account.seq_num.0.saturating_add(1))
            .inclusion_fee(self.operation_fee().await?.saturating_mul(count))
            .conditions(up_to(latest.saturating_add(self.options.valid_ledgers)));
        let transaction = operations
            .into_iter()
            .fold(builder, Builder::operation)
            .build();
        self.execute(source, &transaction).await
    }

    /// What is bid for one operation without contracts, stroops.
    ///
    /// # Errors
    /// Of the RPC.
    pub async fn operation_fee(&self) -> Result<u32, Error> {
        Ok(match self.options.fee {
            Fee::Fixed(stroops) => stroops,
            Fee::Usual { at_most } => {
                let usual = self.rpc.fee_stats().await?.inclusion_fee.p90;
                usual.min(at_most).max(LEAST_FEE)
            }
        })
    }

    /// Authorisations of a call by others than the transaction's source, signed: to be handed on, and sent
    /// by somebody else with [`Call::authorized`]. `source` will send it.
    ///
    /// # Errors
    /// As [`Client::prepare`].
    pub async fn sign_authorizations<T: Value>(
        &self,
        source: &Address,
        keys: &[KeyPair],
        call: &Call<T>,
    ) -> Result<Vec<SorobanAuthorizationEntry>, Error> {
        let ScAddress::Account(account) = source else {
            return Err(Error::NoAccount(source.to_string()));
        };
        let source = MuxedAccount::Ed25519(Uint256(read::public(account)));
        let transaction = Builder::new(source, 1)
            .host_function(call.host_function(), Vec::new())
            .build();
        let simulation = self.simulate(transaction, AuthMode::Record).await?;
        self.sign_recorded(keys.iter().collect(), &simulation)
    }

    /// The authorisations that a simulation recorded, signed where an address must sign.
    fn authorize(
        &self,
        keys: Keys<'_>,
        simulation: &Simulation,
    ) -> Result<Vec<SorobanAuthorizationEntry>, Error> {
        let keys = std::iter::once(keys.source).chain(keys.others).collect();
        self.sign_recorded(keys, simulation)
    }

    fn sign_recorded(
        &self,
        keys: Vec<&KeyPair>,
        simulation: &Simulation,
    ) -> Result<Vec<SorobanAuthorizationEntry>, Error> {
        let expiration_ledger = self.last_ledger(simulation);
        let recorded = simulation.results.iter().flat_map(|result| &result.auth);
        let sign = |entry: &SorobanAuthorizationEntry| {
            let SorobanCredentials::Address(credentials) = &entry.credentials else {
                return Ok(entry.clone());
            };
            let address = &credentials.address;
            let key = keys
                .iter()
                .find(|key| key.sc_address() == *address)
                .ok_or_else(|| Error::NoKey(address.to_string()))?;
            let preimage = AuthorizationPreimage {
                nonce: credentials.nonce,
                expiration_ledger,
            };
            let invocation = &entry.root_invocation;
            Ok(sign_entry(
                &self.network,
                key,
                address.clone(),
                invocation,
                preimage,
            ))
        };
        recorded.map(sign).collect()
    }

    fn last_ledger(&self, simulation: &Simulation) -> u32 {
        simulation
            .latest_ledger
            .saturating_add(self.options.valid_ledgers)
    }

    async fn inclusion_fee(&self) -> Result<u32, Error> {
        Ok(match self.options.fee {
            Fee::Fixed(stroops) => stroops,
            Fee::Usual { at_most } => {
                let usual = self.rpc.fee_stats().await?.soroban_inclusion_fee.p90;
                usual.min(at_most).max(LEAST_FEE)
            }
        })
    }
}

fn has_signature(entry: &SorobanAuthorizationEntry) -> bool {
    matches!(entry.credentials, SorobanCredentials::Address(_))
}

/// Footprint and resources with their fee.
pub(super) fn resources(
    data: Option<&SorobanTransactionData>,
    min_resource_fee: u64,
) -> Result<SorobanTransactionData, Error> {
    let mut data = data
        .ok_or(Error::Nonsense("a simulation without resources"))?
        .clone();
    let least = i64::try_from(min_resource_fee)
        .map_err(|_| Error::Nonsense("a resource fee that is no amount of lumens"))?;
    data.resource_fee = data.resource_fee.max(least);
    Ok(data)
}

/// Good up to this ledger and no longer: then it is certain that it is never applied.
pub(super) fn up_to(last_ledger: u32) -> Preconditions {
    Preconditions::V2(PreconditionsV2 {
        time_bounds: None,
        // The upper bound is exclusive.
        ledger_bounds: Some(LedgerBounds {
            min_ledger: 0,
            max_ledger: last_ledger.saturating_add(1),
        }),
        min_seq_num: None,
        min_seq_age: stellar_xdr::curr::Duration(0),
        min_seq_ledger_gap: 0,
        extra_signers: Default::default(),
    })
}
