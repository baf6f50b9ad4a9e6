//! What can be called, typed.

pub mod comet;
pub mod factory;
pub mod lens;
pub mod pool;
pub mod token;
pub mod vault;

use crate::value::{Address, Value};
use ballast_transaction::symbol;
use std::marker::PhantomData;
use stellar_xdr::curr::{HostFunction, InvokeContractArgs, ScVal, SorobanAuthorizationEntry, VecM};

/// A call of a contract that returns a `T`.
#[derive(Clone, Debug)]
pub struct Call<T> {
    contract: Address,
    function: &'static str,
    args: Vec<ScVal>,
    auth: Option<Vec<SorobanAuthorizationEntry>>,
    returns: PhantomData<fn() -> T>,
}

impl<T: Value> Call<T> {
    /// Of a function (its name has at most 32 characters) with these arguments.
    pub fn new(contract: &Address, function: &'static str, args: Vec<ScVal>) -> Self {
        Self {
            contract: contract.clone(),
            function,
            args,
            auth: None,
            returns: PhantomData,
        }
    }

    /// With authorisations that were signed beforehand: the simulation enforces them, and asks nobody else.
    pub fn authorized(mut self, entries: Vec<SorobanAuthorizationEntry>) -> Self {
        self.auth = Some(entries);
        self
    }

    /// The contract.
    pub fn contract(&self) -> &Address {
        &self.contract
    }

    /// The function.
    pub fn function(&self) -> &'static str {
        self.function
    }

    pub(crate) fn auth(&self) -> Option<&[SorobanAuthorizationEntry]> {
        self.auth.as_deref()
    }

    pub(crate) fn host_function(&self) -> HostFunction {
        HostFunction::InvokeContract(self.args())
    }

    /// Contract, function and arguments, as an authorisation names them.
    pub fn args(&self) -> InvokeContractArgs {
        let args: VecM<ScVal> = self.args.clone().try_into().unwrap_or_default();
        InvokeContractArgs {
            contract_address: self.contract.clone(),
            function_name: symbol(self.function),
            args,
        }
    }
}

/// Arguments in order.
macro_rules! args {
    ($($arg:expr),* $(,)?) => { vec![$($crate::value::Value::to_value($arg)),*] };
}
pub(crate) use args;
