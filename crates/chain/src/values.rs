//! The [`Env`] that makes values.

use soroban_env_host::{budget::Budget, Convert, Error, Host, LedgerInfo};
use soroban_sdk::Env;

/// An environment for values only: no contract runs in it, and its budget is no transaction's.
pub(crate) struct Values {
    env: Env,
    budget: Budget,
}

/// Converted to the host that an [`Env`] stands on: the SDK hands its host out to conversions only.
struct HostOf;

impl Convert<HostOf, Host> for Host {
    type Error = Error;

    fn convert(&self, _: HostOf) -> Result<Host, Error> {
        Ok(self.clone())
    }
}

impl Values {
    pub(crate) fn new(info: &LedgerInfo) -> Self {
        let env = Env::default();
        let host = Convert::<HostOf, Host>::convert(&env, HostOf).expect("an Env has a host");
        host.set_ledger_info(info.clone())
            .expect("a new host takes what it knows of the ledger");
        let budget = host.budget_cloned();
        Self { env, budget }
    }

    pub(crate) fn env(&self) -> &Env {
        // What values cost adds up for good otherwise. It fails where a value is being made, whose
        // maker has an environment already.
        let _ = self.budget.reset_default();
        &self.env
    }
}
