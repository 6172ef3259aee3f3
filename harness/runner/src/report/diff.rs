//! Two runs beside each other: what became better or worse from the first to the second, and by which findings.

mod text;

pub use text::render;

use std::collections::BTreeMap;

use serde::Serialize;

use crate::case::{CaseResult, Finding};
use crate::event::{Client, Conclusion, Run};
use crate::verdict::Verdict;

/// The differences from one run to another.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Diff {
    /// What is compared with.
    pub a: Side,
    /// What is compared.
    pub b: Side,
    /// What a reader must know before believing the rest.
    pub notes: Vec<String>,
    /// Cases of both that differ, in the order of their ids.
    pub changes: Vec<Change>,
    /// How many cases of both are the same in verdict and findings.
    pub same: usize,
    /// Ids of cases that only the first run was to play.
    pub only_a: Vec<String>,
    /// Ids of cases that only the second run was to play.
    pub only_b: Vec<String>,
}

/// One of the two runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Side {
    /// Who was judged.
    pub client: Client,
    /// The contract's revision.
    pub revision: String,
    /// What ids and times were made from.
    pub seed: u64,
    /// How many cases were to be played.
    pub planned: usize,
    /// How many cases have each verdict.
    pub counts: BTreeMap<Verdict, usize>,
    /// How many were not played.
    pub not_played: usize,
    /// What the run amounts to.
    pub conclusion: Conclusion,
}

/// A case that differs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Change {
    /// Its id.
    pub id: String,
    /// What to think of it.
    pub trend: Trend,
    /// Its verdict in the first run; none: it was not played.
    pub before: Option<Verdict>,
    /// Its verdict in the second run; none: it was not played.
    pub after: Option<Verdict>,
    /// Why the second verdict is what it is, where it says so.
    pub reason: Option<String>,
    /// Findings of the first run only.
    pub gone: Vec<Finding>,
    /// Findings of the second run only.
    pub came: Vec<Finding>,
}

/// What to think of a difference.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Trend {
    /// More is wrong with the second client, or it no longer claims what it did right.
    Worse,
    /// The second run does not judge what the first one judged.
    Lost,
    /// Less is wrong with the second client, or it now does right what it did not claim.
    Better,
    /// Anything else.
    Otherwise,
}

impl Trend {
    /// Every trend, that first which a reader must act on.
    pub const ALL: [Self; 4] = [Self::Worse, Self::Lost, Self::Better, Self::Otherwise];
}

/// What it all amounts to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Comparison {
    /// A case became worse.
    Worse,
    /// None did, but some could not be judged any more.
    Incomplete,
    /// No case is in both runs.
    NothingInCommon,
    /// Nothing became worse.
    NotWorse,
}

impl Diff {
    /// Compares the second run with the first.
    #[must_use]
    pub fn between(a: &Run, b: &Run) -> Self {
        let (before, after) = (by_id(a), by_id(b));
        let mut diff = Self {
            a: Side::of(a),
            b: Side::of(b),
            notes: notes(a, b),
            changes: Vec::new(),
            same: 0,
            only_a: before.keys().filter(|id| !after.contains_key(*id)).map(|id| (*id).to_owned()).collect(),
            only_b: after.keys().filter(|id| !before.contains_key(*id)).map(|id| (*id).to_owned()).collect(),
        };
        for (id, before) in before {
            let Some(after) = after.get(id) else { continue };
            match change(id, before, *after) {
                Some(change) => diff.changes.push(change),
                None => diff.same += 1,
            }
        }
        diff
    }

    /// What it all amounts to.
    #[must_use]
    pub fn comparison(&self) -> Comparison {
        if self.count(Trend::Worse) > 0 {
            Comparison::Worse
        } else if self.same + self.changes.len() == 0 {
            Comparison::NothingInCommon
        } else if self.count(Trend::Lost) > 0 {
            Comparison::Incomplete
        } else {
            Comparison::NotWorse
        }
    }

    /// How many cases have a trend.
    #[must_use]
    pub fn count(&self, trend: Trend) -> usize {
        self.changes.iter().filter(|change| change.trend == trend).count()
    }
}

impl Side {
    fn of(run: &Run) -> Self {
        Self {
            client: run.started.client.clone(),
            revision: run.started.revision.clone(),
            seed: run.started.seed,
            planned: run.started.planned.len(),
            counts: run.counts(),
            not_played: run.unplayed().len(),
            conclusion: run.conclusion(),
        }
    }
}

/// The differences as a document for programs, indented, its end included.
#[must_use]
pub fn json(diff: &Diff) -> String {
    #[derive(Serialize)]
    struct Document<'a> {
        comparison: Comparison,
        differences: &'a Diff,
    }
    let text = serde_json::to_string_pretty(&Document { comparison: diff.comparison(), differences: diff });
    text.expect("differences have string keys only, so they are always JSON") + "\n"
}

/// Every planned case; none: it was not played.
fn by_id(run: &Run) -> BTreeMap<&str, Option<&CaseResult>> {
    let planned = run.started.planned.iter().zip(1..);
    planned.map(|(id, number)| (id.as_str(), run.results.get(&number))).collect()
}

fn change(id: &str, before: Option<&CaseResult>, after: Option<&CaseResult>) -> Option<Change> {
    let findings = |result: Option<&CaseResult>| result.map(|result| result.findings.clone());
    let (old, new) = (findings(before).unwrap_or_default(), findings(after).unwrap_or_default());
    let without = |all: &[Finding], others: &[Finding]| -> Vec<Finding> {
        all.iter().filter(|one| !others.iter().any(|other| is_same(one, other))).cloned().collect()
    };
    let (gone, came) = (without(&old, &new), without(&new, &old));
    let verdict = |result: Option<&CaseResult>| result.map(|result| result.verdict);
    let (before, verdict_after) = (verdict(before), verdict(after));
    if before == verdict_after && gone.is_empty() && came.is_empty() {
        return None;
    }
    Some(Change {
        id: id.to_owned(),
        trend: trend(standing(before), standing(verdict_after), &gone, &came),
        before,
        after: verdict_after,
        reason: after.and_then(|result| result.reason.clone()),
        gone,
        came,
    })
}

/// What a verdict says of the client, whatever list of known failures there was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Standing {
    Right,
    Wrong,
    NotClaimed,
    NotJudged,
}

fn standing(verdict: Option<Verdict>) -> Standing {
    match verdict {
        Some(Verdict::Pass | Verdict::Ambiguous | Verdict::UnexpectedPass) => Standing::Right,
        Some(Verdict::Fail | Verdict::KnownFail) => Standing::Wrong,
        Some(Verdict::Unsupported) => Standing::NotClaimed,
        Some(Verdict::Incomplete) | None => Standing::NotJudged,
    }
}

fn trend(before: Standing, after: Standing, gone: &[Finding], came: &[Finding]) -> Trend {
    match (before, after) {
        (Standing::NotJudged, _) => Trend::Otherwise,
        (_, Standing::NotJudged) => Trend::Lost,
        (Standing::Right, Standing::Wrong | Standing::NotClaimed)
        | (Standing::NotClaimed, Standing::Wrong) => Trend::Worse,
        (Standing::Wrong | Standing::NotClaimed, Standing::Right) => Trend::Better,
        (Standing::Wrong, Standing::Wrong) if gone.is_empty() && !came.is_empty() => Trend::Worse,
        (Standing::Wrong, Standing::Wrong) if came.is_empty() && !gone.is_empty() => Trend::Better,
        (Standing::Right, Standing::Right)
        | (Standing::Wrong, Standing::Wrong | Standing::NotClaimed)
        | (Standing::NotClaimed, Standing::NotClaimed) => Trend::Otherwise,
    }
}

/// The same thing is wrong; where it is written and which exchange shows it does not matter.
fn is_same(one: &Finding, other: &Finding) -> bool {
    let said = |finding: &Finding| {
        (finding.check.clone(), finding.message.clone(), finding.expected.clone(), finding.seen.clone())
    };
    said(one) == said(other)
}

fn notes(a: &Run, b: &Run) -> Vec<String> {
    let mut notes = Vec::new();
    let (first, second) = (&a.started, &b.started);
    let mut differ = |what: &str, first: &str, second: &str, so: &str| {
        if first != second {
            notes.push(format!("A has {what} {first}, B {second}: {so}"));
        }
    };
    let so = "cases may require different things";
    differ("contract revision", &first.revision, &second.revision, so);
    differ("plumbline", &first.plumbline, &second.plumbline, so);
    let so = "ids and times differ, and findings that show them";
    differ("seed", &first.seed.to_string(), &second.seed.to_string(), so);
    for (name, run) in [("A", a), ("B", b)] {
        let (missing, planned) = (run.unplayed().len(), run.started.planned.len());
        if run.finished.is_none() {
            notes.push(format!(
                "{name} was ended from outside: {missing} of its {planned} cases have no verdict"
            ));
        } else if missing > 0 {
            notes.push(format!("{name} stopped early: {missing} of its {planned} cases have no verdict"));
        }
    }
    notes
}
