use std::fmt;

/// What is wrong, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistake {
    /// Line of the file, from 1; none of what is not there.
    pub line: Option<usize>,
    /// `[network] rpc`; empty where only the line is known.
    pub place: String,
    /// What is wrong.
    pub message: String,
}

impl fmt::Display for Mistake {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.line, self.place.as_str()) {
            (Some(line), "") => write!(formatter, "line {line}: {}", self.message),
            (Some(line), place) => write!(formatter, "line {line}, {place}: {}", self.message),
            (None, "") => formatter.write_str(&self.message),
            (None, place) => write!(formatter, "{place}: {}", self.message),
        }
    }
}

/// A configuration that cannot be used: all that is wrong with it, in the order of the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigError {
    /// The file.
    pub file: String,
    /// What is wrong with it.
    pub mistakes: Vec<Mistake>,
}

impl ConfigError {
    /// In no line of the file.
    pub(super) fn whole(file: String, message: String) -> Self {
        let mistake = Mistake {
            line: None,
            place: String::new(),
            message,
        };
        Self {
            file,
            mistakes: vec![mistake],
        }
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let [mistake] = self.mistakes.as_slice() {
            return write!(formatter, "{}: {mistake}", self.file);
        }
        write!(formatter, "{}: {} mistakes", self.file, self.mistakes.len())?;
        for mistake in &self.mistakes {
            write!(formatter, "\n  {mistake}")?;
        }
        Ok(())
    }
}

impl std::error::Error for ConfigError {}
