//! A ledger that is written down.

use ballast_ledger::{ClosedLedger, Ledger, Limits, Read, SubmitStatus};
use ballast_sandbox::{
    persist::{Beginning, Marks, Opening, Restored, Settings, StateFileError, Store, Wanted},
    scenario::{Options, Scenario},
};
use ballast_transaction::{Builder, KeyPair, Network};
use std::{
    path::{Path, PathBuf},
    sync::Arc,
};
use stellar_xdr::curr::{Asset, CreateAccountOp, OperationBody, PaymentOp, TransactionEnvelope};

pub const SETTINGS: Settings = Settings {
    scenario: Scenario::Bare,
    limits: Limits::Testnet,
    seed: 7,
};
pub const HISTORY: u32 = 50;
const START: u64 = 1_800_000_000;

pub fn temporary(name: &str) -> PathBuf {
    let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join("state");
    std::fs::create_dir_all(&directory).unwrap();
    let path = directory.join(name);
    let _ = std::fs::remove_file(&path);
    path
}

/// A new file each time: file systems wait for the disk where one is cut to nothing and written again.
pub fn write(path: &Path, bytes: &[u8]) {
    let _ = std::fs::remove_file(path);
    std::fs::write(path, bytes).unwrap();
}

/// A ledger and its file. Ledger `n` closes at second `n`, so that runs can be compared.
pub struct Kept {
    pub ledger: Ledger,
    pub store: Store,
    pub marks: Marks,
    pub clock: i64,
}

impl Kept {
    pub fn new(path: &Path) -> Self {
        let wanted = Wanted::default();
        let opening = Store::open(path, &Network::default(), HISTORY, &wanted).unwrap();
        let Opening::New(place) = opening else {
            panic!("there is a file");
        };
        let (ledger, directory) = SETTINGS
            .scenario
            .build(Options {
                limits: SETTINGS.limits,
                seed: SETTINGS.seed,
                history_ledgers: HISTORY,
                now: START,
            })
            .unwrap();
        let beginning = Beginning {
            settings: SETTINGS,
            directory,
        };
        Self {
            store: Store::begin(place, &beginning, &ledger).unwrap(),
            ledger,
            marks: Marks::new(),
            clock: 0,
        }
    }

    pub fn open(path: &Path) -> Self {
        let restored = restored(path).unwrap();
        assert_eq!(restored.beginning.settings, SETTINGS);
        Self::from(restored)
    }

    pub fn from(restored: Restored) -> Self {
        Self {
            ledger: restored.ledger,
            store: restored.store,
            marks: restored.marks,
            clock: restored.clock,
        }
    }

    /// Closes a ledger with these transactions and writes it down.
    pub fn close(&mut self, transactions: Vec<TransactionEnvelope>) -> Arc<ClosedLedger> {
        for envelope in transactions {
            let submitted = self.ledger.submit(envelope);
            assert_eq!(submitted.status, SubmitStatus::Pending);
        }
        let closed = self.ledger.close(self.next_time());
        self.store.closed(&closed).unwrap();
        self.store
            .compact(&self.ledger, &self.marks, self.clock)
            .unwrap();
        closed
    }

    pub fn next_time(&self) -> u64 {
        START + u64::from(self.ledger.header().ledger_seq)
    }

    /// Root creates an account or pays one.
    pub fn payment(&self, name: &str) -> TransactionEnvelope {
        let network = Network::default();
        let (root, to) = (KeyPair::from_seed(network.id()), KeyPair::from_name(name));
        let state = self.ledger.state();
        let body = match state.account(&to.account_id()) {
            None => OperationBody::CreateAccount(CreateAccountOp {
                destination: to.account_id(),
                starting_balance: 100_0000000,
            }),
            Some(_) => OperationBody::Payment(PaymentOp {
                destination: to.muxed(),
                asset: Asset::Native,
                amount: 1,
            }),
        };
        let sequence = state.account(&root.account_id()).unwrap().seq_num.0 + 1;
        Builder::new(root.muxed(), sequence)
            .operation(body)
            .sign(&network, &[&root])
    }

    /// Closes so many ledgers, every third without a transaction.
    pub fn go_on(&mut self, ledgers: u32) {
        for number in 0..ledgers {
            let paid = (number % 3 != 2).then(|| self.payment(&format!("account {}", number % 5)));
            self.close(paid.into_iter().collect());
        }
    }
}

pub fn open_with(path: &Path, history: u32, wanted: &Wanted) -> Result<Restored, StateFileError> {
    match Store::open(path, &Network::default(), history, wanted)? {
        Opening::Restored(restored) => Ok(*restored),
        Opening::New(_) => panic!("there is no file"),
    }
}

pub fn restored(path: &Path) -> Result<Restored, StateFileError> {
    open_with(path, HISTORY, &Wanted::default())
}

/// The same state, the same history with everything that a client can ask.
pub fn assert_same(left: &Ledger, right: &Ledger) {
    assert_eq!(left.header(), right.header());
    assert_eq!(left.hash(), right.hash());
    assert!(left.state().iter().eq(right.state().iter()));
    assert_eq!(left.fee_stats(), right.fee_stats());
    let (left, right) = (left.history(), right.history());
    assert_eq!(left.from(0).count(), right.from(0).count());
    for (left, right) in left.from(0).zip(right.from(0)) {
        assert_eq!(left.meta(), right.meta());
        assert_eq!(left.transactions.len(), right.transactions.len());
        for (left, right) in left.transactions.iter().zip(&right.transactions) {
            assert_eq!(left.hash, right.hash);
            assert_eq!(left.envelope, right.envelope);
            assert_eq!(left.result, right.result);
            assert_eq!(left.meta, right.meta);
            assert_eq!(left.index, right.index);
            assert_eq!(left.cost, right.cost);
            assert_eq!(left.diagnostics, right.diagnostics);
        }
    }
}
