//! Which rules match which changes.

use std::collections::{BTreeMap, BTreeSet};

use super::{Catalogue, Condition, Level, Levels, Match, Rule, Side, Test};
use crate::diff::{Change, What};
use crate::model::{Fact, Language};
use crate::text;

/// What a rule says about one change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The rule.
    pub rule: String,
    /// How bad it is, for each lane that it concerns.
    pub levels: Levels,
    /// The sort of fact that changed.
    pub kind: String,
    /// Which one.
    pub key: String,
    /// What it was, in a fixed form; of a fact that changed only what the rule is about.
    pub old: Option<String>,
    /// What it is.
    pub new: Option<String>,
    /// What comparers noted.
    pub notes: BTreeMap<String, String>,
}

impl Finding {
    /// What happened to the fact.
    pub fn what(&self) -> What {
        match (&self.old, &self.new) {
            (None, _) => What::Added,
            (Some(_), None) => What::Removed,
            (Some(_), Some(_)) => What::Changed,
        }
    }

    /// The worst level of any lane.
    pub fn worst(&self) -> Option<Level> {
        self.levels.values().max().copied()
    }
}

/// What is to be said about a list of changes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Judged {
    /// What rules say, in the order of the changes and then of rules.
    pub findings: Vec<Finding>,
    /// Changes that no rule matches.
    pub unjudged: Vec<Unjudged>,
}

/// A change that no rule matches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unjudged {
    /// The sort of fact.
    pub kind: String,
    /// Which one.
    pub key: String,
    /// What happened to it.
    pub what: What,
}

/// Attributes by which findings are put together.
const BELONGS: [&str; 4] = ["dependency", "name", "origin", "parent"];

/// Where matches for a sort of change are found, by sort of fact.
#[derive(Debug, Clone, Default)]
pub(super) struct Index(BTreeMap<(Language, What), ByKind>);

/// Numbers of rules, and of their matches.
type ByKind = BTreeMap<String, Vec<(usize, usize)>>;

impl Index {
    pub(super) fn of(rules: &[Rule]) -> Self {
        let mut index = Self::default();
        for (number, rule) in rules.iter().enumerate() {
            for (place, it) in rule.matches.iter().enumerate() {
                for language in &it.languages {
                    let kinds = index.0.entry((*language, it.what)).or_default();
                    for kind in &it.kinds {
                        kinds.entry(kind.clone()).or_default().push((number, place));
                    }
                }
            }
        }
        index
    }

    fn candidates(&self, language: Language, change: &Change<'_>) -> &[(usize, usize)] {
        let kinds = self.0.get(&(language, change.what()));
        kinds.and_then(|kinds| kinds.get(&*change.kind)).map_or(&[], Vec::as_slice)
    }
}

impl Catalogue {
    /// What the rules say about changes of interfaces of a language.
    pub fn judge(&self, language: Language, changes: &[Change<'_>]) -> Judged {
        let mut judged = Judged::default();
        for change in changes {
            let found = self.matching(language, change);
            if found.is_empty() {
                let (kind, key) = (change.kind.to_string(), change.key.to_string());
                judged.unjudged.push(Unjudged { kind, key, what: change.what() });
            }
            judged.findings.extend(found.into_iter().map(|(rule, it)| finding(rule, it, change)));
        }
        judged
    }

    /// What the gate itself found, by a rule that matches no change.
    pub(crate) fn finding(
        &self,
        rule: &str,
        kind: &str,
        key: &str,
        old: Option<&str>,
        new: Option<&str>,
    ) -> Finding {
        let rule = self.rule(rule).expect("a test finds every rule that the gate names");
        Finding {
            rule: rule.id.clone(),
            levels: rule.levels.clone(),
            kind: kind.to_owned(),
            key: key.to_owned(),
            old: old.map(str::to_owned),
            new: new.map(str::to_owned),
            notes: BTreeMap::new(),
        }
    }

    /// The rules that match a change, each with the first way in which it does, without those that another supersedes.
    fn matching(&self, language: Language, change: &Change<'_>) -> Vec<(&Rule, &Match)> {
        let mut found: Vec<(&Rule, &Match)> = Vec::new();
        for &(rule, place) in self.index.candidates(language, change) {
            let (rule, it) = (&self.rules()[rule], &self.rules()[rule].matches[place]);
            if found.last().is_none_or(|(last, _)| last.id != rule.id) && it.holds(change) {
                found.push((rule, it));
            }
        }
        let silent: BTreeSet<&str> =
            found.iter().flat_map(|(rule, _)| rule.supersedes.iter().map(String::as_str)).collect();
        found.retain(|(rule, _)| !silent.contains(rule.id.as_str()));
        found
    }
}

fn finding(rule: &Rule, it: &Match, change: &Change<'_>) -> Finding {
    Finding {
        rule: rule.id.clone(),
        levels: it.levels.as_ref().unwrap_or(&rule.levels).clone(),
        kind: change.kind.to_string(),
        key: change.key.to_string(),
        old: change.old.map(|fact| seen(fact, it, change)),
        new: change.new.map(|fact| seen(fact, it, change)),
        notes: notes(change),
    }
}

/// What is known beside the fact itself: what comparers noted, and what facts say about where they belong.
fn notes(change: &Change<'_>) -> BTreeMap<String, String> {
    let fact = change.new.or(change.old);
    let said = BELONGS.iter().filter_map(|name| {
        let value = fact.and_then(|fact| fact.attribute(name))?;
        Some(((*name).to_owned(), value.to_owned()))
    });
    let noted = change.notes.iter().map(|(name, value)| (name.to_string(), value.clone()));
    said.chain(noted).collect()
}

/// What of a fact the rule is about.
fn seen(fact: &Fact, it: &Match, change: &Change<'_>) -> String {
    if change.what() != What::Changed {
        return text::line(fact);
    }
    let about = |name: &str| it.attributes.is_empty() || it.attributes.iter().any(|wanted| wanted == name);
    let names = change.attributes.iter().map(|change| change.name).filter(|name| about(name));
    let values = names.filter_map(|name| fact.attribute(name).map(|value| format!("{name}={value}")));
    values.collect::<Vec<_>>().join("  ")
}

impl Match {
    fn holds(&self, change: &Change<'_>) -> bool {
        let touched =
            self.attributes.is_empty() || self.attributes.iter().any(|name| change.attribute(name).is_some());
        touched && self.when.iter().all(|condition| condition.holds(change))
    }
}

impl Condition {
    fn holds(&self, change: &Change<'_>) -> bool {
        let of = |fact: Option<&'_ Fact>| fact.and_then(|fact| fact.attribute(&self.name)).map(str::to_owned);
        match self.of {
            Side::Old => self.test.holds(of(change.old).as_deref()),
            Side::New => self.test.holds(of(change.new).as_deref()),
            Side::Note => self.test.holds(change.note(&self.name)),
            Side::Change => {
                let (old, new) = (of(change.old), of(change.new));
                old.zip(new).is_some_and(|(old, new)| self.test.compares(&old, &new))
            }
        }
    }
}

impl Test {
    fn holds(&self, value: Option<&str>) -> bool {
        let is_in = |list: &[String]| value.is_some_and(|value| list.iter().any(|it| it == value));
        match self {
            Self::Among(list) => is_in(list),
            Self::NotAmong(list) => !is_in(list),
            Self::Present => value.is_some(),
            Self::Absent => value.is_none(),
            Self::StartsWith(text) => value.is_some_and(|value| value.starts_with(text)),
            Self::Contains(text) => value.is_some_and(|value| value.contains(text)),
            Self::Increases | Self::Decreases | Self::Gains | Self::Loses => false,
        }
    }

    fn compares(&self, old: &str, new: &str) -> bool {
        let numbers = || old.parse::<f64>().ok().zip(new.parse::<f64>().ok());
        let has_more = |one: &str, other: &str| {
            let other: BTreeSet<&str> = other.split(", ").collect();
            one.split(", ").any(|item| !item.is_empty() && !other.contains(item))
        };
        match self {
            Self::Increases => numbers().is_some_and(|(old, new)| new > old),
            Self::Decreases => numbers().is_some_and(|(old, new)| new < old),
            Self::Gains => has_more(new, old),
            Self::Loses => has_more(old, new),
            Self::Among(_)
            | Self::NotAmong(_)
            | Self::Present
            | Self::Absent
            | Self::StartsWith(_)
            | Self::Contains(_) => false,
        }
    }
}
