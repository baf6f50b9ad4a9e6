//! Who may use the controls.
//!
//! A web page can make its visitor's browser call a server that only the visitor reaches. Browsers say in `Origin`
//! which page calls, and in `Host` by which name the server was found: a page that gives its own name this server's
//! address (DNS rebinding) calls under that name. Programs that are no browser send no `Origin`.

use super::refused;
use crate::RpcError;
use axum::http::{header, uri::Authority, HeaderMap};
use std::net::Ipv6Addr;

/// Why the controls are not for who sent this; nothing where they are.
pub(crate) fn refusal(headers: &HeaderMap) -> Option<RpcError> {
    let all = |name| {
        let values = headers.get_all(name).iter();
        values.map(|value| String::from_utf8_lossy(value.as_bytes()))
    };
    if let Some(host) = all(header::HOST).find(|host| !is_local_name(host)) {
        return Some(refused(format_args!(
            "controls are not for a server called {host:?}: use its IP address or localhost"
        )));
    }
    let is_own = |origin: &str| {
        let scheme = |scheme| origin.strip_prefix(scheme);
        let authority = scheme("http://").or_else(|| scheme("https://"));
        authority.is_some_and(|authority| {
            let mut hosts = all(header::HOST).peekable();
            hosts.peek().is_some() && hosts.all(|host| host.eq_ignore_ascii_case(authority))
        })
    };
    let foreign = all(header::ORIGIN).find(|origin| !is_own(origin))?;
    Some(refused(format_args!(
        "controls are not for pages of other origins, as {foreign:?} is"
    )))
}

/// Names that the public DNS does not have: nobody can point them here from outside.
fn is_local_name(host: &str) -> bool {
    let Ok(authority) = host.parse::<Authority>() else {
        return false;
    };
    if host.contains('@') {
        return false;
    }
    let name = authority.host().to_ascii_lowercase();
    let bracketed = name
        .strip_prefix('[')
        .and_then(|name| name.strip_suffix(']'));
    match bracketed {
        Some(address) => address.parse::<Ipv6Addr>().is_ok(),
        None => {
            name.parse::<std::net::Ipv4Addr>().is_ok()
                || !name.contains('.')
                || name.ends_with(".localhost")
                || name.ends_with(".internal")
        }
    }
}
