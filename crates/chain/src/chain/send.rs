//! Calls become transactions: recorded, built, signed, applied.

use super::{Chain, Executed, Last};
use crate::{Account, CallError, Cost, Frame};
use ballast_ledger::{Applied, Call, Read, RecordAuth, Recorded, Request};
use ballast_transaction::{xdr_len, Builder, KeyPair};
use soroban_sdk::xdr::{
    AccountId, ContractEvent, ContractEventType, DecoratedSignature, HostFunction,
    InvokeHostFunctionOp, OperationBody, ScAddress, ScErrorType, ScVal, SorobanAuthorizationEntry,
    SorobanTransactionData, TransactionMeta,
};
use std::rc::Rc;

impl Chain {
    /// Runs a host function as the only operation of a transaction, as `source`. The relayer's account
    /// sends it and pays for it, so that nobody's balance moves for fees; `source` signs where it is
    /// somebody else.
    pub(super) fn commit(
        &self,
        source: &Account,
        function: HostFunction,
        auth: Vec<SorobanAuthorizationEntry>,
    ) -> Result<ScVal, CallError> {
        self.count();
        let mut recorded = self.run(source.id(), function.clone(), RecordAuth::Enforce(auth));
        // What a call that ran out of its budget would have touched is not known: the network finds that
        // first, which tells less.
        let exhausted = recorded.result.as_ref().err().map(|error| error.error);
        let exhausted = exhausted.filter(|error| error.is_type(ScErrorType::Budget));
        if recorded.result.is_err() {
            // It goes to the network all the same, which has the last word: with what it may use at
            // most, since nobody knows how far it comes there.
            let ledger = self.0.ledger.borrow();
            let most = ledger.config().tx_max_instructions;
            recorded.resources.instructions = most;
        }
        let auth = std::mem::take(&mut recorded.auth);
        let body = OperationBody::InvokeHostFunction(InvokeHostFunctionOp {
            host_function: function.clone(),
            auth: auth.try_into().expect("authorisations fit"),
        });
        let before = self.0.ledger.borrow().state().clone();
        let header = self.0.ledger.borrow().building().clone();
        let applied = self.send(source, body, Some(&recorded));
        let result = match (applied.is_success(), exhausted) {
            (true, _) => Ok(()),
            (false, Some(error)) => Err(error.into()),
            (false, None) => Err(CallError::of(&applied)),
        };
        if self.0.tracing.get() && !applied.is_success() {
            trace(&applied);
        }
        let (value, events) = outcome(&applied.meta);
        let profile = recorded.profile.map(|call| self.frame(call));
        *self.0.last.borrow_mut() = Last {
            cost: Cost::from(applied.cost),
            result: Some(applied.result),
            events,
            profile,
            call: result.is_ok().then(|| {
                Rc::new(Executed {
                    state: before,
                    header,
                    source: source.id(),
                    function,
                })
            }),
        };
        result.map(|()| value)
    }

    /// Runs a call without effect.
    pub(super) fn look(
        &self,
        function: HostFunction,
        auth: Vec<SorobanAuthorizationEntry>,
    ) -> Result<ScVal, CallError> {
        let recorded = self.run(self.0.relayer.id(), function, RecordAuth::Enforce(auth));
        let cost = self.cost_of(&recorded);
        let result = match &recorded.result {
            Ok(_) => Ok(()),
            Err(error) => {
                if self.0.tracing.get() {
                    eprintln!("{error:?}");
                }
                Err(error.error.into())
            }
        };
        let value = recorded.result.unwrap_or(ScVal::Void);
        *self.0.last.borrow_mut() = Last {
            cost,
            result: None,
            events: match result {
                Ok(()) => contract_events(&recorded.events),
                Err(_) => Vec::new(),
            },
            profile: recorded.profile.map(|call| self.frame(call)),
            call: None,
        };
        result.map(|()| value)
    }

    pub(super) fn run(
        &self,
        source: AccountId,
        function: HostFunction,
        auth: RecordAuth,
    ) -> Recorded {
        let ledger = self.0.ledger.borrow();
        ledger.record(Request {
            source,
            function,
            auth,
            seed: self.seed(),
            instructions: ledger.config().tx_max_instructions,
            diagnostics: false,
            profile: self.0.profiling.get(),
        })
    }

    /// Sends an operation of an account in a transaction of its own.
    pub(crate) fn operate(&self, source: &Account, body: OperationBody) -> Result<(), CallError> {
        self.told(self.send(source, body, None))
    }

    /// Sends an operation that keeps contracts.
    pub(super) fn operate_soroban(
        &self,
        body: OperationBody,
        data: SorobanTransactionData,
    ) -> Result<(), CallError> {
        let relayer = &self.0.relayer;
        let builder = self.builder(relayer, relayer, body).soroban(data);
        let applied = self.execute(&builder, &[relayer.key()]);
        self.told(applied)
    }

    /// Sends an operation of an account that pays for it itself.
    pub(super) fn operate_alone(
        &self,
        source: &Account,
        body: OperationBody,
    ) -> Result<(), CallError> {
        let builder = self.builder(source, source, body);
        let applied = self.execute(&builder, &[source.key()]);
        self.told(applied)
    }

    fn told(&self, applied: Applied) -> Result<(), CallError> {
        let result = match applied.is_success() {
            true => Ok(()),
            false => Err(CallError::of(&applied)),
        };
        self.0.last.borrow_mut().result = Some(applied.result);
        result
    }

    fn send(&self, source: &Account, body: OperationBody, recorded: Option<&Recorded>) -> Applied {
        let relayer = &self.0.relayer;
        let mut keys = vec![relayer.key()];
        if source.id() != relayer.id() {
            keys.push(source.key());
        }
        let mut builder = self.builder(relayer, source, body);
        if let Some(recorded) = recorded {
            let ledger = self.0.ledger.borrow();
            let data = |bytes| recorded.transaction_data(ledger.config(), bytes);
            let bytes = signed_len(&builder.clone().soroban(data(0)), &keys);
            builder = builder.soroban(data(bytes));
        }
        self.execute(&builder, &keys)
    }

    fn builder(&self, sender: &Account, source: &Account, body: OperationBody) -> Builder {
        let other = (source.id() != sender.id()).then(|| source.key().muxed());
        Builder::new(sender.key().muxed(), self.next_sequence(sender)).operation_of(other, body)
    }

    fn execute(&self, builder: &Builder, keys: &[&KeyPair]) -> Applied {
        let mut ledger = self.0.ledger.borrow_mut();
        let envelope = builder.sign(ledger.network(), keys);
        ledger.execute(envelope)
    }

    fn next_sequence(&self, account: &Account) -> i64 {
        let ledger = self.0.ledger.borrow();
        let entry = ledger.state().account(&account.id());
        entry.map_or(0, |entry| entry.seq_num.0) + 1
    }

    /// What a view used.
    fn cost_of(&self, recorded: &Recorded) -> Cost {
        let ledger = self.0.ledger.borrow();
        let resources = &recorded.resources;
        Cost {
            instructions: resources.instructions.into(),
            memory_bytes: recorded.memory_bytes,
            read_entries: resources.footprint.read_only.len() as u32,
            write_entries: resources.footprint.read_write.len() as u32,
            disk_read_entries: recorded.disk_read_entries(),
            disk_read_bytes: resources.disk_read_bytes,
            write_bytes: resources.write_bytes,
            event_bytes: recorded.event_bytes,
            return_bytes: recorded.return_bytes,
            transaction_bytes: 0,
            rent_stroops: recorded.rent_fee,
            fee_stroops: recorded.transaction_data(ledger.config(), 0).resource_fee,
        }
    }

    /// A profile with contracts in their usual form.
    fn frame(&self, call: Call) -> Frame {
        let contract = self.address(&ScAddress::Contract(call.contract));
        Frame {
            contract: contract.to_string().to_string(),
            function: call.function,
            instructions: call.instructions as i64,
            memory_bytes: call.memory_bytes as i64,
            calls: call
                .calls
                .into_iter()
                .map(|call| self.frame(call))
                .collect(),
        }
    }
}

/// Bytes of the envelope that these keys sign.
fn signed_len(builder: &Builder, keys: &[&KeyPair]) -> u32 {
    let signature = xdr_len(&DecoratedSignature::default());
    xdr_len(&builder.build()) + ENVELOPE_BYTES + (signature + 64) * keys.len() as u32
}

/// The kind of an envelope and the number of its signatures.
const ENVELOPE_BYTES: u32 = 8;

/// What a call gave: its value and its events.
fn outcome(meta: &TransactionMeta) -> (ScVal, Vec<ContractEvent>) {
    let TransactionMeta::V4(meta) = meta else {
        return (ScVal::Void, Vec::new());
    };
    let value = meta.soroban_meta.as_ref();
    let value = value.and_then(|soroban| soroban.return_value.clone());
    let events = meta
        .operations
        .first()
        .map(|operation| &operation.events[..]);
    (
        value.unwrap_or(ScVal::Void),
        contract_events(events.unwrap_or_default()),
    )
}

fn contract_events(events: &[ContractEvent]) -> Vec<ContractEvent> {
    let contract = |event: &&ContractEvent| event.type_ == ContractEventType::Contract;
    events.iter().filter(contract).cloned().collect()
}

fn trace(applied: &Applied) {
    eprintln!("{:?}", applied.result.result);
    for event in &applied.diagnostics {
        eprintln!("  {:?}", event.event);
    }
}
