//! How a terminal report looks. Colour only repeats what words and signs say already.

use owo_colors::Style as Paint;

use crate::verdict::Verdict;

/// Whether a report has colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Colors {
    /// It has.
    On,
    /// It has none.
    Off,
}

/// How a terminal report looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Style {
    /// Whether it has colours.
    pub colors: Colors,
    /// How many columns it may take.
    pub width: usize,
}

impl Style {
    /// No colours, 100 columns: for files and tests.
    pub const PLAIN: Self = Self { colors: Colors::Off, width: 100 };

    pub(super) fn strong(self, text: &str) -> String {
        self.paint(Paint::new().bold(), text)
    }

    pub(super) fn faint(self, text: &str) -> String {
        self.paint(Paint::new().dimmed(), text)
    }

    pub(super) fn name(self, text: &str) -> String {
        self.paint(Paint::new().cyan(), text)
    }

    pub(super) fn good(self, text: &str) -> String {
        self.paint(Paint::new().green(), text)
    }

    pub(super) fn bad(self, text: &str) -> String {
        self.paint(Paint::new().red().bold(), text)
    }

    pub(super) fn odd(self, text: &str) -> String {
        self.paint(Paint::new().yellow(), text)
    }

    pub(super) fn verdict(self, verdict: Verdict, text: &str) -> String {
        match verdict {
            Verdict::Pass => self.good(text),
            Verdict::Fail | Verdict::UnexpectedPass => self.bad(text),
            Verdict::KnownFail | Verdict::Unsupported | Verdict::Incomplete => self.odd(text),
        }
    }

    fn paint(self, paint: Paint, text: &str) -> String {
        match self.colors {
            Colors::On => paint.style(text).to_string(),
            Colors::Off => text.to_owned(),
        }
    }
}

/// A sign beside the word, so that a list can be scanned.
pub(super) fn sign(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Pass => "✓",
        Verdict::Fail => "✗",
        Verdict::KnownFail => "~",
        Verdict::UnexpectedPass => "!",
        Verdict::Unsupported => "-",
        Verdict::Incomplete => "?",
    }
}
