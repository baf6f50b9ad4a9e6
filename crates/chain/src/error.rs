use ballast_ledger::Applied;
use soroban_env_host::HostError;
use soroban_sdk::{
    xdr::{
        ContractEventBody, DiagnosticEvent, InvokeHostFunctionResult, OperationResult,
        OperationResultTr, ScError, ScErrorCode, ScErrorType, ScVal, TransactionResultResult,
    },
    Error,
};

/// Why a call failed. A failed call has changed nothing but the [`crate::Chain::last_cost`] of it, and
/// what the account that sends all transactions has.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CallError {
    /// A contract's own error. Codes surface bare through nested calls: the number does not tell
    /// which contract raised it.
    #[error("contract error {0}")]
    Contract(u32),
    /// An error of the host: a trap, a failed authorisation, a missing value, an exhausted budget.
    #[error("host error {kind:?}, {code:?}")]
    Host {
        /// What the error is about.
        kind: ScErrorType,
        /// What went wrong.
        code: ScErrorCode,
    },
    /// The transaction is over a limit of the network, or its fee does not cover what it used.
    #[error("over the network's limit: {0}")]
    Limit(String),
    /// The network refused the transaction, or an operation in it, with this code.
    #[error("refused by the network: {0}")]
    Refused(&'static str),
}

impl CallError {
    /// The contract's error code, if it is one.
    pub fn code(&self) -> Option<u32> {
        match self {
            Self::Contract(code) => Some(*code),
            _ => None,
        }
    }

    /// Was the call refused for lack of a valid authorisation? (A wrong or expired signature, a tree
    /// that differs from the call, or none.)
    pub fn is_auth(&self) -> bool {
        match self {
            Self::Host { kind, .. } => *kind == ScErrorType::Auth,
            Self::Refused(code) => ["TxBadAuth", "OpBadAuth"].contains(code),
            _ => false,
        }
    }

    /// Did code trap (panic, failed unwrap, overflow)?
    pub fn is_trap(&self) -> bool {
        matches!(
            self,
            Self::Host {
                kind: ScErrorType::WasmVm,
                ..
            }
        )
    }

    /// Why a transaction of one operation failed, by its result and by what the host told of it.
    pub(crate) fn of(applied: &Applied) -> Self {
        let results = match &applied.result.result {
            TransactionResultResult::TxFailed(results) => results,
            TransactionResultResult::TxSorobanInvalid => return Self::Limit(told(applied)),
            refused => return Self::Refused(refused.name()),
        };
        match results.first() {
            Some(OperationResult::OpInner(OperationResultTr::InvokeHostFunction(result))) => {
                let raised = applied.diagnostics.iter().rev().find_map(host_error);
                match (raised, result) {
                    (Some(error), _) => error.into(),
                    (None, InvokeHostFunctionResult::Trapped) => Self::Refused(result.name()),
                    (None, _) => Self::Limit(format!("{}: {}", result.name(), told(applied))),
                }
            }
            Some(OperationResult::OpInner(result)) => Self::Refused(inner_name(result)),
            Some(result) => Self::Refused(result.name()),
            None => Self::Refused("TxFailed"),
        }
    }
}

/// The code of a classic operation's result.
fn inner_name(result: &OperationResultTr) -> &'static str {
    match result {
        OperationResultTr::CreateAccount(result) => result.name(),
        OperationResultTr::Payment(result) => result.name(),
        OperationResultTr::ChangeTrust(result) => result.name(),
        OperationResultTr::SetOptions(result) => result.name(),
        OperationResultTr::RestoreFootprint(result) => result.name(),
        other => other.name(),
    }
}

/// The error that a validator's log tells where the host gave one.
fn host_error(event: &DiagnosticEvent) -> Option<ScError> {
    let ContractEventBody::V0(body) = &event.event.body;
    match body.topics.as_slice() {
        [ScVal::Symbol(topic), ScVal::Error(error)] if topic.as_slice() == b"host_fn_failed" => {
            Some(error.clone())
        }
        _ => None,
    }
}

/// The last thing that a validator's log tells, in its words and figures.
fn told(applied: &Applied) -> String {
    let Some(event) = applied.diagnostics.last() else {
        return String::new();
    };
    let ContractEventBody::V0(body) = &event.event.body;
    let word = |value: &ScVal| match value {
        ScVal::String(text) => text.to_utf8_string_lossy(),
        ScVal::U64(figure) => figure.to_string(),
        other => format!("{other:?}"),
    };
    match &body.data {
        ScVal::Vec(Some(values)) => values.iter().map(word).collect::<Vec<_>>().join(" "),
        value => word(value),
    }
}

impl From<HostError> for CallError {
    fn from(error: HostError) -> Self {
        error.error.into()
    }
}

impl From<Error> for CallError {
    fn from(error: Error) -> Self {
        // The host builds its errors from the types that ScError has.
        ScError::try_from(error)
            .unwrap_or(ScError::Context(ScErrorCode::InternalError))
            .into()
    }
}

impl From<ScError> for CallError {
    fn from(error: ScError) -> Self {
        use ScError::*;
        let kind = error.discriminant();
        match error {
            Contract(code) => Self::Contract(code),
            WasmVm(code) | Context(code) | Storage(code) | Object(code) | Crypto(code)
            | Events(code) | Budget(code) | Value(code) | Auth(code) => Self::Host { kind, code },
        }
    }
}
