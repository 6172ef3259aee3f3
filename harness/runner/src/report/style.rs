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

    /// What the eye goes to first.
    #[must_use]
    pub fn strong(self, text: &str) -> String {
        self.paint(Paint::new().bold(), text)
    }

    /// What is only there to be looked up.
    #[must_use]
    pub fn faint(self, text: &str) -> String {
        self.paint(Paint::new().dimmed(), text)
    }

    /// A name among values.
    #[must_use]
    pub fn name(self, text: &str) -> String {
        self.paint(Paint::new().cyan(), text)
    }

    /// What is as it should be.
    #[must_use]
    pub fn good(self, text: &str) -> String {
        self.paint(Paint::new().green(), text)
    }

    /// What is not.
    #[must_use]
    pub fn bad(self, text: &str) -> String {
        self.paint(Paint::new().red().bold(), text)
    }

    /// What is neither.
    #[must_use]
    pub fn odd(self, text: &str) -> String {
        self.paint(Paint::new().yellow(), text)
    }

    /// In the look of a verdict.
    #[must_use]
    pub fn verdict(self, verdict: Verdict, text: &str) -> String {
        match verdict {
            Verdict::Pass => self.good(text),
            Verdict::Fail | Verdict::UnexpectedPass => self.bad(text),
            Verdict::KnownFail | Verdict::Ambiguous | Verdict::Unsupported | Verdict::Incomplete => {
                self.odd(text)
            }
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
        Verdict::Ambiguous => "≈",
        Verdict::Unsupported => "-",
        Verdict::Incomplete => "?",
    }
}
