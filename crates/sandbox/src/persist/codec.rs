//! Ledgers as bytes: numbers big-endian, everything of the network in XDR with its length before it.

use ballast_ledger::{key_of, ClosedLedger, Cost, Entry, Ttl, Writes};
use ballast_transaction::{to_xdr, Network};
use std::sync::Arc;
use stellar_xdr::curr::{
    DiagnosticEvent, LedgerCloseMeta, LedgerEntry, LedgerKey, Limits, ReadXdr,
};

/// Nesting of what is read: more than the protocol allows to a contract's value.
const DEPTH: u32 = 2_000;

/// Bytes under construction.
#[derive(Default)]
pub struct Output(Vec<u8>);

impl Output {
    pub fn into_bytes(self) -> Vec<u8> {
        self.0
    }

    pub fn len(&self) -> usize {
        self.0.len()
    }

    pub fn u8(&mut self, value: u8) {
        self.0.push(value);
    }

    pub fn u32(&mut self, value: u32) {
        self.0.extend(value.to_be_bytes());
    }

    pub fn u64(&mut self, value: u64) {
        self.0.extend(value.to_be_bytes());
    }

    pub fn i64(&mut self, value: i64) {
        self.0.extend(value.to_be_bytes());
    }

    pub fn raw(&mut self, bytes: &[u8]) {
        self.0.extend(bytes);
    }

    pub fn bytes(&mut self, bytes: &[u8]) {
        // Far above what an entry or a ledger's meta can have; a record is limited to 4 GiB anyway.
        self.u32(u32::try_from(bytes.len()).unwrap_or(u32::MAX));
        self.0.extend(bytes);
    }

    pub fn xdr(&mut self, value: &impl stellar_xdr::curr::WriteXdr) {
        self.bytes(&to_xdr(value));
    }

    /// An entry of the state; a removed one by its key.
    pub fn entry(&mut self, key: &LedgerKey, entry: Option<&Entry>) {
        let Some(entry) = entry else {
            self.u8(0);
            return self.xdr(key);
        };
        self.u8(1 + u8::from(entry.ttl.is_some()));
        self.bytes(&entry.xdr);
        if let Some(ttl) = entry.ttl {
            self.u32(ttl.live_until);
            self.u32(ttl.last_modified);
        }
    }

    /// A closed ledger. Without its writes where the state that follows is written besides.
    pub fn closed(&mut self, closed: &ClosedLedger, with_writes: bool) {
        self.xdr(&closed.meta());
        self.u32(closed.transactions.len() as u32);
        for transaction in &closed.transactions {
            self.cost(&transaction.cost);
            self.u32(transaction.diagnostics.len() as u32);
            transaction
                .diagnostics
                .iter()
                .for_each(|event| self.xdr(event));
        }
        let writes = closed.writes.iter().filter(|_| with_writes);
        self.u32(writes.clone().count() as u32);
        for (key, entry) in writes {
            self.entry(key, entry.as_ref());
        }
    }

    fn cost(&mut self, cost: &Cost) {
        for value in [cost.instructions, cost.memory_bytes] {
            self.u64(value);
        }
        for value in [
            cost.read_entries,
            cost.write_entries,
            cost.disk_read_entries,
            cost.disk_read_bytes,
            cost.write_bytes,
            cost.event_bytes,
            cost.return_bytes,
            cost.transaction_bytes,
        ] {
            self.u32(value);
        }
        for value in [
            cost.non_refundable_fee,
            cost.refundable_fee,
            cost.rent_fee,
            cost.inclusion_fee,
        ] {
            self.i64(value);
        }
    }
}

/// Bytes that are read. What is wrong is told as text.
pub struct Input<'a>(&'a [u8]);

const SHORT: &str = "it ends too early";

impl<'a> Input<'a> {
    pub fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    pub fn take(&mut self, length: usize) -> Result<&'a [u8], String> {
        let (taken, rest) = self.0.split_at_checked(length).ok_or(SHORT)?;
        self.0 = rest;
        Ok(taken)
    }

    pub fn array<const N: usize>(&mut self) -> Result<[u8; N], String> {
        self.take(N)?.try_into().map_err(|_| SHORT.to_string())
    }

    pub fn u8(&mut self) -> Result<u8, String> {
        self.array().map(u8::from_be_bytes)
    }

    pub fn u32(&mut self) -> Result<u32, String> {
        self.array().map(u32::from_be_bytes)
    }

    pub fn u64(&mut self) -> Result<u64, String> {
        self.array().map(u64::from_be_bytes)
    }

    pub fn i64(&mut self) -> Result<i64, String> {
        self.array().map(i64::from_be_bytes)
    }

    pub fn bytes(&mut self) -> Result<&'a [u8], String> {
        let length = self.u32()?;
        self.take(length as usize)
    }

    pub fn xdr<T: ReadXdr>(&mut self) -> Result<T, String> {
        let bytes = self.bytes()?;
        let limits = Limits {
            depth: DEPTH,
            len: bytes.len(),
        };
        T::from_xdr(bytes, limits)
            .map_err(|error| format!("not the XDR that it should be: {error}"))
    }

    /// Nothing may be left.
    pub fn end(&self) -> Result<(), String> {
        match self.0 {
            [] => Ok(()),
            rest => Err(format!("{} bytes too many", rest.len())),
        }
    }

    pub fn entry(&mut self) -> Result<(Arc<LedgerKey>, Option<Entry>), String> {
        let kind = self.u8()?;
        if kind == 0 {
            return Ok((Arc::new(self.xdr()?), None));
        }
        let entry: LedgerEntry = self.xdr()?;
        let ttl = match kind {
            1 => None,
            2 => Some(Ttl {
                live_until: self.u32()?,
                last_modified: self.u32()?,
            }),
            _ => return Err(format!("an entry of kind {kind}")),
        };
        Ok((Arc::new(key_of(&entry)), Some(Entry::new(entry, ttl))))
    }

    pub fn closed(&mut self, network: &Network) -> Result<ClosedLedger, String> {
        let meta: LedgerCloseMeta = self.xdr()?;
        let mut details = Vec::new();
        for _ in 0..self.u32()? {
            let cost = self.cost()?;
            let count = self.u32()?;
            let diagnostics: Result<Vec<DiagnosticEvent>, String> =
                (0..count).map(|_| self.xdr()).collect();
            details.push((cost, diagnostics?));
        }
        let count = self.u32()?;
        let writes: Result<Writes, String> = (0..count).map(|_| self.entry()).collect();
        ClosedLedger::rebuild(network, meta, details, writes?).map_err(|error| error.to_string())
    }

    fn cost(&mut self) -> Result<Cost, String> {
        Ok(Cost {
            instructions: self.u64()?,
            memory_bytes: self.u64()?,
            read_entries: self.u32()?,
            write_entries: self.u32()?,
            disk_read_entries: self.u32()?,
            disk_read_bytes: self.u32()?,
            write_bytes: self.u32()?,
            event_bytes: self.u32()?,
            return_bytes: self.u32()?,
            transaction_bytes: self.u32()?,
            non_refundable_fee: self.i64()?,
            refundable_fee: self.i64()?,
            rent_fee: self.i64()?,
            inclusion_fee: self.i64()?,
        })
    }
}
