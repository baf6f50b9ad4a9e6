//! Replays of prices: a round of the oracle for each row, while the ledger's time follows the rows'.

use super::{ledgers::jump, prices::publish};
use crate::{
    prices::{parse_decimal, Round, Speed, MOST_ROUNDS},
    RpcError, Sandbox,
};
use serde::Deserialize;
use serde_json::{json, Value};
use std::{
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, Weak},
    thread,
    time::{Duration, Instant},
};

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(super) struct ReplayPrices {
    /// What the rounds have prices of, in order.
    assets: Vec<String>,
    rounds: Vec<Round>,
    /// Decimal, or `max`.
    #[serde(default = "as_the_clock")]
    speed: String,
    /// The sequence number moves by one in so many seconds of the rows; 0: only with the ledgers that close.
    #[serde(default = "five")]
    ledger_seconds: u64,
}

fn as_the_clock() -> String {
    "1".into()
}

fn five() -> u64 {
    5
}

/// Time of a row and prices by place.
type Row = (u64, Vec<(usize, Option<i128>)>);

/// A replay that runs, or the last one that ran.
pub(super) struct Replay {
    rounds: usize,
    state: Mutex<State>,
    stopped: Condvar,
}

#[derive(Default)]
struct State {
    done: usize,
    /// Time of the last row that was done.
    time: u64,
    stop: bool,
    over: bool,
    error: Option<RpcError>,
}

impl Replay {
    /// How far it is.
    pub fn told(&self) -> Value {
        let state = self.state();
        json!({
            "done": state.done,
            "rounds": self.rounds,
            "time": state.time.to_string(),
            "running": !state.over,
            "error": state.error.as_ref().map(|error| &error.message),
        })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until then. Was it stopped before?
    fn wait_until(&self, when: Instant) -> bool {
        let mut state = self.state();
        while !state.stop {
            let left = when.saturating_duration_since(Instant::now());
            if left.is_zero() {
                break;
            }
            (state, _) = self
                .stopped
                .wait_timeout(state, left)
                .unwrap_or_else(PoisonError::into_inner);
        }
        state.stop
    }
}

pub(super) fn begin(sandbox: &Arc<Sandbox>, params: ReplayPrices) -> Result<Value, RpcError> {
    let rows = rows(sandbox, &params)?;
    let speed = Speed::parse(&params.speed)
        .map_err(|why| RpcError::invalid_params(format_args!("speed: {why}")))?;
    let replay = Arc::new(Replay {
        rounds: rows.len(),
        state: Mutex::default(),
        stopped: Condvar::new(),
    });
    let mut running = sandbox.controls().replay();
    if running.as_ref().is_some_and(|other| !other.state().over) {
        return Err(super::refused("a replay runs: stop it first"));
    }
    let (weak, own) = (Arc::downgrade(sandbox), replay.clone());
    thread::Builder::new()
        .name("replay".into())
        .spawn(move || {
            let result = run(&weak, &own, &rows, speed, params.ledger_seconds);
            let mut state = own.state();
            state.over = true;
            state.error = result.err();
        })
        .map_err(RpcError::internal)?;
    let told = replay.told();
    *running = Some(replay);
    Ok(told)
}

pub(super) fn stop(sandbox: &Sandbox) -> Result<Value, RpcError> {
    let running = sandbox.controls().replay().clone();
    let replay = running.ok_or_else(|| super::refused("no replay was begun"))?;
    replay.state().stop = true;
    replay.stopped.notify_all();
    Ok(replay.told())
}

fn rows(sandbox: &Sandbox, params: &ReplayPrices) -> Result<Vec<Row>, RpcError> {
    let wrong = |why: String| Err(RpcError::invalid_params(why));
    if params.rounds.is_empty() || params.rounds.len() > MOST_ROUNDS {
        let count = params.rounds.len();
        return wrong(format!("rounds: {count} is not from 1 to {MOST_ROUNDS}"));
    }
    let oracle = sandbox.controls().oracle()?;
    let places: Result<Vec<_>, _> = params
        .assets
        .iter()
        .map(|code| oracle.place(code))
        .collect();
    let places = places?;
    if places.is_empty() {
        return wrong("assets: name at least one".into());
    }
    let mut rows: Vec<Row> = Vec::new();
    for (number, Round(time, prices)) in params.rounds.iter().enumerate() {
        let wrong = |why: String| wrong(format!("rounds[{number}]: {why}"));
        if rows.last().is_some_and(|(before, _)| before >= time) {
            return wrong(format!("{time} is not later than the one before"));
        }
        if prices.len() != places.len() {
            return wrong(format!("{} prices, {} assets", prices.len(), places.len()));
        }
        let mut row = Vec::new();
        for (place, price) in places.iter().zip(prices) {
            let price = price
                .as_ref()
                .map(|price| parse_decimal(price, oracle.decimals));
            match price.transpose() {
                Ok(price) => row.push((*place, price)),
                Err(why) => return wrong(why),
            }
        }
        rows.push((*time, row));
    }
    Ok(rows)
}

/// Ends early when it is stopped or when the sandbox is gone.
fn run(
    sandbox: &Weak<Sandbox>,
    replay: &Replay,
    rows: &[Row],
    speed: Speed,
    ledger_seconds: u64,
) -> Result<(), RpcError> {
    let start = Instant::now();
    let first = rows.first().map_or(0, |(time, _)| *time);
    // Time of the ledger and of the rows when it began.
    let began = match sandbox.upgrade() {
        Some(sandbox) => sandbox.now(),
        None => return Ok(()),
    };
    let mut before = first;
    for (time, prices) in rows {
        let wait = Duration::from_millis(speed.wait_ms(time - first));
        if replay.wait_until(start + wait) {
            return Ok(());
        }
        let Some(sandbox) = sandbox.upgrade() else {
            return Ok(());
        };
        let due = began + (time - first);
        let seconds = due.saturating_sub(sandbox.now());
        let ledgers = (time - before).checked_div(ledger_seconds).unwrap_or(0);
        jump(
            &sandbox,
            u32::try_from(ledgers).unwrap_or(u32::MAX).max(1),
            seconds,
        )?;
        publish(&sandbox, prices)?;
        before = *time;
        let mut state = replay.state();
        (state.done, state.time) = (state.done + 1, *time);
    }
    Ok(())
}
