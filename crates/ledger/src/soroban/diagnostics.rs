//! Diagnostic events as core makes them.

use ballast_transaction::vector;
use stellar_xdr::curr::{
    ContractEvent, ContractEventBody, ContractEventType, ContractEventV0, DiagnosticEvent,
    ExtensionPoint, ScError, ScString, ScSymbol, ScVal,
};

/// Why something failed, with figures that tell more.
pub(crate) fn error_event(error: ScError, message: &str, figures: &[u64]) -> DiagnosticEvent {
    let text = string(message);
    let data = match figures {
        [] => text,
        _ => {
            let figures = figures.iter().map(|figure| ScVal::U64(*figure));
            vector(std::iter::once(text).chain(figures).collect::<Vec<_>>())
        }
    };
    event("error", error, data)
}

/// The same with values that tell more.
pub(super) fn error_event_with(
    error: ScError,
    message: &str,
    values: Vec<ScVal>,
) -> DiagnosticEvent {
    let data = std::iter::once(string(message)).chain(values);
    event("error", error, vector(data.collect::<Vec<_>>()))
}

/// What core adds to the host's diagnostics where the host gave an error.
pub(super) fn host_failed(error: soroban_env_host::Error) -> DiagnosticEvent {
    let error = ScError::try_from(error).unwrap_or(ScError::Context(
        stellar_xdr::curr::ScErrorCode::InternalError,
    ));
    event("host_fn_failed", error, ScVal::Void)
}

fn event(topic: &str, error: ScError, data: ScVal) -> DiagnosticEvent {
    let topic = ScVal::Symbol(ScSymbol(topic.try_into().unwrap_or_default()));
    DiagnosticEvent {
        in_successful_contract_call: false,
        event: ContractEvent {
            ext: ExtensionPoint::V0,
            contract_id: None,
            type_: ContractEventType::Diagnostic,
            body: ContractEventBody::V0(ContractEventV0 {
                topics: vec![topic, ScVal::Error(error)]
                    .try_into()
                    .unwrap_or_default(),
                data,
            }),
        },
    }
}

fn string(text: &str) -> ScVal {
    ScVal::String(ScString(text.try_into().unwrap_or_default()))
}
