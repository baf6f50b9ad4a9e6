//! The program and its files, for tests.

use std::{
    path::{Path, PathBuf},
    process::{Command, Output},
};

#[allow(dead_code)]
pub fn ballast(arguments: &[&str]) -> Output {
    // Nothing of the repository is needed at run time.
    Command::new(env!("CARGO_BIN_EXE_ballast"))
        .args(arguments)
        .current_dir(env!("CARGO_TARGET_TMPDIR"))
        .env_remove("BALLAST_SECRET_KEY")
        .output()
        .unwrap()
}

pub fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

#[allow(dead_code)]
pub fn temporary(name: &str, content: &str) -> PathBuf {
    let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::write(&file, content).unwrap();
    file
}

/// Exit code and what standard error must contain.
#[allow(dead_code)]
pub fn assert_fails(arguments: &[&str], code: i32, words: &str) {
    let output = ballast(arguments);
    let error = text(&output.stderr);
    assert_eq!(output.status.code(), Some(code), "{arguments:?}: {error}");
    assert!(error.contains(words), "{arguments:?}: {error}");
    assert!(!error.contains("panicked"), "{error}");
    assert_eq!(text(&output.stdout), "", "{arguments:?}");
}
