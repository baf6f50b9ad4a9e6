//! The ledger: what validators agree on, in one process.

use crate::{
    apply::{apply, charge_fee, refund},
    close::no_meta,
    expiry::Expiry,
    header::{first, next, seal},
    lumens::lumens,
    modules::Modules,
    queue::{account_of, failure, Refusal},
    record,
    simulate::simulate,
    soroban::check_resources,
    validity, Applied, ClosedLedger, ClosedTransaction, Context, Cost, Entry, FeeStats, Frame,
    History, Limits, NetworkConfig, Queue, Read, Recorded, Request, Simulation, SimulationOptions,
    State, SubmitStatus, Submitted,
};
use ballast_transaction::{sha256, KeyPair, Network};
use std::sync::Arc;
use stellar_xdr::curr::{
    AccountEntry, AccountEntryExt, DiagnosticEvent, LedgerEntryData, LedgerHeader,
    LedgerHeaderHistoryEntry, LedgerKey, SequenceNumber, Thresholds, TransactionEnvelope,
    TransactionResult, TransactionResultResult,
};

/// How a ledger begins.
#[derive(Clone, Debug)]
pub struct Genesis {
    /// The network.
    pub network: Network,
    /// Whose limits and fees.
    pub limits: Limits,
    /// Sequence number of the first closed ledger, at least 1.
    pub sequence: u32,
    /// Its close time, unix seconds.
    pub close_time: u64,
    /// How many closed ledgers are kept. 0: none.
    pub history_ledgers: u32,
}

impl Default for Genesis {
    /// The standalone network with the main network's limits, keeping a day of ledgers.
    fn default() -> Self {
        Self {
            network: Network::default(),
            limits: Limits::default(),
            sequence: 1,
            close_time: 0,
            history_ledgers: 17_280,
        }
    }
}

/// A ledger: state, queue, the ledger being built and the closed ones that are kept.
///
/// A clone is cheap: entries and closed ledgers are shared until one side changes.
#[derive(Clone)]
pub struct Ledger {
    pub(crate) network: Network,
    pub(crate) limits: Limits,
    pub(crate) config: Arc<NetworkConfig>,
    pub(crate) state: State,
    pub(crate) last: LedgerHeaderHistoryEntry,
    pub(crate) building: LedgerHeader,
    /// Was the ledger being built jumped to?
    pub(crate) jumped: bool,
    /// What was executed in it.
    pub(crate) executed: Vec<Arc<ClosedTransaction>>,
    pub(crate) queue: Queue,
    pub(crate) history: Arc<History>,
    pub(crate) modules: Modules,
    pub(crate) expiry: Expiry,
}

/// Everything as it stood at a moment.
#[derive(Clone)]
pub struct Checkpoint(Ledger);

impl Ledger {
    /// A new ledger: the root account has every lumen, and one ledger is closed.
    pub fn genesis(genesis: Genesis) -> Self {
        let sequence = genesis.sequence.max(1);
        let operations = max_operations(genesis.limits);
        let header = first(sequence, genesis.close_time, operations);
        let mut state = State::default();
        NetworkConfig::install(genesis.limits, &mut state);
        state.put(root_account(&genesis.network, header.total_coins, sequence));
        Self::found(
            genesis.network,
            genesis.limits,
            genesis.history_ledgers,
            header,
            state,
        )
    }

    /// A ledger whose first closed one has this header and this state.
    pub(crate) fn found(
        network: Network,
        limits: Limits,
        history_ledgers: u32,
        header: LedgerHeader,
        state: State,
    ) -> Self {
        let mut ledger = Self {
            network,
            limits,
            config: Arc::new(NetworkConfig::load(&state)),
            state,
            last: seal(header.clone()),
            building: header,
            jumped: false,
            executed: Vec::new(),
            queue: Queue::default(),
            history: Arc::new(History::new(history_ledgers)),
            modules: Modules::default(),
            expiry: Expiry::default(),
        };
        ledger.seal_first();
        ledger
    }

    /// Checks a transaction and queues it.
    pub fn submit(&mut self, envelope: TransactionEnvelope) -> Submitted {
        let frame = match Frame::new(&self.network, envelope) {
            Ok(frame) => frame,
            Err(_) => {
                let result = failure(TransactionResultResult::TxMalformed, 0);
                return Submitted {
                    hash: [0; 32],
                    status: error(result, Vec::new()),
                };
            }
        };
        let hash = frame.hash();
        let status = self.submit_frame(frame);
        Submitted { hash, status }
    }

    fn submit_frame(&mut self, frame: Frame) -> SubmitStatus {
        let config = &self.config;
        let valid = || !frame.is_soroban() || check_resources(config, &frame).is_ok();
        let diagnose = |result: &TransactionResult| -> Vec<DiagnosticEvent> {
            let invalid = result.result == TransactionResultResult::TxSorobanInvalid;
            let diagnostic = invalid.then(|| validity::diagnose(config, &frame));
            diagnostic.flatten().into_iter().collect()
        };
        let refuse = |result: TransactionResult| {
            let diagnostics = diagnose(&result);
            error(result, diagnostics)
        };
        let place = match self.queue.place(&frame, config, &self.building, valid) {
            Ok(place) => place,
            Err(Refusal::Duplicate) => return SubmitStatus::Duplicate,
            Err(Refusal::TryAgainLater) => return SubmitStatus::TryAgainLater,
            Err(Refusal::Error(code, fee)) => return refuse(failure(code, fee)),
        };
        if let Err(result) = validity::check(&self.state, config, &self.building, &frame) {
            return refuse(result);
        }
        if !self.queue.can_pay(&self.state, &self.building, &frame) {
            return refuse(failure(TransactionResultResult::TxInsufficientBalance, 0));
        }
        self.queue.add(Arc::new(frame), place);
        SubmitStatus::Pending
    }

    /// Checks a transaction and applies it at once to the ledger being built, of which it is a part when
    /// that closes. For harnesses: no queue, no limits of the ledger, the ledger's base fee for inclusion.
    /// One that is not valid changes nothing and is part of nothing.
    pub fn execute(&mut self, envelope: TransactionEnvelope) -> Applied {
        let Ok(frame) = Frame::new(&self.network, envelope) else {
            return rejected(failure(TransactionResultResult::TxMalformed, 0));
        };
        if let Err(result) = validity::check(&self.state, &self.config, &self.building, &frame) {
            let mut applied = rejected(result);
            if applied.result.result == TransactionResultResult::TxSorobanInvalid {
                let diagnostic = validity::diagnose(&self.config, &frame);
                applied.diagnostics.extend(diagnostic);
            }
            return applied;
        }
        let asked = i64::from(self.building.base_fee) * frame.operations_paid().max(1);
        let place = self.executed.len();
        let seed = execution_seed(&self.last);
        let state = &mut self.state;
        let mut context = Context {
            network: &self.network,
            config: &self.config,
            header: &mut self.building,
            cache: self.modules.cache(state),
            seed,
            changes: self.history.window() > 0,
            // Of failures they are told in any case.
            diagnostics: self.history.window() > 0,
        };
        let (fee, fee_changes) = charge_fee(state, &mut context, &frame, asked);
        let mut applied = apply(state, &mut context, &frame, fee, place as u64);
        applied.fee_changes = fee_changes;
        refund(state, &mut context, &frame, &mut applied);
        let mut told = applied.clone();
        if self.history.window() == 0 {
            told.meta = no_meta();
        }
        let executed = ClosedTransaction::applied(&frame, told, place as u32 + 1);
        self.executed.push(Arc::new(executed));
        applied
    }

    /// Runs a call on the ledger being built and finds what it needs. Nothing is changed.
    pub fn record(&self, request: Request) -> Recorded {
        let info = self.config.ledger_info(&self.building, self.network.id());
        let cache = self.modules.cache(&self.state);
        record(&self.state, &self.config, &info, cache, request)
    }

    /// As [`Self::record`], on another state with a header of its time.
    pub fn record_at(&self, state: &State, header: &LedgerHeader, request: Request) -> Recorded {
        let info = self.config.ledger_info(header, self.network.id());
        let cache = self.modules.cache(&self.state);
        record(state, &self.config, &info, cache, request)
    }

    /// Simulates a transaction's one operation on the last closed ledger, as a Stellar RPC does; on the one
    /// being built if something was executed in it.
    pub fn simulate(
        &self,
        envelope: &TransactionEnvelope,
        options: &SimulationOptions,
    ) -> Simulation {
        let header = match self.executed.is_empty() {
            true => &self.last.header,
            false => &self.building,
        };
        let info = self.config.ledger_info(header, self.network.id());
        simulate(&self.state, &self.config, &info, envelope, options)
    }

    /// Makes this the next ledger to be built; none in between exist. What was executed so far is closed
    /// before, unless only the time moves. Neither sequence number nor time go back.
    pub fn jump(&mut self, sequence: u32, close_time: u64) {
        if !self.executed.is_empty() && sequence != self.building.ledger_seq {
            self.close(self.building.scp_value.close_time.0);
        }
        let last = &self.last.header;
        self.building.ledger_seq = sequence.max(last.ledger_seq.saturating_add(1));
        self.building.scp_value.close_time.0 = close_time.max(last.scp_value.close_time.0);
        self.jumped = true;
    }

    /// Puts an entry from outside of any transaction. Lumens that come or go with it are accounted for in
    /// the ledger's total. For harnesses.
    pub fn edit(&mut self, entry: Entry) {
        let key = crate::key_of(&entry.entry);
        let coins = lumens(&self.network, &entry.entry);
        self.account_for(&key, coins);
        let setting = matches!(key, LedgerKey::ConfigSetting(_));
        self.state.put(entry);
        if setting {
            self.config = Arc::new(NetworkConfig::load(&self.state));
        }
    }

    /// Removes an entry from outside of any transaction. For harnesses.
    pub fn erase(&mut self, key: &LedgerKey) {
        self.account_for(key, 0);
        self.state.remove(key.clone());
    }

    fn account_for(&mut self, key: &LedgerKey, coins: i128) {
        let before = self.state.get(key);
        let before = before.map_or(0, |entry| lumens(&self.network, &entry.entry));
        let total = i128::from(self.building.total_coins) + coins - before;
        self.building.total_coins = i64::try_from(total).unwrap_or(i64::MAX);
    }

    /// The state of the ledger being built: the last closed one's and what was executed since.
    pub fn state(&self) -> &State {
        &self.state
    }

    /// The last closed ledger's header.
    pub fn header(&self) -> &LedgerHeader {
        &self.last.header
    }

    /// Hash of the last closed ledger.
    pub fn hash(&self) -> [u8; 32] {
        self.last.hash.0
    }

    /// The header of the ledger being built, as far as it is known: sequence number, expected close time,
    /// base fee and reserve, fee pool.
    pub fn building(&self) -> &LedgerHeader {
        &self.building
    }

    /// What was executed in the ledger being built.
    pub fn executed(&self) -> &[Arc<ClosedTransaction>] {
        &self.executed
    }

    /// The network.
    pub fn network(&self) -> &Network {
        &self.network
    }

    /// Its configuration.
    pub fn config(&self) -> &NetworkConfig {
        &self.config
    }

    /// Whose limits they were in the beginning.
    pub fn limits(&self) -> Limits {
        self.limits
    }

    /// The closed ledgers that are kept.
    pub fn history(&self) -> &History {
        &self.history
    }

    /// What was paid to be included in the last ledgers.
    pub fn fee_stats(&self) -> FeeStats {
        self.history.fee_stats()
    }

    /// Transactions that wait.
    pub fn queue(&self) -> &Queue {
        &self.queue
    }

    /// Everything as it stands, to come back to.
    pub fn checkpoint(&self) -> Checkpoint {
        Checkpoint(self.clone())
    }

    /// Comes back.
    pub fn revert(&mut self, checkpoint: &Checkpoint) {
        let mut modules = std::mem::take(&mut self.modules);
        *self = checkpoint.0.clone();
        modules.become_like(&self.modules, &self.state);
        self.modules = modules;
    }

    /// The last closed ledger, if it is kept.
    pub fn latest(&self) -> Option<&Arc<ClosedLedger>> {
        self.history.latest()
    }

    /// Waiting transactions that can be applied now; the others are dropped. Who cannot pay for everything
    /// that waits for it is served in the order of the accounts.
    pub(crate) fn valid_waiting(&mut self) -> Vec<Arc<Frame>> {
        let mut spent = std::collections::BTreeMap::new();
        let (mut valid, mut invalid) = (Vec::new(), Vec::new());
        for frame in self.queue.frames() {
            let payer = account_of(frame.fee_source());
            let paid: &mut i64 = spent.entry(payer.clone()).or_default();
            let fees = paid.saturating_add(frame.full_fee());
            let available =
                crate::queue::available_balance(&self.state, &self.building, &payer).unwrap_or(0);
            let good = fees <= available
                && validity::check(&self.state, &self.config, &self.building, frame).is_ok();
            if good {
                *paid = fees;
                valid.push(frame.clone());
            } else {
                invalid.push(frame.clone());
            }
        }
        self.queue.ban(&invalid);
        valid
    }

    /// What is known of the ledger after the last closed one.
    pub(crate) fn begin(&mut self) {
        self.building = next(&self.last);
        self.jumped = false;
        self.executed.clear();
    }
}

/// Operations of a ledger's transactions that run no contracts.
pub(crate) fn max_operations(limits: Limits) -> u32 {
    match limits {
        Limits::Unlimited => 1_000_000,
        _ => 1_000,
    }
}

/// The account that has every lumen in the beginning. Its key is the network's id.
pub(crate) fn root_account(network: &Network, balance: i64, sequence: u32) -> Entry {
    let account = AccountEntry {
        account_id: KeyPair::from_seed(network.id()).account_id(),
        balance,
        seq_num: SequenceNumber(0),
        num_sub_entries: 0,
        inflation_dest: None,
        flags: 0,
        home_domain: Default::default(),
        thresholds: Thresholds([1, 0, 0, 0]),
        signers: Default::default(),
        ext: AccountEntryExt::V0,
    };
    Entry::classic(LedgerEntryData::Account(account), sequence)
}

fn error(result: TransactionResult, diagnostics: Vec<DiagnosticEvent>) -> SubmitStatus {
    SubmitStatus::Error {
        result: Box::new(result),
        diagnostics,
    }
}

/// A transaction that was not applied.
fn rejected(result: TransactionResult) -> Applied {
    Applied {
        result,
        meta: no_meta(),
        fee_changes: Default::default(),
        refund_changes: Default::default(),
        cost: Cost::default(),
        diagnostics: Vec::new(),
    }
}

/// Stands in for the hash of a set that is not known yet.
fn execution_seed(last: &LedgerHeaderHistoryEntry) -> [u8; 32] {
    let mut bytes = b"executed".to_vec();
    bytes.extend(last.hash.0);
    sha256(&bytes)
}
