use ballast_interfaces::error::AdapterError;
use soroban_sdk::{panic_with_error, xdr::FromXdr, Address, Bytes, Env};

/// Length of the XDR of a contract's address: two tags and the id.
const ROUTE_BYTES: usize = 40;
/// `SCV_ADDRESS` and `SC_ADDRESS_TYPE_CONTRACT`.
const TAGS: [u8; 8] = [0, 0, 0, 18, 0, 0, 0, 1];

/// The Comet pool that `route` names.
///
/// # Errors
/// * [`AdapterError::InvalidRoute`] - not exactly the XDR of a contract's address.
pub fn pool(env: &Env, route: &Bytes) -> Address {
    decode(env, route).unwrap_or_else(|| panic_with_error!(env, AdapterError::InvalidRoute))
}

/// Checked by hand first, because the host traps on malformed XDR instead of giving an error.
fn decode(env: &Env, route: &Bytes) -> Option<Address> {
    if route.len() as usize != ROUTE_BYTES {
        return None;
    }
    let mut bytes = [0; ROUTE_BYTES];
    route.copy_into_slice(&mut bytes);
    if !bytes.starts_with(&TAGS) {
        return None;
    }
    Address::from_xdr(env, route).ok()
}
