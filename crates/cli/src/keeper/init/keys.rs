//! The channels' keys: in a file of their own, before anything is sent.

use super::misuse;
use crate::Failure;
use anyhow::{anyhow, Context};
use ballast_keeper::config::read_channels;
use ballast_transaction::KeyPair;
use std::{
    fs::{self, OpenOptions},
    io::Write,
    path::{Path, PathBuf},
};

const HEAD: &str = "# Secret keys of the keeper's channel accounts, one a line. Whoever has them has their lumens.\n";

/// Keys that are there, and keys that are new.
pub struct ChannelKeys {
    file: PathBuf,
    /// In the order of the file.
    pub all: Vec<KeyPair>,
    /// So many of them, the last ones, are not in the file yet.
    pub new: usize,
}

/// The keys of the file, with as many new ones as are wanted beyond them.
pub fn find(file: &Path, wanted: u32, keeper: &KeyPair) -> Result<ChannelKeys, Failure> {
    let mut all = match fs::symlink_metadata(file) {
        Ok(_) => read_channels(file).map_err(anyhow::Error::msg)?,
        Err(_) => Vec::new(),
    };
    if all.iter().any(|key| key.public() == keeper.public()) {
        return Err(misuse(format!(
            "{}: the keeper's own key is among the channels'",
            file.display()
        )));
    }
    let wanted = wanted as usize;
    let new = wanted.saturating_sub(all.len());
    for _ in 0..new {
        let mut seed = [0; 32];
        getrandom::fill(&mut seed)
            .map_err(|error| anyhow!("the system has no randomness: {error}"))?;
        all.push(KeyPair::from_seed(seed));
    }
    Ok(ChannelKeys {
        file: file.to_owned(),
        all,
        new,
    })
}

impl ChannelKeys {
    /// Writes the new ones, so that they outlive this machine's next moment.
    pub fn write(&self) -> anyhow::Result<()> {
        if self.new == 0 {
            return Ok(());
        }
        let name = || self.file.display().to_string();
        let begun = self.new < self.all.len();
        let mut options = OpenOptions::new();
        match begun {
            true => options.append(true),
            // Nobody's file is followed or overwritten.
            false => options.write(true).create_new(true),
        };
        #[cfg(unix)]
        {
            use std::os::unix::fs::OpenOptionsExt;
            options.mode(0o600);
        }
        let mut text = match begun {
            // The last line may have been written without its end.
            true => "\n".to_owned(),
            false => HEAD.to_owned(),
        };
        for key in self.all.iter().skip(self.all.len() - self.new) {
            text.push_str(&format!("{} # {}\n", key.secret(), key.address()));
        }
        let mut file = options.open(&self.file).with_context(name)?;
        file.write_all(text.as_bytes()).with_context(name)?;
        file.sync_all().with_context(name)
    }
}
