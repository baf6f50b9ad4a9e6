//! A file of records, each with its length and a checksum that is chained to the record before it.
//!
//! ```text
//! file    magic "BALLASTS" | format u32 | network id 32 bytes | checksum u32 | record ...
//! record  kind u8 | length u32 | checksum u32 | content | checksum u32 | 0xA5
//! ```
//!
//! Numbers are big-endian, checksums CRC-32. A record's first checksum covers kind and length, its second
//! the content; each continues from the checksum before it, so a record that is missing, doubled or moved
//! shows like a flipped bit. Because the length has a checksum of its own, a record that reaches beyond the
//! end of the file was cut short while it was written: it is dropped. The mark at the end is never zero, so
//! a last record whose blocks did not all reach the disk shows too. Everything else that does not check is
//! damage, and a damaged file is refused and left as it is.

use super::StateFileError;
use std::{
    fs::{self, File, OpenOptions, TryLockError},
    io::{self, BufReader, BufWriter, Read, Seek, SeekFrom, Write},
    path::{Path, PathBuf},
};

/// Version of the format.
pub const FORMAT: u32 = 1;
/// How a file begins.
pub const MAGIC: [u8; 8] = *b"BALLASTS";
/// Bytes before the first record.
pub const HEADER_BYTES: u64 = 8 + 4 + 32 + 4;
/// Bytes of a record before its content.
const HEAD_BYTES: usize = 1 + 4 + 4;
/// Bytes of a record behind its content.
const TAIL_BYTES: usize = 4 + 1;
/// Bytes of a record around its content.
pub(super) const RECORD_BYTES: u64 = (HEAD_BYTES + TAIL_BYTES) as u64;
/// Last byte of a record.
const END_MARK: u8 = 0xA5;

/// A file that records are appended to, locked against other processes.
#[derive(Debug)]
pub struct RecordFile {
    path: PathBuf,
    file: File,
    /// Bytes up to the end of the last whole record.
    length: u64,
    /// Checksum of the last record, which the next one continues.
    chain: u32,
    network_id: [u8; 32],
    /// Something could not be written: what came after it would follow a gap.
    failed: bool,
    /// Held, not read.
    _lock: Lock,
}

/// What was found in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Found {
    /// Records read.
    pub records: u64,
    /// Bytes of a record that was cut short and is dropped now.
    pub torn_bytes: u64,
}

/// What is at a place.
#[derive(Debug)]
pub enum Opened {
    /// A state file.
    Existing(RecordFile, Found),
    /// Nothing, or an empty file: [`RecordFile::create`] makes one.
    Vacant(Place),
}

/// Takes records in: kind and content. What is wrong with one, if something is.
pub type Take<'a> = dyn FnMut(u8, &[u8]) -> Result<(), String> + 'a;

/// Writes the records of a new file: kind and content.
pub type Put<'a> = dyn FnMut(u8, &[u8]) -> io::Result<()> + 'a;

impl RecordFile {
    /// Locks the file's place and opens what is there: every record goes to `take`, in order; a torn tail is
    /// cut off after all of it was read.
    ///
    /// # Errors
    /// See [`StateFileError`]. The file is untouched then.
    pub fn open(
        path: &Path,
        network_id: [u8; 32],
        take: &mut Take<'_>,
    ) -> Result<Opened, StateFileError> {
        // Compaction renames over the file itself, not over a link to it.
        let path = fs::canonicalize(path).unwrap_or_else(|_| path.into());
        let lock = lock(&path)?;
        let place = Place { path, lock };
        let error = |error| StateFileError::Read {
            file: place.path.clone(),
            error,
        };
        let mut file = match OpenOptions::new().read(true).write(true).open(&place.path) {
            Ok(file) => file,
            Err(wrong) if wrong.kind() == io::ErrorKind::NotFound => {
                return Ok(Opened::Vacant(place))
            }
            Err(wrong) => return Err(error(wrong)),
        };
        let metadata = file.metadata().map_err(error)?;
        if !metadata.is_file() {
            return Err(StateFileError::Foreign(place.path));
        }
        if metadata.len() == 0 {
            return Ok(Opened::Vacant(place));
        }
        let mut reading = Reading {
            path: &place.path,
            reader: BufReader::with_capacity(1 << 20, &file),
            size: metadata.len(),
            at: 0,
            chain: 0,
        };
        reading.header(network_id)?;
        let mut records = 0;
        while let Some((kind, content)) = reading.record()? {
            let start = reading.start_of(&content);
            take(kind, &content).map_err(|why| StateFileError::Corrupt {
                file: place.path.clone(),
                at: start,
                why,
            })?;
            records += 1;
        }
        let (length, chain) = (reading.at, reading.chain);
        let torn_bytes = metadata.len() - length;
        if torn_bytes > 0 {
            file.set_len(length).map_err(error)?;
        }
        file.seek(SeekFrom::Start(length)).map_err(error)?;
        let opened = Self {
            path: place.path,
            file,
            length,
            chain,
            network_id,
            failed: false,
            _lock: place.lock,
        };
        let found = Found {
            records,
            torn_bytes,
        };
        Ok(Opened::Existing(opened, found))
    }

    /// Makes the file at a place where there is none: written beside it, then renamed, so that it is never
    /// half there.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn create(
        place: Place,
        network_id: [u8; 32],
        write: &mut dyn FnMut(&mut Put<'_>) -> io::Result<()>,
    ) -> io::Result<Self> {
        let (file, length, chain) = write_beside(&place.path, network_id, write)?;
        Ok(Self {
            path: place.path,
            file,
            length,
            chain,
            network_id,
            failed: false,
            _lock: place.lock,
        })
    }

    /// Replaces everything in the file, in one step: a crash leaves the old file or the new one.
    ///
    /// # Errors
    /// If it cannot be written. A whole file is there then, the old one or the new one, but nothing can be
    /// appended to it any more.
    pub fn replace(
        &mut self,
        write: &mut dyn FnMut(&mut Put<'_>) -> io::Result<()>,
    ) -> io::Result<()> {
        self.check()?;
        let written = write_beside(&self.path, self.network_id, write);
        self.failed = written.is_err();
        (self.file, self.length, self.chain) = written?;
        Ok(())
    }

    /// Appends a record. With `sync` it is on the disk when this returns, otherwise in the hands of the
    /// operating system: a process that dies loses nothing, a machine that does may.
    ///
    /// # Errors
    /// If it cannot be written. What was written of it is cut off again, and nothing can be appended any
    /// more.
    pub fn append(&mut self, kind: u8, content: &[u8], sync: bool) -> io::Result<()> {
        self.check()?;
        let (bytes, chain) = encode(self.chain, kind, content)?;
        let mut written = self.file.write_all(&bytes);
        if sync {
            written = written.and_then(|()| self.file.sync_data());
        }
        if let Err(error) = written {
            self.failed = true;
            // If this fails too, the next start finds a torn tail.
            let _ = self.file.set_len(self.length);
            let _ = self.file.seek(SeekFrom::Start(self.length));
            return Err(error);
        }
        self.length += bytes.len() as u64;
        self.chain = chain;
        Ok(())
    }

    fn check(&self) -> io::Result<()> {
        match self.failed {
            false => Ok(()),
            true => Err(io::Error::other("something before it could not be written")),
        }
    }

    /// Length, bytes.
    pub fn length(&self) -> u64 {
        self.length
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Waits until everything is on the disk.
    ///
    /// # Errors
    /// If the disk fails.
    pub fn sync(&self) -> io::Result<()> {
        self.file.sync_data()
    }
}

/// A locked place without a file.
#[derive(Debug)]
pub struct Place {
    path: PathBuf,
    lock: Lock,
}

/// `name` with something behind it.
fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

/// Held until it is dropped.
#[derive(Debug)]
struct Lock(File);

impl Drop for Lock {
    fn drop(&mut self) {
        // A process that this one starts at the moment shares the lock until it runs its own program:
        // closing the file would not be enough.
        let _ = self.0.unlock();
    }
}

/// A lock beside the file and not on it, because compaction replaces the file.
fn lock(path: &Path) -> Result<Lock, StateFileError> {
    let lock = beside(path, ".lock");
    let error = |error| StateFileError::Read {
        file: lock.clone(),
        error,
    };
    let file = OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .open(&lock)
        .map_err(error)?;
    match file.try_lock() {
        Ok(()) => Ok(Lock(file)),
        Err(TryLockError::WouldBlock) => Err(StateFileError::Locked(path.into())),
        Err(TryLockError::Error(wrong)) => Err(error(wrong)),
    }
}

fn write_beside(
    path: &Path,
    network_id: [u8; 32],
    write: &mut dyn FnMut(&mut Put<'_>) -> io::Result<()>,
) -> io::Result<(File, u64, u32)> {
    let new = beside(path, ".new");
    let file = OpenOptions::new()
        .create(true)
        .truncate(true)
        .read(true)
        .write(true)
        .open(&new)?;
    let written = || -> io::Result<(File, u64, u32)> {
        let mut out = BufWriter::with_capacity(1 << 20, file);
        let (header, mut chain) = header(network_id);
        out.write_all(&header)?;
        let mut length = header.len() as u64;
        write(&mut |kind, content| {
            let (bytes, next) = encode(chain, kind, content)?;
            (chain, length) = (next, length + bytes.len() as u64);
            out.write_all(&bytes)
        })?;
        let file = out.into_inner().map_err(io::IntoInnerError::into_error)?;
        file.sync_all()?;
        fs::rename(&new, path)?;
        sync_directory(path)?;
        Ok((file, length, chain))
    };
    written().inspect_err(|_| {
        let _ = fs::remove_file(&new);
    })
}

/// A rename is on the disk when its directory is.
#[cfg(unix)]
fn sync_directory(path: &Path) -> io::Result<()> {
    let parent = path.parent().filter(|parent| *parent != Path::new(""));
    File::open(parent.unwrap_or(Path::new(".")))?.sync_all()
}

#[cfg(not(unix))]
fn sync_directory(_path: &Path) -> io::Result<()> {
    Ok(())
}

fn header(network_id: [u8; 32]) -> (Vec<u8>, u32) {
    let mut bytes = MAGIC.to_vec();
    bytes.extend(FORMAT.to_be_bytes());
    bytes.extend(network_id);
    let chain = checksum(0, &[&bytes]);
    bytes.extend(chain.to_be_bytes());
    (bytes, chain)
}

/// A record's bytes and its checksum.
fn encode(chain: u32, kind: u8, content: &[u8]) -> io::Result<(Vec<u8>, u32)> {
    let length = u32::try_from(content.len())
        .map_err(|_| io::Error::new(io::ErrorKind::InvalidInput, "a record of more than 4 GiB"))?;
    let chain = checksum(chain, &[&[kind], &length.to_be_bytes()]);
    let mut bytes = Vec::with_capacity(HEAD_BYTES + content.len() + TAIL_BYTES);
    bytes.push(kind);
    bytes.extend(length.to_be_bytes());
    bytes.extend(chain.to_be_bytes());
    bytes.extend(content);
    let chain = checksum(chain, &[content]);
    bytes.extend(chain.to_be_bytes());
    bytes.push(END_MARK);
    Ok((bytes, chain))
}

fn checksum(chain: u32, parts: &[&[u8]]) -> u32 {
    let mut hasher = crc32fast::Hasher::new_with_initial(chain);
    for part in parts {
        hasher.update(part);
    }
    hasher.finalize()
}

struct Reading<'a> {
    path: &'a Path,
    reader: BufReader<&'a File>,
    size: u64,
    /// Everything before this was read and checks.
    at: u64,
    chain: u32,
}

impl Reading<'_> {
    fn header(&mut self, network_id: [u8; 32]) -> Result<(), StateFileError> {
        let mut bytes = vec![0; HEADER_BYTES.min(self.size) as usize];
        self.fill(&mut bytes)?;
        let (ours, chain) = header(network_id);
        if bytes.len() < ours.len() || bytes[..8] != MAGIC {
            return Err(StateFileError::Foreign(self.path.into()));
        }
        let format = number(&bytes[8..12]);
        if format != FORMAT {
            return Err(StateFileError::Format {
                file: self.path.into(),
                format,
            });
        }
        let (content, check) = bytes.split_at(HEADER_BYTES as usize - 4);
        if checksum(0, &[content]) != number(check) {
            return Err(self.corrupt("its header does not check"));
        }
        if bytes != ours {
            return Err(StateFileError::Network(self.path.into()));
        }
        (self.at, self.chain) = (HEADER_BYTES, chain);
        Ok(())
    }

    /// The next record, or nothing at the end or before a torn one.
    fn record(&mut self) -> Result<Option<(u8, Vec<u8>)>, StateFileError> {
        let left = self.size - self.at;
        if left < HEAD_BYTES as u64 {
            return Ok(None);
        }
        let mut head = [0; HEAD_BYTES];
        self.fill(&mut head)?;
        let chain = checksum(self.chain, &[&head[..5]]);
        if chain != number(&head[5..]) {
            return match head == [0; HEAD_BYTES] && self.rest_is_zero()? {
                true => Ok(None),
                false => Err(self.corrupt("a record's head does not check")),
            };
        }
        let length = number(&head[1..5]) as usize;
        let whole = (HEAD_BYTES + length + TAIL_BYTES) as u64;
        if whole > left {
            return Ok(None);
        }
        let mut content = vec![0; length + TAIL_BYTES];
        self.fill(&mut content)?;
        let tail = content.split_off(length);
        let chain = checksum(chain, &[&content]);
        if chain != number(&tail[..4]) || tail[4] != END_MARK {
            return match whole == left && tail[4] == 0 {
                true => Ok(None),
                false => Err(self.corrupt("a record does not check")),
            };
        }
        self.at += whole;
        self.chain = chain;
        Ok(Some((head[0], content)))
    }

    /// Where the record begins that was read last.
    fn start_of(&self, content: &[u8]) -> u64 {
        self.at - (HEAD_BYTES + content.len() + TAIL_BYTES) as u64
    }

    /// Blocks that a file was given but that were never written.
    fn rest_is_zero(&mut self) -> Result<bool, StateFileError> {
        let mut buffer = [0; 4096];
        loop {
            match self.reader.read(&mut buffer) {
                Ok(0) => return Ok(true),
                Ok(count) if buffer[..count].iter().all(|byte| *byte == 0) => {}
                Ok(_) => return Ok(false),
                Err(error) => return Err(self.unreadable(error)),
            }
        }
    }

    fn fill(&mut self, bytes: &mut [u8]) -> Result<(), StateFileError> {
        self.reader
            .read_exact(bytes)
            .map_err(|error| self.unreadable(error))
    }

    fn unreadable(&self, error: io::Error) -> StateFileError {
        StateFileError::Read {
            file: self.path.into(),
            error,
        }
    }

    fn corrupt(&self, why: &str) -> StateFileError {
        StateFileError::Corrupt {
            file: self.path.into(),
            at: self.at,
            why: why.into(),
        }
    }
}

/// Up to four bytes as a number.
fn number(bytes: &[u8]) -> u32 {
    bytes
        .iter()
        .fold(0, |number, byte| (number << 8) | u32::from(*byte))
}

#[cfg(test)]
#[path = "file_tests.rs"]
mod tests;
