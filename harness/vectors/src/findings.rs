//! What a play amounts to, on two axes: where the server differs from the recording (drift), and where it breaks what
//! is required (violations), whatever the recording says.

mod suspects;

use std::collections::{BTreeMap, BTreeSet};
use std::thread;

use crate::compare::Difference;
use crate::differences::WantedDifferences;
use crate::play::{Played, Report, Verdict};
use crate::requirements::{Catalogue, Defect, Defects, Documents, Exchange, Violation};
use crate::vector::Service;

pub use suspects::Suspect;

/// What a play amounts to.
#[derive(Debug, Clone, Default)]
pub struct Findings {
    /// What became of each group, in order.
    pub groups: BTreeMap<(Service, String), Group>,
    /// Vectors that were answered otherwise than recorded, and are not wanted to be.
    pub drift: Vec<Drift>,
    /// Which requirements the drift is about, the likeliest first.
    pub suspects: Vec<Suspect>,
    /// What breaks a requirement, and did not when it was recorded.
    pub violations: Vec<Violation>,
    /// Known defects of which something was played.
    pub known: Vec<Known>,
    /// Vectors that could not be played though they should have been, and why.
    pub broken: Vec<(String, String)>,
}

/// What became of a group.
#[derive(Debug, Clone, Default)]
pub struct Group {
    /// How many vectors were answered.
    pub played: usize,
    /// How many of them as recorded, or as they are wanted to be.
    pub agree: usize,
    /// How many should have been played, and could not.
    pub broken: usize,
    /// How many were not played, by the reason.
    pub left_out: BTreeMap<String, usize>,
}

/// A vector that was answered otherwise than recorded.
#[derive(Debug, Clone)]
pub struct Drift {
    /// The vector's id.
    pub vector: String,
    /// Its service.
    pub service: Service,
    /// Its group.
    pub group: String,
    /// Which step, from 1.
    pub step: usize,
    /// What was asked.
    pub request: String,
    /// Where the answer differs.
    pub differences: Vec<Difference>,
    /// The requirements that the exchange bears on.
    pub bears_on: Vec<String>,
}

/// A known defect, and how much of it was seen.
#[derive(Debug, Clone)]
pub struct Known {
    /// The defect.
    pub defect: Defect,
    /// How many exchanges showed it when they were recorded, of those that were played.
    pub recorded: usize,
    /// Where it is still shown.
    pub seen: Vec<Violation>,
}

impl Known {
    /// Whether nothing that was played shows it any more.
    #[must_use]
    pub fn is_gone(&self) -> bool {
        self.seen.is_empty()
    }
}

/// What a play is judged with.
#[derive(Clone, Copy)]
pub struct Law<'a> {
    /// What is required.
    pub catalogue: &'a Catalogue,
    /// What is known to break it.
    pub defects: &'a Defects,
    /// What the services declare.
    pub documents: &'a dyn Documents,
    /// Where the server may differ.
    pub wanted: &'a WantedDifferences,
}

impl Findings {
    /// Judges a play.
    #[must_use]
    pub fn of(report: &Report, law: Law<'_>) -> Self {
        let mut findings = Self::default();
        for played in &report.played {
            findings.count(played, law);
        }
        findings.judge(report, law);
        findings.suspects = suspects::of(report, &findings.drift, law.catalogue);
        findings
    }

    /// How many vectors were answered.
    #[must_use]
    pub fn played(&self) -> usize {
        self.groups.values().map(|group| group.played).sum()
    }

    /// Whether it differs where it should not, or breaks what it did not when it was recorded.
    #[must_use]
    pub fn fails(&self) -> bool {
        !self.drift.is_empty() || !self.violations.is_empty()
    }

    fn count(&mut self, played: &Played, law: Law<'_>) {
        let group = self.groups.entry((played.service, played.group.clone())).or_default();
        match &played.verdict {
            Verdict::Agrees => (group.played, group.agree) = (group.played + 1, group.agree + 1),
            Verdict::NotServed(reason) => *group.left_out.entry(reason.clone()).or_default() += 1,
            Verdict::Broken(error) => {
                group.broken += 1;
                let causes = std::iter::successors(error.source(), |&cause| cause.source());
                let text = causes.fold(error.to_string(), |text, cause| format!("{text}: {cause}"));
                self.broken.push((played.id.clone(), text));
            }
            Verdict::Differs(found) => {
                group.played += 1;
                if law.wanted.find(&played.id).is_some() {
                    group.agree += 1;
                    return;
                }
                let exchange = played
                    .vector
                    .as_ref()
                    .and_then(|vector| Exchange::recorded(vector).into_iter().nth(found.step - 1));
                let tags = exchange.map(|exchange| exchange.tags).unwrap_or_default();
                self.drift.push(Drift {
                    vector: played.id.clone(),
                    service: played.service,
                    group: played.group.clone(),
                    step: found.step,
                    request: found.request.clone(),
                    differences: found.differences.clone(),
                    bears_on: law.catalogue.bearing(&tags).map(|it| it.id.clone()).collect(),
                });
            }
        }
    }

    /// Judges what was seen and, beside it, what was recorded of the same steps.
    fn judge(&mut self, report: &Report, law: Law<'_>) {
        let mut seen = Vec::new();
        let mut recorded = Vec::new();
        for played in report.played.iter().filter(|played| !played.seen.is_empty()) {
            let Some(vector) = &played.vector else { continue };
            seen.extend(Exchange::seen(vector, &played.seen));
            let steps = Exchange::recorded(vector).into_iter().take(played.seen.len());
            // What nobody could look at cannot be held against anybody.
            recorded.extend(steps.zip(&played.seen).map(|(mut exchange, seen)| {
                exchange.state = exchange.state.filter(|_| seen.state.is_some());
                exchange
            }));
        }
        let judge = |exchanges: &[Exchange<'_>]| law.catalogue.judge(law.documents, exchanges);
        let (then, now) = thread::scope(|scope| {
            let then = scope.spawn(|| judge(&recorded));
            let now = judge(&seen);
            (then.join().expect("judging does not panic"), now)
        });
        let known_then: BTreeSet<_> = then.iter().map(Violation::key).collect();
        let seen_now: BTreeMap<_, _> = now.iter().map(|it| (it.key(), it)).collect();
        self.violations = now.iter().filter(|it| !known_then.contains(&it.key())).cloned().collect();
        let at: BTreeMap<(&str, usize), &Exchange<'_>> =
            recorded.iter().map(|it| ((it.vector.id.as_str(), it.index + 1), it)).collect();
        let mut known: BTreeMap<&str, Known> = BTreeMap::new();
        for violation in &then {
            let exchange = at[&(violation.vector.as_str(), violation.step)];
            let Some(defect) = law.defects.of(violation, exchange) else { continue };
            let known = known.entry(&defect.id).or_insert_with(|| Known {
                defect: defect.clone(),
                recorded: 0,
                seen: Vec::new(),
            });
            known.recorded += 1;
            known.seen.extend(seen_now.get(&violation.key()).map(|it| (*it).clone()));
        }
        self.known = known.into_values().collect();
    }
}
