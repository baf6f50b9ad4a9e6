mod accounts;
mod calls;
mod checkpoint;
mod last;
mod send;

pub use checkpoint::{Checkpoint, Snapshot};

use crate::{limits::SECONDS_PER_LEDGER, values::Values, Account, Cost, Frame};
use ballast_ledger::{Genesis, Ledger, Limits, State};
use ballast_transaction::{sha256, KeyPair, Network};
use soroban_sdk::{
    xdr::{AccountId, ContractEvent, HostFunction, LedgerHeader, ScAddress, TransactionResult},
    Address, Env, TryFromVal,
};
use std::{
    cell::{Cell, RefCell},
    rc::Rc,
};

/// Passphrase of the network that transactions are signed for.
pub const NETWORK_PASSPHRASE: &str = Network::STANDALONE;
/// Ledgers that the signatures made by the chain's own helpers are good for.
pub const SIGNATURE_LEDGERS: u32 = 100;
/// Sequence number of the first ledger.
pub const FIRST_LEDGER: u32 = 59_000_000;
/// Close time of the first ledger, seconds: 2025-10-10 20:00 UTC, half an hour before the crash.
pub const FIRST_TIMESTAMP: u64 = 1_760_126_400;

/// What the keys of accounts are made of, before their names.
const NAMES: &str = "ballast account ";

/// A Stellar chain in process, on the simulated ledger. Cheap to clone: clones are the same chain.
///
/// Every call is a transaction of its own: recorded to find its footprint and resources, built, signed, and
/// applied the way a validator does it, with its signatures, limits and fees. An account that nobody knows,
/// the relayer's, sends and pays for all of them, so that balances move only by what calls do. The [`Env`]
/// of [`Chain::env`] only makes values; no contract runs in it.
#[derive(Clone)]
pub struct Chain(Rc<Inner>);

struct Inner {
    values: Values,
    ledger: RefCell<Ledger>,
    names: String,
    relayer: Account,
    root: Account,
    last: RefCell<Last>,
    counter: Cell<u64>,
    profiling: Cell<bool>,
    tracing: Cell<bool>,
}

/// What is known of the last call.
#[derive(Default)]
struct Last {
    cost: Cost,
    result: Option<TransactionResult>,
    events: Vec<ContractEvent>,
    profile: Option<Frame>,
    call: Option<Rc<Executed>>,
}

/// A call that ended well, and the state that it ran on.
struct Executed {
    state: State,
    header: LedgerHeader,
    source: AccountId,
    function: HostFunction,
}

impl Default for Chain {
    fn default() -> Self {
        Self::new()
    }
}

impl Chain {
    /// A chain with nothing on it at [`FIRST_LEDGER`] and [`FIRST_TIMESTAMP`].
    pub fn new() -> Self {
        Self::at(FIRST_LEDGER, FIRST_TIMESTAMP)
    }

    /// A chain with nothing on it at this ledger and time (unix seconds).
    pub fn at(sequence: u32, timestamp: u64) -> Self {
        let mut ledger = Ledger::genesis(Genesis {
            network: Network::new(NETWORK_PASSPHRASE),
            limits: Limits::Mainnet,
            sequence: sequence - 1,
            close_time: timestamp - SECONDS_PER_LEDGER,
            history_ledgers: 0,
        });
        ledger.jump(sequence, timestamp);
        Self::on(ledger, NAMES)
    }

    /// A chain on a ledger as it is given, with its history. Keys of accounts follow from `names` and the
    /// accounts' own names.
    pub fn on(ledger: Ledger, names: &str) -> Self {
        let chain = Self::over(ledger, names, 0);
        chain.create_relayer();
        chain
    }

    fn over(ledger: Ledger, names: &str, counter: u64) -> Self {
        let network_id = ledger.network().id();
        let values = Values::new(&ledger.config().ledger_info(ledger.building(), network_id));
        let account = |name: &str| {
            let key = KeyPair::from_name(&format!("{names}{name}"));
            Account::new(values.env(), name, key)
        };
        let relayer = account("relayer");
        let root = Account::new(values.env(), "root", KeyPair::from_seed(network_id));
        Self(Rc::new(Inner {
            values,
            ledger: RefCell::new(ledger),
            names: names.to_string(),
            relayer,
            root,
            last: RefCell::default(),
            counter: Cell::new(counter),
            profiling: Cell::new(false),
            tracing: Cell::new(std::env::var_os("BALLAST_TRACE").is_some()),
        }))
    }

    /// Makes values: addresses, vectors, bytes.
    pub fn env(&self) -> &Env {
        self.0.values.env()
    }

    /// The ledger as it stands. A copy, and cheap.
    pub fn ledger(&self) -> Ledger {
        self.0.ledger.borrow().clone()
    }

    // Ledgers and time.

    /// Sequence number of the ledger being built.
    pub fn sequence(&self) -> u32 {
        self.0.ledger.borrow().building().ledger_seq
    }

    /// Close time of the ledger being built, unix seconds.
    pub fn timestamp(&self) -> u64 {
        self.0.ledger.borrow().building().scp_value.close_time.0
    }

    /// Goes `count` ledgers on, 5 s each.
    pub fn advance_ledgers(&self, count: u32) {
        let seconds = u64::from(count) * SECONDS_PER_LEDGER;
        self.jump(self.sequence() + count, self.timestamp() + seconds);
    }

    /// Lets time pass, and goes a ledger on for every 5 s of it. Ledgers close on multiples of 5 s.
    pub fn advance_seconds(&self, seconds: u64) {
        let now = self.timestamp();
        let later = now + seconds;
        let ledgers = later / SECONDS_PER_LEDGER - now / SECONDS_PER_LEDGER;
        let ledgers = u32::try_from(ledgers).expect("fewer ledgers than a u32 counts");
        self.jump(self.sequence() + ledgers, later);
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

    /// Closes the ledger being built, and begins the next one at this time (unix seconds).
    pub fn close_ledger(&self, next_timestamp: u64) {
        let now = self.timestamp();
        self.0.ledger.borrow_mut().close(now);
        self.jump(self.sequence(), next_timestamp);
    }

    fn jump(&self, sequence: u32, timestamp: u64) {
        self.0.ledger.borrow_mut().jump(sequence, timestamp);
    }

    /// The network.
    pub fn network(&self) -> Network {
        self.0.ledger.borrow().network().clone()
    }

    /// Hash of the passphrase, which signatures are bound to.
    pub fn network_id(&self) -> [u8; 32] {
        self.0.ledger.borrow().network().id()
    }

    /// An address of the network's encoding as one of this chain's [`Env`].
    pub fn address(&self, address: &ScAddress) -> Address {
        Address::try_from_val(self.env(), address).expect("accounts and contracts have addresses")
    }

    pub(crate) fn next_nonce(&self) -> i64 {
        self.count() as i64
    }

    fn count(&self) -> u64 {
        let next = self.0.counter.get() + 1;
        self.0.counter.set(next);
        next
    }

    /// Seed of a recorded run. The network's own comes from hashes that nobody knows beforehand.
    fn seed(&self) -> [u8; 32] {
        sha256(&self.0.counter.get().to_be_bytes())
    }
}
