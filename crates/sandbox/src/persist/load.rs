//! The records of a state file, read one after the other.

use super::{
    codec::Input,
    settings::{Beginning, Wanted},
    store::{Mark, Marks, BEGINNING, CLOCK, CLOSED, ENTRIES, HISTORY, IMAGE, MARK, REVERT, UNMARK},
};
use ballast_ledger::{ClosedLedger, Image, Ledger, State};
use ballast_transaction::Network;
use std::{collections::HashMap, mem::take, sync::Arc};

/// What the records read so far say.
pub struct Loader {
    network: Network,
    history_ledgers: u32,
    wanted: Wanted,
    /// The settings that were asked for are others than the file's.
    pub disagreement: Option<String>,
    beginning: Option<(Beginning, Vec<u8>)>,
    /// Entries of the next image.
    state: State,
    history: HashMap<[u8; 32], Arc<ClosedLedger>>,
    ledger: Option<Ledger>,
    marks: Marks,
    clock: i64,
    log_bytes: u64,
}

/// What all of them say.
pub struct Loaded {
    pub beginning: Beginning,
    pub beginning_json: Vec<u8>,
    pub ledger: Ledger,
    pub marks: Marks,
    pub clock: i64,
    pub log_bytes: u64,
}

impl Loader {
    pub fn new(network: &Network, history_ledgers: u32, wanted: Wanted) -> Self {
        Self {
            network: network.clone(),
            history_ledgers,
            wanted,
            disagreement: None,
            beginning: None,
            state: State::default(),
            history: HashMap::new(),
            ledger: None,
            marks: Marks::new(),
            clock: 0,
            log_bytes: 0,
        }
    }

    /// The next record. What is wrong with it, if something is.
    pub fn take(&mut self, kind: u8, content: &[u8]) -> Result<(), String> {
        self.log_bytes += content.len() as u64 + super::file::RECORD_BYTES;
        if (kind == BEGINNING) != self.beginning.is_none() {
            return Err("the file does not begin as it should".into());
        }
        let mut input = Input::new(content);
        match kind {
            BEGINNING => return self.begin(content),
            ENTRIES => {
                while input.end().is_err() {
                    let (_, entry) = input.entry()?;
                    self.state.put(entry.ok_or("an image without an entry")?);
                }
            }
            HISTORY => {
                let closed = input.closed(&self.network)?;
                self.history.insert(closed.hash(), Arc::new(closed));
            }
            IMAGE => self.image(&mut input)?,
            CLOSED => {
                let closed = Arc::new(input.closed(&self.network)?);
                let ledger = self.ledger.as_mut().ok_or(NO_IMAGE)?;
                ledger.replay(closed).map_err(|error| error.to_string())?;
            }
            MARK => {
                let mark = Mark {
                    ledger: Arc::new(self.ledger.clone().ok_or(NO_IMAGE)?),
                    clock: self.clock,
                };
                self.marks.insert(name(content)?, mark);
                return Ok(());
            }
            UNMARK => {
                self.marks.remove(&name(content)?).ok_or(NO_MARK)?;
                return Ok(());
            }
            REVERT => {
                let mark = self.marks.get(&name(content)?).ok_or(NO_MARK)?;
                self.ledger = Some((*mark.ledger).clone());
                self.clock = mark.clock;
                return Ok(());
            }
            CLOCK => self.clock = input.i64()?,
            kind => return Err(format!("a record of kind {kind}")),
        }
        input.end()
    }

    fn begin(&mut self, content: &[u8]) -> Result<(), String> {
        let beginning: Beginning =
            serde_json::from_slice(content).map_err(|error| error.to_string())?;
        if let Err(why) = beginning.settings.agree(&self.wanted) {
            self.disagreement = Some(why.clone());
            return Err(why);
        }
        self.beginning = Some((beginning, content.to_vec()));
        Ok(())
    }

    fn image(&mut self, input: &mut Input<'_>) -> Result<(), String> {
        let (beginning, _) = self.beginning.as_ref().ok_or(NO_IMAGE)?;
        let last = input.xdr()?;
        let entries = input.u64()?;
        let state = take(&mut self.state);
        if state.len() as u64 != entries {
            return Err(format!("{entries} entries, {} are there", state.len()));
        }
        let mut history = Vec::new();
        for _ in 0..input.u32()? {
            let closed = self.history.get(&input.array::<32>()?);
            history.push(closed.ok_or("a ledger of its history is missing")?.clone());
        }
        // A window that became smaller.
        let surplus = history.len().saturating_sub(self.history_ledgers as usize);
        history.drain(..surplus);
        self.ledger = Some(Ledger::import(Image {
            network: self.network.clone(),
            limits: beginning.settings.limits,
            history_ledgers: self.history_ledgers,
            last,
            state,
            history,
            next: None,
        }));
        self.log_bytes = 0;
        Ok(())
    }

    pub fn finish(self) -> Result<Loaded, String> {
        let (beginning, beginning_json) = self.beginning.ok_or(NO_IMAGE)?;
        Ok(Loaded {
            beginning,
            beginning_json,
            ledger: self.ledger.ok_or(NO_IMAGE)?,
            marks: self.marks,
            clock: self.clock,
            log_bytes: self.log_bytes,
        })
    }
}

const NO_IMAGE: &str = "no ledger is in it";
const NO_MARK: &str = "no snapshot has this name";

fn name(content: &[u8]) -> Result<String, String> {
    String::from_utf8(content.to_vec()).map_err(|_| "a name is not UTF-8".into())
}
