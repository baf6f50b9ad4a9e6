//! What must hold of a transaction before it is queued or applied.

use super::{diagnostics::error_event, disk_read_entries, fees::archived_indices};
use crate::{
    state::{is_persistent, is_soroban},
    Frame, NetworkConfig,
};
use ballast_transaction::xdr_len;
use stellar_xdr::curr::{
    AccountId, AlphaNum12, AlphaNum4, Asset, ContractIdPreimage, DiagnosticEvent,
    ExtendFootprintTtlResult, HostFunction, InvokeHostFunctionResult, LedgerKey, Operation,
    OperationBody, OperationResult, OperationResultTr, RestoreFootprintResult, ScError,
    ScErrorCode, TrustLineAsset,
};

/// Why a transaction is refused: as a diagnostic tells it.
struct Refusal {
    error: ScError,
    message: &'static str,
    figures: Vec<u64>,
}

/// Are the declared resources within the limits, the footprint's keys of kinds and sizes that may stand
/// there, the indices of archived entries right? Text of the diagnostic if not.
///
/// # Errors
/// What is wrong.
pub fn check_resources(config: &NetworkConfig, frame: &Frame) -> Result<(), &'static str> {
    resources(config, frame).map_err(|refusal| refusal.message)
}

/// The diagnostic of what [`check_resources`] refuses.
pub fn diagnose_resources(config: &NetworkConfig, frame: &Frame) -> Option<DiagnosticEvent> {
    let refusal = resources(config, frame).err()?;
    Some(error_event(
        refusal.error,
        refusal.message,
        &refusal.figures,
    ))
}

fn refuse<T>(error: ScError, message: &'static str, figures: &[u64]) -> Result<T, Refusal> {
    Err(Refusal {
        error,
        message,
        figures: figures.to_vec(),
    })
}

fn within(used: u64, limit: u64, error: ScError, message: &'static str) -> Result<(), Refusal> {
    match used > limit {
        true => refuse(error, message, &[used, limit]),
        false => Ok(()),
    }
}

fn resources(config: &NetworkConfig, frame: &Frame) -> Result<(), Refusal> {
    let Some(data) = frame.soroban_data() else {
        return Ok(());
    };
    let declared = &data.resources;
    let (read_only, read_write) = (
        &declared.footprint.read_only,
        &declared.footprint.read_write,
    );
    let budget = ScError::Budget(ScErrorCode::ExceededLimit);
    let storage = ScError::Storage(ScErrorCode::ExceededLimit);
    let limits = [
        (
            u64::from(declared.instructions),
            u64::from(config.tx_max_instructions),
            &budget,
            "transaction instructions resources exceed network config limit",
        ),
        (
            declared.disk_read_bytes.into(),
            config.tx_max_disk_read_bytes.into(),
            &storage,
            "transaction byte-read resources exceed network config limit",
        ),
        (
            declared.write_bytes.into(),
            config.tx_max_write_bytes.into(),
            &storage,
            "transaction byte-write resources exceed network config limit",
        ),
        (
            (read_only.len() + read_write.len()) as u64,
            config.tx_max_footprint_entries.into(),
            &storage,
            "the number of entries in transaction footprint exceeds the network config limit",
        ),
        (
            disk_read_entries(frame).into(),
            config.tx_max_disk_read_entries.into(),
            &storage,
            "transaction entry-disk-read resources exceed network config limit",
        ),
        (
            read_write.len() as u64,
            config.tx_max_write_entries.into(),
            &storage,
            "transaction entry-write resources exceed network config limit",
        ),
    ];
    for (used, limit, error, message) in limits {
        within(used, limit, error.clone(), message)?;
    }
    for key in read_only.iter().chain(read_write.iter()) {
        check_key(config, key)?;
    }
    within(
        frame.bytes().into(),
        config.tx_max_bytes.into(),
        budget,
        "total transaction size exceeds network config limit",
    )?;
    check_archived(archived_indices(data), read_write)
}

fn check_key(config: &NetworkConfig, key: &LedgerKey) -> Result<(), Refusal> {
    match key {
        LedgerKey::Account(_) | LedgerKey::ContractData(_) | LedgerKey::ContractCode(_) => {}
        LedgerKey::Trustline(line) => {
            let ours = |issuer: &AccountId| *issuer == line.account_id;
            let right = match &line.asset {
                TrustLineAsset::Native => false,
                TrustLineAsset::PoolShare(_) => true,
                TrustLineAsset::CreditAlphanum4(asset) => {
                    is_code(&asset.asset_code.0, 1) && !ours(&asset.issuer)
                }
                TrustLineAsset::CreditAlphanum12(asset) => {
                    is_code(&asset.asset_code.0, 5) && !ours(&asset.issuer)
                }
            };
            if !right {
                return refuse(
                    ScError::Storage(ScErrorCode::InvalidInput),
                    "transaction footprint contains invalid trustline asset",
                    &[],
                );
            }
        }
        _ => {
            return refuse(
                ScError::Storage(ScErrorCode::UnexpectedType),
                "transaction footprint contains unsupported ledger key type",
                &[key.discriminant() as u64],
            )
        }
    }
    within(
        xdr_len(key).into(),
        config.max_key_bytes.into(),
        ScError::Storage(ScErrorCode::ExceededLimit),
        "transaction footprint key exceeds network config limit",
    )
}

/// Letters and digits, at least so many, then zeros.
fn is_code(code: &[u8], at_least: usize) -> bool {
    let length = code
        .iter()
        .position(|byte| *byte == 0)
        .unwrap_or(code.len());
    length >= at_least
        && code[..length].iter().all(u8::is_ascii_alphanumeric)
        && code[length..].iter().all(|byte| *byte == 0)
}

fn check_archived(indices: &[u32], read_write: &[LedgerKey]) -> Result<(), Refusal> {
    let invalid = ScError::Storage(ScErrorCode::InvalidInput);
    let mut last = None;
    for index in indices {
        if last.is_some_and(|last| *index <= last) {
            return refuse(
                invalid,
                "archivedSorobanEntries must be sorted in ascending order",
                &[],
            );
        }
        last = Some(*index);
        let Some(key) = read_write.get(*index as usize) else {
            return refuse(
                invalid,
                "archivedSorobanEntries index is out of bounds",
                &[u64::from(*index), read_write.len() as u64],
            );
        };
        if !is_persistent(key) {
            return refuse(
                invalid,
                "archivedSorobanEntries index points to a non-persistent entry",
                &[u64::from(*index), key.discriminant() as u64],
            );
        }
    }
    Ok(())
}

/// Is the operation itself well formed? (Core has no result code of its own for a malformed call; the
/// protocol's is given.)
///
/// # Errors
/// Its result.
// A result is as large as the protocol makes it, and is made once per refused transaction.
#[allow(clippy::result_large_err)]
pub fn check_operation(
    config: &NetworkConfig,
    frame: &Frame,
    operation: &Operation,
) -> Result<(), OperationResult> {
    let Some(data) = frame.soroban_data() else {
        return Ok(());
    };
    let footprint = &data.resources.footprint;
    let (sound, result) = match &operation.body {
        OperationBody::InvokeHostFunction(call) => (
            is_function(config, &call.host_function),
            OperationResultTr::InvokeHostFunction(InvokeHostFunctionResult::Malformed),
        ),
        OperationBody::ExtendFootprintTtl(extend) => (
            footprint.read_write.is_empty()
                && footprint.read_only.iter().all(is_soroban)
                && extend.extend_to < config.max_ttl,
            OperationResultTr::ExtendFootprintTtl(ExtendFootprintTtlResult::Malformed),
        ),
        OperationBody::RestoreFootprint(_) => (
            footprint.read_only.is_empty() && footprint.read_write.iter().all(is_persistent),
            OperationResultTr::RestoreFootprint(RestoreFootprintResult::Malformed),
        ),
        _ => return Ok(()),
    };
    match sound {
        true => Ok(()),
        false => Err(OperationResult::OpInner(result)),
    }
}

fn is_function(config: &NetworkConfig, function: &HostFunction) -> bool {
    match function {
        HostFunction::UploadContractWasm(code) => code.len() <= config.max_code_bytes as usize,
        HostFunction::CreateContract(create) => match &create.contract_id_preimage {
            ContractIdPreimage::Asset(asset) => is_asset(asset),
            ContractIdPreimage::Address(_) => true,
        },
        HostFunction::CreateContractV2(_) | HostFunction::InvokeContract(_) => true,
    }
}

fn is_asset(asset: &Asset) -> bool {
    match asset {
        Asset::Native => true,
        Asset::CreditAlphanum4(AlphaNum4 { asset_code, .. }) => is_code(&asset_code.0, 1),
        Asset::CreditAlphanum12(AlphaNum12 { asset_code, .. }) => is_code(&asset_code.0, 5),
    }
}
