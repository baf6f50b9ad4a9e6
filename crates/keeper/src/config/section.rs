//! A table of the file: takes what it knows, and names everything that is wrong.

use super::error::Mistake;
use ballast_client::{amount, value::Address};
use ballast_transaction::KeyPair;
use std::{cell::RefCell, fmt::Display, ops::Range, str::FromStr};
use stellar_xdr::curr::ScAddress;
use toml::de::{DeTable, DeValue};

/// What is wrong, as it is found.
pub(super) struct Mistakes<'a> {
    text: &'a str,
    found: RefCell<Vec<(usize, Mistake)>>,
}

impl<'a> Mistakes<'a> {
    pub(super) fn of(text: &'a str) -> Self {
        Self {
            text,
            found: RefCell::default(),
        }
    }

    /// At a place of the file; without one it concerns what is not there.
    pub(super) fn add(&self, at: Option<&Range<usize>>, place: String, message: impl Display) {
        let start = at.map(|at| at.start.min(self.text.len()));
        let before = |start: usize| self.text.as_bytes().get(..start).unwrap_or_default();
        let line =
            start.map(|start| before(start).iter().filter(|byte| **byte == b'\n').count() + 1);
        let mistake = Mistake {
            line,
            place,
            message: message.to_string(),
        };
        let order = start.unwrap_or(usize::MAX);
        self.found.borrow_mut().push((order, mistake));
    }

    /// All of them, in the order of the file.
    pub(super) fn into_vec(self) -> Vec<Mistake> {
        let mut found = self.found.into_inner();
        found.sort_by_key(|(order, _)| *order);
        found.into_iter().map(|(_, mistake)| mistake).collect()
    }
}

/// A value with its place.
#[derive(Clone, Copy)]
pub(super) struct At<'a> {
    pub(super) value: &'a DeValue<'a>,
    start: usize,
    end: usize,
}

impl At<'_> {
    pub(super) fn span(&self) -> Range<usize> {
        self.start..self.end
    }
}

/// A table: `[name]`. One that is not in the file has nothing in it.
pub(super) struct Section<'a> {
    mistakes: &'a Mistakes<'a>,
    name: String,
    table: Option<(&'a DeTable<'a>, Range<usize>)>,
    known: RefCell<Vec<&'static str>>,
}

impl<'a> Section<'a> {
    pub(super) fn new(
        mistakes: &'a Mistakes<'a>,
        name: &str,
        table: Option<(&'a DeTable<'a>, Range<usize>)>,
    ) -> Self {
        Self {
            mistakes,
            name: name.to_owned(),
            table,
            known: RefCell::default(),
        }
    }

    /// `[network] rpc`.
    fn place(&self, key: &str) -> String {
        match self.name.as_str() {
            "" => format!("[{key}]"),
            name => format!("{name} {key}"),
        }
    }

    /// Whether the file has it.
    pub(super) fn exists(&self) -> bool {
        self.table.is_some()
    }

    fn know(&self, key: &'static str) {
        let mut known = self.known.borrow_mut();
        if !known.contains(&key) {
            known.push(key);
        }
    }

    /// The value of a key. The key is known from now on.
    pub(super) fn get(&self, key: &'static str) -> Option<At<'a>> {
        self.know(key);
        let (table, _) = self.table.as_ref()?;
        let value = table.get(key)?;
        let span = value.span();
        Some(At {
            value: value.get_ref(),
            start: span.start,
            end: span.end,
        })
    }

    /// Something is wrong with the value of a key, or with its absence.
    pub(super) fn wrong(&self, key: &str, at: Option<&At<'_>>, message: impl Display) {
        let span = match at {
            Some(at) => Some(at.span()),
            None => self.table.as_ref().map(|(_, span)| span.clone()),
        };
        self.mistakes.add(span.as_ref(), self.place(key), message);
    }

    /// The value of a key, read; none where it is not there or wrong, which is noted.
    pub(super) fn read<T>(
        &self,
        key: &'static str,
        read: impl FnOnce(&'a DeValue<'a>) -> Result<T, String>,
    ) -> Option<T> {
        let at = self.get(key)?;
        match read(at.value) {
            Ok(value) => Some(value),
            Err(message) => {
                self.wrong(key, Some(&at), message);
                None
            }
        }
    }

    /// As [`Section::read`], and the file must have it.
    pub(super) fn required<T>(
        &self,
        key: &'static str,
        read: impl FnOnce(&'a DeValue<'a>) -> Result<T, String>,
    ) -> Option<T> {
        let there = self
            .table
            .as_ref()
            .is_some_and(|(table, _)| table.contains_key(key));
        if !there {
            self.know(key);
            self.wrong(key, None, "is missing");
            return None;
        }
        self.read(key, read)
    }

    /// Each value of a list, read; what is wrong is noted, by its own place.
    pub(super) fn list<T>(
        &self,
        key: &'static str,
        read: impl Fn(&'a DeValue<'a>) -> Result<T, String>,
    ) -> Option<Vec<T>> {
        let at = self.get(key)?;
        let DeValue::Array(items) = at.value else {
            self.wrong(key, Some(&at), expected("a list [..]", at.value));
            return None;
        };
        let mut values = Vec::new();
        for item in items.iter() {
            match read(item.get_ref()) {
                Ok(value) => values.push(value),
                Err(message) => self
                    .mistakes
                    .add(Some(&item.span()), self.place(key), message),
            }
        }
        Some(values)
    }

    /// A table in it.
    pub(super) fn section(&self, key: &'static str) -> Section<'a> {
        let name = format!("[{key}]");
        let table = self.get(key).and_then(|at| match at.value {
            DeValue::Table(table) => Some((table, at.span())),
            other => {
                self.wrong(key, Some(&at), expected("a table", other));
                None
            }
        });
        Section::new(self.mistakes, &name, table)
    }

    /// Tables in it: `[[key]]`.
    pub(super) fn sections(&self, key: &'static str) -> Vec<Section<'a>> {
        let name = format!("[[{key}]]");
        let Some(at) = self.get(key) else {
            return Vec::new();
        };
        let DeValue::Array(items) = at.value else {
            let message = format!("write [[{key}]], with two brackets: there may be several");
            self.wrong(key, Some(&at), message);
            return Vec::new();
        };
        let mut sections = Vec::new();
        for item in items.iter() {
            match item.get_ref() {
                DeValue::Table(table) => {
                    let table = Some((table, item.span()));
                    sections.push(Section::new(self.mistakes, &name, table));
                }
                other => {
                    let message = expected("a table", other);
                    self.mistakes.add(Some(&item.span()), name.clone(), message);
                }
            }
        }
        sections
    }

    /// Everything else in it is a mistake.
    pub(super) fn finish(&self) {
        let known = self.known.borrow();
        let Some((table, _)) = &self.table else {
            return;
        };
        for (key, _) in table.iter() {
            let name: &str = key.get_ref();
            if known.contains(&name) {
                continue;
            }
            let message = format!("unknown; there are {}", known.join(", "));
            self.mistakes
                .add(Some(&key.span()), self.place(name), message);
        }
    }
}

fn expected(what: &str, found: &DeValue<'_>) -> String {
    format!("expected {what}, found {}", kind(found))
}

fn kind(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::String(_) => "a text",
        DeValue::Integer(_) => "an integer",
        DeValue::Float(_) => "a number with a point",
        DeValue::Boolean(_) => "true or false",
        DeValue::Datetime(_) => "a time",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a table",
    }
}

pub(super) fn text(value: &DeValue<'_>) -> Result<String, String> {
    match value {
        DeValue::String(text) if text.trim().is_empty() => Err("is empty".into()),
        // Wherever it stands: the message must not repeat it either.
        DeValue::String(text) if KeyPair::from_secret(text.trim()).is_ok() => {
            Err("is a secret key: it must not stand in this file".into())
        }
        DeValue::String(text) => Ok(text.clone().into_owned()),
        other => Err(expected("a text in quotes", other)),
    }
}

pub(super) fn parsed<T: FromStr>(what: &'static str) -> impl Fn(&DeValue<'_>) -> Result<T, String> {
    move |value| {
        let text = text(value)?;
        text.parse().map_err(|_| format!("{text:?} is not {what}"))
    }
}

pub(super) fn contract(value: &DeValue<'_>) -> Result<Address, String> {
    match parsed("an address (C..., 56 characters)")(value)? {
        address @ ScAddress::Contract(_) => Ok(address),
        other => Err(format!("\"{other}\" is not a contract's address (C...)")),
    }
}

/// A whole number in a range.
pub(super) fn integer<T>(least: T, most: T) -> impl Fn(&DeValue<'_>) -> Result<T, String>
where
    T: TryFrom<i64> + PartialOrd + Display + Copy,
{
    move |value| {
        let DeValue::Integer(number) = value else {
            return Err(expected("an integer", value));
        };
        let range = || format!("{number} is not between {least} and {most}");
        let read = i64::from_str_radix(number.as_str(), number.radix()).map_err(|_| range())?;
        match T::try_from(read) {
            Ok(read) if read >= least && read <= most => Ok(read),
            _ => Err(range()),
        }
    }
}

/// An amount with at most so many decimals, exact: as text, or as a number.
pub(super) fn decimal(decimals: u32) -> impl Fn(&DeValue<'_>) -> Result<i128, String> {
    move |value| {
        let text = match value {
            DeValue::String(text) => text.clone().into_owned(),
            DeValue::Integer(number) if number.radix() == 10 => number.as_str().to_owned(),
            DeValue::Float(number) => number.as_str().to_owned(),
            other => return Err(expected("an amount, as \"12.5\"", other)),
        };
        amount::parse(&text, decimals).map_err(|error| error.to_string())
    }
}

/// A share, as "2%", at most so much; 7 decimals.
pub(super) fn share(most_e7: u32) -> impl Fn(&DeValue<'_>) -> Result<u32, String> {
    move |value| {
        let text = text(value)?;
        let percent = text
            .strip_suffix('%')
            .ok_or_else(|| format!("{text:?} is not a share: write percent, as \"2%\""))?;
        // A hundredth has two decimals less.
        let share = amount::parse(percent.trim(), 5).map_err(|error| error.to_string())?;
        let in_range = u32::try_from(share).ok().filter(|share| *share <= most_e7);
        in_range.ok_or_else(|| {
            let most = amount::format(most_e7.into(), 5);
            format!("{text} is more than {most}%")
        })
    }
}
