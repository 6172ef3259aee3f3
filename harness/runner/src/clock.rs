//! The one place of this crate that reads time: durations that reports show, and how long a client took that was told
//! to wait. Nobody is judged for taking long.

use std::time::Instant;

/// A clock that was started.
#[derive(Debug, Clone, Copy)]
pub struct Stopwatch(Instant);

impl Stopwatch {
    /// Starts one.
    #[must_use]
    #[expect(clippy::disallowed_methods, reason = "this module is the door through which time comes")]
    pub fn start() -> Self {
        Self(Instant::now())
    }

    /// Milliseconds since.
    #[must_use]
    pub fn elapsed_ms(&self) -> u64 {
        u64::try_from(self.0.elapsed().as_millis()).unwrap_or(u64::MAX)
    }
}
