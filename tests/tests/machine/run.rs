//! Draws histories by their number, on every thread, and sums up what happened.

use crate::action::Action;
use crate::draw::history;
use crate::tally::Tally;
use crate::world::World;
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::panic::{catch_unwind, AssertUnwindSafe};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::Mutex;
use std::time::{Duration, Instant};

/// Different failures after which a run ends early.
const MOST_FAILURES: usize = 5;

/// How much is run.
pub struct Settings {
    pub sequences: u64,
    pub actions: usize,
    pub threads: usize,
    pub first: u64,
}

impl Settings {
    pub fn from_environment() -> Self {
        let number = |name: &str, default: u64| match std::env::var(name) {
            Ok(text) => text.parse().unwrap_or_else(|_| panic!("{name}: {text}")),
            Err(_) => default,
        };
        let cores = std::thread::available_parallelism().map_or(1, |cores| cores.get());
        Self {
            sequences: number("BALLAST_SEQUENCES", 64),
            actions: number("BALLAST_ACTIONS", 40) as usize,
            threads: number("BALLAST_THREADS", cores as u64) as usize,
            first: number("BALLAST_FIRST", 0),
        }
    }
}

/// What the threads share.
struct Shared<'a> {
    settings: &'a Settings,
    next: AtomicU64,
    actions: AtomicU64,
    tally: Mutex<Tally>,
    /// By the place of the check, one for each.
    failures: Mutex<BTreeMap<String, String>>,
}

/// Runs the histories.
///
/// # Panics
/// With the shortest history found that breaks a promise.
pub fn run(settings: &Settings) -> Tally {
    let start = Instant::now();
    note_panics();
    let shared = Shared {
        settings,
        next: AtomicU64::new(0),
        actions: AtomicU64::new(0),
        tally: Mutex::default(),
        failures: Mutex::default(),
    };
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..settings.threads)
            .map(|_| scope.spawn(|| work(&shared)))
            .collect();
        let mut minute = 1;
        while !workers.iter().all(|worker| worker.is_finished()) {
            std::thread::sleep(Duration::from_millis(200));
            if start.elapsed().as_secs() >= 60 * minute {
                minute += 1;
                report(&shared, start);
            }
        }
    });
    report(&shared, start);
    let tally = shared.tally.into_inner().expect("no thread panicked");
    println!("{}", tally.table());
    let failures = shared.failures.into_inner().expect("no thread panicked");
    let _ = std::panic::take_hook();
    let failures: Vec<String> = failures.into_values().collect();
    assert!(failures.is_empty(), "{}", failures.join("\n\n"));
    tally
}

fn report(shared: &Shared<'_>, start: Instant) {
    let actions = shared.actions.load(Ordering::Relaxed);
    let seconds = start.elapsed().as_secs_f64();
    eprintln!(
        "{seconds:.0} s: {} of {} histories begun, {actions} actions, {:.0} a second",
        shared
            .next
            .load(Ordering::Relaxed)
            .min(shared.settings.sequences),
        shared.settings.sequences,
        actions as f64 / seconds,
    );
}

fn work(shared: &Shared<'_>) {
    let fixture = World::fixture();
    let strategy = history(shared.settings.actions);
    loop {
        let index = shared.next.fetch_add(1, Ordering::Relaxed);
        if index >= shared.settings.sequences {
            break;
        }
        let number = shared.settings.first + index;
        let tree = strategy.new_tree(&mut runner(number));
        let actions = tree.expect("nothing is rejected").current();
        shared
            .actions
            .fetch_add(actions.len() as u64, Ordering::Relaxed);
        match play(&fixture, &actions) {
            Ok(tally) => shared.tally.lock().expect("no thread panicked").add(&tally),
            Err(broken) => {
                let place = broken.place.clone();
                if !shared
                    .failures
                    .lock()
                    .expect("no thread panicked")
                    .contains_key(&place)
                {
                    let text = format!("history {number}: {}", shortest(&fixture, actions, broken));
                    let mut failures = shared.failures.lock().expect("no thread panicked");
                    eprintln!("{text}");
                    failures.insert(place, text);
                    if failures.len() == MOST_FAILURES {
                        shared
                            .next
                            .store(shared.settings.sequences, Ordering::Relaxed);
                    }
                }
            }
        }
    }
}

/// Leaves out actions for as long as a promise breaks. (Proptest's own shrinking keeps the length of
/// a history, and tries smaller numbers first.)
fn shortest(fixture: &World, mut actions: Vec<Action>, mut broken: Broken) -> String {
    actions.truncate(broken.index + 1);
    loop {
        let length = actions.len();
        for index in (0..length).rev() {
            let mut fewer = actions.clone();
            fewer.remove(index);
            let shorter = play(fixture, &fewer).err();
            if let Some(still) = shorter.filter(|still| still.place == broken.place) {
                fewer.truncate(still.index + 1);
                (actions, broken) = (fewer, still);
            }
            if index > actions.len() {
                break;
            }
        }
        if actions.len() == length {
            break;
        }
    }
    let lines: Vec<String> = actions
        .iter()
        .map(|action| format!("  {action:?}"))
        .collect();
    format!("{}\nshortest:\n{}", broken.why, lines.join("\n"))
}

fn runner(number: u64) -> TestRunner {
    let mut seed = [0; 32];
    seed[..8].copy_from_slice(&number.to_le_bytes());
    TestRunner::new_with_rng(
        Config::default(),
        TestRng::from_seed(RngAlgorithm::ChaCha, &seed),
    )
}

/// A promise that was broken.
struct Broken {
    /// By which action.
    index: usize,
    why: String,
    place: String,
}

thread_local! {
    /// Where the last panic of this thread came from.
    static PLACE: RefCell<String> = const { RefCell::new(String::new()) };
}

/// Panics are caught and told with the history; their places are noted.
fn note_panics() {
    std::panic::set_hook(Box::new(|info| {
        let place = info.location().map(ToString::to_string).unwrap_or_default();
        PLACE.with(|kept| *kept.borrow_mut() = place);
    }));
}

/// A history from the fixture. What was tried, or how a promise was broken.
fn play(fixture: &World, actions: &[Action]) -> Result<Tally, Broken> {
    let mut world = fixture.fork();
    for (index, action) in actions.iter().enumerate() {
        world.tally.count(&format!("action {}", action.name()));
        let done = catch_unwind(AssertUnwindSafe(|| world.happen(action)));
        if let Err(panic) = done {
            let text = match panic.downcast_ref::<&str>() {
                Some(text) => text.to_string(),
                None => panic.downcast_ref::<String>().cloned().unwrap_or_default(),
            };
            let place = PLACE.with(|place| place.borrow().clone());
            let why = format!("{text} ({place})");
            return Err(Broken { index, why, place });
        }
    }
    Ok(world.tally)
}

/// What must have succeeded at least in 2,560 actions, about a third of what is usual.
const BUSY: [(&str, u64); 21] = [
    ("accept_owner", 1),
    ("auction filled", 2),
    ("borrow", 6),
    ("clear_stale_auction", 5),
    ("close", 3),
    ("deposit", 12),
    ("exit: close", 12),
    ("exit: repay", 12),
    ("exit: withdraw all", 12),
    ("gift of a reserve", 6),
    ("new auction", 30),
    ("owner_rescue", 2),
    ("quoted step", 20),
    ("rescue by Fill", 3),
    ("rescue by Flash", 3),
    ("set_policy", 5),
    ("signed step", 8),
    ("step by Fill", 4),
    ("step by Flash", 4),
    ("step by Plain", 2),
    ("step by Venue", 1),
];

/// Asserts that the machine was not idle: what matters happened. Short runs prove nothing of it.
pub fn assert_busy(settings: &Settings, tally: &Tally) {
    let scale = settings.sequences * settings.actions as u64 / 2_560;
    for (name, least) in BUSY {
        let (times, least) = (tally.succeeded(name), least * scale);
        assert!(times >= least, "{name}: {times} times, not {least}");
    }
}
