//! Secret keys: from the environment or a file, never from the command line.

use crate::Failure;
use anyhow::{bail, Context};
use ballast_client::Deployment;
use ballast_transaction::KeyPair;
use std::{env, fs, path::Path};

use super::misuse;

/// The variable that holds the key.
const VARIABLE: &str = "BALLAST_SECRET_KEY";

/// The key of a file, of a sandbox's account, or of the environment; none where nothing names one.
pub fn find(
    file: Option<&Path>,
    account: Option<&str>,
    deployment: &Deployment,
) -> Result<Option<KeyPair>, Failure> {
    if let Some(file) = file {
        return Ok(Some(read(file)?));
    }
    if let Some(name) = account {
        let found = deployment
            .account(name)
            .and_then(|account| account.secret_key.as_deref())
            .ok_or_else(|| {
                let names: Vec<_> = deployment
                    .accounts
                    .iter()
                    .map(|account| account.name.as_str())
                    .collect();
                misuse(format!(
                    "--account: there is no {name:?}; there are {}",
                    names.join(", ")
                ))
            })?;
        let key =
            KeyPair::from_secret(found).with_context(|| format!("the key of account {name}"))?;
        return Ok(Some(key));
    }
    match env::var(VARIABLE) {
        Ok(text) => {
            let key = KeyPair::from_secret(text.trim()).context(VARIABLE)?;
            Ok(Some(key))
        }
        Err(env::VarError::NotPresent) => Ok(None),
        Err(env::VarError::NotUnicode(_)) => Err(anyhow::anyhow!("{VARIABLE}: not a text").into()),
    }
}

/// That a key is needed.
pub fn missing() -> Failure {
    misuse(format!(
        "no key: set {VARIABLE}, or name a file with --key-file"
    ))
}

fn read(file: &Path) -> anyhow::Result<KeyPair> {
    let name = || file.display().to_string();
    let metadata = fs::metadata(file).with_context(name)?;
    if !metadata.is_file() {
        bail!("{}: not a file", name());
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = metadata.permissions().mode() & 0o777;
        if mode & 0o077 != 0 {
            bail!(
                "{}: others may read or write it (mode {mode:03o}): chmod 600 {0}",
                name()
            );
        }
    }
    let text = fs::read_to_string(file).with_context(name)?;
    KeyPair::from_secret(text.trim()).with_context(name)
}
