//! Looks on while the host runs.

use super::profile::Call;
use soroban_env_host::{
    budget::{AsBudget, Budget},
    TraceEvent, TraceHook,
};
use std::{cell::RefCell, rc::Rc};
use stellar_xdr::curr::{ContractEventBody, ContractId, DiagnosticEvent, Hash, ScVal};

/// Watches one run of the host, which has to have its diagnostics on: they name the calls that the hook
/// measures.
#[derive(Default)]
pub(super) struct Profiler(Rc<RefCell<Watched>>);

#[derive(Default)]
struct Watched {
    frames: Vec<Measured>,
    /// Frames that are open, outermost first.
    open: Vec<usize>,
    /// What the diagnostics tell of calls, in their order: the frame that a call opened, or none where it
    /// failed before it had one.
    named: Vec<Option<usize>>,
    /// Calls that contracts asked for and that have not returned, outermost first: what was used when each
    /// was asked for, and its frame once it has one.
    asked: Vec<(Used, Option<usize>)>,
}

struct Measured {
    parent: Option<usize>,
    used: Used,
}

/// Instructions and memory, bytes: at a moment, or between two.
#[derive(Clone, Copy)]
struct Used(u64, u64);

impl Used {
    fn since(self, before: Self) -> Self {
        Self(
            self.0.saturating_sub(before.0),
            self.1.saturating_sub(before.1),
        )
    }
}

impl Profiler {
    /// Watches nothing yet.
    pub(super) fn new() -> Self {
        Self::default()
    }

    /// What the host calls.
    pub(super) fn hook(&self) -> TraceHook {
        let watched = self.0.clone();
        Rc::new(move |host, event| {
            // The host never calls a hook from within one.
            watched.borrow_mut().take(host.as_budget(), event);
            Ok(())
        })
    }

    /// The call of the run that gave these diagnostics, with all that the host did for it; nothing if it
    /// never began.
    pub(super) fn finish(&self, diagnostics: &[DiagnosticEvent]) -> Option<Call> {
        let watched = self.0.borrow();
        let mut names = vec![None; watched.frames.len()];
        let told = diagnostics.iter().filter_map(called);
        for (frame, name) in watched.named.iter().zip(told) {
            if let Some(frame) = frame {
                names[*frame] = Some(name);
            }
        }
        let mut calls: Vec<Option<Call>> = watched
            .frames
            .iter()
            .zip(names)
            .map(|(frame, name)| {
                let (contract, function) = name.unwrap_or_default();
                Some(Call {
                    contract,
                    function,
                    instructions: frame.used.0,
                    memory_bytes: frame.used.1,
                    calls: Vec::new(),
                })
            })
            .collect();
        // Children come after their parents and in order: hung up from the last to the first.
        for index in (1..calls.len()).rev() {
            let child = calls[index].take()?;
            let parent = watched.frames[index].parent?;
            calls[parent].as_mut()?.calls.insert(0, child);
        }
        // What the host does around the only call is told as that call's own.
        let mut host = calls.into_iter().next().flatten()?;
        if host.calls.len() == 1 {
            let call = host.calls.remove(0);
            (host.contract, host.function) = (call.contract, call.function);
            host.calls = call.calls;
        }
        Some(host)
    }
}

impl Watched {
    fn take(&mut self, budget: &Budget, event: TraceEvent<'_>) {
        let now = Used(
            budget.get_cpu_insns_consumed().unwrap_or(0),
            budget.get_mem_bytes_consumed().unwrap_or(0),
        );
        match event {
            TraceEvent::PushCtx(..) => {
                let index = self.frames.len();
                // The first frame is the host function's, which is no call.
                if index > 0 {
                    self.named.push(Some(index));
                }
                if let Some((_, frame @ None)) = self.asked.last_mut() {
                    *frame = Some(index);
                }
                let parent = self.open.last().copied();
                self.open.push(index);
                self.frames.push(Measured { parent, used: now });
            }
            TraceEvent::PopCtx(..) => {
                if let Some(frame) = self.open.pop().and_then(|index| self.frames.get_mut(index)) {
                    frame.used = now.since(frame.used);
                }
            }
            // A contract's call begins before its frame: its code has to be found and instantiated.
            TraceEvent::EnvCall("call" | "try_call", _) => self.asked.push((now, None)),
            TraceEvent::EnvRet("call" | "try_call", _) => match self.asked.pop() {
                Some((then, Some(frame))) => {
                    if let Some(frame) = self.frames.get_mut(frame) {
                        frame.used = now.since(then);
                    }
                }
                Some((_, None)) => self.named.push(None),
                None => {}
            },
            _ => {}
        }
    }
}

/// Contract and function out of the host's diagnostic of a call.
fn called(event: &DiagnosticEvent) -> Option<(ContractId, String)> {
    let ContractEventBody::V0(body) = &event.event.body;
    match body.topics.as_slice() {
        [ScVal::Symbol(what), ScVal::Bytes(contract), ScVal::Symbol(function)]
            if what.as_slice() == b"fn_call" =>
        {
            let contract = ContractId(Hash(contract.as_slice().try_into().ok()?));
            Some((contract, function.to_utf8_string_lossy()))
        }
        _ => None,
    }
}
