//! Many replays in parallel.

use crate::{
    bars::Bars,
    outcome::Replay,
    replay::{replay, ReplayError},
    settings::Settings,
};
use std::{
    sync::{
        atomic::{AtomicUsize, Ordering},
        Mutex,
    },
    thread,
};

/// Replays `bars` with each of the settings, on as many threads as there are cores. In their order.
/// `done` is told of every replay that ended, from any thread.
///
/// # Errors
/// The first, in the order of the settings.
pub fn replay_all(
    bars: &Bars,
    settings: &[Settings],
    done: impl Fn() + Sync,
) -> Result<Vec<Replay>, ReplayError> {
    let threads = thread::available_parallelism()
        .map_or(1, usize::from)
        .min(settings.len());
    let next = AtomicUsize::new(0);
    let results: Vec<Mutex<Option<Result<Replay, ReplayError>>>> =
        settings.iter().map(|_| Mutex::new(None)).collect();
    thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| loop {
                let index = next.fetch_add(1, Ordering::Relaxed);
                let Some(job) = settings.get(index) else {
                    break;
                };
                let result = replay(bars, job, |_| {});
                *results[index]
                    .lock()
                    .expect("no thread panics with the lock") = Some(result);
                done();
            });
        }
    });
    results
        .into_iter()
        .map(|result| {
            let result = result.into_inner().expect("no thread panics with the lock");
            result.expect("every replay was run")
        })
        .collect()
}
