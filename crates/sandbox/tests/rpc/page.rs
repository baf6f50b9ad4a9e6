//! The wallet page: which files, as what, and what no request gets.

use crate::support::{ledger, Response, Served};
use ballast_sandbox::{page, Closing, Directory, DirectoryAccount, Options};
use serde_json::json;
use std::{collections::BTreeMap, fs, path::PathBuf};

const HTML: (&str, &str) = (
    "Accept",
    "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
);

/// A server with a page from a folder of its own.
fn served(name: &str) -> (Served, PathBuf) {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("page-{name}"));
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(folder.join("page/assets")).expect("a folder");
    for (file, content) in [
        ("page/index.html", "<p>the page</p>"),
        ("page/assets/a-1.js", "export {}"),
        ("page/assets/b.wasm", "\0asm"),
        ("page/.hidden", "hidden"),
        ("page/config.json", "not the sandbox's"),
        ("secret.txt", "secret"),
    ] {
        fs::write(folder.join(file), content).expect("a file");
    }
    let options = Options {
        closing: Closing::Manual,
        page: Some(folder.join("page")),
        ..Options::default()
    };
    (Served::over(ledger(10), options), folder)
}

fn get(served: &Served, path: &str, headers: &[(&str, &str)]) -> Response {
    served.connect().send("GET", path, headers, b"")
}

fn assert_protected(response: &Response) {
    let policy = response.header("content-security-policy").expect("one");
    assert!(policy.starts_with("default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; "));
    assert!(policy.ends_with("; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"));
    assert!(!policy.contains("unsafe-inline") && !policy.contains('*'));
    assert_eq!(response.header("x-content-type-options"), Some("nosniff"));
    assert_eq!(response.header("referrer-policy"), Some("no-referrer"));
}

#[test]
fn who_wants_html_gets_the_page() {
    let (served, _) = served("html");
    for path in ["/", "/index.html", "/?from=a-link"] {
        let response = get(&served, path, &[HTML]);
        assert_eq!(
            (response.status, response.text().as_str()),
            (200, "<p>the page</p>"),
            "{path}"
        );
        assert_eq!(
            response.header("content-type"),
            Some("text/html; charset=utf-8")
        );
        assert_eq!(response.header("cache-control"), Some("no-cache"));
        assert_protected(&response);
    }
    let vary: Vec<_> = get(&served, "/", &[HTML]).headers;
    assert!(vary.contains(&("vary".into(), "accept".into())), "{vary:?}");
    for accepted in [
        &[][..],
        &[("Accept", "*/*")],
        &[("Accept", "application/json")],
    ] {
        let response = get(&served, "/", accepted);
        assert!(
            response.text().starts_with("A Stellar network"),
            "{accepted:?}"
        );
        assert_protected(&response);
    }
}

#[test]
fn files_have_their_types_and_change_at_once() {
    let (served, folder) = served("types");
    for (path, kind) in [
        ("/assets/a-1.js", "text/javascript; charset=utf-8"),
        ("/assets/b.wasm", "application/wasm"),
    ] {
        let response = get(&served, path, &[]);
        assert_eq!(response.status, 200, "{path}");
        assert_eq!(response.header("content-type"), Some(kind));
        // The names of files in a folder say nothing of their content.
        assert_eq!(response.header("cache-control"), Some("no-cache"));
        assert_protected(&response);
    }
    fs::write(folder.join("page/assets/a-1.js"), "export const a = 1").expect("a file");
    assert_eq!(
        get(&served, "/assets/a-1.js", &[]).text(),
        "export const a = 1"
    );
}

#[test]
fn what_is_known_is_not_sent_again() {
    let (served, folder) = served("known");
    let first = get(&served, "/index.html", &[]);
    let tag = first.header("etag").expect("a tag").to_owned();
    for known in [
        tag.clone(),
        format!("W/{tag}"),
        format!("\"x\", {tag}"),
        "*".into(),
    ] {
        let again = get(&served, "/index.html", &[("If-None-Match", &known)]);
        assert_eq!((again.status, again.body.len()), (304, 0), "{known}");
        assert_eq!(again.header("etag"), Some(tag.as_str()));
        assert_protected(&again);
    }
    assert_eq!(
        get(&served, "/index.html", &[("If-None-Match", "\"x\"")]).status,
        200
    );
    fs::write(folder.join("page/index.html"), "<p>another</p>").expect("a file");
    let changed = get(&served, "/index.html", &[("If-None-Match", &tag)]);
    assert_eq!(
        (changed.status, changed.text().as_str()),
        (200, "<p>another</p>")
    );
}

#[test]
fn heads_are_those_of_the_files() {
    let (served, _) = served("heads");
    let mut connection = served.connect();
    for path in ["/", "/index.html", "/assets/a-1.js", "/config.json"] {
        let whole = connection.send("GET", path, &[HTML], b"");
        let head = connection.send("HEAD", path, &[HTML], b"");
        assert_eq!(head.status, 200, "{path}");
        for name in ["content-length", "content-type", "etag", "cache-control"] {
            assert_eq!(head.header(name), whole.header(name), "{path}: {name}");
        }
        assert_protected(&head);
    }
    assert_eq!(connection.send("HEAD", "/absent", &[], b"").status, 404);
}

#[test]
fn nothing_else_is_served() {
    let (served, folder) = served("else");
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink(folder.join("secret.txt"), folder.join("page/link.txt"))
            .expect("a link");
        std::os::unix::fs::symlink(&folder, folder.join("page/out")).expect("a link");
    }
    let absolute = folder.join("secret.txt").display().to_string();
    for path in [
        "/absent.js",
        "/assets",
        "/assets/",
        "/assets//a-1.js",
        "//index.html",
        "/.hidden",
        "/./index.html",
        "/../secret.txt",
        "/assets/../../secret.txt",
        "/assets/..%2f..%2fsecret.txt",
        "/%2e%2e/secret.txt",
        "/..%5csecret.txt",
        "/..\\secret.txt",
        "/index.html%00",
        "/index%2ehtml",
        "/link.txt",
        "/out/secret.txt",
        &format!("/{absolute}"),
        &absolute,
    ] {
        let response = get(&served, path, &[HTML]);
        assert!(
            matches!(response.status, 400 | 404),
            "{path}: {}",
            response.status
        );
        let text = response.text();
        assert!(
            !text.contains("secret") && !text.contains("hidden"),
            "{path}: {text}"
        );
        if response.status == 404 {
            assert_protected(&response);
        }
    }
    for method in ["POST", "PUT", "DELETE", "OPTIONS"] {
        let response = served.connect().send(method, "/index.html", &[], b"");
        assert_eq!(response.status, 404, "{method}");
    }
}

#[test]
fn the_page_is_told_of_the_network() {
    let (served, _) = served("config");
    let config = |served: &Served| get(served, "/config.json", &[]);
    let bare = config(&served);
    assert_eq!(bare.header("content-type"), Some("application/json"));
    assert_eq!(bare.header("cache-control"), Some("no-cache"));
    assert_protected(&bare);
    assert_eq!(
        bare.json(),
        json!({
            "name": "Sandbox",
            "rpcUrl": "./rpc",
            "friendbotUrl": "./friendbot",
            "networkPassphrase": served.network.passphrase(),
            "testWallet": true,
            "contracts": {},
            "assets": [],
            "comet": [],
            "accounts": [],
        })
    );
    served.sandbox.controls().set_directory(Directory {
        contracts: BTreeMap::from([("factory".into(), "C1".into())]),
        accounts: vec![DirectoryAccount {
            name: "alice".into(),
            public_key: "G1".into(),
            secret_key: "S1".into(),
        }],
        ..Directory::default()
    });
    let told = config(&served);
    assert_ne!(told.header("etag"), bare.header("etag"));
    let told = told.json();
    assert_eq!(told["contracts"]["factory"], "C1");
    assert_eq!(
        told["accounts"],
        json!([{ "name": "alice", "publicKey": "G1", "secretKey": "S1" }])
    );
    // They lead somewhere.
    let health = br#"{"jsonrpc":"2.0","id":1,"method":"getHealth"}"#;
    let mut connection = served.connect();
    assert_eq!(
        connection.post("/rpc", health).json()["result"]["status"],
        "healthy"
    );
    assert_eq!(connection.send("GET", "/friendbot", &[], b"").status, 400);
}

#[test]
fn faults_hit_the_rpc_and_not_the_page() {
    let (served, _) = served("faults");
    served.get("ballast_fail", json!({ "kind": "http", "status": 503 }));
    for path in ["/", "/index.html", "/assets/a-1.js", "/config.json"] {
        assert_eq!(get(&served, path, &[HTML]).status, 200, "{path}");
    }
    let health = br#"{"jsonrpc":"2.0","id":1,"method":"getHealth"}"#;
    for path in ["/", "/rpc"] {
        assert_eq!(served.connect().post(path, health).status, 503, "{path}");
    }
    served.get("ballast_clearFaults", json!({}));
    assert_eq!(served.connect().post("/rpc", health).status, 200);
}

/// Addresses in the page, relative to it.
fn addresses(html: &str) -> Vec<&str> {
    let after = |name: &str| {
        let parts = html.split(name).skip(1);
        parts
            .filter_map(|part| part.split('"').next())
            .collect::<Vec<_>>()
    };
    [after("src=\""), after("href=\"")].concat()
}

#[test]
fn the_page_of_the_program_is_whole() {
    let served = Served::manual();
    let index = get(&served, "/", &[HTML]);
    assert_eq!(index.status, 200);
    assert_protected(&index);
    let html = index.text();
    for marked in ["<script>", "<style", " style=", " onclick="] {
        assert!(!html.contains(marked), "the policy forbids {marked}");
    }
    let addresses = addresses(&html);
    assert!(!addresses.is_empty());
    for address in addresses {
        let path = format!("/{}", address.trim_start_matches("./"));
        let file = get(&served, &path, &[]);
        assert_eq!(file.status, 200, "{path}");
        let caching = match path.starts_with("/assets/") {
            true => "public, max-age=31536000, immutable",
            false => "no-cache",
        };
        assert_eq!(file.header("cache-control"), Some(caching), "{path}");
        assert_protected(&file);
    }
    if !page::is_embedded() {
        for method in ballast_sandbox::rpc::METHODS {
            assert!(html.contains(method), "{method}");
        }
    }
}

/// Static hosts send no headers of ours, so the page carries its policy; what it may do is the same.
#[test]
fn the_page_carries_the_policy_of_the_header() {
    if !page::is_embedded() {
        assert_ne!(
            std::env::var("CI").as_deref(),
            Ok("true"),
            "the page is not built"
        );
        return;
    }
    let served = Served::manual();
    let html = get(&served, "/", &[HTML]).text();
    let (_, meta) = html
        .split_once("http-equiv=\"Content-Security-Policy\" content=\"")
        .expect("the page has a policy");
    let (meta, _) = meta.split_once('"').expect("it ends");
    let header = page::content_security_policy();
    let heeded = header
        .strip_suffix("; frame-ancestors 'none'")
        .expect("in headers only");
    assert_eq!(meta.replace("&#39;", "'").replace("&#x27;", "'"), heeded);
    // Nothing that it forbids may come before it.
    let (before, _) = html.split_once("http-equiv=").expect("it is there");
    assert!(
        !before.contains("src=") && !before.contains("href="),
        "{before}"
    );
}
