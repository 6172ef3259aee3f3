//! Facts, and what they are about.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

/// What a release promises, as facts in a fixed order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Interface {
    /// Whose facts they are.
    pub about: About,
    facts: Vec<Fact>,
}

/// Whose facts they are, and how they were seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct About {
    /// What they are facts of.
    pub language: Language,
    /// The clientset: a module, a crate, a document.
    pub name: String,
    /// The release, as its language writes versions; empty when it is none yet.
    pub release: String,
    /// What was chosen where the source leaves a choice: build tags, features, platform.
    pub configuration: BTreeMap<String, String>,
}

/// What an interface is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Language {
    /// Go packages.
    Go,
    /// A Rust crate.
    Rust,
    /// An OpenAPI document, or a folder of them.
    OpenApi,
    /// What a client does when scenarios are played against it.
    Behaviour,
    /// The JSON Schema that messages of a process adhere to.
    JsonSchema,
    /// A list of names that others refer to.
    Names,
}

/// One thing that a user can rely on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fact {
    /// What sort of thing it is: `func`, `field`, `op`.
    pub kind: Cow<'static, str>,
    /// Which one it is, relative to the clientset; unique within its kind.
    pub key: String,
    /// All that rules must know of it.
    pub attributes: BTreeMap<Cow<'static, str>, String>,
}

impl Interface {
    /// Puts facts into their order. Of facts of one kind and key the first one counts.
    pub fn new(about: About, mut facts: Vec<Fact>) -> Self {
        facts.sort_by(|one, other| one.place().cmp(&other.place()));
        facts.dedup_by(|later, first| later.place() == first.place());
        Self { about, facts }
    }

    /// The facts, sorted by key and kind, each key and kind once.
    pub fn facts(&self) -> &[Fact] {
        &self.facts
    }

    /// The fact of such a kind and key.
    pub fn fact(&self, kind: &str, key: &str) -> Option<&Fact> {
        let found = self.facts.binary_search_by(|fact| fact.place().cmp(&(key, kind)));
        found.ok().map(|index| &self.facts[index])
    }
}

impl About {
    /// About something of no release and no particular configuration.
    pub fn new(language: Language, name: &str) -> Self {
        Self { language, name: name.to_owned(), release: String::new(), configuration: BTreeMap::new() }
    }
}

impl Fact {
    /// A fact without attributes.
    pub fn new(kind: impl Into<Cow<'static, str>>, key: impl Into<String>) -> Self {
        Self { kind: kind.into(), key: key.into(), attributes: BTreeMap::new() }
    }

    /// The same fact, and an attribute.
    #[must_use]
    pub fn with(mut self, name: impl Into<Cow<'static, str>>, value: impl Into<String>) -> Self {
        self.attributes.insert(name.into(), value.into());
        self
    }

    /// An attribute's value.
    pub fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.get(name).map(String::as_str)
    }

    /// What facts are sorted by.
    pub fn place(&self) -> (&str, &str) {
        (&self.key, &self.kind)
    }
}

impl Language {
    /// All of them.
    pub const ALL: [Self; 6] =
        [Self::Go, Self::Rust, Self::OpenApi, Self::Behaviour, Self::JsonSchema, Self::Names];

    /// As it is written.
    pub fn name(self) -> &'static str {
        match self {
            Self::Go => "go",
            Self::Rust => "rust",
            Self::OpenApi => "openapi",
            Self::Behaviour => "behaviour",
            Self::JsonSchema => "json-schema",
            Self::Names => "names",
        }
    }
}

impl fmt::Display for Language {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

/// No language is called so.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("expected one of `go`, `rust`, `openapi`, `behaviour`, `json-schema` and `names`, found `{found}`")]
pub struct UnknownLanguage {
    /// What was written.
    pub found: String,
}

impl FromStr for Language {
    type Err = UnknownLanguage;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let found = Self::ALL.into_iter().find(|language| language.name() == text);
        found.ok_or_else(|| UnknownLanguage { found: text.to_owned() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn facts_are_in_order_and_once() {
        let facts = vec![
            Fact::new("func", "B"),
            Fact::new("type", "A").with("kind", "struct"),
            Fact::new("func", "B").with("later", "one"),
        ];
        let interface = Interface::new(About::new(Language::Go, "x"), facts);
        let places: Vec<_> = interface.facts().iter().map(Fact::place).collect();
        assert_eq!(places, [("A", "type"), ("B", "func")]);
        assert_eq!(interface.fact("func", "B"), Some(&Fact::new("func", "B")));
        assert_eq!(interface.fact("func", "A"), None);
    }
}
