//! Which contracts a call went through, and what each used.

use super::{Recorded, Request};
use crate::{state::is_persistent, NetworkConfig, Read, State};
use ballast_transaction::to_xdr;
use soroban_env_host::{
    budget::AsBudget, e2e_invoke::invoke_host_function, LedgerInfo, ModuleCache, TraceEvent,
    TraceHook,
};
use std::{cell::RefCell, rc::Rc};
use stellar_xdr::curr::{
    ContractEvent, ContractEventBody, ContractId, DiagnosticEvent, Hash, LedgerKey, ScVal, TtlEntry,
};

/// One call of a contract, with what it and its own calls used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    /// The contract called.
    pub contract: ContractId,
    /// The function called.
    pub function: String,
    /// Instructions, nested calls included.
    pub instructions: u64,
    /// Memory, bytes, nested calls included.
    pub memory_bytes: u64,
    /// The calls that it made.
    pub calls: Vec<Call>,
}

impl Call {
    /// Instructions of this call alone.
    pub fn own_instructions(&self) -> u64 {
        let nested: u64 = self.calls.iter().map(|call| call.instructions).sum();
        self.instructions.saturating_sub(nested)
    }
}

/// Runs a recorded call once more, as a validator does it, and looks on.
pub(super) fn profile(
    state: &State,
    config: &NetworkConfig,
    info: &LedgerInfo,
    cache: &ModuleCache,
    request: &Request,
    recorded: &Recorded,
) -> Option<Call> {
    let footprint = &recorded.resources.footprint;
    let mut entries = Vec::new();
    let mut ttls = Vec::new();
    for key in footprint
        .read_only
        .iter()
        .chain(footprint.read_write.iter())
    {
        let Some((entry, ttl)) = input(state, info, key) else {
            continue;
        };
        entries.push(entry);
        ttls.push(ttl);
    }
    let profile = Profile::default();
    let mut events = Vec::new();
    invoke_host_function(
        &config.budget(u32::MAX).ok()?,
        true,
        to_xdr(&request.function),
        to_xdr(&recorded.resources),
        &recorded.archived,
        to_xdr(&request.source),
        recorded
            .auth
            .iter()
            .map(to_xdr)
            .collect::<Vec<_>>()
            .into_iter(),
        info.clone(),
        entries.into_iter(),
        ttls.into_iter(),
        request.seed.to_vec(),
        &mut events,
        Some(profile.hook()),
        Some(cache.clone()),
    )
    .ok()?;
    profile.finish(&events)
}

/// An entry and its time to live as the host takes them.
fn input(state: &State, info: &LedgerInfo, key: &LedgerKey) -> Option<(Vec<u8>, Vec<u8>)> {
    let entry = state.get(key)?;
    let Some(ttl) = entry.ttl else {
        return Some((entry.xdr.to_vec(), Vec::new()));
    };
    let live = entry.is_live(info.sequence_number);
    if !live && !is_persistent(key) {
        return None;
    }
    let ttl = TtlEntry {
        key_hash: Hash([0; 32]),
        live_until_ledger_seq: match live {
            true => ttl.live_until,
            false => info.sequence_number + info.min_persistent_entry_ttl - 1,
        },
    };
    Some((entry.xdr.to_vec(), to_xdr(&ttl)))
}

/// What a host tells while it runs.
#[derive(Default)]
struct Profile(Rc<RefCell<Trace>>);

#[derive(Default)]
struct Trace {
    /// Instructions and memory that looking on used.
    overhead: (u64, u64),
    /// In the order in which the calls began.
    calls: Vec<Traced>,
    /// Indices of those that have not ended; nothing for a frame that is no contract's.
    open: Vec<Option<usize>>,
    /// When a call was asked for: its code is made ready before its frame begins, at its expense.
    asked: Option<(u64, u64)>,
}

struct Traced {
    parent: Option<usize>,
    /// Events before it: the last of them that tells of a call tells of this one.
    events: usize,
    instructions: u64,
    memory: u64,
}

impl Profile {
    fn hook(&self) -> TraceHook {
        let trace = self.0.clone();
        Rc::new(move |host, event| {
            let mut trace = trace.borrow_mut();
            let budget = host.as_budget();
            let reading = || {
                (
                    budget.get_cpu_insns_consumed().unwrap_or(0),
                    budget.get_mem_bytes_consumed().unwrap_or(0),
                )
            };
            match &event {
                TraceEvent::PushCtx(..) => {
                    let text = event.to_string();
                    let before = reading();
                    if !(text.starts_with("push VM:") || text.starts_with("push SAC:")) {
                        trace.asked = Some(trace.without_overhead(before));
                        trace.open.push(None);
                        return Ok(());
                    }
                    let events = host.get_events()?.0.len();
                    let after = reading();
                    let parent = trace.open.iter().rev().flatten().next().copied();
                    let now = trace.without_overhead(before);
                    let (instructions, memory) = trace.asked.take().unwrap_or(now);
                    trace.calls.push(Traced {
                        parent,
                        events,
                        instructions,
                        memory,
                    });
                    let index = trace.calls.len() - 1;
                    trace.open.push(Some(index));
                    trace.overhead.0 += after.0 - before.0;
                    trace.overhead.1 += after.1 - before.1;
                }
                TraceEvent::PopCtx(..) => {
                    let (instructions, memory) = trace.without_overhead(reading());
                    if let Some(index) = trace.open.pop().flatten() {
                        let call = &mut trace.calls[index];
                        call.instructions = instructions.saturating_sub(call.instructions);
                        call.memory = memory.saturating_sub(call.memory);
                    }
                }
                TraceEvent::EnvCall("call" | "try_call", _) => {
                    trace.asked = Some(trace.without_overhead(reading()));
                }
                TraceEvent::EnvCall(..) => trace.asked = None,
                _ => {}
            }
            Ok(())
        })
    }

    /// The outermost call.
    fn finish(self, events: &[DiagnosticEvent]) -> Option<Call> {
        let trace = self.0.borrow();
        let mut calls: Vec<Option<Call>> = trace
            .calls
            .iter()
            .map(|traced| {
                let before = events.get(..traced.events).unwrap_or_default();
                let (contract, function) = before
                    .iter()
                    .rev()
                    .find_map(|told| called(&told.event))
                    .unwrap_or_default();
                Some(Call {
                    contract,
                    function,
                    instructions: traced.instructions,
                    memory_bytes: traced.memory,
                    calls: Vec::new(),
                })
            })
            .collect();
        // A call comes after the one that made it: hang them up from the last to the first.
        for index in (1..calls.len()).rev() {
            let Some(parent) = trace.calls[index].parent else {
                continue;
            };
            let call = calls[index].take()?;
            calls[parent].as_mut()?.calls.insert(0, call);
        }
        calls.into_iter().next().flatten()
    }
}

impl Trace {
    fn without_overhead(&self, reading: (u64, u64)) -> (u64, u64) {
        (
            reading.0.saturating_sub(self.overhead.0),
            reading.1.saturating_sub(self.overhead.1),
        )
    }
}

/// Contract and function, if the event tells of a call.
fn called(event: &ContractEvent) -> Option<(ContractId, String)> {
    let ContractEventBody::V0(body) = &event.body;
    match body.topics.as_slice() {
        [ScVal::Symbol(kind), ScVal::Bytes(contract), ScVal::Symbol(function)]
            if kind.0.as_slice() == b"fn_call" =>
        {
            let contract = <[u8; 32]>::try_from(contract.0.as_slice()).ok()?;
            Some((ContractId(Hash(contract)), function.to_string()))
        }
        _ => None,
    }
}
