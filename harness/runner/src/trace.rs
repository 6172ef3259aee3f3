//! W3C trace context: what a `traceparent` says, and every way in which one can be wrong.

use std::fmt;
use std::str::FromStr;

/// A well-formed `traceparent` of version 00.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TraceParent {
    trace: String,
    parent: String,
    flags: u8,
}

/// What is wrong with a `traceparent` (W3C Trace Context §3.2).
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TraceParentError {
    /// It is not four fields with dashes between.
    #[error("it has {0} fields instead of 4")]
    Fields(usize),
    /// A field has another length.
    #[error("its {field} has {found} characters instead of {expected}")]
    Length {
        /// Which.
        field: &'static str,
        /// How many it should have.
        expected: usize,
        /// How many it has.
        found: usize,
    },
    /// A character is no lower-case hexadecimal digit.
    #[error("`{found}` in its {field} is no lower-case hexadecimal digit")]
    Digit {
        /// Where.
        field: &'static str,
        /// Which.
        found: char,
    },
    /// The version is not 00.
    #[error("its version is {0}, not 00")]
    Version(String),
    /// An id is all zeros, which means that there is none.
    #[error("its {0} is all zeros")]
    Zero(&'static str),
}

impl TraceParent {
    /// Whether this is the same trace with the same sampling decision as its parent's. The span may be a new one, or the
    /// parent's own when the client has made none.
    #[must_use]
    pub fn continues(&self, parent: &Self) -> bool {
        self.trace == parent.trace && self.flags & 1 == parent.flags & 1
    }

    /// Whether both name the same span.
    #[must_use]
    pub fn is_same_span(&self, other: &Self) -> bool {
        self.parent == other.parent
    }

    /// The same trace at a span that began below this one.
    pub(crate) fn child(self, span: &str) -> Self {
        Self { parent: span.to_owned(), ..self }
    }
}

impl FromStr for TraceParent {
    type Err = TraceParentError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let fields: Vec<&str> = text.split('-').collect();
        let [version, trace, parent, flags] = fields.as_slice() else {
            return Err(TraceParentError::Fields(fields.len()));
        };
        hexadecimal("version", version, 2)?;
        if *version != "00" {
            return Err(TraceParentError::Version((*version).to_owned()));
        }
        hexadecimal("trace id", trace, 32)?;
        hexadecimal("parent id", parent, 16)?;
        hexadecimal("flags", flags, 2)?;
        for (field, digits) in [("trace id", trace), ("parent id", parent)] {
            if digits.bytes().all(|digit| digit == b'0') {
                return Err(TraceParentError::Zero(field));
            }
        }
        let flags = u8::from_str_radix(flags, 16).expect("two hexadecimal digits fit a byte");
        Ok(Self { trace: (*trace).to_owned(), parent: (*parent).to_owned(), flags })
    }
}

impl fmt::Display for TraceParent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "00-{}-{}-{:02x}", self.trace, self.parent, self.flags)
    }
}

fn hexadecimal(field: &'static str, text: &str, expected: usize) -> Result<(), TraceParentError> {
    let digit = |c: &char| matches!(c, '0'..='9' | 'a'..='f');
    if let Some(found) = text.chars().find(|c| !digit(c)) {
        return Err(TraceParentError::Digit { field, found });
    }
    let found = text.chars().count();
    if found == expected { Ok(()) } else { Err(TraceParentError::Length { field, expected, found }) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[track_caller]
    fn rejects(text: &str, message: &str) {
        assert_eq!(text.parse::<TraceParent>().unwrap_err().to_string(), message);
    }

    #[test]
    fn every_way_to_be_wrong_has_its_own_message() {
        rejects("", "it has 1 fields instead of 4");
        rejects(
            "00-4bf92f3577b34da6a3ce929d0e0e473-00f067aa0ba902b7-01",
            "its trace id has 31 characters instead of 32",
        );
        rejects(
            "00-4Bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            "`B` in its trace id is no lower-case hexadecimal digit",
        );
        rejects("01-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", "its version is 01, not 00");
        rejects("00-00000000000000000000000000000000-00f067aa0ba902b7-01", "its trace id is all zeros");
        rejects("00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01", "its parent id is all zeros");
    }

    #[test]
    fn a_child_has_the_trace_and_the_sampling_flag_of_its_parent() {
        let parse = |text: &str| text.parse::<TraceParent>().unwrap();
        let parent = parse("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01");
        assert!(parse("00-4bf92f3577b34da6a3ce929d0e0e4736-aaaaaaaaaaaaaaaa-01").continues(&parent));
        assert!(!parse("00-4bf92f3577b34da6a3ce929d0e0e4736-aaaaaaaaaaaaaaaa-00").continues(&parent));
        assert!(!parse("00-5bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01").continues(&parent));
    }

    proptest! {
        #[test]
        fn whatever_parses_is_written_as_it_was(text in "\\PC{0,60}|00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}") {
            if let Ok(parsed) = text.parse::<TraceParent>() {
                prop_assert_eq!(parsed.to_string(), text);
            }
        }
    }
}
