//! Which facts came, went and changed: what any two interfaces differ in, before anybody judges it.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::collections::BTreeMap;

use crate::model::{Fact, Interface};

/// A fact that is not what it was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change<'a> {
    /// The sort of fact; what a comparer derived may have a sort of its own.
    pub kind: Cow<'a, str>,
    /// Which one it is.
    pub key: Cow<'a, str>,
    /// The fact before.
    pub old: Option<&'a Fact>,
    /// The fact now.
    pub new: Option<&'a Fact>,
    /// What of it changed, by name, when it was there before and is there now.
    pub attributes: Vec<AttributeChange<'a>>,
    /// What a comparer found out; rules can ask for it. `root` names what this change belongs to.
    pub notes: BTreeMap<Cow<'static, str>, String>,
}

/// One attribute's old and new value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AttributeChange<'a> {
    /// The attribute.
    pub name: &'a str,
    /// Its value before, if it had one.
    pub old: Option<&'a str>,
    /// Its value now, if it has one.
    pub new: Option<&'a str>,
}

/// What happened to a fact.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum What {
    /// It is new.
    Added,
    /// It is gone.
    Removed,
    /// It is there, and something of it is different.
    Changed,
}

impl<'a> Change<'a> {
    /// A change from one fact to another, either of which may be absent.
    pub fn between(old: Option<&'a Fact>, new: Option<&'a Fact>) -> Option<Self> {
        let fact = new.or(old)?;
        let attributes = match (old, new) {
            (Some(old), Some(new)) => attributes(old, new),
            _ => Vec::new(),
        };
        let (kind, key) = (Cow::Borrowed(&*fact.kind), Cow::Borrowed(&*fact.key));
        Some(Self { kind, key, old, new, attributes, notes: BTreeMap::new() })
    }

    /// The same change, and something that a comparer found out.
    #[must_use]
    pub fn noting(mut self, name: impl Into<Cow<'static, str>>, value: impl Into<String>) -> Self {
        self.notes.insert(name.into(), value.into());
        self
    }

    /// What happened.
    pub fn what(&self) -> What {
        match (self.old, self.new) {
            (None, _) => What::Added,
            (Some(_), None) => What::Removed,
            (Some(_), Some(_)) => What::Changed,
        }
    }

    /// The change of one attribute.
    pub fn attribute(&self, name: &str) -> Option<&AttributeChange<'a>> {
        self.attributes.iter().find(|change| change.name == name)
    }

    /// What a comparer found out.
    pub fn note(&self, name: &str) -> Option<&str> {
        self.notes.get(name).map(String::as_str)
    }
}

/// All that differs, in the order of keys and kinds.
pub fn diff<'a>(old: &'a Interface, new: &'a Interface) -> Vec<Change<'a>> {
    let differ = pairs(old, new).filter(|(old, new)| old != new);
    differ.filter_map(|(old, new)| Change::between(old, new)).collect()
}

/// All facts, in the order of keys and kinds: those of one place together.
pub(crate) fn pairs<'a>(
    old: &'a Interface,
    new: &'a Interface,
) -> impl Iterator<Item = (Option<&'a Fact>, Option<&'a Fact>)> {
    let (mut olds, mut news) = (old.facts().iter().peekable(), new.facts().iter().peekable());
    std::iter::from_fn(move || {
        let order = match (olds.peek(), news.peek()) {
            (None, None) => return None,
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (Some(old), Some(new)) => old.place().cmp(&new.place()),
        };
        Some(match order {
            Ordering::Less => (olds.next(), None),
            Ordering::Greater => (None, news.next()),
            Ordering::Equal => (olds.next(), news.next()),
        })
    })
}

fn attributes<'a>(old: &'a Fact, new: &'a Fact) -> Vec<AttributeChange<'a>> {
    let mut names: Vec<&str> =
        old.attributes.keys().chain(new.attributes.keys()).map(|name| &**name).collect();
    names.sort_unstable();
    names.dedup();
    let change = |name: &'a str| AttributeChange { name, old: old.attribute(name), new: new.attribute(name) };
    names.into_iter().map(change).filter(|change| change.old != change.new).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{About, Language};

    fn interface(facts: Vec<Fact>) -> Interface {
        Interface::new(About::new(Language::Go, "x"), facts)
    }

    #[test]
    fn what_came_went_and_changed_is_told_apart() {
        let old = interface(vec![
            Fact::new("func", "Gone"),
            Fact::new("func", "Same").with("type", "func()"),
            Fact::new("func", "Varies").with("type", "func()").with("deprecated", "use Same"),
        ]);
        let new = interface(vec![
            Fact::new("func", "Came"),
            Fact::new("func", "Same").with("type", "func()"),
            Fact::new("func", "Varies").with("type", "func(int)"),
        ]);
        let changes = diff(&old, &new);
        let seen: Vec<_> = changes.iter().map(|change| (&*change.key, change.what())).collect();
        assert_eq!(seen, [("Came", What::Added), ("Gone", What::Removed), ("Varies", What::Changed)]);
        let names: Vec<_> = changes[2].attributes.iter().map(|it| (it.name, it.old, it.new)).collect();
        assert_eq!(
            names,
            [("deprecated", Some("use Same"), None), ("type", Some("func()"), Some("func(int)"))]
        );
        assert_eq!(diff(&old, &old), []);
    }
}
