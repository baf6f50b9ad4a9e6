//! Texts without secrets.

use std::borrow::Cow;

/// Length of a secret key as text.
const SEED_LENGTH: usize = 56;

/// The address of an endpoint without what providers hide keys in: user, path and query.
pub fn endpoint_name(url: &str) -> String {
    let (scheme, rest) = url.split_once("://").unwrap_or(("", url));
    let authority = rest.split(['/', '?', '#', '\\']).next().unwrap_or("");
    let host = authority.rsplit('@').next().unwrap_or("");
    match scheme {
        "" => host.to_owned(),
        scheme => format!("{scheme}://{host}"),
    }
}

/// A text for logs and alerts: secret keys are gone, addresses of the web end with their hosts.
///
/// Nothing here should hold a secret in the first place; this is for texts that others have made, as the
/// errors of libraries.
pub fn scrub(text: &str) -> Cow<'_, str> {
    if !text.contains("://") && !has_seed(text) {
        return Cow::Borrowed(text);
    }
    let mut clean = String::with_capacity(text.len());
    let mut word = String::new();
    for character in text.chars() {
        if character.is_ascii_alphanumeric() || "-._~:/?#[]@!$&*+,;=%\\".contains(character) {
            word.push(character);
        } else {
            push_clean(&mut clean, &word);
            word.clear();
            clean.push(character);
        }
    }
    push_clean(&mut clean, &word);
    Cow::Owned(clean)
}

/// A text of one line that does nothing to a terminal.
pub fn printable(text: &str) -> String {
    let plain = |character: char| {
        if character.is_control() {
            ' '
        } else {
            character
        }
    };
    text.chars().map(plain).collect()
}

fn push_clean(clean: &mut String, word: &str) {
    let scheme = ["https://", "http://"]
        .into_iter()
        .find_map(|scheme| word.find(scheme));
    let word = match scheme {
        Some(at) => {
            clean.push_str(&word[..at]);
            let url = &word[at..];
            clean.push_str(&endpoint_name(url));
            // What a sentence puts after an address stays.
            &url[url.trim_end_matches([',', ':', ';', '.']).len()..]
        }
        None => word,
    };
    let mut rest = word;
    while let Some(at) = seed(rest) {
        clean.push_str(&rest[..at]);
        clean.push_str("S(secret)");
        rest = &rest[at + SEED_LENGTH..];
    }
    clean.push_str(rest);
}

fn has_seed(text: &str) -> bool {
    seed(text).is_some()
}

/// Where a secret key begins.
fn seed(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    let of_key = |byte: &u8| matches!(byte, b'A'..=b'Z' | b'2'..=b'7');
    (0..bytes.len().saturating_sub(SEED_LENGTH - 1)).find(|at| {
        let whole = bytes[*at..*at + SEED_LENGTH].iter().all(of_key);
        let alone = *at == 0 || !of_key(&bytes[*at - 1]);
        let ends = bytes.get(at + SEED_LENGTH).is_none_or(|byte| !of_key(byte));
        bytes[*at] == b'S' && whole && alone && ends
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn endpoint_name_hides_user_path_and_query() {
        for (url, name) in [
            ("https://rpc.example:443/v1/KEY", "https://rpc.example:443"),
            ("https://user:pass@rpc.example/", "https://rpc.example"),
            ("http://127.0.0.1:8000?apikey=KEY", "http://127.0.0.1:8000"),
            ("http://[::1]:8000/KEY", "http://[::1]:8000"),
            ("https://a@b@rpc.example/KEY", "https://rpc.example"),
            ("", ""),
        ] {
            assert_eq!(endpoint_name(url), name, "{url}");
        }
    }

    #[test]
    fn scrub_takes_out_keys_and_paths_and_nothing_else() {
        let seed = format!("S{}", "ABCD2345".repeat(8))[..56].to_owned();
        let public = format!("G{}", &seed[1..]);
        for (text, clean) in [
            (
                "error sending request for url (https://rpc.example/v1/KEY): refused".to_owned(),
                "error sending request for url (https://rpc.example): refused".to_owned(),
            ),
            (
                "https://u:p@rpc.example/KEY, then http://other:80/x".to_owned(),
                "https://rpc.example, then http://other:80".to_owned(),
            ),
            (format!("key={seed}"), "key=S(secret)".to_owned()),
            (
                format!("\"{seed}\" and {seed}"),
                "\"S(secret)\" and S(secret)".to_owned(),
            ),
            (public.clone(), public),
            (
                "ledger 12: 0.5 lumens (low)".to_owned(),
                "ledger 12: 0.5 lumens (low)".to_owned(),
            ),
        ] {
            assert_eq!(scrub(&text), clean);
        }
    }
}
