//! The words of the buffer, read and written one after the other.

use core::sync::atomic::{AtomicU64, Ordering};

use crate::code::Code;

/// Most that an amount, a number of shares or a price may be: far beyond any token's supply, and so that
/// no sum of the core's overflows.
pub const MOST_AMOUNT: i128 = 1 << 100;
/// Most that a rate or its modifier may be: a million to one.
pub const MOST_RATE: i128 = 1 << 60;

/// Reads words. Every number is checked for its range.
#[derive(Clone, Debug)]
pub struct Reader<'a> {
    words: &'a [AtomicU64],
    next: usize,
}

impl<'a> Reader<'a> {
    /// Reads from the first word on.
    pub fn new(words: &'a [AtomicU64]) -> Self {
        Reader { words, next: 0 }
    }

    /// Words that were read.
    pub fn position(&self) -> usize {
        self.next
    }

    /// Reads no further than this many words from the beginning.
    pub fn end_at(&mut self, length: u64) -> Result<(), Code> {
        let words = usize::try_from(length)
            .ok()
            .and_then(|length| self.words.get(..length));
        self.words = words.ok_or(Code::LENGTH)?;
        Ok(())
    }

    /// An unsigned number.
    pub fn number(&mut self) -> Result<u64, Code> {
        let word = self.words.get(self.next).ok_or(Code::LENGTH)?;
        self.next += 1;
        Ok(word.load(Ordering::Relaxed))
    }

    /// An unsigned number of at most `most`.
    pub fn at_most(&mut self, most: u64) -> Result<u64, Code> {
        let number = self.number()?;
        if number > most {
            return Err(Code::RANGE);
        }
        Ok(number)
    }

    /// A number of 32 bits.
    pub fn small(&mut self) -> Result<u32, Code> {
        u32::try_from(self.number()?).map_err(|_| Code::RANGE)
    }

    /// 0 or 1.
    pub fn flag(&mut self) -> Result<bool, Code> {
        Ok(self.at_most(1)? == 1)
    }

    /// A signed number of two words.
    fn wide(&mut self) -> Result<i128, Code> {
        let low = self.number()?;
        let high = self.number()?;
        Ok((u128::from(low) | u128::from(high) << 64) as i128)
    }

    /// A number of two words that is not negative and at most `most`.
    fn wide_at_most(&mut self, most: i128) -> Result<i128, Code> {
        let number = self.wide()?;
        if !(0..=most).contains(&number) {
            return Err(Code::RANGE);
        }
        Ok(number)
    }

    /// Any number that is not negative.
    pub fn value(&mut self) -> Result<i128, Code> {
        self.wide_at_most(i128::MAX)
    }

    /// An amount, a number of shares or a price.
    pub fn amount(&mut self) -> Result<i128, Code> {
        self.wide_at_most(MOST_AMOUNT)
    }

    /// A rate.
    pub fn rate(&mut self) -> Result<i128, Code> {
        self.wide_at_most(MOST_RATE)
    }

    /// A price as an oracle tells it, or a change of an amount: may be negative.
    pub fn signed(&mut self) -> Result<i128, Code> {
        let number = self.wide()?;
        if !(-MOST_AMOUNT..=MOST_AMOUNT).contains(&number) {
            return Err(Code::RANGE);
        }
        Ok(number)
    }

    /// Leaves out `count` words.
    pub fn skip(&mut self, count: usize) -> Result<(), Code> {
        self.next += count;
        if self.next > self.words.len() {
            return Err(Code::LENGTH);
        }
        Ok(())
    }

    /// That nothing is left.
    pub fn finish(&self) -> Result<(), Code> {
        if self.next != self.words.len() {
            return Err(Code::LENGTH);
        }
        Ok(())
    }
}

/// Writes words. The buffer is longer than the longest answer; beyond its end nothing is written.
pub struct Writer<'a> {
    words: &'a [AtomicU64],
    next: usize,
}

impl<'a> Writer<'a> {
    /// Writes an answer, whose first word will be its length.
    pub fn new(words: &'a [AtomicU64]) -> Self {
        Writer { words, next: 1 }
    }

    /// An unsigned number.
    pub fn number(&mut self, number: u64) {
        if let Some(word) = self.words.get(self.next) {
            word.store(number, Ordering::Relaxed);
        }
        self.next += 1;
    }

    /// 0 or 1.
    pub fn flag(&mut self, flag: bool) {
        self.number(u64::from(flag));
    }

    /// A number of two words.
    pub fn wide(&mut self, number: i128) {
        self.number(number as u64);
        self.number((number >> 64) as u64);
    }

    /// A flag and a number of two words, zero where there is none.
    pub fn maybe(&mut self, number: Option<i128>) {
        self.flag(number.is_some());
        self.wide(number.unwrap_or(0));
    }

    /// A flag and a number, zero where there is none.
    pub fn maybe_small(&mut self, number: Option<u32>) {
        self.flag(number.is_some());
        self.number(u64::from(number.unwrap_or(0)));
    }

    /// Writes the length.
    pub fn finish(mut self) {
        let length = self.next as u64;
        self.next = 0;
        self.number(length);
    }
}
