//! `kill -9` at every point between a decision and its confirmation, and a restart: nothing is done twice, nothing
//! is lost, no sequence number is out twice.

mod child;
mod line;
#[path = "../support/mod.rs"]
mod support;

use ballast_client::{
    rpc::{EventFilter, EventQuery, Start},
    value::Address,
};
use ballast_keeper::store::{HistoryFilter, Identity, Store, TransactionStatus};
use ballast_transaction::KeyPair;
use child::Orders;
use line::{HandedIn, Line, Stop};
use std::{
    collections::BTreeMap,
    process::Child,
    time::{Duration, Instant},
};
use stellar_xdr::curr::{CreateAccountOp, OperationBody};
use support::{units, World};
use tempfile::TempDir;

/// A sandbox with a vault at risk, a line to it, and a keeper's orders.
struct Stage {
    world: World,
    line: Line,
    vault: Address,
    orders: Orders,
    channels: Vec<KeyPair>,
    _directory: TempDir,
}

/// A child that does not outlive its test.
struct Killed(Child);

impl Killed {
    fn now(mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
        std::mem::forget(self);
    }
}

impl Drop for Killed {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Stage {
    async fn set(channels: usize, valid_ledgers: u32) -> Self {
        let world = World::start().await;
        let vault = world.vault_at("alice", units("10000"), 0_8800000).await;
        let mut keys = Vec::new();
        for number in 0..channels {
            let key = KeyPair::from_name(&format!("killed {number}"));
            let create = OperationBody::CreateAccount(CreateAccountOp {
                destination: key.account_id(),
                starting_balance: 100_0000000,
            });
            let faucet = world.keys("faucet");
            let done = world.client.operate(&faucet, create);
            let mut done = std::pin::pin!(done);
            loop {
                tokio::select! {
                    done = &mut done => { done.unwrap(); break }
                    () = tokio::time::sleep(Duration::from_millis(20)) => { world.close(1).await; }
                }
            }
            keys.push(key);
        }
        let line = Line::to(&world.url).await;
        let directory = tempfile::tempdir().unwrap();
        let contract = |name| world.contract(name).to_string();
        let orders = Orders {
            url: line.url.clone(),
            database: directory.path().join("keeper.db"),
            keeper: world.keys("bob").secret(),
            channels: keys.iter().map(KeyPair::secret).collect(),
            factory: contract("factory"),
            pool: contract("pool"),
            lens: contract("lens"),
            adapter: contract("adapter"),
            comet: world.deployment.comet[0].contract.to_string(),
            vaults: vec![vault.to_string()],
            valid_ledgers,
        };
        Self {
            world,
            line,
            vault,
            orders,
            channels: keys,
            _directory: directory,
        }
    }

    async fn crash(&self) {
        for _ in 0..2 {
            self.world.pass(300).await;
            self.world.set_prices(&[("XLM", "0.324")]).await;
        }
    }

    fn start(&self) -> Killed {
        Killed(self.orders.start())
    }

    /// Closes ledgers until the vault was stepped, and some more.
    async fn until_stepped(&self) {
        let begun = Instant::now();
        while self.steps().await == 0 {
            assert!(begun.elapsed() < Duration::from_secs(60), "nothing is done");
            self.world.close(1).await;
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        for _ in 0..8 {
            self.world.close(1).await;
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }

    async fn steps(&self) -> usize {
        let query = EventQuery {
            start: Start::Ledger(2),
            end_ledger: None,
            filters: vec![EventFilter::named(
                vec![self.vault.clone()],
                "step_executed",
            )],
            limit: None,
        };
        let page = self.world.client.rpc().events(&query).await.unwrap();
        page.events.len()
    }

    /// What must hold whatever happened. The keeper is dead by now.
    async fn check(&self) {
        let steps = self.steps().await;
        let identity = Identity {
            passphrase: self.world.client.network().passphrase().to_owned(),
            factory: self.world.contract("factory"),
        };
        let store = Store::open(&self.orders.database, &identity).await.unwrap();
        let store = store.store;
        assert!(store.unfinished().await.unwrap().is_empty());
        let rows = store.latest_transactions(1_000).await.unwrap();
        let succeeded = rows
            .iter()
            .filter(|row| row.status == TransactionStatus::Succeeded);
        assert_eq!(succeeded.count(), steps, "{rows:?}");
        // Every decision has an outcome.
        let filter = HistoryFilter {
            limit: 1_000,
            ..HistoryFilter::default()
        };
        for row in store.history(&filter).await.unwrap() {
            assert!(row.decision.outcome.is_some(), "{row:?}");
        }
        // Everything that was handed in was written down before.
        let handed_in = self.line.handed_in();
        for one in &handed_in {
            let known = rows.iter().any(|row| row.envelope_xdr == one.envelope);
            assert!(known, "{one:?}");
        }
        no_number_is_out_twice(&handed_in);
        // The numbers that are used are those of what was applied.
        let applied = rows.iter().filter(|row| {
            matches!(
                row.status,
                TransactionStatus::Succeeded | TransactionStatus::Failed
            )
        });
        let mut last = BTreeMap::new();
        for row in applied {
            let used = last.entry(row.channel.to_string()).or_insert(0);
            *used = row.sequence.max(*used);
        }
        for key in &self.channels {
            let account = self.world.client.account(&key.account_id()).await.unwrap();
            let used = last.get(&key.sc_address().to_string());
            if let Some(used) = used {
                assert_eq!(account.seq_num.0, *used);
            }
        }
    }
}

/// Another envelope of a number is handed in only after the first one's last ledger.
fn no_number_is_out_twice(handed_in: &[HandedIn]) {
    for (index, later) in handed_in.iter().enumerate() {
        for earlier in &handed_in[..index] {
            let same = (&earlier.source, earlier.sequence) == (&later.source, later.sequence);
            if same && earlier.envelope != later.envelope {
                assert!(
                    earlier.last_ledger <= later.at,
                    "{earlier:?} could still be applied when {later:?} was handed in"
                );
            }
        }
    }
}

/// Kills the keeper at a point, lets so many ledgers close, and starts it again.
async fn killed_at(stop: Stop, ledgers: u32) {
    let stage = Stage::set(2, 4).await;
    stage.crash().await;
    stage.line.stop_at(stop);
    let first = stage.start();
    let closing = async {
        loop {
            tokio::time::sleep(Duration::from_millis(100)).await;
            // Until something is in flight nothing must close; for the question after it, something must.
            if stop.method == "getTransaction" && !stage.line.handed_in().is_empty() {
                stage.world.close(1).await;
            }
        }
    };
    tokio::select! {
        () = stage.line.stopped() => {}
        () = closing => {}
        () = tokio::time::sleep(Duration::from_secs(30)) => panic!("it never comes to {stop:?}"),
    }
    first.now();
    stage.line.go_on();
    if ledgers > 0 {
        stage.world.close(ledgers).await;
    }
    let second = stage.start();
    stage.until_stepped().await;
    second.now();
    stage.check().await;
    assert_eq!(stage.steps().await, 1, "{stop:?}, {ledgers} ledgers");
}

macro_rules! points {
    ($($name:ident: $method:literal $after:literal $passing:literal;)*) => {$(
        mod $name {
            use super::{killed_at, Stop};

            const STOP: Stop = Stop { method: $method, after: $after, passing: $passing };

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn restarted_at_once() {
                killed_at(STOP, 0).await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn restarted_after_a_ledger() {
                killed_at(STOP, 1).await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn restarted_when_its_bound_has_passed() {
                killed_at(STOP, 10).await;
            }
        }
    )*};
}

points! {
    killed_before_the_simulation: "simulateTransaction" false 0;
    killed_after_the_simulation: "simulateTransaction" true 0;
    killed_when_it_is_written_down_and_not_sent: "sendTransaction" false 0;
    killed_when_it_is_sent_and_not_answered: "sendTransaction" true 0;
    killed_while_it_is_followed: "getTransaction" false 0;
    killed_before_it_learns_of_the_end: "getTransaction" true 0;
}

/// At any time at all, again and again.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_again_and_again_it_steps_the_vault_once() {
    let stage = Stage::set(3, 3).await;
    stage.crash().await;
    let mut random = fastrand::Rng::with_seed(7);
    for _ in 0..6 {
        let child = stage.start();
        for _ in 0..random.u32(1..12) {
            tokio::time::sleep(Duration::from_millis(random.u64(20..120))).await;
            if random.bool() {
                stage.world.close(1).await;
            }
        }
        child.now();
    }
    let last = stage.start();
    stage.until_stepped().await;
    last.now();
    stage.check().await;
    assert_eq!(stage.steps().await, 1);
}
