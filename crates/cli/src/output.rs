//! Where results go.

use anyhow::Context;
use std::{
    fs,
    io::{BufWriter, Write},
    path::{Path, PathBuf},
};

/// Finds out before the work whether the result can be written.
pub fn check_writable(file: &Path) -> anyhow::Result<()> {
    fs::OpenOptions::new()
        .create(true)
        .append(true)
        .open(file)
        .map(drop)
        .with_context(|| file.display().to_string())
}

/// Writes a text.
pub fn write(file: &Path, text: &str) -> anyhow::Result<()> {
    fs::write(file, text).with_context(|| file.display().to_string())
}

/// Takes away a file that will be published later: whoever waits for it must not find an old or an empty one.
/// Only files: not a terminal, not `/dev/null`.
pub fn withdraw(file: &Path) -> anyhow::Result<()> {
    if fs::metadata(file).is_ok_and(|found| found.is_file()) {
        fs::remove_file(file).with_context(|| file.display().to_string())?;
    }
    Ok(())
}

/// Finds out before the work whether a file can be published. It is not there meanwhile, not even empty; what is
/// there already stays.
pub fn check_publishable(file: &Path) -> anyhow::Result<()> {
    if fs::metadata(file).is_ok_and(|found| !found.is_file()) {
        return check_writable(file);
    }
    let new = beside(file);
    let checked = fs::write(&new, "").and_then(|()| fs::remove_file(&new));
    checked.with_context(|| file.display().to_string())
}

/// Where a file is written before it is published.
fn beside(file: &Path) -> PathBuf {
    let mut name = file.file_name().unwrap_or_default().to_owned();
    name.push(".new");
    file.with_file_name(name)
}

/// Writes a text in one step: whoever waits for the file finds all of it or nothing.
pub fn publish(file: &Path, text: &str) -> anyhow::Result<()> {
    if fs::metadata(file).is_ok_and(|found| !found.is_file()) {
        return write(file, text);
    }
    let new = beside(file);
    write(&new, text)?;
    fs::rename(&new, file).with_context(|| file.display().to_string())
}

/// Writes JSON piece by piece, without holding it.
pub fn write_json(file: &Path, value: &impl serde::Serialize) -> anyhow::Result<()> {
    let written = || -> anyhow::Result<()> {
        let mut out = BufWriter::new(fs::File::create(file)?);
        serde_json::to_writer(&mut out, value)?;
        out.write_all(b"\n")?;
        out.flush()?;
        Ok(())
    };
    written().with_context(|| file.display().to_string())
}

/// Standard output may be a pipe that is closed early: not a reason to panic.
pub fn print(text: &str) -> anyhow::Result<()> {
    let mut out = std::io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => {
            Err(error).context("standard output")
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_can_be_published_is_not_there_before() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("sandbox.json");
        check_publishable(&file).unwrap();
        assert_eq!(fs::read_dir(&folder).unwrap().count(), 0);

        publish(&file, "old").unwrap();
        check_publishable(&file).unwrap();
        assert_eq!(fs::read_to_string(&file).unwrap(), "old");
        assert_eq!(fs::read_dir(&folder).unwrap().count(), 1);

        let absent = folder.path().join("absent/sandbox.json");
        let error = check_publishable(&absent).unwrap_err();
        assert!(error.to_string().contains("absent/sandbox.json"));
        assert!(check_publishable(folder.path()).is_err());
    }
}
