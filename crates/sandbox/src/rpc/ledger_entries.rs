use super::{
    format::{read, told, Format},
    RpcError, View,
};
use ballast_ledger::Read as _;
use serde::Deserialize;
use serde_json::{json, Value};
use stellar_xdr::curr::{ConfigSettingId, ContractDataDurability, LedgerEntryType, LedgerKey};

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct Params {
    keys: Vec<String>,
    xdr_format: String,
}

/// Most keys in one request.
const MOST_KEYS: usize = 200;
/// Most bytes of a key.
const KEY_BYTES: usize = 16 * 1024;

/// getLedgerEntries. Entries come in the order of their keys; keys without an entry are left out.
pub(crate) fn get(view: &View, params: Params) -> Result<Value, RpcError> {
    let format = Format::of(&params.xdr_format).map_err(RpcError::invalid_params)?;
    if params.keys.len() > MOST_KEYS {
        return Err(RpcError::invalid_params(format_args!(
            "key count ({}) exceeds maximum supported ({MOST_KEYS})",
            params.keys.len()
        )));
    }
    let mut keys = Vec::with_capacity(params.keys.len());
    for (index, text) in params.keys.iter().enumerate() {
        let Some(key) = read::<LedgerKey>(text, KEY_BYTES) else {
            if is_later_setting(text) {
                continue;
            }
            return Err(RpcError::invalid_params(format_args!(
                "cannot unmarshal key value {text} at index {index}"
            )));
        };
        if matches!(key, LedgerKey::Ttl(_)) {
            return Err(RpcError::invalid_params(
                "ledger ttl entries cannot be queried directly",
            ));
        }
        keys.push(key);
    }
    let latest = view.latest()?.sequence();
    let mut entries = Vec::with_capacity(keys.len());
    for key in keys {
        entries.extend(tell(view, &key, latest, format)?);
    }
    Ok(json!({ "entries": entries, "latestLedger": latest }))
}

/// One entry. A temporary one whose time is over is gone; a persistent one is archived, and told as live
/// until ledger 0.
fn tell(
    view: &View,
    key: &LedgerKey,
    latest: u32,
    format: Format,
) -> Result<Option<Value>, RpcError> {
    let Some(found) = view.state().get(key) else {
        return Ok(None);
    };
    let is_live = found.is_live(latest);
    if !is_live && is_temporary(key) {
        return Ok(None);
    }
    let entry = &found.entry;
    let mut answer = json!({ "lastModifiedLedgerSeq": entry.last_modified_ledger_seq });
    let [key_name, data_name, ext_name] = match format {
        Format::Base64 => ["key", "xdr", "extXdr"],
        Format::Json => ["keyJson", "dataJson", "extJson"],
    };
    answer[key_name] = told(key, format)?;
    answer[data_name] = told(&entry.data, format)?;
    answer[ext_name] = told(&entry.ext, format)?;
    if let Some(ttl) = found.ttl {
        answer["liveUntilLedgerSeq"] = Value::from(if is_live { ttl.live_until } else { 0 });
    }
    Ok(Some(answer))
}

/// Is it the key of a setting that a later protocol has? Clients ask for every setting that they know; one
/// that the ledger does not have is no entry.
fn is_later_setting(text: &str) -> bool {
    /// Settings of the protocols after this one, as far as they are known.
    const LATER: std::ops::Range<u32> = ConfigSettingId::VARIANTS.len() as u32..32;
    let key: Option<[u32; 2]> = read(text, 8);
    key.is_some_and(|[kind, id]| {
        kind == LedgerEntryType::ConfigSetting as u32 && LATER.contains(&id)
    })
}

fn is_temporary(key: &LedgerKey) -> bool {
    matches!(key, LedgerKey::ContractData(data) if data.durability == ContractDataDurability::Temporary)
}
