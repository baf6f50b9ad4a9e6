//! Any text as a policy file: an error or a valid policy, which reads the same when written again.
#![no_main]

use ballast_risk::policy::{parse, PolicyFields};
use libfuzzer_sys::fuzz_target;

/// Length of the pool oracle's rounds, seconds.
const RESOLUTION_SECONDS: u32 = 300;

fuzz_target!(|text: &str| {
    let Ok(policy) = parse(text, RESOLUTION_SECONDS) else {
        return;
    };
    assert_eq!(policy.validate(RESOLUTION_SECONDS), Ok(()));
    let written = toml::to_string(&PolicyFields::from(&policy)).expect("numbers are TOML");
    assert_eq!(parse(&written, RESOLUTION_SECONDS), Ok(policy));
});
