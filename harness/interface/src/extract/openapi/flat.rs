//! One schema with all that is said about one value: `allOf` merged, both dialects in one form.

use std::collections::{BTreeMap, BTreeSet};

use indexmap::IndexMap;
use plumbline_openapi::Located;
use serde_json::{Map, Value};

use super::value::{canonical, number};

/// A schema that is a part of another, and where it is described already.
#[derive(Debug, Clone)]
pub(super) struct Source<'a> {
    pub(super) located: Located<'a>,
    /// The key under which its component has it.
    pub(super) from: Option<String>,
}

/// Alternatives.
#[derive(Debug)]
pub(super) struct Union<'a> {
    pub(super) kind: &'static str,
    pub(super) variants: Vec<Located<'a>>,
    /// What variants are told apart by: a property, and its value for each reference.
    pub(super) mapping: BTreeMap<&'a str, Vec<&'a str>>,
}

/// All that is said about one value.
#[derive(Debug, Default)]
pub(super) struct Flat<'a> {
    /// None: any type. `null` is not among them.
    pub(super) types: Option<BTreeSet<&'a str>>,
    /// Whether null is allowed, where something says so.
    pub(super) nullable: Option<bool>,
    /// Everything that is a word and its value.
    pub(super) words: BTreeMap<&'static str, String>,
    /// The values that are allowed, in canonical form.
    pub(super) values: Option<BTreeSet<String>>,
    pub(super) properties: IndexMap<&'a str, Vec<Source<'a>>>,
    pub(super) patterns: IndexMap<&'a str, Vec<Source<'a>>>,
    pub(super) required: BTreeSet<&'a str>,
    pub(super) additional: Vec<Source<'a>>,
    pub(super) items: Vec<Source<'a>>,
    pub(super) tuple: IndexMap<usize, Vec<Source<'a>>>,
    pub(super) unions: Vec<Union<'a>>,
}

/// What a wrapper around a reference can say of it.
#[derive(Debug, Default, Clone)]
pub(super) struct Remarks {
    pub(super) nullable: bool,
    pub(super) read_only: bool,
    pub(super) write_only: bool,
    pub(super) deprecated: bool,
    pub(super) default: Option<String>,
}

/// Words whose value is a number, their names here, and whether the larger one is the stricter.
const BOUNDS: [(&str, &str, Stricter); 9] = [
    ("minimum", "min", Stricter::Larger),
    ("maximum", "max", Stricter::Smaller),
    ("minLength", "min-length", Stricter::Larger),
    ("maxLength", "max-length", Stricter::Smaller),
    ("minItems", "min-items", Stricter::Larger),
    ("maxItems", "max-items", Stricter::Smaller),
    ("minProperties", "min-properties", Stricter::Larger),
    ("maxProperties", "max-properties", Stricter::Smaller),
    ("multipleOf", "multiple-of", Stricter::Larger),
];

/// Words that are kept as they are.
const TEXTS: [(&str, &str); 6] = [
    ("format", "format"),
    ("pattern", "pattern"),
    ("contentEncoding", "content-encoding"),
    ("contentMediaType", "content-media-type"),
    ("x-kubernetes-map-type", "map-type"),
    ("x-kubernetes-group-kind", "group-kind"),
];

/// Words whose meaning is compared as a whole.
const OTHERS: [&str; 11] = [
    "not",
    "if",
    "then",
    "else",
    "contains",
    "dependentRequired",
    "dependentSchemas",
    "propertyNames",
    "unevaluatedItems",
    "unevaluatedProperties",
    "x-kubernetes-validations",
];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stricter {
    Larger,
    Smaller,
}

impl<'a> Flat<'a> {
    /// Adds what a schema says itself; what is in `allOf`, `oneOf` and `anyOf` is for the reader.
    pub(super) fn add(&mut self, schema: Located<'a>, home: Option<&str>) {
        let Some(members) = schema.value.as_object() else {
            if schema.value == &Value::Bool(false) {
                self.limit_types(BTreeSet::new());
            }
            return;
        };
        self.add_type(members);
        self.add_words(members);
        self.add_values(members);
        self.add_parts(schema, members, home);
        self.add_kubernetes(members);
    }

    /// What is allowed is what both allow.
    pub(super) fn limit_types(&mut self, mut types: BTreeSet<&'a str>) {
        if let Some(before) = &self.types {
            let whole = |one: &BTreeSet<&str>, other: &BTreeSet<&str>| {
                one.contains("integer") && other.contains("number")
            };
            let integer = whole(&types, before) || whole(before, &types);
            types = types.intersection(before).copied().collect();
            if integer {
                types.insert("integer");
            }
        }
        self.types = Some(types);
    }

    pub(super) fn limit_values(&mut self, values: BTreeSet<String>) {
        self.values = Some(match self.values.take() {
            Some(before) => before.intersection(&values).cloned().collect(),
            None => values,
        });
    }

    pub(super) fn limit_null(&mut self, nullable: bool) {
        self.nullable = Some(self.nullable.unwrap_or(true) && nullable);
    }

    fn add_type(&mut self, members: &'a Map<String, Value>) {
        let mut types: BTreeSet<&str> = match members.get("type") {
            Some(Value::String(name)) => BTreeSet::from([name.as_str()]),
            Some(Value::Array(names)) => names.iter().filter_map(Value::as_str).collect(),
            _ if members.get("x-kubernetes-int-or-string") == Some(&Value::Bool(true)) => {
                BTreeSet::from(["integer", "string"])
            }
            _ => {
                if members.get("nullable") == Some(&Value::Bool(true)) {
                    self.limit_null(true);
                }
                return;
            }
        };
        if members.get("format").and_then(Value::as_str) == Some("int-or-string") {
            types = BTreeSet::from(["integer", "string"]);
        }
        let null = types.remove("null") || members.get("nullable") == Some(&Value::Bool(true));
        if null || !types.is_empty() {
            self.limit_null(null);
        }
        if types.contains("number") {
            types.remove("integer");
        }
        self.limit_types(types);
    }

    fn add_words(&mut self, members: &'a Map<String, Value>) {
        for (name, word, stricter) in BOUNDS {
            let Some(Value::Number(value)) = members.get(name) else { continue };
            let exclusive = match name {
                "minimum" => members.get("exclusiveMinimum") == Some(&Value::Bool(true)),
                "maximum" => members.get("exclusiveMaximum") == Some(&Value::Bool(true)),
                _ => false,
            };
            let word = match (word, exclusive) {
                ("min", true) => "above",
                ("max", true) => "below",
                _ => word,
            };
            let vacuous = name.starts_with("min") && name != "minimum" && value.as_u64() == Some(0);
            if !vacuous {
                self.bound(word, number(value), stricter);
            }
        }
        if let Some(Value::Number(value)) = members.get("exclusiveMinimum") {
            self.bound("above", number(value), Stricter::Larger);
        }
        if let Some(Value::Number(value)) = members.get("exclusiveMaximum") {
            self.bound("below", number(value), Stricter::Smaller);
        }
        for (name, word) in TEXTS {
            if let Some(value) = members.get(name).and_then(Value::as_str)
                && value != "int-or-string"
                && !(word == "map-type" && value == "granular")
            {
                self.both(word, value);
            }
        }
        if members.get("uniqueItems") == Some(&Value::Bool(true)) {
            self.words.insert("unique", "yes".to_owned());
        }
        for name in OTHERS {
            if let Some(value) = members.get(name) {
                self.both("also", &format!("{name}: {}", canonical(value)));
            }
        }
    }

    /// Two texts that must both hold.
    fn both(&mut self, word: &'static str, value: &str) {
        let entry = self.words.entry(word).or_default();
        if entry.is_empty() {
            value.clone_into(entry);
        } else if entry != value {
            let mut both: BTreeSet<&str> = entry.split(" and ").collect();
            both.insert(value);
            *entry = both.into_iter().collect::<Vec<_>>().join(" and ");
        }
    }

    fn bound(&mut self, word: &'static str, value: String, stricter: Stricter) {
        let parsed = |text: &str| text.parse::<f64>().unwrap_or_default();
        let keeps = self.words.get(word).is_some_and(|before| match stricter {
            Stricter::Larger => parsed(before) >= parsed(&value),
            Stricter::Smaller => parsed(before) <= parsed(&value),
        });
        if !keeps {
            self.words.insert(word, value);
        }
    }

    fn add_values(&mut self, members: &'a Map<String, Value>) {
        let known = members.get("x-extensible-enum").and_then(Value::as_array);
        let listed = members.get("enum").and_then(Value::as_array).or(known);
        let one = members.get("const").map(std::slice::from_ref);
        let Some(values) = listed.map(Vec::as_slice).or(one) else { return };
        if members.get("enum").is_none() && known.is_some() {
            self.words.insert("enum", "open".to_owned());
        }
        if !members.contains_key("type") && values.contains(&Value::Null) {
            self.limit_null(true);
        }
        self.limit_values(values.iter().filter(|value| !value.is_null()).map(canonical).collect());
        if self.types.is_none() && !values.is_empty() {
            self.limit_types(values.iter().filter_map(type_of).collect());
        }
    }

    fn add_parts(&mut self, schema: Located<'a>, members: &'a Map<String, Value>, home: Option<&str>) {
        let source = |value: &'a Value, path: &str| Source {
            located: Located { value, ..schema },
            from: home.map(|home| format!("{home} {path}")),
        };
        for (name, value) in members.get("properties").and_then(Value::as_object).into_iter().flatten() {
            let path = format!(".{}", super::spot::quoted(name));
            add_once(self.properties.entry(name).or_default(), source(value, &path));
        }
        for (pattern, value) in
            members.get("patternProperties").and_then(Value::as_object).into_iter().flatten()
        {
            let from = Source { located: Located { value, ..schema }, from: None };
            add_once(self.patterns.entry(pattern).or_default(), from);
        }
        self.required.extend(
            members.get("required").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str),
        );
        match members.get("additionalProperties") {
            Some(Value::Bool(false)) => {
                self.words.insert("closed", "yes".to_owned());
            }
            Some(value @ Value::Object(inner)) if !inner.is_empty() => {
                add_once(&mut self.additional, source(value, "{}"))
            }
            _ => {}
        }
        match members.get("items") {
            Some(value @ Value::Object(_)) => add_once(&mut self.items, source(value, "[]")),
            Some(Value::Array(tuple)) => self.add_tuple(schema, tuple),
            _ => {}
        }
        if let Some(Value::Array(tuple)) = members.get("prefixItems") {
            self.add_tuple(schema, tuple);
        }
    }

    fn add_tuple(&mut self, schema: Located<'a>, tuple: &'a [Value]) {
        for (position, value) in tuple.iter().enumerate() {
            let from = Source { located: Located { value, ..schema }, from: None };
            add_once(self.tuple.entry(position).or_default(), from);
        }
    }

    /// How a list is merged when it is applied or patched. What is atomic is what says nothing.
    fn add_kubernetes(&mut self, members: &'a Map<String, Value>) {
        let text = |name: &str| members.get(name).and_then(Value::as_str);
        let strategy = text("x-kubernetes-patch-strategy");
        let merge_key = text("x-kubernetes-patch-merge-key");
        let merges = strategy.is_some_and(|strategy| strategy.split(',').any(|it| it == "merge"));
        let list = match text("x-kubernetes-list-type") {
            Some("map") => {
                let keys = members.get("x-kubernetes-list-map-keys").and_then(Value::as_array);
                let mut keys: Vec<&str> = keys.into_iter().flatten().filter_map(Value::as_str).collect();
                keys.sort_unstable();
                Some(format!("map by {}", keys.join(", ")))
            }
            Some("atomic") => None,
            Some(other) => Some(other.to_owned()),
            // Before a list said what it is, its patch strategy did.
            None if merges => Some(merge_key.map_or_else(|| "set".to_owned(), |key| format!("map by {key}"))),
            None => None,
        };
        if let Some(list) = list {
            self.words.insert("list", list);
        }
        if let Some(strategy) = strategy {
            let key = merge_key.map_or_else(String::new, |key| format!(" by {key}"));
            self.words.insert("patch", format!("{strategy}{key}"));
        }
        if members.get("x-kubernetes-preserve-unknown-fields") == Some(&Value::Bool(true)) {
            self.words.insert("keeps-unknown", "yes".to_owned());
        }
    }
}

impl Remarks {
    /// Adds what a wrapper says.
    pub(super) fn add(&mut self, members: &Map<String, Value>) {
        let says = |name: &str| members.get(name) == Some(&Value::Bool(true));
        self.nullable |= says("nullable");
        self.read_only |= says("readOnly");
        self.write_only |= says("writeOnly");
        self.deprecated |= says("deprecated");
        if self.default.is_none() {
            self.default = members.get("default").and_then(meant);
        }
    }
}

/// What is taken over twice, as from one base of two parts, is said once.
fn add_once<'a>(sources: &mut Vec<Source<'a>>, source: Source<'a>) {
    if !sources.iter().any(|other| std::ptr::eq(other.located.value, source.located.value)) {
        sources.push(source);
    }
}

/// A default that says something: null is what is left out anyway, and an object without members has no values.
fn meant(default: &Value) -> Option<String> {
    let empty = default.is_null() || default.as_object().is_some_and(Map::is_empty);
    (!empty).then(|| canonical(default))
}

fn type_of(value: &Value) -> Option<&'static str> {
    match value {
        Value::Null => None,
        Value::Bool(_) => Some("boolean"),
        Value::Number(number) if number.is_f64() => Some("number"),
        Value::Number(_) => Some("integer"),
        Value::String(_) => Some("string"),
        Value::Array(_) => Some("array"),
        Value::Object(_) => Some("object"),
    }
}
