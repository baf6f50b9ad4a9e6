//! What the controls keep, and how everything comes into the state file in the order in which it happens.
//!
//! Whoever changes the ledger holds the sandbox's lock; the state file's own lock is taken inside of it and
//! never the other way round.

use super::{oracle::Oracle, replay::Replay};
use crate::{
    persist::{Mark, Marks, Store},
    Directory, Journal, Sandbox,
};
use ballast_ledger::{ClosedLedger, Ledger};
use std::{
    io,
    sync::{
        atomic::{AtomicBool, AtomicU64, Ordering},
        Arc, Mutex, MutexGuard, PoisonError, TryLockError,
    },
};

/// What the controls keep.
#[derive(Default)]
pub struct Controls {
    kept: Arc<Mutex<Kept>>,
    /// One price at a time: each is a transaction of the oracle's admin.
    pricing: Mutex<()>,
    replay: Mutex<Option<Arc<Replay>>>,
    /// The oracle goes stale if nobody sets prices.
    paused: AtomicBool,
    /// When the oracle's next round is due, unix seconds on the sandbox's clock.
    due: AtomicU64,
}

/// What a state file has besides the ledger.
#[derive(Default)]
pub(super) struct Kept {
    pub directory: Directory,
    pub marks: Marks,
    /// Offset of the clock, seconds.
    pub clock: i64,
    pub store: Option<Store>,
}

impl Controls {
    /// Says what is on the ledger.
    pub fn set_directory(&self, directory: Directory) {
        self.kept().directory = directory;
    }

    /// Sets the clock, unix seconds: forwards, or backwards as far as no ledger has closed. Jumps go on from there.
    ///
    /// # Errors
    /// If that cannot be written down.
    pub fn set_time(sandbox: &Sandbox, time: u64) -> io::Result<()> {
        let mut kept = sandbox.controls().kept();
        let machine = sandbox
            .now()
            .saturating_add_signed(kept.clock.saturating_neg());
        let signed = |seconds: u64| i64::try_from(seconds).unwrap_or(i64::MAX);
        let offset = signed(time).saturating_sub(signed(machine));
        kept.set_clock(sandbox, offset)
    }

    /// Writes everything down from now on, and takes over what was kept of an earlier run.
    pub fn keep(sandbox: &Sandbox, store: Store, marks: Marks, clock: i64) {
        let controls = sandbox.controls();
        let mut kept = controls.kept();
        (kept.store, kept.marks, kept.clock) = (Some(store), marks, clock);
        sandbox.set_clock_offset(clock);
        drop(kept);
        sandbox.set_journal(Box::new(Writing(controls.kept.clone())));
    }

    /// Waits until everything is on the disk.
    ///
    /// # Errors
    /// If the disk fails.
    pub fn sync(&self) -> io::Result<()> {
        self.kept().store.as_ref().map_or(Ok(()), Store::sync)
    }

    /// What is on the ledger.
    pub fn directory(&self) -> Directory {
        self.kept().directory.clone()
    }

    pub(super) fn kept(&self) -> MutexGuard<'_, Kept> {
        lock(&self.kept)
    }

    pub(super) fn pricing(&self) -> MutexGuard<'_, ()> {
        lock(&self.pricing)
    }

    /// Has the oracle no rounds but those that are set?
    pub(super) fn paused(&self) -> bool {
        self.paused.load(Ordering::Relaxed)
    }

    pub(super) fn pause(&self, paused: bool) {
        self.paused.store(paused, Ordering::Relaxed);
    }

    /// When the oracle's next round is due. 0: not known.
    pub(super) fn due(&self) -> u64 {
        self.due.load(Ordering::Relaxed)
    }

    pub(super) fn set_due(&self, due: u64) {
        self.due.store(due, Ordering::Relaxed);
    }

    /// As [`Self::pricing`], but nothing if somebody else sets one now.
    pub(super) fn try_pricing(&self) -> Option<MutexGuard<'_, ()>> {
        match self.pricing.try_lock() {
            Ok(guard) => Some(guard),
            Err(TryLockError::Poisoned(error)) => Some(error.into_inner()),
            Err(TryLockError::WouldBlock) => None,
        }
    }

    pub(super) fn replay(&self) -> MutexGuard<'_, Option<Arc<Replay>>> {
        lock(&self.replay)
    }

    pub(super) fn oracle(&self) -> Result<Oracle, crate::RpcError> {
        Oracle::of(&self.kept().directory)
    }
}

impl Kept {
    /// Moves the clock; nothing has changed if that could not be written down.
    pub fn set_clock(&mut self, sandbox: &Sandbox, offset: i64) -> io::Result<()> {
        if let Some(store) = &mut self.store {
            store.clock(offset)?;
        }
        self.clock = offset;
        sandbox.set_clock_offset(offset);
        Ok(())
    }

    /// Gives the ledger as it stands a name.
    pub fn mark(&mut self, name: &str, ledger: &Ledger) -> io::Result<()> {
        if let Some(store) = &mut self.store {
            store.mark(name)?;
        }
        let mark = Mark {
            ledger: Arc::new(ledger.clone()),
            clock: self.clock,
        };
        self.marks.insert(name.into(), mark);
        Ok(())
    }

    /// Drops a snapshot. Was there one?
    pub fn unmark(&mut self, name: &str) -> io::Result<bool> {
        if !self.marks.contains_key(name) {
            return Ok(false);
        }
        if let Some(store) = &mut self.store {
            store.unmark(name)?;
        }
        self.marks.remove(name);
        Ok(true)
    }

    /// Goes back to a snapshot. Is there one?
    pub fn revert(
        &mut self,
        name: &str,
        ledger: &mut Ledger,
        sandbox: &Sandbox,
    ) -> io::Result<bool> {
        let Some(mark) = self.marks.get(name).cloned() else {
            return Ok(false);
        };
        if let Some(store) = &mut self.store {
            store.revert(name)?;
        }
        *ledger = (*mark.ledger).clone();
        self.clock = mark.clock;
        sandbox.set_clock_offset(mark.clock);
        sandbox.controls().set_due(0);
        Ok(true)
    }
}

/// Writes closed ledgers down. The sandbox calls it under its lock.
struct Writing(Arc<Mutex<Kept>>);

impl Journal for Writing {
    fn closed(&mut self, ledger: &Ledger, closed: &ClosedLedger) -> io::Result<()> {
        let mut kept = lock(&self.0);
        let Kept {
            store,
            marks,
            clock,
            ..
        } = &mut *kept;
        if let Some(store) = store {
            store.closed(closed)?;
            store.compact(ledger, marks, *clock)?;
        }
        Ok(())
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // A panic elsewhere is no reason to stop: everything is changed after it was written down.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
