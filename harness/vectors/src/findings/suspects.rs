//! Which requirements a drift is about.
//!
//! A requirement bears on some exchanges. The more of those that differ it bears on, and the fewer of those that agree,
//! the likelier it is what the server treats otherwise: Ochiai's coefficient, known from finding faults in programs by
//! the tests that fail.

use crate::findings::Drift;
use crate::play::{Report, Verdict};
use crate::requirements::{Catalogue, Exchange, Requirement};

/// How many are told.
const TOLD: usize = 3;

/// A requirement that a drift may be about.
#[derive(Debug, Clone, PartialEq)]
pub struct Suspect {
    /// Which.
    pub requirement: String,
    /// What it requires.
    pub sentence: String,
    /// How many of the vectors that differ it bears on.
    pub differ: usize,
    /// How many exchanges that agree it bears on.
    pub agree: usize,
    /// From 0 to 1.
    pub likelihood: f64,
}

/// The likeliest first.
pub(super) fn of(report: &Report, drift: &[Drift], catalogue: &Catalogue) -> Vec<Suspect> {
    if drift.is_empty() {
        return Vec::new();
    }
    let mut agree = vec![0_usize; catalogue.requirements().len()];
    for played in &report.played {
        let Some(vector) = &played.vector else { continue };
        let agreeing = match &played.verdict {
            Verdict::Agrees => played.seen.len(),
            Verdict::Differs(_) => played.seen.len().saturating_sub(1),
            Verdict::NotServed(_) | Verdict::Broken(_) => 0,
        };
        for exchange in Exchange::recorded(vector).into_iter().take(agreeing) {
            for (requirement, count) in catalogue.requirements().iter().zip(&mut agree) {
                *count += usize::from(requirement.applies.matches(&exchange.tags));
            }
        }
    }
    // What bears on everything explains nothing, unless it says where an answer would differ.
    let is_telling = |it: &Requirement| !it.applies.is_everything() || !it.differs.is_empty();
    let requirements = catalogue.requirements().iter().zip(agree);
    let mut suspects: Vec<Suspect> = requirements
        .filter(|(requirement, _)| is_telling(requirement))
        .map(|(requirement, agree)| {
            let is_about = |drift: &&Drift| {
                let differs = |at: &str| requirement.differs.iter().any(|glob| glob.matches(at));
                drift.bears_on.contains(&requirement.id)
                    && (requirement.differs.is_empty()
                        || drift.differences.iter().all(|difference| differs(&difference.at)))
            };
            let differ = drift.iter().filter(is_about).count();
            Suspect {
                requirement: requirement.id.clone(),
                sentence: requirement.sentence.clone(),
                differ,
                agree,
                likelihood: likelihood(differ, agree, drift.len()),
            }
        })
        .filter(|suspect| suspect.differ > 0)
        .collect();
    suspects.sort_by(|a, b| b.likelihood.total_cmp(&a.likelihood).then(a.requirement.cmp(&b.requirement)));
    suspects.truncate(TOLD);
    suspects
}

#[expect(clippy::cast_precision_loss, reason = "there are some thousand vectors")]
fn likelihood(differ: usize, agree: usize, all: usize) -> f64 {
    let (differ, agree, all) = (differ as f64, agree as f64, all as f64);
    if differ == 0.0 { 0.0 } else { differ / (all * (differ + agree)).sqrt() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_only_failures_have_in_common_is_likelier() {
        assert!(likelihood(5, 0, 5) > likelihood(5, 5, 5));
        assert!(likelihood(5, 0, 5) > likelihood(3, 0, 5));
        assert!((likelihood(4, 0, 4) - 1.0).abs() < f64::EPSILON);
        assert!(likelihood(0, 0, 5).abs() < f64::EPSILON);
    }
}
