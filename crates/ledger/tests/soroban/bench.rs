//! A state to call contracts in, without queue, signatures and fees of the whole ledger.

use crate::wasm;
use ballast_ledger::{
    cache_code, execute, new_module_cache, record, Context, Entry, Executed, Frame, Limits,
    NetworkConfig, Read, RecordAuth, Recorded, Request, State, PROTOCOL,
};
use ballast_transaction::*;
use soroban_env_host::ModuleCache;
use stellar_xdr::curr::*;

pub const START: u32 = 1_000;

pub struct Bench {
    pub state: State,
    pub config: NetworkConfig,
    pub network: Network,
    pub header: LedgerHeader,
    pub cache: ModuleCache,
    pub diagnostics: bool,
}

impl Bench {
    pub fn new(limits: Limits) -> Self {
        let mut state = State::default();
        NetworkConfig::install(limits, &mut state);
        Self {
            config: NetworkConfig::load(&state),
            state,
            network: Network::new("Test SDF Network ; September 2015"),
            header: LedgerHeader {
                ledger_version: PROTOCOL,
                ledger_seq: START,
                base_fee: 100,
                base_reserve: 5_000_000,
                scp_value: StellarValue {
                    close_time: TimePoint(1_700_000_000),
                    ..StellarValue::default()
                },
                ..LedgerHeader::default()
            },
            cache: new_module_cache().unwrap(),
            diagnostics: false,
        }
    }

    pub fn account(&mut self, name: &str, stroops: i64) -> KeyPair {
        let key = KeyPair::from_name(name);
        let account = AccountEntry {
            account_id: key.account_id(),
            balance: stroops,
            thresholds: Thresholds([1, 0, 0, 0]),
            // As it is once a transaction has used its sequence number.
            ext: AccountEntryExt::V1(AccountEntryExtensionV1 {
                ext: AccountEntryExtensionV1Ext::V2(AccountEntryExtensionV2 {
                    ext: AccountEntryExtensionV2Ext::V3(AccountEntryExtensionV3::default()),
                    ..AccountEntryExtensionV2::default()
                }),
                ..AccountEntryExtensionV1::default()
            }),
            ..AccountEntry::default()
        };
        self.state.put(Entry::classic(
            LedgerEntryData::Account(account),
            self.header.ledger_seq,
        ));
        key
    }

    pub fn info(&self) -> soroban_env_host::LedgerInfo {
        self.config.ledger_info(&self.header, self.network.id())
    }

    pub fn record(&self, source: &KeyPair, function: &HostFunction, auth: RecordAuth) -> Recorded {
        self.record_with(Request {
            source: source.account_id(),
            function: function.clone(),
            auth,
            seed: [7; 32],
            instructions: self.config.tx_max_instructions,
            diagnostics: false,
            profile: false,
        })
    }

    pub fn record_with(&self, request: Request) -> Recorded {
        record(
            &self.state,
            &self.config,
            &self.info(),
            &self.cache,
            request,
        )
    }

    pub fn frame(
        &self,
        source: &KeyPair,
        body: OperationBody,
        data: SorobanTransactionData,
    ) -> Frame {
        let envelope = Builder::new(source.muxed(), 1)
            .operation(body)
            .soroban(data)
            .sign(&self.network, &[source]);
        Frame::new(&self.network, envelope).unwrap()
    }

    /// Fills the fee in, once the transaction's size is known.
    pub fn data(
        &self,
        source: &KeyPair,
        body: &OperationBody,
        recorded: &Recorded,
    ) -> SorobanTransactionData {
        let draft = recorded.transaction_data(&self.config, 0);
        let bytes = self.frame(source, body.clone(), draft).bytes();
        recorded.transaction_data(&self.config, bytes)
    }

    /// Runs the transaction's operation; what it changed is kept.
    pub fn apply(&mut self, frame: &Frame) -> Executed {
        let mut header = self.header.clone();
        let context = Context {
            network: &self.network,
            config: &self.config,
            header: &mut header,
            cache: &self.cache,
            seed: [1; 32],
            diagnostics: self.diagnostics,
            changes: true,
        };
        let executed = execute(
            &self.state,
            &context,
            frame,
            &frame.operations()[0],
            [7; 32],
        );
        self.state.apply(executed.writes.clone());
        executed
    }

    /// Records and runs it; `change` sees what is declared before.
    pub fn call(
        &mut self,
        source: &KeyPair,
        function: HostFunction,
        change: impl FnOnce(&mut SorobanTransactionData),
    ) -> Executed {
        let recorded = self.record(source, &function, RecordAuth::Record);
        let auth = match recorded.result {
            Ok(_) => recorded.auth.clone(),
            Err(_) => Vec::new(),
        };
        let body = OperationBody::InvokeHostFunction(InvokeHostFunctionOp {
            host_function: function,
            auth: auth.try_into().unwrap(),
        });
        let mut data = self.data(source, &body, &recorded);
        change(&mut data);
        let frame = self.frame(source, body, data);
        self.apply(&frame)
    }

    pub fn done(&mut self, source: &KeyPair, function: HostFunction) -> Executed {
        let executed = self.call(source, function, |_| {});
        assert!(
            matches!(code(&executed), InvokeHostFunctionResult::Success(_)),
            "{:?} {:?}",
            executed.result,
            executed.diagnostics
        );
        executed
    }

    pub fn upload(&mut self, source: &KeyPair, code: Vec<u8>) -> Hash {
        let hash = Hash(sha256(&code));
        self.done(
            source,
            HostFunction::UploadContractWasm(code.try_into().unwrap()),
        );
        let key = LedgerKey::ContractCode(LedgerKeyContractCode { hash: hash.clone() });
        if let LedgerEntryData::ContractCode(code) = &self.state.get(&key).unwrap().entry.data {
            cache_code(&self.cache, code).unwrap();
        }
        hash
    }

    /// Uploads and deploys the contract of [`wasm`].
    pub fn deploy(&mut self, source: &KeyPair) -> ScAddress {
        let code = self.upload(source, wasm::contract());
        self.create(source, code, [0; 32], Vec::new())
    }

    pub fn create(
        &mut self,
        source: &KeyPair,
        code: Hash,
        salt: [u8; 32],
        arguments: Vec<ScVal>,
    ) -> ScAddress {
        let preimage = deployed_by(source.sc_address(), salt);
        let address = ScAddress::Contract(contract_id(&self.network, preimage.clone()));
        self.done(
            source,
            HostFunction::CreateContractV2(CreateContractArgsV2 {
                contract_id_preimage: preimage,
                executable: ContractExecutable::Wasm(code),
                constructor_args: arguments.try_into().unwrap(),
            }),
        );
        address
    }

    /// Deploys the contract of an asset.
    pub fn asset(&mut self, source: &KeyPair, asset: Asset) -> ScAddress {
        let address = ScAddress::Contract(asset_contract_id(&self.network, asset.clone()));
        self.done(
            source,
            HostFunction::CreateContract(CreateContractArgs {
                contract_id_preimage: ContractIdPreimage::Asset(asset),
                executable: ContractExecutable::StellarAsset,
            }),
        );
        address
    }

    /// The entry of a contract's persistent data.
    pub fn data_key(contract: &ScAddress, key: ScVal) -> LedgerKey {
        LedgerKey::ContractData(LedgerKeyContractData {
            contract: contract.clone(),
            key,
            durability: ContractDataDurability::Persistent,
        })
    }

    pub fn instance_key(contract: &ScAddress) -> LedgerKey {
        Self::data_key(contract, ScVal::LedgerKeyContractInstance)
    }
}

pub fn invocation(contract: &ScAddress, function: &str, args: &[ScVal]) -> HostFunction {
    HostFunction::InvokeContract(InvokeContractArgs {
        contract_address: contract.clone(),
        function_name: symbol(function),
        args: args.to_vec().try_into().unwrap(),
    })
}

/// The result code, of an InvokeHostFunction.
pub fn code(executed: &Executed) -> InvokeHostFunctionResult {
    match &executed.result {
        OperationResult::OpInner(OperationResultTr::InvokeHostFunction(code)) => code.clone(),
        other => panic!("{other:?}"),
    }
}

/// Text of an error that core adds to the diagnostics.
pub fn told(executed: &Executed) -> Vec<String> {
    executed
        .diagnostics
        .iter()
        .filter_map(|event| {
            let ContractEventBody::V0(body) = &event.event.body;
            match &body.data {
                ScVal::String(text) => Some(text.to_string()),
                ScVal::Vec(Some(values)) => match values.first() {
                    Some(ScVal::String(text)) => Some(text.to_string()),
                    _ => None,
                },
                _ => None,
            }
        })
        .collect()
}
