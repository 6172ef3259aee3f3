//! rustdoc's JSON, read with care: it is other people's, large, and deep.

use rustdoc_types::{Crate, FORMAT_VERSION};
use serde::Deserialize;

/// Why a text is not the document that we read.
#[derive(Debug, thiserror::Error)]
pub enum DocumentError {
    /// It is no JSON, or not of this shape.
    #[error("line {line}, column {column}: {problem}")]
    Json {
        /// The line, counted from one.
        line: usize,
        /// The column.
        column: usize,
        /// What was expected there.
        problem: String,
    },
    /// It does not say which format it has.
    #[error("expected rustdoc's JSON, which says its `format_version`")]
    NoFormat,
    /// It was written by another compiler than the pinned one.
    #[error("expected rustdoc's format {FORMAT_VERSION}, found {found}")]
    Format {
        /// What it says.
        found: u32,
    },
    /// It is nested deeper than any type that somebody wrote.
    #[error("line {line}: nested deeper than {DEEPEST} levels")]
    Deep {
        /// The line where it becomes too deep.
        line: usize,
    },
    /// It speaks of an item that it does not hold.
    #[error("the root module is not among the items")]
    NoRoot,
}

/// Types that people and macros write nest some dozens deep; a level of a type takes three of JSON.
pub(super) const DEEPEST: usize = 768;

#[derive(Deserialize)]
struct Head {
    format_version: Option<u32>,
}

/// Reads a document of the one format that we know.
///
/// What is not too deep still needs a large stack, see [`with_stack`](super::with_stack).
pub(super) fn read(text: &str) -> Result<Crate, DocumentError> {
    shallow(text)?;
    let head: Head = deep(text)?;
    match head.format_version {
        None => return Err(DocumentError::NoFormat),
        Some(FORMAT_VERSION) => {}
        Some(found) => return Err(DocumentError::Format { found }),
    }
    let document: Crate = deep(text)?;
    if document.index.contains_key(&document.root) { Ok(document) } else { Err(DocumentError::NoRoot) }
}

fn deep<'a, T: Deserialize<'a>>(text: &'a str) -> Result<T, DocumentError> {
    let mut json = serde_json::Deserializer::from_str(text);
    // How deep it goes has been looked at before.
    json.disable_recursion_limit();
    let read = T::deserialize(&mut json).and_then(|value| json.end().map(|()| value));
    read.map_err(|error| DocumentError::Json {
        line: error.line(),
        column: error.column(),
        problem: error.to_string().split(" at line ").next().unwrap_or_default().to_owned(),
    })
}

fn shallow(text: &str) -> Result<(), DocumentError> {
    let (mut depth, mut line) = (0_usize, 1_usize);
    let mut quoted = false;
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        match byte {
            b'\n' => line += 1,
            b'\\' if quoted => drop(bytes.next()),
            b'"' => quoted = !quoted,
            b'{' | b'[' if !quoted => depth += 1,
            b'}' | b']' if !quoted => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > DEEPEST {
            return Err(DocumentError::Deep { line });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn refuses(text: &str, says: &str) {
        assert_eq!(read(text).expect_err("a document that is none").to_string(), says);
    }

    #[test]
    fn what_is_no_document_is_refused_at_its_place() {
        refuses("", "line 1, column 0: EOF while parsing a value");
        refuses("{\n  ]", "line 2, column 3: key must be a string");
        refuses("{}", "expected rustdoc's JSON, which says its `format_version`");
        refuses(r#"{"format_version": 60}"#, "expected rustdoc's format 57, found 60");
        refuses(
            r#"{"format_version": "57"}"#,
            "line 1, column 23: invalid type: string \"57\", expected u32",
        );
    }

    #[test]
    fn depth_is_bounded_before_anything_recurses() {
        let deep = format!("{{\"x\":\n{}", "[".repeat(1_000_000));
        refuses(&deep, "line 2: nested deeper than 768 levels");
        refuses(
            &format!("{{\"{}\": 1}}", "[".repeat(1000)),
            "expected rustdoc's JSON, which says its `format_version`",
        );
    }
}
