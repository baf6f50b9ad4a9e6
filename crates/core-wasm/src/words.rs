//! The words of the buffer, read and written one after the other.

use core::sync::atomic::{AtomicU64, Ordering};

use crate::code::Code;

/// Most that an amount, a number of shares or a price may be: far beyond any token's supply, and so that
/// no sum of the core's overflows.
pub const MOST_AMOUNT: i128 = 1 << 100;
/// Most that a rate or its modifier may be: a million to one.
pub const MOST_RATE: i128 = 1 << 60;

/// Reads words. Every number is checked for its range; after the first that fails all are zero, and
/// [`Reader::finish`] tells.
#[derive(Clone, Debug)]
pub struct Reader<'a> {
    words: &'a [AtomicU64],
    next: usize,
    failed: Option<Code>,
}

impl<'a> Reader<'a> {
    /// Reads from the first word on.
    pub fn new(words: &'a [AtomicU64]) -> Self {
        Reader {
            words,
            next: 0,
            failed: None,
        }
    }

    /// Words that were read.
    pub fn position(&self) -> usize {
        self.next
    }

    /// Reads no further than this many words from the beginning.
    pub fn end_at(&mut self, length: u64) {
        let words = usize::try_from(length)
            .ok()
            .and_then(|length| self.words.get(..length));
        match words {
            Some(words) => self.words = words,
            None => self.fail(Code::LENGTH),
        }
    }

    /// From now on every number is zero; the first reason is told.
    pub fn fail(&mut self, why: Code) {
        self.failed.get_or_insert(why);
        self.words = &[];
    }

    /// An unsigned number.
    #[inline(never)]
    pub fn at_most(&mut self, most: u64) -> u64 {
        let Some(word) = self.words.get(self.next) else {
            self.fail(Code::LENGTH);
            return 0;
        };
        self.next += 1;
        let number = word.load(Ordering::Relaxed);
        if number > most {
            self.fail(Code::RANGE);
            return 0;
        }
        number
    }

    /// Any unsigned number.
    pub fn number(&mut self) -> u64 {
        self.at_most(u64::MAX)
    }

    /// A number of 32 bits.
    #[inline(never)]
    pub fn small(&mut self) -> u32 {
        self.at_most(u64::from(u32::MAX)) as u32
    }

    /// 0 or 1.
    #[inline(never)]
    pub fn flag(&mut self) -> bool {
        self.at_most(1) == 1
    }

    /// A number of two words between `least` and `most`.
    #[inline(never)]
    fn wide(&mut self, least: i128, most: i128) -> i128 {
        let low = self.number();
        let high = self.number();
        let number = (u128::from(low) | u128::from(high) << 64) as i128;
        if !(least..=most).contains(&number) {
            self.fail(Code::RANGE);
            return 0;
        }
        number
    }

    /// Any number that is not negative.
    pub fn value(&mut self) -> i128 {
        self.wide(0, i128::MAX)
    }

    /// An amount, a number of shares or a price.
    #[inline(never)]
    pub fn amount(&mut self) -> i128 {
        self.wide(0, MOST_AMOUNT)
    }

    /// A rate.
    #[inline(never)]
    pub fn rate(&mut self) -> i128 {
        self.wide(0, MOST_RATE)
    }

    /// A price as an oracle tells it, or a change of an amount: may be negative.
    #[inline(never)]
    pub fn signed(&mut self) -> i128 {
        self.wide(-MOST_AMOUNT, MOST_AMOUNT)
    }

    /// Leaves out `count` words.
    pub fn skip(&mut self, count: usize) {
        self.next += count;
        if self.next > self.words.len() {
            self.fail(Code::LENGTH);
        }
    }

    /// What failed.
    pub fn check(&self) -> Result<(), Code> {
        match self.failed {
            Some(code) => Err(code),
            None => Ok(()),
        }
    }

    /// What failed, or that words are left.
    pub fn finish(&self) -> Result<(), Code> {
        self.check()?;
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
    #[inline(never)]
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
    #[inline(never)]
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
