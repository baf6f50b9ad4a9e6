//! A ledger in the hands of a test: accounts with keys, typed calls, time that jumps.
//!
//! Everything is a real, signed transaction. A call's footprint and resources are found by recording it
//! first; where accounts other than the source have to authorise it, their keys sign authorisation entries.

use crate::{
    Applied, Checkpoint, ClosedLedger, Cost, Frame, Genesis, Ledger, Read, RecordAuth, Recorded,
    Request, Submitted,
};
use ballast_transaction::{
    asset_contract_id, contract_id, deployed_by, sha256, sign_entry, source_entry, symbol,
    AuthorizationPreimage, Builder, KeyPair,
};
use std::sync::Arc;
use stellar_xdr::curr::{
    Asset, ContractExecutable, ContractIdPreimage, CreateAccountOp, CreateContractArgs,
    CreateContractArgsV2, DiagnosticEvent, ExtendFootprintTtlOp, ExtensionPoint, Hash,
    HostFunction, InvokeContractArgs, LedgerFootprint, LedgerKey, OperationBody,
    RestoreFootprintOp, ScAddress, ScVal, SorobanAuthorizationEntry, SorobanCredentials,
    SorobanResources, SorobanTransactionData, SorobanTransactionDataExt, TransactionEnvelope,
    TransactionMeta, TransactionResult,
};

/// Ledgers for which a signed authorisation entry is good.
const AUTHORIZATION_LEDGERS: u32 = 100;

/// A ledger in the hands of a test.
pub struct Harness {
    /// The ledger itself.
    pub ledger: Ledger,
    /// What transactions bid for an operation to be included, stroops.
    pub bid: u32,
    calls: u64,
}

/// A transaction that was executed.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// What the function returned.
    pub value: Option<ScVal>,
    /// Result, meta and what it used.
    pub applied: Applied,
}

impl Outcome {
    /// Did it succeed?
    pub fn is_success(&self) -> bool {
        self.applied.is_success()
    }

    /// What it was charged after the refund, stroops.
    pub fn fee(&self) -> i64 {
        self.applied.result.fee_charged
    }

    /// What it used.
    pub fn cost(&self) -> &Cost {
        &self.applied.cost
    }
}

/// A call cannot be made.
#[derive(Clone, Debug, thiserror::Error)]
pub enum HarnessError {
    /// There is no such account.
    #[error("no account {0}")]
    NoAccount(String),
    /// Somebody has to authorise it who is not among the signers.
    #[error("{0:?} has to authorise it")]
    Unsigned(ScAddress),
    /// It fails already when it is recorded.
    #[error("it fails: {reason}")]
    Fails {
        /// What the host says.
        reason: String,
        /// The host's diagnostics.
        diagnostics: Vec<DiagnosticEvent>,
    },
    /// It was applied and failed.
    #[error("it failed: {0:?}")]
    Failed(Box<TransactionResult>),
}

impl Harness {
    /// A harness of a new ledger.
    pub fn new(genesis: Genesis) -> Self {
        Self::of(Ledger::genesis(genesis))
    }

    /// A harness of this ledger.
    pub fn of(ledger: Ledger) -> Self {
        Self {
            ledger,
            bid: 100,
            calls: 0,
        }
    }

    /// The key of the account that has every lumen in the beginning.
    pub fn root(&self) -> KeyPair {
        KeyPair::from_seed(self.ledger.network().id())
    }

    /// An account with a key of this name, created by the root account with so many stroops.
    ///
    /// # Errors
    /// If it exists already, or the root account cannot pay.
    pub fn account(&mut self, name: &str, stroops: i64) -> Result<KeyPair, HarnessError> {
        let key = KeyPair::from_name(name);
        let create = CreateAccountOp {
            destination: key.account_id(),
            starting_balance: stroops,
        };
        let root = self.root();
        self.operate(&root, vec![OperationBody::CreateAccount(create)])?;
        Ok(key)
    }

    /// The next sequence number of an account.
    ///
    /// # Errors
    /// If there is none.
    pub fn sequence(&self, key: &KeyPair) -> Result<i64, HarnessError> {
        let account = self.ledger.state().account(&key.account_id());
        let account = account.ok_or_else(|| HarnessError::NoAccount(key.address()))?;
        Ok(account.seq_num.0 + 1)
    }

    /// Stroops of an account; none if it does not exist.
    pub fn balance(&self, key: &KeyPair) -> i64 {
        let account = self.ledger.state().account(&key.account_id());
        account.map_or(0, |account| account.balance)
    }

    /// A transaction of these operations, signed by its source.
    ///
    /// # Errors
    /// If the source does not exist.
    pub fn operations(
        &self,
        source: &KeyPair,
        operations: Vec<OperationBody>,
    ) -> Result<TransactionEnvelope, HarnessError> {
        let fee = self.bid.saturating_mul(operations.len().max(1) as u32);
        let builder = Builder::new(source.muxed(), self.sequence(source)?).inclusion_fee(fee);
        let builder = operations.into_iter().fold(builder, Builder::operation);
        Ok(builder.sign(self.ledger.network(), &[source]))
    }

    /// Executes operations that run no contract.
    ///
    /// # Errors
    /// If one fails.
    pub fn operate(
        &mut self,
        source: &KeyPair,
        operations: Vec<OperationBody>,
    ) -> Result<Outcome, HarnessError> {
        let envelope = self.operations(source, operations)?;
        self.execute(envelope)
    }

    /// Executes a transaction.
    ///
    /// # Errors
    /// If it fails.
    pub fn execute(&mut self, envelope: TransactionEnvelope) -> Result<Outcome, HarnessError> {
        let applied = self.ledger.execute(envelope);
        if !applied.is_success() {
            return Err(HarnessError::Failed(Box::new(applied.result)));
        }
        Ok(Outcome {
            value: return_value(&applied.meta),
            applied,
        })
    }

    /// Hands a transaction in.
    pub fn submit(&mut self, envelope: TransactionEnvelope) -> Submitted {
        self.ledger.submit(envelope)
    }

    /// Closes the ledger being built, five seconds after the last one or at the time jumped to.
    pub fn close_ledger(&mut self) -> Arc<ClosedLedger> {
        let close_time = self.ledger.building().scp_value.close_time.0;
        self.ledger.close(close_time)
    }

    /// Goes so many ledgers on, five seconds each.
    pub fn warp_ledgers(&mut self, ledgers: u32) {
        let building = self.ledger.building();
        let (sequence, time) = (building.ledger_seq, building.scp_value.close_time.0);
        self.ledger.jump(
            sequence.saturating_add(ledgers),
            time.saturating_add(5 * u64::from(ledgers)),
        );
    }

    /// Goes so many seconds on, a ledger every five.
    pub fn warp_time(&mut self, seconds: u64) {
        let building = self.ledger.building();
        let ledgers = u32::try_from(seconds / 5).unwrap_or(u32::MAX);
        let sequence = building.ledger_seq.saturating_add(ledgers.max(1));
        let time = building.scp_value.close_time.0.saturating_add(seconds);
        self.ledger.jump(sequence, time);
    }

    /// Everything as it stands.
    pub fn snapshot(&self) -> Checkpoint {
        self.ledger.checkpoint()
    }

    /// Comes back to it.
    pub fn revert(&mut self, checkpoint: &Checkpoint) {
        self.ledger.revert(checkpoint);
    }

    /// Calls a contract; `signers` sign for their accounts where those have to authorise it.
    ///
    /// # Errors
    /// If it fails, or if somebody else has to authorise it.
    pub fn invoke(
        &mut self,
        source: &KeyPair,
        contract: &ScAddress,
        function: &str,
        args: Vec<ScVal>,
        signers: &[&KeyPair],
    ) -> Result<Outcome, HarnessError> {
        let function = call(contract, function, args);
        let envelope = self.host_function(source, function, signers)?;
        self.execute(envelope)
    }

    /// What a call would return. Nobody has to authorise it and nothing changes.
    ///
    /// # Errors
    /// If it fails.
    pub fn view(
        &mut self,
        contract: &ScAddress,
        function: &str,
        args: Vec<ScVal>,
    ) -> Result<ScVal, HarnessError> {
        let root = self.root();
        let recorded = self.record(&root, call(contract, function, args), RecordAuth::Record)?;
        recorded.result.map_err(|error| HarnessError::Fails {
            reason: format!("{error:?}"),
            diagnostics: recorded.diagnostics,
        })
    }

    /// A signed transaction of a host function with its footprint, resources and authorisation.
    ///
    /// # Errors
    /// If it fails when it is recorded, or if somebody else has to authorise it.
    pub fn host_function(
        &mut self,
        source: &KeyPair,
        function: HostFunction,
        signers: &[&KeyPair],
    ) -> Result<TransactionEnvelope, HarnessError> {
        let mut recorded = self.record(source, function.clone(), RecordAuth::Record)?;
        let found = std::mem::take(&mut recorded.auth);
        let mut auth = Vec::with_capacity(found.len());
        for entry in found {
            auth.push(self.signed(entry, source, signers)?);
        }
        let signs = |entry: &SorobanAuthorizationEntry| {
            !matches!(entry.credentials, SorobanCredentials::SourceAccount)
        };
        if auth.iter().any(signs) {
            // Checking signatures costs instructions.
            recorded = self.record(source, function.clone(), RecordAuth::Enforce(auth.clone()))?;
        }
        let builder = Builder::new(source.muxed(), self.sequence(source)?)
            .inclusion_fee(self.bid)
            .host_function(function, auth);
        Ok(self.priced(source, builder, |bytes| {
            recorded.transaction_data(self.ledger.config(), bytes)
        }))
    }

    /// Signs a transaction whose resource fee depends on its size.
    fn priced(
        &self,
        source: &KeyPair,
        builder: Builder,
        data: impl Fn(u32) -> SorobanTransactionData,
    ) -> TransactionEnvelope {
        let network = self.ledger.network();
        let sign = |bytes| {
            builder
                .clone()
                .soroban(data(bytes))
                .sign(network, &[source])
        };
        let draft = sign(0);
        let bytes = Frame::new(network, draft).map_or(0, |frame| frame.bytes());
        sign(bytes)
    }

    fn record(
        &mut self,
        source: &KeyPair,
        function: HostFunction,
        auth: RecordAuth,
    ) -> Result<Recorded, HarnessError> {
        // Nonces must not come twice.
        self.calls += 1;
        let recorded = self.ledger.record(Request {
            source: source.account_id(),
            function,
            auth,
            seed: sha256(&self.calls.to_be_bytes()),
            instructions: self.ledger.config().tx_max_instructions,
            diagnostics: true,
            profile: false,
        });
        match &recorded.result {
            Ok(_) => Ok(recorded),
            Err(error) => Err(HarnessError::Fails {
                reason: format!("{error:?}"),
                diagnostics: recorded.diagnostics,
            }),
        }
    }

    fn signed(
        &self,
        entry: SorobanAuthorizationEntry,
        source: &KeyPair,
        signers: &[&KeyPair],
    ) -> Result<SorobanAuthorizationEntry, HarnessError> {
        let SorobanCredentials::Address(credentials) = &entry.credentials else {
            return Ok(entry);
        };
        let address = &credentials.address;
        if *address == source.sc_address() {
            return Ok(source_entry(entry.root_invocation));
        }
        let key = signers.iter().find(|key| key.sc_address() == *address);
        let key = key.ok_or_else(|| HarnessError::Unsigned(address.clone()))?;
        let preimage = AuthorizationPreimage {
            nonce: credentials.nonce,
            expiration_ledger: self
                .ledger
                .building()
                .ledger_seq
                .saturating_add(AUTHORIZATION_LEDGERS),
        };
        Ok(sign_entry(
            self.ledger.network(),
            key,
            address.clone(),
            &entry.root_invocation,
            preimage,
        ))
    }

    /// Uploads code. Gives its hash.
    ///
    /// # Errors
    /// If the host does not take it.
    pub fn upload(&mut self, source: &KeyPair, wasm: &[u8]) -> Result<Hash, HarnessError> {
        let code = wasm.to_vec().try_into().unwrap_or_default();
        let envelope = self.host_function(source, HostFunction::UploadContractWasm(code), &[])?;
        self.execute(envelope)?;
        Ok(Hash(sha256(wasm)))
    }

    /// Deploys a contract of uploaded code.
    ///
    /// # Errors
    /// If it fails.
    pub fn deploy(
        &mut self,
        source: &KeyPair,
        code: &Hash,
        salt: [u8; 32],
        args: Vec<ScVal>,
    ) -> Result<ScAddress, HarnessError> {
        let preimage = deployed_by(source.sc_address(), salt);
        let id = contract_id(self.ledger.network(), preimage.clone());
        let function = HostFunction::CreateContractV2(CreateContractArgsV2 {
            contract_id_preimage: preimage,
            executable: ContractExecutable::Wasm(code.clone()),
            constructor_args: args.try_into().unwrap_or_default(),
        });
        let envelope = self.host_function(source, function, &[])?;
        self.execute(envelope)?;
        Ok(ScAddress::Contract(id))
    }

    /// Deploys an asset's contract.
    ///
    /// # Errors
    /// If it stands already.
    pub fn asset_contract(
        &mut self,
        source: &KeyPair,
        asset: Asset,
    ) -> Result<ScAddress, HarnessError> {
        let id = asset_contract_id(self.ledger.network(), asset.clone());
        let function = HostFunction::CreateContract(CreateContractArgs {
            contract_id_preimage: ContractIdPreimage::Asset(asset),
            executable: ContractExecutable::StellarAsset,
        });
        let envelope = self.host_function(source, function, &[])?;
        self.execute(envelope)?;
        Ok(ScAddress::Contract(id))
    }

    /// Restores archived entries.
    ///
    /// # Errors
    /// If it fails.
    pub fn restore(
        &mut self,
        source: &KeyPair,
        keys: Vec<LedgerKey>,
    ) -> Result<Outcome, HarnessError> {
        let operation = OperationBody::RestoreFootprint(RestoreFootprintOp {
            ext: ExtensionPoint::V0,
        });
        self.lives(source, operation, Vec::new(), keys)
    }

    /// Has entries live for so many ledgers at least, counted from now.
    ///
    /// # Errors
    /// If it fails.
    pub fn extend(
        &mut self,
        source: &KeyPair,
        keys: Vec<LedgerKey>,
        ledgers: u32,
    ) -> Result<Outcome, HarnessError> {
        let operation = OperationBody::ExtendFootprintTtl(ExtendFootprintTtlOp {
            ext: ExtensionPoint::V0,
            extend_to: ledgers,
        });
        self.lives(source, operation, keys, Vec::new())
    }

    /// Executes an operation on the lives of entries, with room and fees to spare: what is not used of the
    /// fee for rent comes back.
    fn lives(
        &mut self,
        source: &KeyPair,
        operation: OperationBody,
        read_only: Vec<LedgerKey>,
        read_write: Vec<LedgerKey>,
    ) -> Result<Outcome, HarnessError> {
        let keys = read_only.iter().chain(&read_write);
        let bytes = keys.filter_map(|key| self.ledger.state().get(key));
        let bytes: usize = bytes.map(|entry| entry.xdr.len()).sum();
        let data = SorobanTransactionData {
            ext: SorobanTransactionDataExt::V0,
            resources: SorobanResources {
                footprint: LedgerFootprint {
                    read_only: read_only.try_into().unwrap_or_default(),
                    read_write: read_write.try_into().unwrap_or_default(),
                },
                instructions: 0,
                disk_read_bytes: bytes as u32,
                write_bytes: bytes as u32,
            },
            resource_fee: 0,
        };
        let sequence = self.sequence(source)?;
        let builder = Builder::new(source.muxed(), sequence).operation(operation);
        let network = self.ledger.network().clone();
        let with_fee = |fee| {
            let data = SorobanTransactionData {
                resource_fee: fee,
                ..data.clone()
            };
            builder.clone().soroban(data).sign(&network, &[source])
        };
        let fixed = Frame::new(&network, with_fee(0)).map_or(0, |frame| {
            crate::non_refundable_fee(self.ledger.config(), &frame)
        });
        self.execute(with_fee(fixed.saturating_add(10_0000000)))
    }
}

fn call(contract: &ScAddress, function: &str, args: Vec<ScVal>) -> HostFunction {
    HostFunction::InvokeContract(InvokeContractArgs {
        contract_address: contract.clone(),
        function_name: symbol(function),
        args: args.try_into().unwrap_or_default(),
    })
}

fn return_value(meta: &TransactionMeta) -> Option<ScVal> {
    match meta {
        TransactionMeta::V4(meta) => meta.soroban_meta.as_ref()?.return_value.clone(),
        _ => None,
    }
}
