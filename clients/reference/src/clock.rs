//! The one place where time is read.

use std::sync::Mutex;
use std::time::{Duration, Instant, SystemTime};

/// Tells how much time has passed. Only differences mean anything.
pub trait Clock: Send + Sync + 'static {
    /// Time since an origin of the clock's own; never goes back.
    fn now(&self) -> Duration;

    /// The date, to compare with those of servers ([`Error::retry_after`](crate::Error::retry_after)).
    #[allow(clippy::disallowed_methods, reason = "this is the clock that everything else asks")]
    fn date(&self) -> SystemTime {
        SystemTime::now()
    }
}

/// The system's monotonic clock.
#[derive(Debug, Clone, Copy)]
pub struct SystemClock {
    origin: Instant,
}

impl SystemClock {
    /// A clock that begins now.
    #[must_use]
    #[allow(clippy::disallowed_methods, reason = "this is the clock that everything else asks")]
    pub fn new() -> Self {
        Self { origin: Instant::now() }
    }
}

impl Default for SystemClock {
    fn default() -> Self {
        Self::new()
    }
}

impl Clock for SystemClock {
    fn now(&self) -> Duration {
        self.origin.elapsed()
    }
}

/// A clock that stands still until it is moved, for tests of what happens much later.
#[derive(Debug, Default)]
pub struct ManualClock {
    passed: Mutex<Duration>,
}

impl ManualClock {
    /// Moves the clock forward.
    pub fn advance(&self, by: Duration) {
        let mut passed = self.passed.lock().expect("no holder of this lock panics");
        *passed = passed.saturating_add(by);
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Duration {
        *self.passed.lock().expect("no holder of this lock panics")
    }
}
