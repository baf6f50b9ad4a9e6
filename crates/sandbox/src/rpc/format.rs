//! XDR as base64 or as JSON.

use super::RpcError;
use serde::Serialize;
use serde_json::Value;
use stellar_xdr::curr::{Limits, ReadXdr, WriteXdr};

/// How values are told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    /// Base64 of the XDR form.
    Base64,
    /// The JSON form that SEP-51 describes.
    Json,
}

impl Format {
    /// Reads the parameter `xdrFormat`. The error is a text because the methods differ in its code.
    pub fn of(text: &str) -> Result<Self, String> {
        match text {
            "" | "base64" => Ok(Self::Base64),
            "json" => Ok(Self::Json),
            _ => Err(format!(
                "got '{text}': expected base64, json for optional 'xdrFormat'"
            )),
        }
    }
}

/// The XDR form in base64.
pub(crate) fn base64(value: &impl WriteXdr) -> String {
    // Writing to memory without a limit does not fail.
    value.to_xdr_base64(Limits::none()).unwrap_or_default()
}

/// The JSON form.
pub(crate) fn json(value: &impl Serialize) -> Result<Value, RpcError> {
    serde_json::to_value(value).map_err(RpcError::internal)
}

/// A value in the form that was asked for.
pub(crate) fn told<T: WriteXdr + Serialize>(value: &T, format: Format) -> Result<Value, RpcError> {
    match format {
        Format::Base64 => Ok(Value::from(base64(value))),
        Format::Json => json(value),
    }
}

/// Several values in the form that was asked for.
pub(crate) fn told_all<'a, T: WriteXdr + Serialize + 'a>(
    values: impl IntoIterator<Item = &'a T>,
    format: Format,
) -> Result<Vec<Value>, RpcError> {
    values
        .into_iter()
        .map(|value| told(value, format))
        .collect()
}

/// Reads a value from base64: at most so many bytes, not nested without end, and in the one form that it
/// has. (The decoder takes any number for a truth value.)
pub(crate) fn read<T: ReadXdr + WriteXdr>(text: &str, bytes: usize) -> Option<T> {
    const DEPTH: u32 = 500;
    let limits = Limits {
        depth: DEPTH,
        len: bytes,
    };
    let value = T::from_xdr_base64(text, limits).ok()?;
    let written = base64(&value);
    let given = text.bytes().filter(|byte| !byte.is_ascii_whitespace());
    given.eq(written.bytes()).then_some(value)
}

/// Lower-case hexadecimal.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Reads 32 bytes of hexadecimal.
pub(crate) fn from_hex(text: &str) -> Option<[u8; 32]> {
    let digits = text.as_bytes();
    if digits.len() != 64 || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    let mut bytes = [0; 32];
    for (byte, pair) in bytes.iter_mut().zip(text.as_bytes().chunks(2)) {
        *byte = u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()?;
    }
    Some(bytes)
}
