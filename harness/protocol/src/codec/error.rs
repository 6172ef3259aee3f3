//! What can be wrong with a line.

use std::fmt;

/// A line that is no message. Its text has the place and, on a line of its own, what would be right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LineError {
    /// The line, counted from 1.
    pub line: u64,
    /// The character in it, counted from 1, where there is one to point at.
    pub column: Option<usize>,
    /// What is wrong.
    pub problem: Problem,
}

impl std::error::Error for LineError {}

impl fmt::Display for LineError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}", self.line)?;
        if let Some(column) = self.column {
            write!(f, ", column {column}")?;
        }
        write!(f, ": {}\nhelp: {}", self.problem, self.problem.help())
    }
}

/// Every way in which a line can be wrong.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// It does not end.
    #[error("a line passes {limit} bytes")]
    TooLong {
        /// The most bytes a line may have.
        limit: usize,
    },
    /// It is not text.
    #[error("bytes that are not UTF-8")]
    NotUtf8,
    /// It is not JSON.
    #[error("not JSON: {reason}")]
    NotJson {
        /// What the parser says.
        reason: String,
        /// Whether it looks like something printed for people.
        prose: bool,
    },
    /// It is JSON, but not an object.
    #[error("expected an object, saw {found}")]
    NotAnObject {
        /// What it is.
        found: &'static str,
    },
    /// It does not say what it is.
    #[error("the member `type` is missing")]
    NoType {
        /// What may be said.
        known: Vec<String>,
    },
    /// It says what it is, but not in text.
    #[error("`type` is {found}, not a string")]
    TypeNotText {
        /// What it is.
        found: &'static str,
    },
    /// No message is called that.
    #[error("no message has the type `{found}`")]
    UnknownType {
        /// What the line says it is.
        found: String,
        /// What may be said.
        known: Vec<String>,
    },
    /// A member is missing, unknown, or not of its form.
    #[error("{}{reason}", within(kind, member))]
    Shape {
        /// The message's type.
        kind: String,
        /// The member at fault, as a path with dots; empty for the message itself.
        member: String,
        /// What is wrong with it.
        reason: String,
        /// A message of that type that is right.
        example: String,
    },
}

impl Problem {
    /// What would be right.
    #[must_use]
    pub fn help(&self) -> String {
        match self {
            Self::TooLong { .. } => {
                "a message is one JSON object on one line, ended by a line feed; of a long body, hand on the beginning"
                    .to_owned()
            }
            Self::NotUtf8 => "JSON is UTF-8; escape other bytes before they are written".to_owned(),
            Self::NotJson { prose: true, .. } => {
                "standard output carries messages only; what is meant for people goes to standard error"
                    .to_owned()
            }
            Self::NotJson { prose: false, .. } => "each line holds one whole JSON object".to_owned(),
            Self::NotAnObject { .. } | Self::TypeNotText { .. } => {
                "each line holds one JSON object with a string member `type`".to_owned()
            }
            Self::NoType { known } | Self::UnknownType { known, .. } => {
                let known: Vec<_> = known.iter().map(|kind| format!("`{kind}`")).collect();
                format!("types in this direction are {}", known.join(", "))
            }
            Self::Shape { kind, example, .. } => format!("this `{kind}` is right: {example}"),
        }
    }
}

fn within(kind: &str, member: &str) -> String {
    if member.is_empty() { format!("in `{kind}`: ") } else { format!("in `{kind}`, at `{member}`: ") }
}
