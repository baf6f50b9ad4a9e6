//! Whose error it is, from a failed call's diagnostic events.

use super::codes::{self, Code};
use crate::value::Address;
use std::{collections::BTreeMap, fmt};
use stellar_xdr::curr::{
    ContractEventBody, ContractId, DiagnosticEvent, Hash, ScAddress, ScError, ScVal,
};

/// What the host says when it looks for the code of an address that has none.
const NO_INSTANCE: &str = "non-existing value for contract instance";

/// What a contract is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Role {
    Vault,
    Factory,
    Receiver,
    Oracle,
    Adapter,
    Pool,
    Backstop,
    PoolFactory,
    Comet,
    Token,
    Unknown,
}

impl Role {
    /// All that have error codes of their own.
    pub const ALL: [Role; 10] = [
        Role::Vault,
        Role::Factory,
        Role::Receiver,
        Role::Oracle,
        Role::Adapter,
        Role::Pool,
        Role::Backstop,
        Role::PoolFactory,
        Role::Comet,
        Role::Token,
    ];

    /// Its name, and its error codes.
    pub fn table(self) -> (&'static str, &'static [Code]) {
        match self {
            Role::Vault => ("vault", codes::VAULT),
            Role::Factory => ("factory", codes::FACTORY),
            Role::Receiver => ("receiver", codes::RECEIVER),
            Role::Oracle => ("oracle", codes::ORACLE),
            Role::Adapter => ("adapter", codes::ADAPTER),
            Role::Pool => ("Blend pool", codes::POOL),
            Role::Backstop => ("Blend backstop", codes::BACKSTOP),
            Role::PoolFactory => ("Blend pool factory", codes::POOL_FACTORY),
            Role::Comet => ("Comet", codes::COMET),
            Role::Token => ("token", codes::TOKEN),
            Role::Unknown => ("contract", &[]),
        }
    }

    /// By the block of its error codes. Contracts that count from one are told apart by their calls.
    fn by_code(code: u32) -> Option<Self> {
        Some(match code {
            100..=199 => Role::Vault,
            200..=299 => Role::Factory,
            300..=399 => Role::Receiver,
            400..=499 => Role::Oracle,
            500..=599 => Role::Adapter,
            1000..=1099 => Role::Backstop,
            1200..=1299 => Role::Pool,
            1300..=1399 => Role::PoolFactory,
            _ => return None,
        })
    }

    /// By the functions that were called on it.
    fn by_calls(functions: &[String]) -> Self {
        let called = |names: &[&str]| functions.iter().any(|name| names.contains(&name.as_str()));
        if called(&[
            "swap_exact_amount_in",
            "swap_exact_amount_out",
            "join_pool",
            "exit_pool",
        ]) {
            Role::Comet
        } else if called(&[
            "submit",
            "submit_with_allowance",
            "flash_loan",
            "new_auction",
            "get_reserve",
        ]) {
            Role::Pool
        } else if called(&["queue_withdrawal", "draw", "donate"]) {
            Role::Backstop
        } else if called(&[
            "transfer",
            "transfer_from",
            "approve",
            "balance",
            "mint",
            "burn",
            "clawback",
        ]) {
            Role::Token
        } else {
            Role::Unknown
        }
    }
}

/// An error that a contract gave.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContractError {
    /// The contract, if the events tell.
    pub contract: Option<Address>,
    /// What it is.
    pub role: Role,
    /// The number.
    pub code: u32,
}

impl ContractError {
    /// The vault's, by its code.
    pub fn vault(code: u32) -> Self {
        Self {
            contract: None,
            role: Role::Vault,
            code,
        }
    }

    fn entry(&self) -> Option<&'static Code> {
        self.role
            .table()
            .1
            .iter()
            .find(|entry| entry.0 == self.code)
    }

    /// The name in the contract's specification.
    pub fn name(&self) -> Option<&'static str> {
        self.entry().map(|entry| entry.1)
    }

    /// What it means.
    pub fn words(&self) -> Option<&'static str> {
        self.entry().map(|entry| entry.2)
    }
}

impl fmt::Display for ContractError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.role.table().0)?;
        // Of the vault it is clear which.
        if let (Some(contract), false) = (&self.contract, self.role == Role::Vault) {
            write!(formatter, " {contract}")?;
        }
        match self.entry() {
            Some(Code(code, name, words)) => write!(formatter, ": {name} ({code}): {words}"),
            None => write!(formatter, ": error {}", self.code),
        }
    }
}

/// Why a call failed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fault {
    /// The error of the contract that was called.
    pub error: Option<ContractError>,
    /// The errors of those that it called which led to it, the innermost first.
    pub causes: Vec<ContractError>,
    /// What the host says, where no contract gave an error.
    pub host: Option<String>,
}

impl Fault {
    /// From the diagnostic events of a call, and the server's words where it gave any.
    pub fn new(events: &[DiagnosticEvent], words: Option<&str>) -> Self {
        let mut trace = Trace::default();
        for event in events {
            trace.read(event);
        }
        let mut errors = trace.errors;
        let said = words.and_then(contract_code);
        if let Some(code) = said {
            if errors.last().is_none_or(|last| last.code != code) {
                errors.push(ContractError {
                    contract: None,
                    role: Role::by_code(code).unwrap_or(Role::Unknown),
                    code,
                });
            }
        }
        let error = errors.pop();
        let host = match (&error, trace.host, words) {
            (Some(_), _, _) => None,
            (None, Some(host), _) => Some(host),
            (None, None, words) => words.map(first_line),
        };
        Self {
            error,
            causes: errors,
            host,
        }
    }

    /// Whether nothing is known.
    pub fn is_empty(&self) -> bool {
        self.error.is_none() && self.host.is_none()
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.error, &self.host) {
            (Some(error), _) => write!(formatter, "{error}")?,
            (None, Some(host)) => formatter.write_str(host)?,
            (None, None) => formatter.write_str("the call fails; the server does not say why")?,
        }
        for cause in self.causes.iter().rev() {
            write!(formatter, "; because of {cause}")?;
        }
        Ok(())
    }
}

/// What the events tell on the way.
#[derive(Default)]
struct Trace {
    /// The functions that were called on each contract.
    calls: BTreeMap<[u8; 32], Vec<String>>,
    /// Errors since the last call that returned: what was caught on the way is none.
    errors: Vec<ContractError>,
    /// The first error of the host.
    host: Option<String>,
}

impl Trace {
    fn read(&mut self, event: &DiagnosticEvent) {
        let ContractEventBody::V0(body) = &event.event.body;
        match (symbol(body.topics.first()), body.topics.get(1)) {
            (Some("fn_call"), Some(called)) => {
                if let (Some(id), Some(function)) = (contract(called), symbol(body.topics.get(2))) {
                    self.calls.entry(id).or_default().push(function.to_owned());
                }
            }
            (Some("fn_return"), _) => {
                self.errors.clear();
                self.host = None;
            }
            (Some("error"), Some(ScVal::Error(ScError::Contract(code)))) => {
                self.contract_error(event.event.contract_id.as_ref(), *code);
            }
            (Some("error"), Some(ScVal::Error(error))) if self.host.is_none() => {
                let message = match message(&body.data) {
                    // The host's words for a contract that nobody has deployed.
                    text if text.contains(NO_INSTANCE) => "there is no such contract".to_owned(),
                    text => text,
                };
                let words = [describe(error), message].join(": ");
                self.host = Some(words.trim_end_matches([':', ' ']).to_owned());
            }
            _ => {}
        }
    }

    /// An error is told again by every contract that it passes through.
    fn contract_error(&mut self, of: Option<&ContractId>, code: u32) {
        if self.errors.last().is_some_and(|last| last.code == code) {
            return;
        }
        let calls = of.and_then(|id| self.calls.get(&id.0 .0));
        let role = Role::by_code(code)
            .unwrap_or_else(|| calls.map_or(Role::Unknown, |calls| Role::by_calls(calls)));
        self.errors.push(ContractError {
            contract: of.map(|id| ScAddress::Contract(id.clone())),
            role,
            code,
        });
    }
}

fn describe(error: &ScError) -> String {
    let code = match error {
        ScError::Contract(code) => code.to_string(),
        ScError::WasmVm(code)
        | ScError::Context(code)
        | ScError::Storage(code)
        | ScError::Object(code)
        | ScError::Crypto(code)
        | ScError::Events(code)
        | ScError::Budget(code)
        | ScError::Value(code)
        | ScError::Auth(code) => code.name().to_owned(),
    };
    format!("{} {code}", error.name())
}

fn symbol(value: Option<&ScVal>) -> Option<&str> {
    match value {
        Some(ScVal::Symbol(name)) => std::str::from_utf8(name.0.as_slice()).ok(),
        _ => None,
    }
}

fn contract(value: &ScVal) -> Option<[u8; 32]> {
    match value {
        ScVal::Bytes(bytes) => bytes.0.as_slice().try_into().ok(),
        ScVal::Address(ScAddress::Contract(ContractId(Hash(id)))) => Some(*id),
        _ => None,
    }
}

/// The text with which the host tells an error; arguments follow it.
fn message(data: &ScVal) -> String {
    match data {
        ScVal::String(text) => text.0.to_utf8_string_lossy(),
        ScVal::Vec(Some(items)) => items.first().map(message).unwrap_or_default(),
        _ => String::new(),
    }
}

/// The code in `HostError: Error(Contract, #134)`.
fn contract_code(words: &str) -> Option<u32> {
    let (_, rest) = words.split_once("Error(Contract, #")?;
    rest.split_once(')')?.0.parse().ok()
}

fn first_line(words: &str) -> String {
    words.lines().next().unwrap_or_default().trim().to_owned()
}
