//! Secret keys, from the environment or from files that nobody else may read.

use super::{error::Mistake, Channels, Config, ConfigError, Keeper};
use ballast_transaction::{KeyPair, Network};
use std::{collections::BTreeSet, env, fs, path::Path};

/// Who signs. What is shown of them are their addresses.
#[derive(Clone, Debug)]
pub struct Secrets {
    /// The keeper, who authorises steps and has the inventory.
    pub keeper: KeyPair,
    /// Sources of transactions: they pay the network's fees.
    pub channels: Vec<KeyPair>,
}

impl Config {
    /// Reads the keeper's key alone.
    ///
    /// # Errors
    /// If there is none; no word of it tells a secret.
    pub fn keeper(&self) -> Result<KeyPair, ConfigError> {
        self.keeper_key().map_err(|message| ConfigError {
            file: self.file.display().to_string(),
            mistakes: vec![mistake("keeper", message)],
        })
    }

    /// Reads the keys.
    ///
    /// # Errors
    /// All that is wrong with them; no word of it tells a secret.
    pub fn secrets(&self) -> Result<Secrets, ConfigError> {
        let keeper = self.keeper_key();
        let channels = self.channel_keys();
        let mut mistakes = Vec::new();
        if let (Ok(keeper), Ok(channels)) = (&keeper, &channels) {
            let own = channels
                .iter()
                .position(|key| key.public() == keeper.public());
            if let Some(place) = own {
                mistakes.push(mistake(
                    "channels",
                    format!(
                        "number {} is the keeper's own account: `ballast keeper init` makes others",
                        place + 1
                    ),
                ));
            }
        }
        match (keeper, channels) {
            (Ok(keeper), Ok(channels)) if mistakes.is_empty() => {
                return Ok(Secrets { keeper, channels })
            }
            (keeper, channels) => {
                mistakes.extend(keeper.err().map(|message| mistake("keeper", message)));
                mistakes.extend(channels.err().map(|message| mistake("channels", message)));
            }
        }
        Err(ConfigError {
            file: self.file.display().to_string(),
            mistakes,
        })
    }

    fn keeper_key(&self) -> Result<KeyPair, String> {
        match &self.keys.keeper {
            Keeper::Environment(name) => {
                let text = variable(name)?;
                KeyPair::from_secret(text.trim()).map_err(|error| format!("{name}: {error}"))
            }
            Keeper::File(file) => {
                let text = read_private(file)?;
                match lines(&text).as_slice() {
                    [(_, line)] => KeyPair::from_secret(line)
                        .map_err(|error| format!("{}: {error}", file.display())),
                    found => Err(format!(
                        "{}: one secret key is expected, there are {} lines",
                        file.display(),
                        found.len()
                    )),
                }
            }
            Keeper::Account(name) => {
                if self.network.passphrase.as_deref() == Some(Network::PUBLIC) {
                    return Err("keeper_account is for sandboxes, whose keys are public".to_owned());
                }
                let account = self
                    .network
                    .deployment
                    .as_ref()
                    .and_then(|deployment| deployment.account(name));
                let secret = account.and_then(|account| account.secret_key.as_deref());
                let secret =
                    secret.ok_or_else(|| format!("the deployment has no key of {name}"))?;
                KeyPair::from_secret(secret).map_err(|error| format!("{name}: {error}"))
            }
        }
    }

    fn channel_keys(&self) -> Result<Vec<KeyPair>, String> {
        match &self.keys.channels {
            Channels::File(file) => read_channels(file),
            Channels::Environment(name) => {
                let text = variable(name)?;
                keys(&text.replace([',', ' '], "\n"), name)
            }
        }
    }
}

/// The keys of a channels file.
///
/// # Errors
/// In words, without a secret.
pub fn read_channels(file: &Path) -> Result<Vec<KeyPair>, String> {
    keys(&read_private(file)?, &file.display().to_string())
}

/// One secret key a line; `#` begins a remark.
fn keys(text: &str, name: &str) -> Result<Vec<KeyPair>, String> {
    let mut seen = BTreeSet::new();
    let mut keys = Vec::new();
    for (number, line) in lines(text) {
        let key = KeyPair::from_secret(line)
            .map_err(|error| format!("{name}, line {number}: {error}"))?;
        if !seen.insert(key.public()) {
            return Err(format!("{name}, line {number}: this key was there before"));
        }
        keys.push(key);
    }
    if keys.is_empty() {
        return Err(format!("{name}: there is no key in it"));
    }
    Ok(keys)
}

/// What is not empty, with its number.
fn lines(text: &str) -> Vec<(usize, &str)> {
    text.lines()
        .enumerate()
        .map(|(index, line)| (index + 1, line.split('#').next().unwrap_or_default().trim()))
        .filter(|(_, line)| !line.is_empty())
        .collect()
}

fn variable(name: &str) -> Result<String, String> {
    match env::var(name) {
        Ok(text) => Ok(text),
        Err(env::VarError::NotPresent) => Err(format!("the environment has no {name}")),
        Err(env::VarError::NotUnicode(_)) => Err(format!("{name}: not a text")),
    }
}

/// Reads a file that nobody else may read.
fn read_private(file: &Path) -> Result<String, String> {
    let name = file.display();
    let failed = |error: std::io::Error| format!("{name}: {error}");
    let metadata = fs::metadata(file).map_err(failed)?;
    if !metadata.is_file() {
        return Err(format!("{name}: not a file"));
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = metadata.permissions().mode() & 0o777;
        if mode & 0o077 != 0 {
            return Err(format!(
                "{name}: others may read or write it (mode {mode:03o}): chmod 600 {name}"
            ));
        }
    }
    fs::read_to_string(file).map_err(failed)
}

fn mistake(key: &str, message: String) -> Mistake {
    Mistake {
        line: None,
        place: format!("[keys] {key}"),
        message,
    }
}
