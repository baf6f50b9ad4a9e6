use soroban_env_host::HostError;
use soroban_sdk::{
    xdr::{ScError, ScErrorCode, ScErrorType},
    Error,
};

/// Why a call failed. A failed call has changed nothing but the [`crate::Chain::last_cost`] of it.
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
    /// The call ended well, but exceeds a limit of the network.
    #[error("over the network's limit: {0}")]
    Limit(String),
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
        matches!(
            self,
            Self::Host {
                kind: ScErrorType::Auth,
                ..
            }
        )
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
}

impl From<HostError> for CallError {
    fn from(error: HostError) -> Self {
        error.error.into()
    }
}

impl From<Error> for CallError {
    fn from(error: Error) -> Self {
        use ScError::*;
        let Ok(error) = ScError::try_from(error) else {
            // Not reachable: the host builds its errors from the types that ScError has.
            return Self::Host {
                kind: ScErrorType::Context,
                code: ScErrorCode::InternalError,
            };
        };
        let kind = error.discriminant();
        match error {
            Contract(code) => Self::Contract(code),
            WasmVm(code) | Context(code) | Storage(code) | Object(code) | Crypto(code)
            | Events(code) | Budget(code) | Value(code) | Auth(code) => Self::Host { kind, code },
        }
    }
}
