//! JSON lines: how messages become bytes, and bytes messages or an error that says what would be right.
//!
//! Nothing here waits or reads: [`Lines`] is fed with bytes and gives whole lines, [`decode`] turns one into a
//! message, [`encode`] a message into one.

mod error;
mod lines;
mod locate;

pub use error::{LineError, Problem};
pub use lines::{Line, Lines};

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::{FromDriver, ToDriver, examples};

/// The longest line that either side accepts, in bytes, its end not counted.
pub const LINE_LIMIT: usize = 8 * 1024 * 1024;

/// A message of one of the two directions.
pub trait Message: Serialize + DeserializeOwned + sealed::Sealed {
    /// One message of every kind, in the order in which a conversation has them.
    fn examples() -> Vec<Self>;
}

impl Message for ToDriver {
    fn examples() -> Vec<Self> {
        examples::to_driver()
    }
}

impl Message for FromDriver {
    fn examples() -> Vec<Self> {
        examples::from_driver()
    }
}

mod sealed {
    #[allow(unnameable_types, reason = "that nobody else can name it is what seals `Message`")]
    pub trait Sealed {}
    impl Sealed for crate::ToDriver {}
    impl Sealed for crate::FromDriver {}
}

/// A message as one line, its end included.
#[must_use]
pub fn encode<M: Message>(message: &M) -> String {
    let mut line =
        serde_json::to_string(message).expect("a message has string keys only, so it is always JSON");
    line.push('\n');
    line
}

/// The message that a line holds.
///
/// # Errors
///
/// The line is no message of this direction; the error says where and what would be right.
pub fn decode<M: Message>(line: &Line) -> Result<M, LineError> {
    let error = |column, problem| LineError { line: line.number, column, problem };
    let text = match &line.content {
        Ok(bytes) => std::str::from_utf8(bytes).map_err(|source| {
            let column = String::from_utf8_lossy(&bytes[..source.valid_up_to()]).chars().count() + 1;
            error(Some(column), Problem::NotUtf8)
        })?,
        Err(limit) => return Err(error(None, Problem::TooLong { limit: *limit })),
    };
    let value: Value = serde_json::from_str(text).map_err(|source| {
        let column = character_column(text, source.column());
        error(Some(column), Problem::NotJson { reason: without_position(&source), prose: is_prose(text) })
    })?;
    let Value::Object(members) = &value else {
        return Err(error(Some(1), Problem::NotAnObject { found: kind_of(&value) }));
    };
    let kind = match members.get("type") {
        Some(Value::String(kind)) => kind.clone(),
        Some(other) => {
            let column = locate::column(text, &["type".to_owned()]);
            return Err(error(column, Problem::TypeNotText { found: kind_of(other) }));
        }
        None => return Err(error(Some(1), Problem::NoType { known: kinds::<M>() })),
    };
    let known = kinds::<M>();
    if !known.contains(&kind) {
        let column = locate::column(text, &["type".to_owned()]);
        return Err(error(column, Problem::UnknownType { found: kind, known }));
    }
    M::deserialize(&value).map_err(|source| {
        let reason = source.to_string();
        let path = locate::blame::<M>(text, &value, &reason);
        let column = locate::column(text, &path).or(Some(1));
        let example = example_of::<M>(&kind);
        error(column, Problem::Shape { kind, member: path.join("."), reason, example })
    })
}

/// The names of a direction's messages.
#[must_use]
pub fn kinds<M: Message>() -> Vec<String> {
    M::examples().iter().map(kind_name).collect()
}

fn example_of<M: Message>(kind: &str) -> String {
    M::examples()
        .iter()
        .find(|message| kind_name(*message) == kind)
        .map(|message| encode(message).trim_end().to_owned())
        .unwrap_or_default()
}

fn kind_name<M: Message>(message: &M) -> String {
    let value = serde_json::to_value(message).expect("a message is always JSON");
    value["type"].as_str().expect("a message is tagged with its type").to_owned()
}

fn kind_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    }
}

/// serde_json counts bytes; people count characters.
fn character_column(text: &str, byte_column: usize) -> usize {
    let end = byte_column.saturating_sub(1).min(text.len());
    String::from_utf8_lossy(&text.as_bytes()[..end]).chars().count() + 1
}

/// The line is always the first for serde_json; ours counts from the beginning of the stream.
fn without_position(source: &serde_json::Error) -> String {
    let text = source.to_string();
    match text.rfind(" at line ") {
        Some(end) => text[..end].to_owned(),
        None => text,
    }
}

/// Whether a line looks like something printed for people.
fn is_prose(text: &str) -> bool {
    !text.trim_start().starts_with(['{', '['])
}
