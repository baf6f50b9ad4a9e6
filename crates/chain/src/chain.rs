mod checkpoint;

pub use checkpoint::Checkpoint;

use crate::profile::Call;
use crate::{
    account,
    auth::{by_source, scvals, symbol},
    event::convert,
    execute::{execute, sha256, xdr, Authorization, Job, Metering, Outcome},
    ledger::Ledger,
    limits::{self, ledger_info, SECONDS_PER_LEDGER},
    values::Values,
    Account, CallError, Cost, Event, Frame, Invocation,
};
use soroban_env_host::{
    budget::Budget,
    events::HostEvent,
    storage::{EntryWithLiveUntil, Storage},
    vm::VersionedContractCodeCostInputs,
    Host, LedgerInfo, ModuleCache,
};
use soroban_sdk::{
    xdr::{
        AccountEntry, AccountId, Asset, BytesM, ContractCodeEntryExt, ContractCostParams,
        ContractExecutable, ContractId, ContractIdPreimage, ContractIdPreimageFromAddress,
        CreateContractArgs, CreateContractArgsV2, Hash, HashIdPreimage, HashIdPreimageContractId,
        HostFunction, InvokeContractArgs, LedgerEntryData, LedgerKey, ScAddress, ScVal,
        SorobanAuthorizationEntry, SorobanAuthorizedFunction, SorobanAuthorizedInvocation, Uint256,
    },
    Address, Env, IntoVal, TryFromVal, Val, Vec,
};
use std::{
    cell::{Cell, RefCell},
    rc::Rc,
};

/// Passphrase of the network that transactions are signed for.
pub const NETWORK_PASSPHRASE: &str = "Standalone Network ; February 2017";
/// Ledgers that the signatures made by the chain's own helpers are good for.
pub const SIGNATURE_LEDGERS: u32 = 100;
/// Sequence number of the first ledger.
pub const FIRST_LEDGER: u32 = 59_000_000;
/// Close time of the first ledger, seconds: 2025-10-10 20:00 UTC, half an hour before the crash.
pub const FIRST_TIMESTAMP: u64 = 1_760_126_400;

/// Balance of a new account, stroops of the native asset.
const ACCOUNT_BALANCE: i64 = 1_000_000_0000000;
/// Transactions from one sweep of expired entries to the next.
const EVICTION_PERIOD: u64 = 256;

/// A Stellar chain in process. Cheap to clone: clones are the same chain.
///
/// Every call is a transaction of its own on a fresh host, authorised by signatures that the host
/// verifies, metered, and held to the limits of the main network. The [`Env`] of [`Chain::env`] only
/// makes values; no contract runs in it.
#[derive(Clone)]
pub struct Chain(Rc<Inner>);

struct Inner {
    values: Values,
    ledger: Rc<RefCell<Ledger>>,
    info: RefCell<LedgerInfo>,
    cache: RefCell<Option<ModuleCache>>,
    relayer: Account,
    last: RefCell<Last>,
    counter: Cell<u64>,
    metering: Cell<Metering>,
    profiling: Cell<bool>,
    tracing: Cell<bool>,
}

#[derive(Default)]
struct Last {
    cost: Cost,
    events: std::vec::Vec<HostEvent>,
    profile: Option<Frame>,
    /// The call and the state that it ran on, if it ended well.
    call: Option<Rc<Executed>>,
}

/// A call that ended well.
struct Executed {
    ledger: Ledger,
    info: LedgerInfo,
    source: AccountId,
    function: HostFunction,
    seed: [u8; 32],
}

/// A state of a chain, to return to or to start from, also in another thread.
#[derive(Clone)]
pub struct Snapshot {
    entries: std::vec::Vec<(LedgerKey, EntryParts)>,
    info: LedgerInfo,
    counter: u64,
    cache: Option<ModuleCache>,
}

type EntryParts = (soroban_sdk::xdr::LedgerEntry, Option<u32>);

impl Default for Chain {
    fn default() -> Self {
        Self::new()
    }
}

impl Chain {
    /// An empty chain at [`FIRST_LEDGER`] and [`FIRST_TIMESTAMP`].
    pub fn new() -> Self {
        Self::at(FIRST_LEDGER, FIRST_TIMESTAMP)
    }

    /// An empty chain at this ledger and time (unix seconds).
    pub fn at(sequence: u32, timestamp: u64) -> Self {
        let network_id = sha256(NETWORK_PASSPHRASE.as_bytes());
        let chain = Self::with_state(ledger_info(sequence, timestamp, network_id), 0);
        chain.create_account(&chain.0.relayer, 0);
        chain
    }

    fn with_state(info: LedgerInfo, counter: u64) -> Self {
        let values = Values::new(&info);
        let relayer = Account::new(values.env(), "relayer");
        Self(Rc::new(Inner {
            values,
            ledger: Rc::default(),
            info: RefCell::new(info),
            cache: RefCell::new(new_cache()),
            relayer,
            last: RefCell::default(),
            counter: Cell::new(counter),
            metering: Cell::new(Metering::Fast),
            profiling: Cell::new(false),
            tracing: Cell::new(std::env::var_os("BALLAST_TRACE").is_some()),
        }))
    }

    /// Makes values: addresses, vectors, bytes.
    pub fn env(&self) -> &Env {
        self.0.values.env()
    }

    // Ledgers and time.

    /// Sequence number of the current ledger.
    pub fn sequence(&self) -> u32 {
        self.0.info.borrow().sequence_number
    }

    /// Close time of the current ledger, unix seconds.
    pub fn timestamp(&self) -> u64 {
        self.0.info.borrow().timestamp
    }

    /// Closes `count` ledgers, 5 s each.
    pub fn advance_ledgers(&self, count: u32) {
        let mut info = self.0.info.borrow_mut();
        info.sequence_number += count;
        info.timestamp += u64::from(count) * SECONDS_PER_LEDGER;
    }

    /// Lets time pass and closes a ledger for every 5 s of it. Ledgers close on multiples of 5 s.
    pub fn advance_seconds(&self, seconds: u64) {
        let mut info = self.0.info.borrow_mut();
        let later = info.timestamp + seconds;
        let ledgers = later / SECONDS_PER_LEDGER - info.timestamp / SECONDS_PER_LEDGER;
        info.sequence_number += u32::try_from(ledgers).expect("fewer ledgers than a u32 counts");
        info.timestamp = later;
    }

    /// [`Self::advance_seconds`] up to a time.
    ///
    /// # Panics
    /// If that time is over.
    pub fn advance_to(&self, timestamp: u64) {
        let now = self.timestamp();
        self.advance_seconds(
            timestamp
                .checked_sub(now)
                .expect("time does not run backwards"),
        );
    }

    /// Hash of the passphrase, which signatures are bound to.
    pub fn network_id(&self) -> [u8; 32] {
        self.0.info.borrow().network_id
    }

    // Accounts.

    /// The account of this name, created with plenty of the native asset if it does not exist.
    pub fn account(&self, name: &str) -> Account {
        self.account_with_flags(name, 0)
    }

    pub(crate) fn account_with_flags(&self, name: &str, flags: u32) -> Account {
        let account = Account::new(self.env(), name);
        if self.entry(&account::ledger_key(&account.id())).is_none() {
            self.create_account(&account, flags);
        }
        account
    }

    fn create_account(&self, account: &Account, flags: u32) {
        let data = account::ledger_entry(account.id(), ACCOUNT_BALANCE, flags);
        self.put_classic(account::ledger_key(&account.id()), data);
    }

    /// Changes the classic entry of an account: thresholds, signers, flags, balance.
    ///
    /// # Panics
    /// If the account does not exist.
    pub fn change_account(&self, id: &AccountId, change: impl FnOnce(&mut AccountEntry)) {
        let key = account::ledger_key(id);
        match self.entry(&key) {
            Some(LedgerEntryData::Account(mut entry)) => {
                change(&mut entry);
                self.put_classic(key, LedgerEntryData::Account(entry));
            }
            _ => panic!("no such account: {id:?}"),
        }
    }

    // Calls.

    /// Calls a contract in a transaction that carries these authorisations and whose source is an
    /// account that nobody knows.
    pub fn call(
        &self,
        contract: &Address,
        function: &str,
        args: impl IntoVal<Env, Vec<Val>>,
        authorizations: &[SorobanAuthorizationEntry],
    ) -> Result<Val, CallError> {
        let call = self.invoke_args(contract, function, args);
        let authorization = Authorization::Enforce(authorizations.to_vec());
        self.commit(
            self.0.relayer.id(),
            HostFunction::InvokeContract(call),
            authorization,
        )
    }

    /// As `account`: signs the call with the calls `below` it that need the account's authorisation
    /// too, and executes it at once.
    pub fn call_as(
        &self,
        account: &Account,
        contract: &Address,
        function: &str,
        args: impl IntoVal<Env, Vec<Val>>,
        below: &[Invocation],
    ) -> Result<Val, CallError> {
        let args = args.into_val(self.env());
        let tree = Invocation::new(contract, function, args.clone()).with_all(below.to_vec());
        let signed = account.sign(self, &tree, SIGNATURE_LEDGERS);
        self.call(contract, function, args, &[signed])
    }

    /// As [`Self::call_as`], with `account` as the transaction's source: its signature on the
    /// transaction is its authorisation. No nonce, no signature to verify for the contract: cheaper.
    pub fn call_from(
        &self,
        account: &Account,
        contract: &Address,
        function: &str,
        args: impl IntoVal<Env, Vec<Val>>,
        below: &[Invocation],
    ) -> Result<Val, CallError> {
        let args = args.into_val(self.env());
        let tree = Invocation::new(contract, function, args.clone()).with_all(below.to_vec());
        let call = self.invoke_args(contract, function, args);
        let authorization = Authorization::Enforce(vec![by_source(tree)]);
        self.commit(
            account.id(),
            HostFunction::InvokeContract(call),
            authorization,
        )
    }

    /// Simulates the call to learn what has to be authorised, has the accounts sign exactly that, and
    /// executes it: what wallets do. The call fails if somebody else had to sign too.
    pub fn call_recorded(
        &self,
        signers: &[&Account],
        contract: &Address,
        function: &str,
        args: impl IntoVal<Env, Vec<Val>>,
    ) -> Result<Val, CallError> {
        let args = args.into_val(self.env());
        let needed = self.record(contract, function, args.clone())?;
        let signed: std::vec::Vec<_> = needed
            .iter()
            .filter_map(|(address, tree)| {
                let signer = signers.iter().find(|signer| signer.address() == address)?;
                Some(signer.sign(self, tree, SIGNATURE_LEDGERS))
            })
            .collect();
        self.call(contract, function, args, &signed)
    }

    /// What would have to be authorised for this call to succeed now.
    pub fn record(
        &self,
        contract: &Address,
        function: &str,
        args: impl IntoVal<Env, Vec<Val>>,
    ) -> Result<std::vec::Vec<(Address, Invocation)>, CallError> {
        let call = self.invoke_args(contract, function, args);
        let function = HostFunction::InvokeContract(call);
        let outcome = self.run(self.0.relayer.id(), function, Authorization::Record);
        outcome.result?;
        Ok(outcome
            .recorded
            .into_iter()
            .filter_map(|(address, tree)| Some((self.address(&address?), Invocation(tree))))
            .collect())
    }

    /// What the call returns now, without authorisation and without effect.
    pub fn view<T: TryFromVal<Env, Val>>(
        &self,
        contract: &Address,
        function: &str,
        args: impl IntoVal<Env, Vec<Val>>,
    ) -> Result<T, CallError> {
        self.simulate(contract, function, args, &[])
            .map(|val| self.from_val(val))
    }

    /// As [`Self::call`], without effect.
    pub fn simulate(
        &self,
        contract: &Address,
        function: &str,
        args: impl IntoVal<Env, Vec<Val>>,
        authorizations: &[SorobanAuthorizationEntry],
    ) -> Result<Val, CallError> {
        let call = self.invoke_args(contract, function, args);
        let authorization = Authorization::Enforce(authorizations.to_vec());
        let function = HostFunction::InvokeContract(call);
        let outcome = self.run(self.0.relayer.id(), function, authorization);
        self.remember(outcome)
            .0
            .map(|value| convert(self.env(), &value))
    }

    /// A returned value as a type of the SDK or of a contract.
    ///
    /// # Panics
    /// If it has another type.
    pub fn from_val<T: TryFromVal<Env, Val>>(&self, val: Val) -> T {
        let name = std::any::type_name::<T>();
        T::try_from_val(self.env(), &val).unwrap_or_else(|_| panic!("not a {name}: {val:?}"))
    }

    // Contracts.

    /// Uploads a contract's code. Its hash.
    pub fn upload(&self, wasm: &[u8]) -> Result<[u8; 32], CallError> {
        let code = BytesM::try_from(wasm).map_err(|_| CallError::Limit("code bytes".into()))?;
        let source = self.0.relayer.id();
        self.commit(
            source,
            HostFunction::UploadContractWasm(code),
            Authorization::Enforce(vec![]),
        )?;
        Ok(sha256(wasm))
    }

    /// Deploys uploaded code at [`Self::contract_address`] and runs its constructor. `below` is what
    /// the constructor needs from the deployer.
    pub fn deploy(
        &self,
        deployer: &Account,
        wasm_hash: [u8; 32],
        salt: [u8; 32],
        args: impl IntoVal<Env, Vec<Val>>,
        below: &[Invocation],
    ) -> Result<Address, CallError> {
        let args = CreateContractArgsV2 {
            contract_id_preimage: preimage(deployer.address(), salt),
            executable: ContractExecutable::Wasm(Hash(wasm_hash)),
            constructor_args: scvals(self.env(), args).try_into().expect("arguments fit"),
        };
        let tree = SorobanAuthorizedInvocation {
            function: SorobanAuthorizedFunction::CreateContractV2HostFn(args.clone()),
            sub_invocations: Default::default(),
        };
        let tree = Invocation(tree).with_all(below.to_vec());
        let authorization = Authorization::Enforce(vec![by_source(tree)]);
        self.commit(
            deployer.id(),
            HostFunction::CreateContractV2(args),
            authorization,
        )
        .map(|val| self.from_val(val))
    }

    /// Where [`Self::deploy`] puts a contract.
    pub fn contract_address(&self, deployer: &Address, salt: [u8; 32]) -> Address {
        self.address_of(preimage(deployer, salt))
    }

    /// Deploys the contract of a classic asset.
    pub(crate) fn deploy_asset(&self, asset: Asset) -> Result<Address, CallError> {
        let args = CreateContractArgs {
            contract_id_preimage: ContractIdPreimage::Asset(asset),
            executable: ContractExecutable::StellarAsset,
        };
        let source = self.0.relayer.id();
        self.commit(
            source,
            HostFunction::CreateContract(args),
            Authorization::Enforce(vec![]),
        )
        .map(|val| self.from_val(val))
    }

    fn address_of(&self, contract_id_preimage: ContractIdPreimage) -> Address {
        let preimage = HashIdPreimage::ContractId(HashIdPreimageContractId {
            network_id: self.network_id().into(),
            contract_id_preimage,
        });
        self.address(&ScAddress::Contract(ContractId(Hash(sha256(&xdr(
            &preimage,
        ))))))
    }

    /// An address of the network's encoding as one of this chain's [`Env`].
    pub fn address(&self, address: &ScAddress) -> Address {
        Address::try_from_val(self.env(), address).expect("accounts and contracts have addresses")
    }

    // The last call.

    /// What the last call used: [`Self::call`] and its kin, views, uploads and deployments. For a
    /// failed call: instructions and memory up to the failure.
    pub fn last_cost(&self) -> Cost {
        self.0.last.borrow().cost.clone()
    }

    /// Events of the last call; none if it failed.
    pub fn last_events(&self) -> std::vec::Vec<Event> {
        let events = self.0.last.borrow().events.clone();
        events
            .into_iter()
            .filter_map(|event| Event::new(self.env(), event))
            .collect()
    }

    /// Events of the last call that have this name (first topic).
    pub fn last_events_named(&self, name: &str) -> std::vec::Vec<Event> {
        let mut events = self.last_events();
        events.retain(|event| event.name().as_deref() == Some(name));
        events
    }

    /// Who had to authorise what for the last call, and did; nothing if it failed. Found by running it
    /// again without authorisations on the state that it ran on.
    pub fn last_authorizations(&self) -> std::vec::Vec<(Address, Invocation)> {
        let Some(call) = self.0.last.borrow().call.clone() else {
            return vec![];
        };
        let job = Job {
            ledger: &Rc::new(RefCell::new(call.ledger.clone())),
            info: &call.info,
            source: call.source.clone(),
            function: call.function.clone(),
            authorization: Authorization::Record,
            metering: Metering::Fast,
            profile: false,
            trace: false,
            seed: call.seed,
        };
        let recorded = execute(job, &self.0.cache).recorded;
        recorded
            .into_iter()
            .map(|(address, tree)| {
                let address = address.unwrap_or_else(|| ScAddress::Account(call.source.clone()));
                (self.address(&address), Invocation(tree))
            })
            .collect()
    }

    /// The calls within the last call, if [`Self::set_profiling`] is on.
    pub fn last_profile(&self) -> Option<Frame> {
        self.0.last.borrow().profile.clone()
    }

    /// Chooses how [`Self::last_cost`] counts: [`Metering::Fast`] at first.
    pub fn set_metering(&self, metering: Metering) {
        self.0.metering.set(metering);
    }

    /// Records the calls within each call, which is slow.
    pub fn set_profiling(&self, on: bool) {
        self.0.profiling.set(on);
    }

    /// Prints the host's diagnostics of every failed call. On from the start if the environment has
    /// `BALLAST_TRACE`.
    pub fn set_tracing(&self, on: bool) {
        self.0.tracing.set(on);
    }

    // State.

    /// The state, to go back to.
    pub fn snapshot(&self) -> Snapshot {
        let ledger = self.0.ledger.borrow();
        Snapshot {
            entries: ledger
                .iter()
                .map(|(key, (entry, live_until))| {
                    (key.as_ref().clone(), (entry.as_ref().clone(), *live_until))
                })
                .collect(),
            info: self.0.info.borrow().clone(),
            counter: self.0.counter.get(),
            cache: self.0.cache.borrow().clone(),
        }
    }

    /// A new chain in this state.
    pub fn from_snapshot(snapshot: &Snapshot) -> Self {
        let chain = Self::with_state(snapshot.info.clone(), snapshot.counter);
        *chain.0.cache.borrow_mut() = snapshot.cache.clone();
        chain.restore(snapshot);
        chain
    }

    /// A copy of this chain that goes its own way from here: cheap, in the same thread. Addresses and
    /// values belong to the chain that made them: take accounts by name and the rest by their `on`.
    pub fn fork(&self) -> Self {
        let fork = Self::with_state(self.0.info.borrow().clone(), self.0.counter.get());
        *fork.0.ledger.borrow_mut() = self.0.ledger.borrow().clone();
        *fork.0.cache.borrow_mut() = self.0.cache.borrow().clone();
        fork.set_metering(self.0.metering.get());
        fork
    }

    /// Goes back to a state.
    pub fn restore(&self, snapshot: &Snapshot) {
        let mut ledger = Ledger::default();
        for (key, (entry, live_until)) in &snapshot.entries {
            let entry: EntryWithLiveUntil = (Rc::new(entry.clone()), *live_until);
            ledger.put(Rc::new(key.clone()), Some(entry));
        }
        *self.0.ledger.borrow_mut() = ledger;
        *self.0.info.borrow_mut() = snapshot.info.clone();
        self.0.counter.set(snapshot.counter);
    }

    /// Restores all code whose life is over, as anybody may by transactions that do nothing else. A
    /// call restores what it touches by itself, but the codes that a step runs together exceed what
    /// one transaction may write.
    pub fn restore_expired_code(&self) {
        let live_until = self.sequence() + limits::MIN_PERSISTENT_TTL - 1;
        let mut ledger = self.0.ledger.borrow_mut();
        ledger.restore_code(self.sequence(), live_until);
    }

    /// Hash over all entries and their lives: equal where nothing changed.
    pub fn state_hash(&self) -> [u8; 32] {
        let mut bytes = std::vec::Vec::new();
        for (key, (entry, live_until)) in self.0.ledger.borrow().iter() {
            bytes.extend(xdr(key.as_ref()));
            bytes.extend(xdr(entry.as_ref()));
            bytes.extend(live_until.unwrap_or(0).to_be_bytes());
        }
        sha256(&bytes)
    }

    /// Number of entries on the ledger.
    pub fn entry_count(&self) -> usize {
        self.0.ledger.borrow().len()
    }

    /// An entry as it stands.
    pub fn entry(&self, key: &LedgerKey) -> Option<LedgerEntryData> {
        self.0
            .ledger
            .borrow()
            .get(key)
            .map(|(entry, _)| entry.data.clone())
    }

    /// The last ledger that a contract entry lives in, if it is there.
    pub fn live_until(&self, key: &LedgerKey) -> Option<u32> {
        self.0.ledger.borrow().get(key)?.1
    }

    pub(crate) fn put_classic(&self, key: LedgerKey, data: LedgerEntryData) {
        self.0
            .ledger
            .borrow_mut()
            .put_classic(key, data, self.sequence());
    }

    pub(crate) fn next_nonce(&self) -> i64 {
        self.count() as i64
    }

    fn count(&self) -> u64 {
        let next = self.0.counter.get() + 1;
        self.0.counter.set(next);
        next
    }

    fn invoke_args(
        &self,
        contract: &Address,
        function: &str,
        args: impl IntoVal<Env, Vec<Val>>,
    ) -> InvokeContractArgs {
        InvokeContractArgs {
            contract_address: contract.into(),
            function_name: symbol(function),
            args: scvals(self.env(), args)
                .try_into()
                .expect("arguments fit into a call"),
        }
    }

    fn run(&self, source: AccountId, function: HostFunction, auth: Authorization) -> Outcome {
        let inner = &self.0;
        let info = inner.info.borrow();
        let job = Job {
            ledger: &inner.ledger,
            info: &info,
            source,
            function,
            authorization: auth,
            metering: inner.metering.get(),
            profile: inner.profiling.get(),
            trace: inner.tracing.get(),
            seed: self.seed(),
        };
        execute(job, &inner.cache)
    }

    /// The network derives the seed from hashes that nobody knows beforehand.
    fn seed(&self) -> [u8; 32] {
        let mut seed = self.0.counter.get().to_be_bytes().to_vec();
        seed.extend(self.sequence().to_be_bytes());
        sha256(&seed)
    }

    fn commit(
        &self,
        source: AccountId,
        function: HostFunction,
        auth: Authorization,
    ) -> Result<Val, CallError> {
        if self.count().is_multiple_of(EVICTION_PERIOD) {
            self.0.ledger.borrow_mut().evict_expired(self.sequence());
        }
        let call = Executed {
            ledger: self.0.ledger.borrow().clone(),
            info: self.0.info.borrow().clone(),
            source: source.clone(),
            function: function.clone(),
            seed: self.seed(),
        };
        let outcome = self.run(source, function, auth);
        let (result, changes, code_keys) = self.remember(outcome);
        if result.is_ok() {
            self.0.last.borrow_mut().call = Some(Rc::new(call));
        }
        let mut ledger = self.0.ledger.borrow_mut();
        for (key, value) in changes {
            ledger.put(key, value);
        }
        drop(ledger);
        self.cache_modules(&code_keys);
        result.map(|value| convert(self.env(), &value))
    }

    #[allow(clippy::type_complexity)]
    fn remember(
        &self,
        outcome: Outcome,
    ) -> (
        Result<ScVal, CallError>,
        std::vec::Vec<(Rc<LedgerKey>, Option<EntryWithLiveUntil>)>,
        std::vec::Vec<Rc<LedgerKey>>,
    ) {
        *self.0.last.borrow_mut() = Last {
            cost: outcome.cost,
            events: outcome.events,
            profile: outcome.profile.map(|call| self.profile(call)),
            call: None,
        };
        (outcome.result, outcome.changes, outcome.code_keys)
    }

    /// A profile with contracts in their usual form. What the host does around the only call is told as
    /// that call's own.
    fn profile(&self, mut host: Call) -> Frame {
        match host.calls.len() {
            1 => {
                let call = host.calls.remove(0);
                let (instructions, memory_bytes) = (host.instructions, host.memory_bytes);
                self.frame(Call {
                    instructions,
                    memory_bytes,
                    ..call
                })
            }
            _ => self.frame(host),
        }
    }

    fn frame(&self, call: Call) -> Frame {
        let contract = call
            .contract
            .map(|id| self.address(&ScAddress::Contract(id)));
        Frame {
            contract: contract.map_or_else(String::new, |id| id.to_string().to_string()),
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

    /// Parses the contracts that a call touched, for the next call.
    fn cache_modules(&self, code_keys: &[Rc<LedgerKey>]) {
        let cache = self.0.cache.borrow();
        let Some(cache) = cache.as_ref() else { return };
        for key in code_keys {
            let LedgerKey::ContractCode(code) = key.as_ref() else {
                continue;
            };
            if cache.contains_module(&code.hash).unwrap_or(true) {
                continue;
            }
            if let Some(LedgerEntryData::ContractCode(entry)) = self.entry(key) {
                let inputs = match entry.ext {
                    ContractCodeEntryExt::V0 => VersionedContractCodeCostInputs::V0 {
                        wasm_bytes: entry.code.len(),
                    },
                    ContractCodeEntryExt::V1(v1) => {
                        VersionedContractCodeCostInputs::V1(v1.cost_inputs)
                    }
                };
                // What does not parse is left to the host, which says so.
                let _ = cache.parse_and_cache_module(
                    &unmetered_host(),
                    limits::PROTOCOL,
                    &entry.hash,
                    &entry.code,
                    inputs,
                );
            }
        }
    }
}

fn preimage(deployer: &Address, salt: [u8; 32]) -> ContractIdPreimage {
    ContractIdPreimage::Address(ContractIdPreimageFromAddress {
        address: deployer.into(),
        salt: Uint256(salt),
    })
}

fn unmetered_host() -> Host {
    let free = || ContractCostParams(Default::default());
    let budget = Budget::try_from_configs(u64::MAX, u64::MAX, free(), free()).unwrap_or_default();
    Host::with_storage_and_budget(Storage::default(), budget)
}

fn new_cache() -> Option<ModuleCache> {
    ModuleCache::new(&unmetered_host()).ok()
}
