//! Parsed code, kept from ledger to ledger.

use crate::config::PROTOCOL;
use soroban_env_host::{
    budget::{AsBudget, Budget},
    CompilationContext, Error, ErrorHandler, HostError, ModuleCache, Val,
};
use std::fmt::Debug;
use stellar_xdr::curr::{ContractCodeEntry, ContractCostParams};

/// A module cache without modules.
///
/// # Errors
/// None in practice: the host makes its table of functions.
pub fn new_module_cache() -> Result<ModuleCache, HostError> {
    ModuleCache::new(&Unmetered::new()?)
}

/// Parses code that was uploaded or restored in a closed ledger, unless the cache has it.
///
/// As in core its instantiation is charged by the code's size, not by what the code holds.
///
/// # Errors
/// Where the code is none that the host accepts: it cannot have been uploaded.
pub fn cache_code(cache: &ModuleCache, code: &ContractCodeEntry) -> Result<(), HostError> {
    if cache.contains_module(&code.hash)? {
        return Ok(());
    }
    cache.parse_and_cache_module_simple(&Unmetered::new()?, PROTOCOL, code.code.as_slice())
}

/// Parsing that nobody pays for.
#[derive(Clone)]
struct Unmetered(Budget);

impl Unmetered {
    fn new() -> Result<Self, HostError> {
        let none = || ContractCostParams(Default::default());
        Budget::try_from_configs(u64::MAX, u64::MAX, none(), none()).map(Self)
    }
}

impl CompilationContext for Unmetered {}

impl AsBudget for Unmetered {
    fn as_budget(&self) -> &Budget {
        &self.0
    }
}

impl ErrorHandler for Unmetered {
    fn map_err<T, E>(&self, result: Result<T, E>) -> Result<T, HostError>
    where
        Error: From<E>,
        E: Debug,
    {
        result.map_err(HostError::from)
    }

    fn error(&self, error: Error, _message: &str, _arguments: &[Val]) -> HostError {
        HostError::from(error)
    }
}
