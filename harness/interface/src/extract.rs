//! From files to facts, a module a language.
//!
//! An extractor is a function from texts to an [`Interface`](crate::model::Interface): where the texts come from is not its business. It answers
//! bad input with [`ExtractError`], never with a panic.

mod above;
pub mod behaviour;
pub mod go;
pub mod messages;
pub mod names;
pub mod request;
pub mod rust;
pub mod openapi;

use crate::source::SourceError;

pub use request::{Request, extract, extract_all};

/// Why there are no facts.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ExtractError {
    /// A file does not say what it must.
    #[error("{place}: {problem}")]
    Input {
        /// Where.
        place: Place,
        /// What was expected, and what is there.
        problem: String,
        /// What to do about it.
        help: Option<String>,
    },
    /// The files could not be had.
    #[error(transparent)]
    Source(#[from] SourceError),
}

/// A place in a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The file.
    pub file: String,
    /// The line, counted from one, when it is known.
    pub line: Option<usize>,
}

impl ExtractError {
    /// About a line of a file.
    pub fn at(file: &str, line: usize, problem: impl Into<String>) -> Self {
        let place = Place { file: file.to_owned(), line: Some(line) };
        Self::Input { place, problem: problem.into(), help: None }
    }

    /// About a file as a whole.
    pub fn of(file: &str, problem: impl Into<String>) -> Self {
        Self::Input {
            place: Place { file: file.to_owned(), line: None },
            problem: problem.into(),
            help: None,
        }
    }

    /// The same error, and what to do about it.
    #[must_use]
    pub fn helping(self, advice: impl Into<String>) -> Self {
        match self {
            Self::Input { place, problem, .. } => Self::Input { place, problem, help: Some(advice.into()) },
            other => other,
        }
    }

    /// What to do about it.
    pub fn help(&self) -> Option<&str> {
        match self {
            Self::Input { help, .. } => help.as_deref(),
            Self::Source(_) => None,
        }
    }
}

impl std::fmt::Display for Place {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.line {
            Some(line) => write!(formatter, "{}:{line}", self.file),
            None => formatter.write_str(&self.file),
        }
    }
}
