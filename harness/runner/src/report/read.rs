//! Reads a run back: from its event log, or from its report for programs.

use serde_json::Value;

use super::json;
use crate::event::{self, FORMAT, Run};

/// A text that tells of no run.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// It says nothing.
    #[error("it is empty")]
    Empty,
    /// It is no JSON, or JSON of something else.
    #[error("expected an event log or the JSON report of a run, saw {0}")]
    Other(String),
    /// It is an event log that cannot be read.
    #[error("as an event log")]
    Log(#[from] event::ReadError),
    /// It was written by a later version.
    #[error("the report has format {0}; this version reads {FORMAT}")]
    Format(u64),
    /// It is a report for programs that cannot be read.
    #[error("as the JSON report of a run")]
    Document(#[source] serde_json::Error),
}

/// Reads a run from its event log, which may have been cut, or from its report for programs.
///
/// # Errors
///
/// The text is neither.
pub fn read(text: &str) -> Result<Run, ReadError> {
    let first = text.lines().find(|line| !line.trim().is_empty()).ok_or(ReadError::Empty)?;
    if serde_json::from_str(first).is_ok_and(|line: Value| line.get("event").is_some()) {
        return Ok(Run::read(text)?);
    }
    let document: Value = serde_json::from_str(text).map_err(|error| ReadError::Other(error.to_string()))?;
    if document.get("started").is_none() || document.get("cases").is_none() {
        return Err(ReadError::Other("another document".to_owned()));
    }
    match document["started"]["format"].as_u64() {
        Some(format) if format != u64::from(FORMAT) => Err(ReadError::Format(format)),
        Some(_) | None => json::read(document).map_err(ReadError::Document),
    }
}
