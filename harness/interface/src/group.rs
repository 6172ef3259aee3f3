//! What belongs together: one decision, often hundreds of findings.
//!
//! A finding's root is, in this order: what a comparer noted as `root`; the dependency that moved; the component
//! (`origin`) that was edited in the same way; the thing that it is part of and that came or went with it (`parent`, or
//! what its key begins with); the type that was replaced by another wherever it occurred; and else its own fact.

use std::collections::{BTreeMap, BTreeSet};

use crate::diff::What;
use crate::rules::{Finding, Level, Levels};

/// Findings that one decision has brought about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Root {
    /// What was decided, for people: `type Pool is gone`, `string became ids.Organization`.
    pub cause: String,
    /// The worst of its findings, for each lane.
    pub levels: Levels,
    /// Its findings, the worst first.
    pub findings: Vec<Finding>,
}

/// Puts findings together by root, the worst roots first.
pub fn group(findings: Vec<Finding>) -> Vec<Root> {
    let whole: BTreeSet<(What, String)> =
        findings.iter().map(|finding| (finding.what(), finding.key.clone())).collect();
    let mut roots: BTreeMap<Cause, Vec<Finding>> = BTreeMap::new();
    for finding in findings {
        roots.entry(cause(&finding, &whole)).or_default().push(finding);
    }
    let mut roots: Vec<Root> = roots.into_iter().map(|(cause, findings)| root(&cause, findings)).collect();
    roots.sort_by(|one, other| other.worst().cmp(&one.worst()).then_with(|| one.cause.cmp(&other.cause)));
    roots
}

impl Root {
    /// A root of such findings; the worst come first.
    pub fn new(cause: String, mut findings: Vec<Finding>) -> Self {
        let mut levels = Levels::new();
        for (lane, level) in findings.iter().flat_map(|finding| &finding.levels) {
            let worst = levels.entry(*lane).or_insert(*level);
            *worst = (*worst).max(*level);
        }
        // The sort is stable, and findings come in the order of their keys.
        findings.sort_by_key(|finding| std::cmp::Reverse(finding.worst()));
        Self { cause, levels, findings }
    }

    /// The worst level of any lane.
    pub fn worst(&self) -> Option<Level> {
        self.levels.values().max().copied()
    }
}

/// What findings are put together by.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Cause {
    Noted(String),
    Dependency(String),
    /// A component, and what was done to it.
    Origin(String, String),
    /// The outermost thing that came or went.
    Whole(What, String),
    /// A type, and the one that is in its place.
    Replaced(String, String),
    Fact(String),
}

fn cause(finding: &Finding, whole: &BTreeSet<(What, String)>) -> Cause {
    let note = |name: &str| finding.notes.get(name).cloned();
    if let Some(root) = note("root") {
        return Cause::Noted(root);
    }
    if let Some(dependency) = note("dependency") {
        return Cause::Dependency(dependency);
    }
    let what = finding.what();
    if let Some(origin) = note("origin") {
        return Cause::Origin(origin, edit(finding));
    }
    if what != What::Changed {
        return Cause::Whole(what, outermost(finding, whole).to_owned());
    }
    match replaced(finding) {
        Some((old, new)) => Cause::Replaced(old, new),
        None => Cause::Fact(finding.key.clone()),
    }
}

/// What was done, regardless of where.
fn edit(finding: &Finding) -> String {
    let value = |side: &Option<String>| side.as_deref().unwrap_or("nothing").to_owned();
    match finding.what() {
        What::Changed => format!("{} → {}", value(&finding.old), value(&finding.new)),
        what => format!("{} {} {what}", finding.kind, finding.notes.get("name").map_or("", String::as_str)),
    }
}

/// The key of the largest thing that came or went and that this finding is part of.
fn outermost<'a>(finding: &'a Finding, whole: &'a BTreeSet<(What, String)>) -> &'a str {
    let what = finding.what();
    let there = |key: &str| whole.get(&(what, key.to_owned())).map(|(_, key)| key.as_str());
    let parent = finding.notes.get("parent").and_then(|parent| there(parent));
    let start = parent.unwrap_or(&finding.key);
    let ends = start.char_indices().filter(|(_, letter)| matches!(letter, '.' | ':' | '#'));
    let mut prefixes = ends.map(|(end, _)| start[..end].trim_end_matches(':'));
    prefixes.find_map(there).unwrap_or(start)
}

/// The one type that was replaced by one other, wherever the values differ; one of them at least has a name of its own,
/// since that `string` became `*string` in two places may be two decisions.
fn replaced(finding: &Finding) -> Option<(String, String)> {
    let (old, new) = (words(finding.old.as_deref()?), words(finding.new.as_deref()?));
    if old.len() != new.len() {
        return None;
    }
    let pairs: BTreeSet<_> = old.into_iter().zip(new).filter(|(old, new)| old != new).collect();
    let named = |word: &str| word.contains(['.', ':']) || word.starts_with(char::is_uppercase);
    let (old, new) = pairs.first()?;
    let one = pairs.len() == 1 && (named(old) || named(new));
    one.then(|| ((*old).to_owned(), (*new).to_owned()))
}

/// Names with their paths, and everything between them.
fn words(text: &str) -> Vec<&str> {
    let inside = |letter: char| letter.is_alphanumeric() || matches!(letter, '_' | '.' | ':' | '/' | '-');
    let mut words = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let end = rest.find(|letter| inside(letter) != inside(first)).unwrap_or(rest.len());
        words.push(&rest[..end]);
        rest = &rest[end..];
    }
    words
}

fn root(cause: &Cause, findings: Vec<Finding>) -> Root {
    let first = findings.first();
    let kind = |key: &str| {
        let own = findings.iter().find(|finding| finding.key == key).or(first);
        own.map_or("", |finding| finding.kind.as_str())
    };
    let cause = match cause {
        Cause::Noted(root) => root.clone(),
        Cause::Dependency(name) => format!("dependency {name}"),
        Cause::Origin(origin, edit) => format!("{origin}: {edit}"),
        Cause::Whole(What::Added, key) => format!("{} {key} is new", kind(key)),
        Cause::Whole(_, key) => format!("{} {key} is gone", kind(key)),
        Cause::Replaced(old, new) => format!("{old} became {new}"),
        Cause::Fact(key) => format!("{} {key} changed", kind(key)),
    };
    Root::new(cause, findings)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::Lane;

    fn finding(kind: &str, key: &str, old: Option<&str>, new: Option<&str>) -> Finding {
        Finding {
            rule: "X".to_owned(),
            levels: [(Lane::GoSource, Level::Breaking)].into(),
            kind: kind.to_owned(),
            key: key.to_owned(),
            old: old.map(str::to_owned),
            new: new.map(str::to_owned),
            notes: BTreeMap::new(),
        }
    }

    fn causes(findings: Vec<Finding>) -> Vec<(String, usize)> {
        group(findings).into_iter().map(|root| (root.cause, root.findings.len())).collect()
    }

    #[test]
    fn what_is_part_of_something_goes_with_it() {
        let seen = causes(vec![
            finding("type", "Pool", Some("type Pool"), None),
            finding("field", "Pool.Size", Some("field Pool.Size"), None),
            finding("field", "PoolList.Items", Some("field PoolList.Items"), None),
        ]);
        let gone = |what: &str| format!("{what} is gone");
        assert_eq!(seen, [(gone("field PoolList.Items"), 1), (gone("type Pool"), 2)]);
    }

    #[test]
    fn a_type_that_was_replaced_everywhere_is_one_root() {
        let seen = causes(vec![
            finding("func", "A", Some("type=func(string) string"), Some("type=func(ids.Pool) ids.Pool")),
            finding("func", "B", Some("type=func(int, string)"), Some("type=func(int, ids.Pool)")),
            finding("func", "C", Some("type=func(string)"), Some("type=func(*string)")),
            finding("func", "D", Some("type=func(string)"), Some("type=func(*string)")),
        ]);
        assert_eq!(
            seen,
            [
                ("func C changed".to_owned(), 1),
                ("func D changed".to_owned(), 1),
                ("string became ids.Pool".to_owned(), 2)
            ]
        );
    }

    #[test]
    fn the_same_edit_of_a_component_is_one_root() {
        let edited = |key: &str| {
            let mut finding = finding("prop", key, Some("required=yes"), Some("required=no"));
            finding.notes.insert("origin".to_owned(), "Pool.size".to_owned());
            finding
        };
        let seen = causes(vec![edited("GET /a .size"), edited("GET /b .size")]);
        assert_eq!(seen, [("Pool.size: required=yes → required=no".to_owned(), 2)]);
    }
}
