use super::{codes, Code, Fault, Role};
use ballast_interfaces::{
    error::{AdapterError, FactoryError, ReceiverError, VaultError},
    pool::PoolError,
};
use soroban_sdk::Error as SdkError;
use std::fmt::Debug;
use stellar_xdr::curr::{
    ContractEvent, ContractEventBody, ContractEventType, ContractEventV0, ContractId,
    DiagnosticEvent, ExtensionPoint, Hash, ScError, ScErrorCode, ScVal,
};

/// A table has exactly the codes of the contract's own type, under its names.
fn same<E: TryFrom<SdkError> + Debug>(table: &[Code]) {
    let theirs = (0..2_000).filter_map(|code| {
        let error = E::try_from(SdkError::from_contract_error(code)).ok()?;
        Some((code, format!("{error:?}")))
    });
    let ours = table.iter().map(|Code(code, name, words)| {
        assert!(
            !words.is_empty() && !words.ends_with('.'),
            "{name}: {words}"
        );
        (*code, (*name).to_owned())
    });
    assert_eq!(ours.collect::<Vec<_>>(), theirs.collect::<Vec<_>>());
}

#[test]
fn tables_are_the_contracts_own() {
    same::<VaultError>(codes::VAULT);
    same::<FactoryError>(codes::FACTORY);
    same::<ReceiverError>(codes::RECEIVER);
    same::<AdapterError>(codes::ADAPTER);
    same::<PoolError>(codes::POOL);
}

fn event(contract: Option<u8>, topics: Vec<ScVal>, data: ScVal) -> DiagnosticEvent {
    DiagnosticEvent {
        in_successful_contract_call: false,
        event: ContractEvent {
            ext: ExtensionPoint::V0,
            contract_id: contract.map(|number| ContractId(Hash([number; 32]))),
            type_: ContractEventType::Diagnostic,
            body: ContractEventBody::V0(ContractEventV0 {
                topics: topics.try_into().unwrap(),
                data,
            }),
        },
    }
}

fn symbol(name: &str) -> ScVal {
    ScVal::Symbol(ballast_transaction::symbol(name))
}

fn called(by: Option<u8>, contract: u8, function: &str) -> DiagnosticEvent {
    let id = ballast_transaction::bytes(&[contract; 32]);
    event(
        by,
        vec![symbol("fn_call"), id, symbol(function)],
        ScVal::Void,
    )
}

fn returned(contract: u8, function: &str) -> DiagnosticEvent {
    event(
        Some(contract),
        vec![symbol("fn_return"), symbol(function)],
        ScVal::Void,
    )
}

fn error(contract: u8, error: ScError, words: &str) -> DiagnosticEvent {
    let data = crate::value::Value::to_value(&words.to_owned());
    event(
        Some(contract),
        vec![symbol("error"), ScVal::Error(error)],
        data,
    )
}

#[test]
fn the_outer_error_comes_first_and_its_causes_after_it() {
    let (vault, pool, token) = (1, 2, 3);
    let events = [
        called(None, vault, "deposit"),
        called(Some(vault), pool, "submit"),
        called(Some(pool), token, "transfer"),
        error(
            token,
            ScError::Contract(10),
            "balance is not sufficient to spend",
        ),
        error(pool, ScError::Contract(10), "contract call failed"),
        error(vault, ScError::Contract(10), "contract try_call failed"),
        error(vault, ScError::Contract(117), "failing with contract error"),
        error(vault, ScError::Contract(117), "escalating error to VM trap"),
    ];
    let fault = Fault::new(
        &events,
        Some("HostError: Error(Contract, #117)\n\nEvent log ..."),
    );
    let outer = fault.error.as_ref().unwrap();
    assert_eq!(
        (outer.role, outer.name()),
        (Role::Vault, Some("PoolRefused"))
    );
    assert_eq!(fault.causes.len(), 1);
    assert_eq!(
        (fault.causes[0].role, fault.causes[0].name()),
        (Role::Token, Some("BalanceError"))
    );
    let text = fault.to_string();
    assert!(
        text.starts_with("vault: PoolRefused (117): Blend refused"),
        "{text}"
    );
    assert!(text.contains("; because of token C"), "{text}");
    assert!(
        text.ends_with("BalanceError (10): the balance does not suffice"),
        "{text}"
    );
}

#[test]
fn an_error_that_was_caught_on_the_way_is_none() {
    let (vault, oracle) = (1, 2);
    let events = [
        called(None, vault, "fill"),
        called(Some(vault), oracle, "lastprice"),
        error(oracle, ScError::Contract(400), "dead"),
        error(vault, ScError::Contract(400), "contract try_call failed"),
        called(Some(vault), 3, "get_reserve"),
        returned(3, "get_reserve"),
        error(vault, ScError::Contract(134), "failing with contract error"),
    ];
    let fault = Fault::new(&events, None);
    assert_eq!(fault.error.unwrap().name(), Some("NotAtRisk"));
    assert_eq!(fault.causes, []);
}

#[test]
fn equal_numbers_of_different_contracts_are_told_apart() {
    let comet = [
        called(None, 5, "swap_exact_amount_in"),
        error(5, ScError::Contract(20), "failing with contract error"),
    ];
    assert_eq!(
        Fault::new(&comet, None).error.unwrap().name(),
        Some("ErrLimitOut")
    );
    let token = [
        called(None, 5, "transfer"),
        error(
            5,
            ScError::Contract(13),
            "trustline entry is missing for account",
        ),
    ];
    assert_eq!(
        Fault::new(&token, None).error.unwrap().name(),
        Some("TrustlineMissingError")
    );
    let unknown = [
        called(None, 5, "shuffle"),
        error(5, ScError::Contract(13), "failing with contract error"),
    ];
    let error = Fault::new(&unknown, None).error.unwrap();
    assert_eq!((error.role, error.name()), (Role::Unknown, None));
    assert!(error.to_string().ends_with(": error 13"), "{error}");
}

#[test]
fn words_of_the_server_are_all_there_is_without_events() {
    let fault = Fault::new(
        &[],
        Some("HostError: Error(Contract, #203)\n\nEvent log (newest first):"),
    );
    assert_eq!(fault.error.unwrap().name(), Some("VaultExists"));
    let fault = Fault::new(&[], Some("Could not unmarshal transaction\nmore"));
    assert_eq!(fault.to_string(), "Could not unmarshal transaction");
    assert!(Fault::new(&[], None).is_empty());
    let events = [error(
        1,
        ScError::Auth(ScErrorCode::InvalidAction),
        "Unauthorized function call for address",
    )];
    let fault = Fault::new(&events, Some("HostError: Error(Auth, InvalidAction)"));
    assert_eq!(
        fault.to_string(),
        "Auth InvalidAction: Unauthorized function call for address"
    );
}
