//! A state with accounts, and transactions on it.

use ballast_ledger::{
    apply, charge_fee, check, lumens, new_module_cache, record, refund, Applied, Context, Entry,
    Frame, Limits, NetworkConfig, Read, RecordAuth, Request, State,
};
use ballast_transaction::{asset, fee_bump, Builder, KeyPair, Network};
use soroban_env_host::ModuleCache;
use stellar_xdr::curr::{
    AccountEntry, AccountEntryExt, AccountId, Asset, HostFunction, LedgerEntryData, LedgerHeader,
    LedgerHeaderExt, MuxedAccount, MuxedAccountMed25519, OperationBody, OperationResult,
    SequenceNumber, SorobanTransactionData, StellarValue, StellarValueExt, Thresholds, TimePoint,
    TransactionEnvelope, TransactionResult, TransactionResultCode as Code,
    TransactionResultResult as Outer, TrustLineAsset, TrustLineEntry, TrustLineEntryExt, Uint256,
    VecM,
};

/// One lumen in stroops.
pub const XLM: i64 = 1_0000000;
/// The reserve of one entry.
pub const RESERVE: i64 = 5000000;
/// The ledger being built.
pub const LEDGER: u32 = 1000;
/// Its close time.
pub const NOW: u64 = 1_800_000_000;
/// All lumens.
pub const ALL: i64 = 1_000_000_000_000_000_000;

/// A state, the ledger being built, and what applies to it.
pub struct Bench {
    pub network: Network,
    pub config: NetworkConfig,
    pub state: State,
    pub header: LedgerHeader,
    pub cache: ModuleCache,
    index: u64,
}

impl Bench {
    /// The root account has all lumens.
    pub fn new() -> Self {
        let network = Network::default();
        let mut state = State::default();
        NetworkConfig::install(Limits::Mainnet, &mut state);
        let root = KeyPair::from_seed(network.id());
        let mut bench = Self {
            config: NetworkConfig::load(&state),
            network,
            state,
            header: header(),
            cache: new_module_cache().expect("a cache"),
            index: 0,
        };
        bench.put(account(root.account_id(), ALL));
        bench
    }

    /// The root account's key.
    pub fn root(&self) -> KeyPair {
        KeyPair::from_seed(self.network.id())
    }

    /// An account of this name with so many stroops, taken from the root account's.
    pub fn fund(&mut self, name: &str, stroops: i64) -> KeyPair {
        let key = KeyPair::from_name(name);
        self.change(&self.root(), |root| root.balance -= stroops);
        self.put(account(key.account_id(), stroops));
        key
    }

    /// Changes an account from outside.
    pub fn change(&mut self, key: &KeyPair, change: impl FnOnce(&mut AccountEntry)) {
        let mut account = self.account(key);
        change(&mut account);
        self.put(account);
    }

    /// Puts an account as modified in the ledger before.
    pub fn put(&mut self, account: AccountEntry) {
        let data = LedgerEntryData::Account(account);
        self.state.put(Entry::classic(data, LEDGER - 1));
    }

    /// A trust line of this balance, limit and flags, put from outside with its sub-entry.
    pub fn trust(&mut self, key: &KeyPair, asset: &Asset, balance: i64, limit: i64, flags: u32) {
        let line = TrustLineEntry {
            account_id: key.account_id(),
            asset: line_asset(asset),
            balance,
            limit,
            flags,
            ext: TrustLineEntryExt::V0,
        };
        self.change(key, |account| account.num_sub_entries += 1);
        let data = LedgerEntryData::Trustline(line);
        self.state.put(Entry::classic(data, LEDGER - 1));
    }

    /// The trust line of an account.
    pub fn line(&self, key: &KeyPair, asset: &Asset) -> Option<TrustLineEntry> {
        let wanted = (key.account_id(), line_asset(asset));
        self.state
            .iter()
            .find_map(|(_, entry)| match &entry.entry.data {
                LedgerEntryData::Trustline(line)
                    if (line.account_id.clone(), line.asset.clone()) == wanted =>
                {
                    Some(line.clone())
                }
                _ => None,
            })
    }

    /// An account that exists.
    pub fn account(&self, key: &KeyPair) -> AccountEntry {
        let account = self.state.account(&key.account_id());
        account.expect("the account exists")
    }

    /// A transaction of this account with its next sequence number.
    pub fn builder(&self, key: &KeyPair) -> Builder {
        Builder::new(key.muxed(), self.account(key).seq_num.0 + 1)
    }

    /// A signed transaction of one operation.
    pub fn tx(&self, key: &KeyPair, body: OperationBody) -> TransactionEnvelope {
        self.builder(key)
            .operation(body)
            .sign(&self.network, &[key])
    }

    /// A signed call of a contract as it is recorded; `change` sees what it declares before.
    pub fn call(
        &self,
        key: &KeyPair,
        function: HostFunction,
        change: impl FnOnce(&mut SorobanTransactionData),
    ) -> TransactionEnvelope {
        let info = self.config.ledger_info(&self.header, self.network.id());
        let request = Request {
            source: key.account_id(),
            function: function.clone(),
            auth: RecordAuth::Record,
            seed: [7; 32],
            instructions: self.config.tx_max_instructions,
            diagnostics: false,
            profile: false,
        };
        let recorded = record(&self.state, &self.config, &info, &self.cache, request);
        let builder = self
            .builder(key)
            .host_function(function, recorded.auth.clone());
        let draft = recorded.transaction_data(&self.config, 0);
        let draft = builder.clone().soroban(draft).sign(&self.network, &[key]);
        let bytes = self.frame(&draft).bytes();
        let mut data = recorded.transaction_data(&self.config, bytes);
        change(&mut data);
        builder.soroban(data).sign(&self.network, &[key])
    }

    /// A signed fee bump.
    pub fn bump(&self, key: &KeyPair, fee: i64, inner: TransactionEnvelope) -> TransactionEnvelope {
        fee_bump(&self.network, key.muxed(), fee, inner, &[key]).expect("a transaction inside")
    }

    /// The envelope as the ledger reads it.
    pub fn frame(&self, envelope: &TransactionEnvelope) -> Frame {
        Frame::new(&self.network, envelope.clone()).expect("an envelope")
    }

    /// What comes back when it is sent.
    pub fn check(&self, envelope: &TransactionEnvelope) -> Result<(), TransactionResult> {
        let frame = self.frame(envelope);
        check(&self.state, &self.config, &self.header, &frame)
    }

    /// The code that comes back when it is sent.
    pub fn code(&self, envelope: &TransactionEnvelope) -> Code {
        self.check(envelope)
            .map_or_else(|result| code(&result), |()| Code::TxSuccess)
    }

    /// Puts it into a ledger of its own, checked before or not.
    pub fn apply(&mut self, envelope: &TransactionEnvelope) -> Applied {
        let frame = self.frame(envelope);
        let mut context = Context {
            network: &self.network,
            config: &self.config,
            header: &mut self.header,
            cache: &self.cache,
            seed: [7; 32],
            diagnostics: true,
            changes: true,
        };
        let inclusion = 100 * frame.operations_paid();
        let (fee, fee_changes) = charge_fee(&mut self.state, &mut context, &frame, inclusion);
        let mut applied = apply(&mut self.state, &mut context, &frame, fee, self.index);
        applied.fee_changes = fee_changes;
        refund(&mut self.state, &mut context, &frame, &mut applied);
        self.index += 1;
        applied
    }

    /// Applies what has to succeed.
    pub fn succeed(&mut self, envelope: &TransactionEnvelope) -> Applied {
        self.check(envelope).expect("valid");
        let applied = self.apply(envelope);
        assert!(applied.is_success(), "{:?}", applied.result);
        applied
    }

    /// Applies one operation; gives its result.
    pub fn operation(&mut self, key: &KeyPair, body: OperationBody) -> OperationResult {
        let envelope = self.tx(key, body);
        let applied = self.apply(&envelope);
        operations(&applied.result)[0].clone()
    }

    /// Every lumen that there is.
    pub fn lumens(&self) -> i128 {
        let held = self
            .state
            .iter()
            .map(|(_, entry)| lumens(&self.network, &entry.entry));
        held.sum::<i128>() + i128::from(self.header.fee_pool)
    }
}

/// The ledger being built.
fn header() -> LedgerHeader {
    LedgerHeader {
        ledger_version: 25,
        previous_ledger_hash: Default::default(),
        scp_value: StellarValue {
            tx_set_hash: Default::default(),
            close_time: TimePoint(NOW),
            upgrades: VecM::default(),
            ext: StellarValueExt::Basic,
        },
        tx_set_result_hash: Default::default(),
        bucket_list_hash: Default::default(),
        ledger_seq: LEDGER,
        total_coins: ALL,
        fee_pool: 0,
        inflation_seq: 0,
        id_pool: 0,
        base_fee: 100,
        base_reserve: RESERVE as u32,
        max_tx_set_size: 1000,
        skip_list: Default::default(),
        ext: LedgerHeaderExt::V0,
    }
}

/// A new account of ledger 1.
pub fn account(id: AccountId, balance: i64) -> AccountEntry {
    AccountEntry {
        account_id: id,
        balance,
        seq_num: SequenceNumber(1 << 32),
        num_sub_entries: 0,
        inflation_dest: None,
        flags: 0,
        home_domain: Default::default(),
        thresholds: Thresholds([1, 0, 0, 0]),
        signers: VecM::default(),
        ext: AccountEntryExt::V0,
    }
}

/// The same account under a number.
pub fn muxed(key: &KeyPair, id: u64) -> MuxedAccount {
    MuxedAccount::MuxedEd25519(MuxedAccountMed25519 {
        id,
        ed25519: Uint256(key.public()),
    })
}

/// USDC of this issuer.
pub fn usdc(issuer: &KeyPair) -> Asset {
    asset("USDC", issuer.account_id())
}

/// The asset as trust lines name it.
pub fn line_asset(asset: &Asset) -> TrustLineAsset {
    match asset {
        Asset::Native => TrustLineAsset::Native,
        Asset::CreditAlphanum4(asset) => TrustLineAsset::CreditAlphanum4(asset.clone()),
        Asset::CreditAlphanum12(asset) => TrustLineAsset::CreditAlphanum12(asset.clone()),
    }
}

/// The code of a result; that of the transaction inside, if it is a fee bump's.
pub fn code(result: &TransactionResult) -> Code {
    match &result.result {
        Outer::TxFeeBumpInnerSuccess(pair) | Outer::TxFeeBumpInnerFailed(pair) => {
            pair.result.result.discriminant()
        }
        other => other.discriminant(),
    }
}

/// Results of the operations; none if it did not come to them.
pub fn operations(result: &TransactionResult) -> Vec<OperationResult> {
    use stellar_xdr::curr::InnerTransactionResultResult as Inner;
    match &result.result {
        Outer::TxSuccess(results) | Outer::TxFailed(results) => results.to_vec(),
        Outer::TxFeeBumpInnerSuccess(pair) | Outer::TxFeeBumpInnerFailed(pair) => {
            match &pair.result.result {
                Inner::TxSuccess(results) | Inner::TxFailed(results) => results.to_vec(),
                _ => Vec::new(),
            }
        }
        _ => Vec::new(),
    }
}
