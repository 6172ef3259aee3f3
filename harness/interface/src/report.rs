//! What is shown of a verdict: for people, for programs, for build servers, for a changelog.

pub mod json;
pub mod junit;
pub mod markdown;
pub mod terminal;

use crate::gate::Comparison;
use crate::rules::{Finding, Level};
use crate::version::Step;

/// All that one command found out.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report {
    /// Each pair of releases that was compared.
    pub comparisons: Vec<Comparison>,
    /// What is to be said about snapshots, waivers and releases.
    pub policy: Vec<Finding>,
}

impl Report {
    /// Whether something breaks that nobody accepted.
    pub fn breaks(&self) -> bool {
        let policy = self.policy.iter().any(|finding| finding.worst() == Some(Level::Breaking));
        policy || self.comparisons.iter().any(Comparison::breaks)
    }

    /// The smallest step that a version may take.
    pub fn step(&self) -> Step {
        self.comparisons.iter().map(Comparison::step).max().unwrap_or(Step::Patch)
    }
}

/// How a comparison's sides are called: `name old → new`.
fn title(comparison: &Comparison) -> String {
    let release =
        |release: &str| if release.is_empty() { "(no release)".to_owned() } else { release.to_owned() };
    let (old, new) = (&comparison.old, &comparison.new);
    if old.name == new.name {
        format!("{} {} → {}", new.name, release(&old.release), release(&new.release))
    } else {
        format!("{} {} → {} {}", old.name, release(&old.release), new.name, release(&new.release))
    }
}

#[cfg(test)]
mod tests;
