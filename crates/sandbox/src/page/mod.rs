//! The wallet page, and what it needs to know of the network.
//!
//! Its files are embedded, or read from a folder that is named at the start. Faults do not hit them.

mod config;

use crate::{rpc, Sandbox};
use axum::{
    body::Body,
    http::{header, HeaderMap, HeaderValue, Method, StatusCode},
    response::{IntoResponse, Response},
};
use sha2::{Digest, Sha256};
use std::{borrow::Cow, fs, path::Path, sync::Arc};

/// The page that was built with this program; nothing if none was.
const EMBEDDED: &[(&str, &[u8])] = include!(concat!(env!("OUT_DIR"), "/page.rs"));

/// What is served where no page was built.
const FALLBACK: [(&str, &[u8]); 2] = [
    ("fallback.css", include_bytes!("fallback.css")),
    ("index.html", include_bytes!("fallback.html")),
];

/// Its directives, a line each. The page itself carries the same, for hosts that send no headers.
const POLICY: &str = include_str!("../../../../web/content-security-policy.txt");

const INDEX: &str = "index.html";
const CONFIG: &str = "config.json";

/// Is the wallet page part of this program?
pub fn is_embedded() -> bool {
    !EMBEDDED.is_empty()
}

/// The value of the page's Content-Security-Policy header.
pub fn content_security_policy() -> String {
    POLICY.lines().collect::<Vec<_>>().join("; ")
}

/// What is at the server's root: the page for who wants HTML, a few words for everybody else.
pub(crate) async fn root(sandbox: Arc<Sandbox>, headers: &HeaderMap) -> Response {
    let accepted = headers.get_all(header::ACCEPT).iter();
    let mut response = match accepted
        .filter_map(|accepted| accepted.to_str().ok())
        .any(|accepted| accepted.to_ascii_lowercase().contains("text/html"))
    {
        true => file(sandbox, Method::GET, "/index.html", headers).await,
        false => protected(greeting().into_response()),
    };
    let vary = HeaderValue::from_static("accept");
    response.headers_mut().append(header::VARY, vary);
    response
}

fn greeting() -> String {
    format!(
        "A Stellar network in one process. POST JSON-RPC 2.0 to / or /rpc:\n\n  {}\n\nA new account gets 10,000 XLM at /friendbot?addr=G...\n",
        rpc::METHODS.join("\n  ")
    )
}

/// Answers with a file of the page.
pub(crate) async fn file(
    sandbox: Arc<Sandbox>,
    method: Method,
    path: &str,
    headers: &HeaderMap,
) -> Response {
    let absent = || protected((StatusCode::NOT_FOUND, "not found\n").into_response());
    let Some(name) = path.strip_prefix('/').filter(|name| is_plain(name)) else {
        return absent();
    };
    if method != Method::GET && method != Method::HEAD {
        return absent();
    }
    let name = name.to_owned();
    let found = tokio::task::spawn_blocking(move || {
        let bytes = find(&sandbox, &name)?;
        let is_fixed = sandbox.page_folder().is_none() && name.starts_with("assets/");
        Some((bytes, content_type(&name), is_fixed))
    });
    let Ok(Some((bytes, kind, is_fixed))) = found.await else {
        return absent();
    };

    let tag = format!("\"{:x}\"", Sha256::digest(&bytes));
    let mut response = if is_known(headers, &tag) {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        let length = bytes.len();
        let body = match (method, bytes) {
            (Method::HEAD, _) => Body::empty(),
            (_, Cow::Borrowed(bytes)) => Body::from(bytes),
            (_, Cow::Owned(bytes)) => Body::from(bytes),
        };
        ([(header::CONTENT_LENGTH, length)], body).into_response()
    };
    let mut set = |name, value: &str| {
        if let Ok(value) = HeaderValue::from_str(value) {
            response.headers_mut().insert(name, value);
        }
    };
    set(header::CONTENT_TYPE, kind);
    set(header::ETAG, &tag);
    // The names of embedded assets change with their content.
    let caching = match is_fixed {
        true => "public, max-age=31536000, immutable",
        false => "no-cache",
    };
    set(header::CACHE_CONTROL, caching);
    protected(response)
}

/// Only names that need no decoding and lead nowhere else.
fn is_plain(name: &str) -> bool {
    name.split('/').all(|part| {
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
        !part.is_empty() && !part.starts_with('.') && part.bytes().all(is_plain)
    })
}

fn find(sandbox: &Sandbox, name: &str) -> Option<Cow<'static, [u8]>> {
    if name == CONFIG {
        return Some(config::json(sandbox).into());
    }
    if let Some(folder) = sandbox.page_folder() {
        return read(folder, name).map(Cow::Owned);
    }
    if is_embedded() {
        return among(EMBEDDED, name).map(Cow::Borrowed);
    }
    fallback(name)
}

fn among(files: &[(&str, &'static [u8])], name: &str) -> Option<&'static [u8]> {
    let found = files.iter().find(|(known, _)| *known == name);
    found.map(|(_, bytes)| *bytes)
}

fn fallback(name: &str) -> Option<Cow<'static, [u8]>> {
    let bytes = among(&FALLBACK, name)?;
    if name != INDEX {
        return Some(Cow::Borrowed(bytes));
    }
    let methods = rpc::METHODS.map(|method| format!("<li><code>{method}</code></li>"));
    let html =
        String::from_utf8_lossy(bytes).replace("<!-- methods -->", &methods.join("\n        "));
    Some(Cow::Owned(html.into_bytes()))
}

/// Reads a file of a folder; nothing where a link leads out of it.
fn read(folder: &Path, name: &str) -> Option<Vec<u8>> {
    let folder = folder.canonicalize().ok()?;
    let file = folder.join(name).canonicalize().ok()?;
    (file.starts_with(&folder) && file.is_file()).then(|| fs::read(file).ok())?
}

fn content_type(name: &str) -> &'static str {
    match name.rsplit_once('.').map_or("", |(_, ending)| ending) {
        "html" => "text/html; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "json" | "map" => "application/json",
        "webmanifest" => "application/manifest+json",
        "txt" => "text/plain; charset=utf-8",
        "wasm" => "application/wasm",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "jpg" | "jpeg" => "image/jpeg",
        "webp" => "image/webp",
        "ico" => "image/x-icon",
        "woff2" => "font/woff2",
        _ => "application/octet-stream",
    }
}

/// Does the client have this already?
fn is_known(headers: &HeaderMap, tag: &str) -> bool {
    let known = headers.get_all(header::IF_NONE_MATCH).iter();
    known
        .filter_map(|tags| tags.to_str().ok())
        .flat_map(|tags| tags.split(','))
        .map(|known| known.trim().trim_start_matches("W/"))
        .any(|known| known == tag || known == "*")
}

/// Adds what keeps other pages and scripts out.
fn protected(mut response: Response) -> Response {
    let policy = content_security_policy();
    for (name, value) in [
        (header::CONTENT_SECURITY_POLICY, policy.as_str()),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
    ] {
        if let Ok(value) = HeaderValue::from_str(value) {
            response.headers_mut().insert(name, value);
        }
    }
    response
}

#[cfg(test)]
mod tests {
    use super::{fallback, rpc};

    #[test]
    fn the_fallback_lists_the_methods_and_keeps_the_policy() {
        let html = fallback("index.html").expect("it is there").into_owned();
        let html = String::from_utf8(html).expect("it is text");
        for method in rpc::METHODS {
            assert!(html.contains(&format!("<code>{method}</code>")), "{method}");
        }
        assert!(html.contains("make sandbox"));
        for forbidden in ["<style", "style=", "<script", "://"] {
            assert!(!html.contains(forbidden), "{forbidden}");
        }
        assert!(html.contains("href=\"fallback.css\"") && fallback("fallback.css").is_some());
        assert!(fallback("absent").is_none());
    }
}
