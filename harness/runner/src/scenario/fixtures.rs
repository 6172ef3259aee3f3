//! What scenarios share: principals, resources, traces, usual arguments and bodies, and the ids of the world.

use std::borrow::Cow;
use std::collections::BTreeMap;

use plumbline_protocol::{Principal, Resource};
use serde::Deserialize;
use serde_json::Value;

use super::node::{Kind, Node, Span};
use super::operation::{Called, OPERATIONS};
use super::problem::{Problem, suggest};
use super::read::{Fields, Problems};
use crate::stage;

/// What scenarios refer to by name.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Fixtures {
    /// Principals; `<…>` in them is not yet replaced.
    pub(crate) principals: BTreeMap<String, Value>,
    /// Resources; likewise.
    pub(crate) resources: BTreeMap<String, Value>,
    /// Trace contexts.
    pub(crate) traces: BTreeMap<String, TraceFixture>,
    /// The usual arguments, by name.
    pub(crate) arguments: BTreeMap<String, Value>,
    /// The usual body of an operation, by its full name.
    pub(crate) bodies: BTreeMap<String, Value>,
    /// Ids of the world by their names.
    pub(crate) ids: BTreeMap<String, String>,
    /// Common names of the world's client certificates by their roles.
    pub(crate) roles: BTreeMap<String, String>,
}

/// A trace context.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct TraceFixture {
    /// `traceparent`
    pub(crate) parent: Option<String>,
    /// `tracestate`
    pub(crate) state: Option<String>,
}

impl Fixtures {
    /// Reads a fixture file. Ids and roles are the stage's.
    pub(crate) fn read(node: &Node, problems: &mut Problems) -> Self {
        let world = stage::world();
        let Some(mut fields) = Fields::of(node, "the fixtures", problems) else { return Self::default() };
        let mut fixtures = Self {
            principals: section(&mut fields, "principals", problems),
            resources: section(&mut fields, "resources", problems),
            traces: BTreeMap::new(),
            arguments: section(&mut fields, "arguments", problems),
            bodies: section(&mut fields, "bodies", problems),
            ids: world.ids.clone(),
            roles: world.certificates.iter().map(|c| (c.name.clone(), c.common_name.clone())).collect(),
        };
        let traces = section(&mut fields, "traces", problems);
        fixtures.traces =
            traces.into_iter().filter_map(|(name, trace)| typed(&name, trace, node, problems)).collect();
        fields.finish(problems);
        fixtures.verify(node, problems);
        fixtures
    }

    /// Replaces `<name>` by the id of that name, everywhere in a value.
    pub(crate) fn fill(&self, value: &Value, created: &[String]) -> Value {
        match value {
            Value::String(text) => Value::String(self.fill_text(text, created)),
            Value::Array(items) => items.iter().map(|item| self.fill(item, created)).collect(),
            Value::Object(members) => {
                let filled = members.iter().map(|(key, value)| (key.clone(), self.fill(value, created)));
                Value::Object(filled.collect())
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => value.clone(),
        }
    }

    /// Replaces `<name>` by the id of that name, `<created:1>` by the first id that the case created, and
    /// `<letters:9>` by so many letters.
    pub(crate) fn fill_text(&self, text: &str, created: &[String]) -> String {
        let mut filled = text.to_owned();
        for name in placeholders(text) {
            if let Some(meaning) = self.meaning(name, created) {
                filled = filled.replace(&format!("<{name}>"), &meaning);
            }
        }
        filled
    }

    /// What stands in angle brackets and for nothing, and what may have been meant.
    pub(crate) fn unknown_placeholders(&self, text: &str) -> Vec<(String, String)> {
        let made = |name: &str| created_number(name).is_some() || letters(name).is_some();
        let unknown = placeholders(text).filter(|name| !self.ids.contains_key(*name) && !made(name));
        unknown
            .map(|name| (format!("<{name}>"), suggest(name, self.ids.keys().map(String::as_str))))
            .collect()
    }

    fn meaning<'a>(&'a self, name: &str, created: &'a [String]) -> Option<Cow<'a, str>> {
        if let Some(number) = letters(name) {
            return Some(Cow::Owned("x".repeat(number)));
        }
        let id = match created_number(name) {
            Some(number) => created.get(number - 1),
            None => self.ids.get(name),
        };
        id.map(|id| Cow::Borrowed(id.as_str()))
    }

    fn verify(&self, node: &Node, problems: &mut Problems) {
        for (name, principal) in &self.principals {
            let _: Option<(String, Principal)> = typed(name, self.fill(principal, &[]), node, problems);
        }
        for (name, resource) in &self.resources {
            let _: Option<(String, Resource)> = typed(name, self.fill(resource, &[]), node, problems);
        }
        for name in self.arguments.keys() {
            if !OPERATIONS.iter().any(|known| known.arguments.contains(&name.as_str())) {
                problems.push(Problem::new(&place(node, name), format!("no operation takes `{name}`")));
            }
        }
        for name in self.bodies.keys() {
            if !matches!(Called::named(name), Some(Called::One(_))) {
                let problem = Problem::new(&place(node, name), format!("no API has the operation `{name}`"));
                problems.push(problem.help("bodies go by full names: `identity.projects.create`"));
            }
        }
        let all = self.principals.values().chain(self.resources.values());
        for value in all.chain(self.arguments.values()).chain(self.bodies.values()) {
            for (name, help) in self.unknown_placeholders(&value.to_string()) {
                problems.push(Problem::new(&(0..0), format!("`{name}` stands for nothing")).help(help));
            }
        }
    }
}

fn section(fields: &mut Fields<'_>, name: &'static str, problems: &mut Problems) -> BTreeMap<String, Value> {
    let Some(node) = fields.node(name) else { return BTreeMap::new() };
    if let Kind::Map(entries) = &node.kind {
        return entries.iter().map(|(key, node)| (key.text.clone(), node.to_json())).collect();
    }
    problems.push(Problem::new(&node.span, format!("expected a map of `{name}`, found {}", node.describe())));
    BTreeMap::new()
}

fn typed<T: for<'de> Deserialize<'de>>(
    name: &str,
    value: Value,
    node: &Node,
    problems: &mut Problems,
) -> Option<(String, T)> {
    match serde_json::from_value(value) {
        Ok(value) => Some((name.to_owned(), value)),
        Err(error) => {
            problems.push(Problem::new(&place(node, name), format!("`{name}` makes no sense: {error}")));
            None
        }
    }
}

/// The place of a name somewhere in the two upper levels of the file.
fn place(node: &Node, name: &str) -> Span {
    let Kind::Map(sections) = &node.kind else { return node.span.clone() };
    let keys = sections.iter().filter_map(|(_, section)| match &section.kind {
        Kind::Map(entries) => Some(entries),
        Kind::Null | Kind::Bool(_) | Kind::Number(_) | Kind::Text(_) | Kind::List(_) => None,
    });
    let found = keys.flatten().find(|(key, _)| key.text == name);
    found.map_or_else(|| node.span.clone(), |(key, _)| key.span.clone())
}

/// The names in angle brackets that look as if they stood for an id: `kind:name`, or `missing`.
fn placeholders(text: &str) -> impl Iterator<Item = &str> {
    text.split('<').skip(1).filter_map(|rest| {
        let (name, _) = rest.split_once('>')?;
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == ':';
        let looks = name == "missing" || (name.contains(':') && name.chars().all(plain));
        looks.then_some(name)
    })
}

fn created_number(name: &str) -> Option<usize> {
    name.strip_prefix("created:")?.parse().ok().filter(|number| *number > 0)
}

/// How many letters a name asks for; a file cannot ask for more than a million.
fn letters(name: &str) -> Option<usize> {
    name.strip_prefix("letters:")?.parse().ok().filter(|number| (1..=1_000_000).contains(number))
}
