//! What is known of the last call.

use super::Chain;
use crate::{Cost, Event, Frame, Invocation};
use ballast_ledger::{RecordAuth, Request};
use soroban_sdk::{
    xdr::{ScAddress, SorobanCredentials, TransactionResult},
    Address,
};

impl Chain {
    /// What the last call used: [`Self::call`] and its kin, views, uploads and deployments. For a
    /// failed call: instructions and memory up to the failure.
    pub fn last_cost(&self) -> Cost {
        self.0.last.borrow().cost.clone()
    }

    /// Events of the last call; none if it failed.
    pub fn last_events(&self) -> std::vec::Vec<Event> {
        let events = self.0.last.borrow().events.clone();
        events
            .into_iter()
            .filter_map(|event| Event::new(self.env(), event))
            .collect()
    }

    /// Events of the last call that have this name (first topic).
    pub fn last_events_named(&self, name: &str) -> std::vec::Vec<Event> {
        let mut events = self.last_events();
        events.retain(|event| event.name().as_deref() == Some(name));
        events
    }

    /// Who had to authorise what for the last call, and did; nothing if it failed. Found by running it
    /// again without authorisations on the state that it ran on.
    pub fn last_authorizations(&self) -> std::vec::Vec<(Address, Invocation)> {
        let Some(call) = self.0.last.borrow().call.clone() else {
            return vec![];
        };
        let ledger = self.0.ledger.borrow();
        let request = Request {
            source: call.source.clone(),
            function: call.function.clone(),
            auth: RecordAuth::Record,
            seed: [0; 32],
            instructions: ledger.config().tx_max_instructions,
            diagnostics: false,
            profile: false,
        };
        let recorded = ledger.record_at(&call.state, &call.header, request);
        let needed = recorded.auth.into_iter();
        needed
            .map(|entry| {
                let address = match entry.credentials {
                    SorobanCredentials::SourceAccount => ScAddress::Account(call.source.clone()),
                    SorobanCredentials::Address(credentials) => credentials.address,
                };
                (self.address(&address), Invocation(entry.root_invocation))
            })
            .collect()
    }

    /// What the network answered to the last transaction; nothing after a view.
    pub fn last_result(&self) -> Option<TransactionResult> {
        self.0.last.borrow().result.clone()
    }

    /// The calls within the last call, if [`Self::set_profiling`] is on.
    pub fn last_profile(&self) -> Option<Frame> {
        self.0.last.borrow().profile.clone()
    }

    /// Records the calls within each call, which is slow.
    pub fn set_profiling(&self, on: bool) {
        self.0.profiling.set(on);
    }

    /// Prints the host's diagnostics of every failed call. On from the start if the environment has
    /// `BALLAST_TRACE`.
    pub fn set_tracing(&self, on: bool) {
        self.0.tracing.set(on);
    }
}
