//! What is printed.

use std::io::{self, Write as _};

use crate::measure::{median, spread};

/// What a ratio is held to.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Bar {
    /// It is at least that.
    AtLeast(f64),
    /// It is at most that.
    AtMost(f64),
}

impl Bar {
    fn holds(self, ratio: f64) -> bool {
        match self {
            Self::AtLeast(bar) => ratio >= bar,
            Self::AtMost(bar) => ratio <= bar,
        }
    }
}

impl std::fmt::Display for Bar {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::AtLeast(bar) => write!(f, "at least {bar}"),
            Self::AtMost(bar) => write!(f, "at most {bar}"),
        }
    }
}

/// Prints as it goes, and keeps which bars were missed.
#[derive(Debug, Default)]
pub(crate) struct Report {
    missed: Vec<String>,
}

impl Report {
    /// Begins a part.
    pub(crate) fn heading(&self, text: &str) -> io::Result<()> {
        say(&format!("\n## {text}\n"))
    }

    /// A comparison that is held to a bar, or only told, and the ratio of each round.
    pub(crate) fn ratio(&mut self, name: &str, bar: Option<Bar>, ratios: &[f64]) -> io::Result<()> {
        let Some(bar) = bar else { return say(&format!("{name}\n    ratio {}", spread(ratios))) };
        let held = bar.holds(median(ratios));
        if !held {
            self.missed.push(name.to_owned());
        }
        let verdict = if held { "held" } else { "MISSED" };
        say(&format!("{name}\n    ratio {}, {bar} is wanted: {verdict}", spread(ratios)))
    }

    /// What belongs to the line before.
    pub(crate) fn note(&self, text: &str) -> io::Result<()> {
        say(&format!("    {text}"))
    }

    /// A line of its own.
    pub(crate) fn line(&self, text: &str) -> io::Result<()> {
        say(text)
    }

    /// Sums up; whether every bar was held.
    pub(crate) fn end(self) -> io::Result<bool> {
        match self.missed.as_slice() {
            [] => say("\nevery bar was held")?,
            missed => say(&format!("\nmissed: {}", missed.join("; ")))?,
        }
        Ok(self.missed.is_empty())
    }
}

fn say(text: &str) -> io::Result<()> {
    writeln!(io::stdout(), "{text}")
}
