//! Time spent, and what rounds of it say.
//!
//! Machines are shared, so nothing here is worth anything by itself: contenders take turns within a round, and what
//! counts is the median of the rounds' ratios.

use std::time::{Duration, Instant};

use rustix::time::{ClockId, clock_gettime};

/// Time that something took.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(crate) struct Spent {
    /// On the wall, in microseconds.
    pub(crate) wall: f64,
    /// On the processors, by every thread of this process, in microseconds.
    pub(crate) process: f64,
    /// On the processor, by the thread that measured, in microseconds.
    pub(crate) thread: f64,
}

impl Spent {
    /// What the other threads spent on the processors.
    pub(crate) fn elsewhere(self) -> f64 {
        self.process - self.thread
    }

    /// The same for each of so many.
    pub(crate) fn each(self, count: usize) -> Self {
        let count = count as f64;
        Self { wall: self.wall / count, process: self.process / count, thread: self.thread / count }
    }
}

/// A clock that was started.
pub(crate) struct Watch {
    wall: Instant,
    process: Duration,
    thread: Duration,
}

impl Watch {
    /// Starts one.
    #[expect(clippy::disallowed_methods, reason = "measuring time is what this is for")]
    pub(crate) fn start() -> Self {
        let (process, thread) = (used(ClockId::ProcessCPUTime), used(ClockId::ThreadCPUTime));
        Self { wall: Instant::now(), process, thread }
    }

    /// The time since.
    pub(crate) fn spent(&self) -> Spent {
        let micros = |duration: Duration| duration.as_secs_f64() * 1e6;
        Spent {
            wall: micros(self.wall.elapsed()),
            process: micros(used(ClockId::ProcessCPUTime).saturating_sub(self.process)),
            thread: micros(used(ClockId::ThreadCPUTime).saturating_sub(self.thread)),
        }
    }
}

fn used(clock: ClockId) -> Duration {
    Duration::try_from(clock_gettime(clock)).unwrap_or_default()
}

/// The value in the middle; of an even number, the upper one of the two.
pub(crate) fn median(values: &[f64]) -> f64 {
    quantile(values, 0.5)
}

/// The value that so large a share of all is below.
pub(crate) fn quantile(values: &[f64], share: f64) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let place = (sorted.len().saturating_sub(1)) as f64 * share;
    sorted.get(place.round() as usize).copied().unwrap_or(f64::NAN)
}

/// A median with the middle half of what it stands for.
pub(crate) fn spread(values: &[f64]) -> String {
    format!("{:.2} ({:.2}–{:.2})", median(values), quantile(values, 0.25), quantile(values, 0.75))
}
