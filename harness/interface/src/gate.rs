//! The verdict: lanes by levels, and the smallest step that a version may take.

use std::collections::BTreeMap;

use rayon::prelude::*;

use crate::compare::compare;
use crate::fingerprint;
use crate::group::{Root, group};
use crate::model::{About, Interface};
use crate::rules::{Catalogue, Finding, Lane, Level, Unjudged};
use crate::version::{Step, step, version};
use crate::waiver::Waivers;
use crate::witness::proof::Proof;

/// One release compared with another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Comparison {
    /// What was before.
    pub old: About,
    /// What is now.
    pub new: About,
    /// What was decided, the worst first.
    pub roots: Vec<JudgedRoot>,
    /// Changes that no rule matches: nothing is said about them.
    pub unjudged: Vec<Unjudged>,
    /// What became of code that shows findings, by their fingerprints; empty, when nobody asked.
    pub proofs: BTreeMap<String, Proof>,
}

/// A root, and whether somebody has accepted it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JudgedRoot {
    /// What waivers call all of it.
    pub fingerprint: String,
    /// What was decided, and its findings that nobody accepted.
    pub root: Root,
    /// Findings that somebody accepted.
    pub waived: Vec<Waived>,
}

/// A finding that somebody accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waived {
    /// The finding.
    pub finding: Finding,
    /// Why it was accepted.
    pub reason: String,
    /// By whom.
    pub owner: String,
}

/// How many roots there are, lanes by levels.
pub type Matrix = BTreeMap<Lane, BTreeMap<Level, usize>>;

/// Compares two releases, and judges what differs.
pub fn judge(catalogue: &Catalogue, old: &Interface, new: &Interface, waivers: &mut Waivers) -> Comparison {
    let differences = differences(catalogue, old, new);
    compared(catalogue, old, new, differences, waivers)
}

/// Compares each release with the one before it, on all cores.
pub fn judge_history(
    catalogue: &Catalogue,
    releases: &[Interface],
    waivers: &mut Waivers,
) -> Vec<Comparison> {
    let pairs: Vec<_> = releases.iter().zip(releases.iter().skip(1)).collect();
    let differences: Vec<_> =
        pairs.par_iter().with_max_len(1).map(|(old, new)| differences(catalogue, old, new)).collect();
    let each = pairs.into_iter().zip(differences);
    each.map(|((old, new), differences)| compared(catalogue, old, new, differences, waivers)).collect()
}

/// What was decided, and what no rule matches, before anybody accepted anything.
fn differences(catalogue: &Catalogue, old: &Interface, new: &Interface) -> (Vec<Root>, Vec<Unjudged>) {
    let judged = catalogue.judge(new.about.language, &compare(old, new));
    (group(judged.findings), judged.unjudged)
}

fn compared(
    catalogue: &Catalogue,
    old: &Interface,
    new: &Interface,
    (roots, unjudged): (Vec<Root>, Vec<Unjudged>),
    waivers: &mut Waivers,
) -> Comparison {
    let roots = roots.into_iter().map(|root| accepted(root, waivers)).collect();
    let (old, new) = (old.about.clone(), new.about.clone());
    let mut comparison = Comparison { old, new, roots, unjudged, proofs: BTreeMap::new() };
    if let Some(finding) = too_small(catalogue, &comparison) {
        let root = Root::new(format!("the version of {}", finding.key), vec![finding]);
        comparison.roots.insert(0, accepted(root, waivers));
    }
    if older(&comparison.new.release, &comparison.old.release) {
        let finding = fork(catalogue, &comparison.old, &comparison.new);
        let root = Root::new(format!("the line of {}", finding.key), vec![finding]);
        comparison.roots.push(accepted(root, waivers));
    }
    comparison
}

/// Whether a release comes before another one, when both have versions.
pub fn older(one: &str, other: &str) -> bool {
    matches!((version(one), version(other)), (Some(one), Some(other)) if one < other)
}

/// That a release does not descend from the other one.
pub fn fork(catalogue: &Catalogue, old: &About, new: &About) -> Finding {
    catalogue.finding("POL-LINE-FORK", "line", &new.name, Some(&old.release), Some(&new.release))
}

/// That a version's step is smaller than what its changes ask for, when both releases say their versions.
fn too_small(catalogue: &Catalogue, comparison: &Comparison) -> Option<Finding> {
    let (old, new) = (&comparison.old.release, &comparison.new.release);
    let (taken, asked) = (step(old, new)?, comparison.step());
    if asked <= taken {
        return None;
    }
    let rule = match (asked, taken) {
        (Step::Major, Step::Patch) => "POL-PATCH-BREAK",
        (Step::Major, _) => "POL-MINOR-BREAK",
        _ => "POL-PATCH-FEATURE",
    };
    Some(catalogue.finding(rule, "version", &comparison.new.name, Some(old), Some(new)))
}

/// The step that a level asks for.
fn asked(level: Level) -> Step {
    match level {
        Level::Info => Step::Patch,
        Level::Compatible | Level::Deprecated | Level::Risky => Step::Minor,
        Level::Breaking => Step::Major,
    }
}

fn accepted(root: Root, waivers: &mut Waivers) -> JudgedRoot {
    let fingerprint = fingerprint::of_root(&root);
    let whole = waivers.take(&fingerprint, None);
    let mut open = Vec::new();
    let mut waived = Vec::new();
    for finding in root.findings {
        let own = waivers.take(&fingerprint::of_finding(&finding), Some(&finding));
        match own.or_else(|| whole.clone()) {
            Some(waiver) => waived.push(Waived { finding, reason: waiver.reason, owner: waiver.owner }),
            None => open.push(finding),
        }
    }
    let root = Root::new(root.cause, open);
    JudgedRoot { fingerprint, root, waived }
}

impl Comparison {
    /// How many roots there are that nobody accepted, lanes by levels.
    pub fn matrix(&self) -> Matrix {
        let mut matrix = Matrix::new();
        for (lane, level) in self.roots.iter().flat_map(|root| &root.root.levels) {
            *matrix.entry(*lane).or_default().entry(*level).or_default() += 1;
        }
        matrix
    }

    /// The smallest step that a version may take with these changes.
    pub fn step(&self) -> Step {
        let levels = self.roots.iter().flat_map(|root| root.root.levels.iter());
        // A version's step being too small asks for no larger one by itself.
        let levels = levels.filter(|(lane, _)| **lane != Lane::Policy).map(|(_, level)| *level);
        levels.map(asked).max().unwrap_or(Step::Patch)
    }

    /// Whether it breaks somebody and no version says so: its step is too small, or nobody knows it.
    pub fn understates(&self) -> bool {
        self.breaks() && step(&self.old.release, &self.new.release).is_none_or(|taken| taken < self.step())
    }

    /// Whether something breaks that nobody accepted.
    pub fn breaks(&self) -> bool {
        self.roots.iter().any(|root| root.root.worst() == Some(Level::Breaking))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Fact, Language};

    fn release(release: &str, functions: &[&str]) -> Interface {
        let mut about = About::new(Language::Go, "example.com/client");
        about.release = release.to_owned();
        Interface::new(about, functions.iter().map(|name| Fact::new("func", *name)).collect())
    }

    fn compared(old: &Interface, new: &Interface) -> Comparison {
        judge(Catalogue::ours(), old, new, &mut Waivers::default())
    }

    #[test]
    fn a_history_is_compared_release_by_release() {
        let releases = [release("v1.0.0", &["A"]), release("v1.1.0", &["A", "B"]), release("v2.0.0", &["B"])];
        let history = judge_history(Catalogue::ours(), &releases, &mut Waivers::default());
        assert_eq!(history, [compared(&releases[0], &releases[1]), compared(&releases[1], &releases[2])]);
    }

    #[test]
    fn a_removed_function_asks_for_a_major_version() {
        let comparison = compared(&release("v1.0.0", &["A", "B"]), &release("v2.0.0", &["A"]));
        assert_eq!(comparison.step(), Step::Major);
        assert!(comparison.breaks());
        assert_eq!(comparison.matrix()[&Lane::GoSource], [(Level::Breaking, 1)].into());
    }

    #[test]
    fn nothing_asks_for_nothing() {
        let comparison = compared(&release("v1.0.0", &["A"]), &release("v1.0.1", &["A"]));
        assert_eq!((comparison.step(), comparison.roots.len()), (Step::Patch, 0));
    }

    #[test]
    fn a_version_says_at_least_what_happened() {
        let rules = |old: &str, new: &str| {
            let comparison = compared(&release(old, &["A", "B"]), &release(new, &["A"]));
            let findings = comparison.roots.into_iter().flat_map(|root| root.root.findings);
            findings.map(|finding| finding.rule).collect::<Vec<_>>()
        };
        assert_eq!(rules("v1.0.0", "v1.0.1"), ["POL-PATCH-BREAK", "GO-FUNC-REMOVED"]);
        assert_eq!(rules("v1.0.0", "v1.1.0"), ["POL-MINOR-BREAK", "GO-FUNC-REMOVED"]);
        assert_eq!(rules("v0.1.0", "v0.2.0"), ["GO-FUNC-REMOVED"]);
        // What comes from another line has not removed anything.
        assert_eq!(rules("v1.2.0", "v1.1.5"), ["POL-MINOR-BREAK", "GO-FUNC-REMOVED", "POL-LINE-FORK"]);
    }
}
