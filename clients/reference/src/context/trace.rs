//! W3C trace context, level 1.

use std::fmt;
use std::str::FromStr;

/// `00-` trace `-` span `-` flags.
const LENGTH: usize = 55;

/// The flags that level 1 and 2 define: sampled, and a trace id that is random.
const KNOWN_FLAGS: u8 = 0b11;

/// A span's place in a trace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TraceContext {
    trace: u128,
    span: u64,
    flags: u8,
    state: Option<String>,
}

/// What is wrong with a trace context.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TraceError {
    /// It is too short, or longer than its version allows.
    #[error("expected 55 characters, saw {0}")]
    Length(usize),
    /// Its version is none.
    #[error("there is no version `ff`")]
    Version,
    /// A place holds something else than what belongs there.
    #[error("a character at {0} is not a lower-case hex digit, or not a dash")]
    Character(usize),
    /// The trace's or the span's id is zero.
    #[error("an id is zero")]
    Zero,
    /// The trace state is not printable ASCII.
    #[error("the trace state is not printable ASCII")]
    State,
}

impl TraceContext {
    /// The same with a `tracestate`, which travels verbatim; an empty one is none.
    ///
    /// # Errors
    ///
    /// [`TraceError::State`].
    pub fn with_state(self, state: &str) -> Result<Self, TraceError> {
        if !state.bytes().all(|byte| matches!(byte, b' '..=b'~' | b'\t')) {
            return Err(TraceError::State);
        }
        let state = (!state.is_empty()).then(|| state.to_owned());
        Ok(Self { state, ..self })
    }

    /// The same trace at another span.
    pub(crate) fn at(&self, span: u64) -> Self {
        Self { span, ..self.clone() }
    }

    /// The `traceparent` header.
    pub(crate) fn parent(&self) -> String {
        self.to_string()
    }

    /// The `tracestate` header.
    pub(crate) fn state(&self) -> Option<&str> {
        self.state.as_deref()
    }
}

impl FromStr for TraceContext {
    type Err = TraceError;

    /// Reads a `traceparent`. Of versions yet to come it reads what is known, as the standard asks.
    fn from_str(parent: &str) -> Result<Self, TraceError> {
        let bytes = parent.as_bytes();
        let head = bytes.get(..LENGTH).ok_or(TraceError::Length(bytes.len()))?;
        for (at, byte) in head.iter().enumerate() {
            let fits = match at {
                2 | 35 | 52 => *byte == b'-',
                _ => matches!(byte, b'0'..=b'9' | b'a'..=b'f'),
            };
            if !fits {
                return Err(TraceError::Character(at));
            }
        }
        match (&head[..2], bytes.get(LENGTH)) {
            (b"ff", _) => return Err(TraceError::Version),
            (b"00", Some(_)) => return Err(TraceError::Length(bytes.len())),
            (_, None | Some(b'-')) => {}
            (_, Some(_)) => return Err(TraceError::Character(LENGTH)),
        }
        let hex = |range: std::ops::Range<usize>| {
            u128::from_str_radix(&parent[range], 16).expect("every digit was looked at")
        };
        let trace = hex(3..35);
        let span = u64::try_from(hex(36..52)).expect("sixteen hex digits are 64 bits");
        let flags = u8::try_from(hex(53..55)).expect("two hex digits are 8 bits") & KNOWN_FLAGS;
        match (trace, span) {
            (0, _) | (_, 0) => Err(TraceError::Zero),
            (trace, span) => Ok(Self { trace, span, flags, state: None }),
        }
    }
}

impl fmt::Display for TraceContext {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "00-{:032x}-{:016x}-{:02x}", self.trace, self.span, self.flags)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const PARENT: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

    #[track_caller]
    fn rejects(parent: &str, error: TraceError) {
        assert_eq!(parent.parse::<TraceContext>(), Err(error), "{parent}");
    }

    #[test]
    fn reads_and_writes_the_same() {
        assert_eq!(PARENT.parse::<TraceContext>().unwrap().to_string(), PARENT);
    }

    #[test]
    fn later_versions_are_read_as_far_as_known() {
        let later = format!("cc{}-more", &PARENT[2..]);
        assert_eq!(later.parse::<TraceContext>().unwrap().to_string(), PARENT);
    }

    #[test]
    fn refuses_what_is_no_trace_parent() {
        rejects("", TraceError::Length(0));
        rejects(&format!("{PARENT}-more"), TraceError::Length(60));
        rejects(&PARENT.replace("4bf9", "4BF9"), TraceError::Character(4));
        rejects(&format!("ff{}", &PARENT[2..]), TraceError::Version);
        rejects("00-00000000000000000000000000000000-00f067aa0ba902b7-01", TraceError::Zero);
        rejects("00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01", TraceError::Zero);
    }

    #[test]
    fn a_state_travels_verbatim_or_not_at_all() {
        let trace: TraceContext = PARENT.parse().unwrap();
        assert_eq!(trace.clone().with_state("a=1,b=2").unwrap().state(), Some("a=1,b=2"));
        assert_eq!(trace.clone().with_state("").unwrap().state(), None);
        assert_eq!(trace.with_state("a=1\nb"), Err(TraceError::State));
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in any::<String>()) {
            let _either = text.parse::<TraceContext>();
        }

        #[test]
        fn what_is_written_is_read(trace in 1u128.., span in 1u64.., flags in 0u8..4) {
            let context = TraceContext { trace, span, flags, state: None };
            prop_assert_eq!(context.to_string().parse(), Ok(context));
        }
    }
}
