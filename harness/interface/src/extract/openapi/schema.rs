//! From schemas to facts, one for each place at which a value can be.

use std::collections::{BTreeMap, BTreeSet};

use plumbline_openapi::{LoadError, Located};
use serde_json::{Map, Value};

use super::Reader;
use super::flat::{Flat, Remarks, Source, Union};
use super::spot::Spot;
use super::union::{Outcome, outcome};
use super::value::canonical;
use crate::model::Fact;

/// Members that are remarks on what is meant, not part of it.
const REMARKS: [&str; 12] = [
    "description",
    "title",
    "example",
    "examples",
    "externalDocs",
    "summary",
    "xml",
    "deprecated",
    "default",
    "readOnly",
    "writeOnly",
    "nullable",
];

/// What a schema turns out to be when its wrappers are taken off.
enum Peeled<'a> {
    /// What some key describes.
    Reference(String),
    /// A schema of its own.
    Inline(Located<'a>),
}

/// The deepest nesting that is followed; no published document comes near it.
const DEEPEST: usize = 96;

/// The most merged schemas that are written; parts that contain each other crosswise would make ever more.
const MOST_MERGES: usize = 20_000;

impl<'a> Reader<'a> {
    /// Writes facts for a schema at a spot. `fact` holds what its surroundings say, such as that it is required.
    pub(super) fn schema(
        &mut self,
        sources: &[Source<'a>],
        spot: &Spot,
        fact: Fact,
    ) -> Result<(), LoadError> {
        let mut remarks = Remarks::default();
        let mut inline = Vec::new();
        let mut references = BTreeSet::new();
        for source in sources {
            match &source.from {
                // Its home has all remarks on it.
                Some(from) if sources.len() == 1 => {
                    references.insert(from.clone());
                }
                _ => match self.peel(source.located, &mut remarks)? {
                    Peeled::Reference(key) => {
                        references.insert(key);
                        inline.push(source.located);
                    }
                    Peeled::Inline(located) => inline.push(located),
                },
            }
        }
        let fact = remarked(fact, &remarks);
        if references.len() == 1 && inline.len() <= 1 || references.len() == 1 && self.all_refer(sources)? {
            let key = references.into_iter().next().expect("there is one");
            self.facts.push(fact.with("ref", key));
            return Ok(());
        }
        self.merged(&inline, spot, fact)
    }

    /// Whether each of several sources is a mere reference.
    fn all_refer(&mut self, sources: &[Source<'a>]) -> Result<bool, LoadError> {
        for source in sources {
            if let Peeled::Inline(_) = self.peel(source.located, &mut Remarks::default())? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn merged(&mut self, parts: &[Located<'a>], spot: &Spot, fact: Fact) -> Result<(), LoadError> {
        let identity = self.identity(parts)?;
        if parts.len() > 1 {
            // The same parts make the same whole, also where one is within the other without end.
            if let Some(key) = self.merges.get(&identity) {
                self.facts.push(fact.with("ref", key.clone()));
                return Ok(());
            }
            self.merges.insert(identity, spot.key().to_owned());
        }
        if self.depth > DEEPEST || self.merges.len() > MOST_MERGES {
            let file = parts.first().map_or("", |part| part.file);
            return Err(LoadError::Recursive { file: file.to_owned() });
        }
        let mut flat = Flat::default();
        for part in parts {
            self.flatten(*part, None, &mut flat, 0)?;
        }
        self.depth += 1;
        let written = self.write(flat, spot, fact);
        self.depth -= 1;
        written
    }

    /// What several parts are, whatever order they stand in.
    fn identity(&self, parts: &[Located<'a>]) -> Result<Vec<*const Value>, LoadError> {
        let meant = parts.iter().map(|part| Ok(std::ptr::from_ref(part.follow(self.library)?.value)));
        let mut identity = meant.collect::<Result<Vec<_>, LoadError>>()?;
        identity.sort_unstable();
        identity.dedup();
        Ok(identity)
    }

    /// Takes off what only wraps: references, and compositions of one.
    fn peel(&mut self, located: Located<'a>, remarks: &mut Remarks) -> Result<Peeled<'a>, LoadError> {
        const LONGEST: usize = 32;
        let mut here = located;
        for _ in 0..LONGEST {
            let Some(members) = here.value.as_object() else { return Ok(Peeled::Inline(here)) };
            if let Some(reference) = here.reference() {
                // OpenAPI 3.1 lets others stand beside it; before, they were not looked at.
                if self.dialects.siblings_count(here.file) {
                    remarks.add(members);
                    if members.keys().any(|name| name != "$ref" && is_structural(name)) {
                        return Ok(Peeled::Inline(here));
                    }
                }
                return Ok(Peeled::Reference(self.refer(here, reference)?.0));
            }
            remarks.add(members);
            let Some(value) = only_one(members, remarks) else { return Ok(Peeled::Inline(here)) };
            here = Located { value, ..here };
        }
        Err(LoadError::Recursive { file: located.file.to_owned() })
    }

    /// Adds all that a schema says, also by `allOf` and references.
    fn flatten(
        &mut self,
        schema: Located<'a>,
        home: Option<&str>,
        flat: &mut Flat<'a>,
        depth: usize,
    ) -> Result<(), LoadError> {
        if depth > DEEPEST {
            return Err(LoadError::Recursive { file: schema.file.to_owned() });
        }
        if let Some(reference) = schema.reference() {
            let (key, target) = self.refer(schema, reference)?;
            self.flatten(target, Some(&key), flat, depth + 1)?;
            if !self.dialects.siblings_count(schema.file) {
                return Ok(());
            }
        }
        let Some(members) = schema.value.as_object() else {
            flat.add(schema, home);
            return Ok(());
        };
        let own_null = flat.nullable.take();
        for part in members.get("allOf").and_then(Value::as_array).into_iter().flatten() {
            self.flatten(Located { value: part, ..schema }, home, flat, depth + 1)?;
        }
        for kind in ["oneOf", "anyOf"] {
            if let Some(variants) = members.get(kind).and_then(Value::as_array) {
                self.union(schema, kind, variants, home, flat, depth)?;
            }
        }
        flat.add(schema, home);
        // Whoever wraps a schema to allow null means it, although by the letter `allOf` cannot allow more.
        if members.get("nullable") == Some(&Value::Bool(true)) {
            flat.nullable = Some(true);
        }
        flat.nullable = match (own_null, flat.nullable) {
            (Some(one), Some(other)) => Some(one && other),
            (one, other) => one.or(other),
        };
        Ok(())
    }

    fn union(
        &mut self,
        schema: Located<'a>,
        kind: &'static str,
        variants: &'a [Value],
        home: Option<&str>,
        flat: &mut Flat<'a>,
        depth: usize,
    ) -> Result<(), LoadError> {
        let variants: Vec<_> = variants.iter().map(|value| Located { value, ..schema }).collect();
        let (nullable, outcome) = outcome(self.library, &variants)?;
        let typed = schema.value.get("type").is_some();
        if nullable && !typed {
            flat.limit_null(true);
        }
        match outcome {
            Outcome::Anything => {}
            Outcome::One(variant) => {
                self.flatten(variant, home, flat, depth + 1)?;
                if nullable {
                    flat.nullable = Some(true);
                }
            }
            Outcome::Types(types) => flat.limit_types(types),
            Outcome::Values { types, values, open } => {
                flat.limit_types(types);
                flat.limit_values(values);
                if open {
                    flat.words.insert("enum", "open".to_owned());
                }
            }
            Outcome::Several(variants) => {
                let mapping = mapping(schema.value);
                if let Some(name) =
                    schema.value.pointer("/discriminator/propertyName").and_then(Value::as_str)
                {
                    flat.words.insert("discriminator", name.to_owned());
                }
                if !nullable && !typed {
                    flat.limit_null(false);
                }
                flat.unions.push(Union { kind, variants, mapping });
            }
        }
        Ok(())
    }

    fn write(&mut self, mut flat: Flat<'a>, spot: &Spot, fact: Fact) -> Result<(), LoadError> {
        let fact = described(&mut flat, fact);
        self.facts.push(fact);
        for (name, sources) in &flat.properties {
            let (spot, fact) = part(spot.property(name));
            let fact = if flat.required.remove(name) { fact.with("required", "yes") } else { fact };
            self.schema(sources, &spot, fact)?;
        }
        // What is required without being described may be anything.
        for name in std::mem::take(&mut flat.required) {
            let (_, fact) = part(spot.property(name));
            self.facts.push(fact.with("required", "yes").with("type", "any").with("undescribed", "yes"));
        }
        let parts = [(spot.items(), flat.items), (spot.values(), flat.additional)];
        let tuple = flat.tuple.into_iter().map(|(position, sources)| (spot.item(position), sources));
        let patterns = flat.patterns.into_iter().map(|(pattern, sources)| (spot.pattern(pattern), sources));
        for (spot, sources) in parts.into_iter().chain(tuple).chain(patterns) {
            if !sources.is_empty() {
                let (spot, fact) = part(spot);
                self.schema(&sources, &spot, fact)?;
            }
        }
        self.variants(&flat.unions, spot)
    }

    /// What an alternative without a name is called: its title, the components it is made of, or its type.
    fn inline_name(&mut self, schema: Located<'a>) -> Result<String, LoadError> {
        let text = |name: &str| schema.value.get(name).and_then(Value::as_str);
        if let Some(title) = text("title") {
            return Ok(title.to_owned());
        }
        let mut names = Vec::new();
        for part in schema.value.get("allOf").and_then(Value::as_array).into_iter().flatten() {
            let part = Located { value: part, ..schema };
            if let Some(reference) = part.reference() {
                names.push(self.refer(part, reference)?.0);
            }
        }
        Ok(if names.is_empty() { text("type").unwrap_or("schema").to_owned() } else { names.join("+") })
    }

    /// Alternatives by name: that of their component, or else by what they are.
    fn variants(&mut self, unions: &[Union<'a>], spot: &Spot) -> Result<(), LoadError> {
        let mut taken: BTreeMap<String, usize> = BTreeMap::new();
        for union in unions {
            let mut named = Vec::new();
            for variant in &union.variants {
                let name = match self.peel(*variant, &mut Remarks::default())? {
                    Peeled::Reference(key) => key,
                    Peeled::Inline(inline) => self.inline_name(inline)?,
                };
                named.push((name, canonical(variant.value), *variant));
            }
            named.sort_by(|one, other| (&one.0, &one.1).cmp(&(&other.0, &other.1)));
            for (name, _, variant) in named {
                let count = taken.entry(name.clone()).or_default();
                *count += 1;
                let unique = if *count == 1 { name } else { format!("{name}~{count}") };
                let (spot, fact) = part(spot.variant(&unique));
                let tags = variant.reference().and_then(|reference| union.mapping.get(reference));
                let fact = match tags {
                    Some(tags) => fact.with("tag", tags.join(", ")),
                    None => fact,
                };
                self.schema(&[Source { located: variant, from: None }], &spot, fact)?;
            }
        }
        Ok(())
    }
}

fn part(spot: Spot) -> (Spot, Fact) {
    let fact = Fact::new("schema", spot.key());
    (spot, fact)
}

/// What is said of the place itself, as attributes.
fn described(flat: &mut Flat<'_>, mut fact: Fact) -> Fact {
    let is_object = !flat.properties.is_empty()
        || !flat.patterns.is_empty()
        || !flat.additional.is_empty()
        || flat.words.contains_key("closed");
    let is_array = !flat.items.is_empty() || !flat.tuple.is_empty();
    let types = flat.types.take().map(|types| types.into_iter().collect::<Vec<_>>().join("|"));
    let kind = match types {
        Some(types) if types.is_empty() => "none".to_owned(),
        Some(types) => types,
        None if !flat.unions.is_empty() => String::new(),
        None if is_object => "object".to_owned(),
        None if is_array => "array".to_owned(),
        None => "any".to_owned(),
    };
    // Beside alternatives, `type: object` says nothing that they do not.
    let said_by_variants = !flat.unions.is_empty() && kind == "object" && !is_object;
    if !kind.is_empty() && !said_by_variants {
        fact = fact.with("type", kind.clone());
    }
    if flat.nullable == Some(true) && kind != "any" {
        fact = fact.with("nullable", "yes");
    }
    if let Some(values) = &flat.values {
        let values: Vec<&str> = values.iter().map(String::as_str).collect();
        fact = fact.with("values", values.join(", "));
    }
    if let Some(union) = flat.unions.first() {
        fact = fact.with("union", union.kind);
    }
    for (word, value) in std::mem::take(&mut flat.words) {
        fact = fact.with(word, value);
    }
    fact
}

fn remarked(fact: Fact, remarks: &Remarks) -> Fact {
    let flags = [
        ("nullable", remarks.nullable),
        ("read-only", remarks.read_only),
        ("write-only", remarks.write_only),
        ("deprecated", remarks.deprecated),
    ];
    let fact = flags.into_iter().filter(|(_, set)| *set).fold(fact, |fact, (name, _)| fact.with(name, "yes"));
    match &remarks.default {
        Some(default) => fact.with("default", default.clone()),
        None => fact,
    }
}

fn is_structural(name: &str) -> bool {
    !REMARKS.contains(&name) && (!name.starts_with("x-") || name == "x-kubernetes-int-or-string")
}

/// The one schema that a schema consists of, apart from null and remarks.
fn only_one<'a>(members: &'a Map<String, Value>, remarks: &mut Remarks) -> Option<&'a Value> {
    let mut structural = members.iter().filter(|(name, _)| is_structural(name));
    let (Some((name, Value::Array(list))), None) = (structural.next(), structural.next()) else {
        return None;
    };
    let all = name == "allOf";
    if !all && name != "oneOf" && name != "anyOf" {
        return None;
    }
    let beside = |value: &&Value| match all {
        true => value.as_object().is_some_and(|members| !members.keys().any(|name| is_structural(name))),
        false => super::union::is_null(value),
    };
    let mut rest = list.iter().filter(|value| !beside(value));
    let (Some(value), None) = (rest.next(), rest.next()) else { return None };
    for members in list.iter().filter(beside).filter_map(Value::as_object) {
        match all {
            true => remarks.add(members),
            false => remarks.nullable = true,
        }
    }
    Some(value)
}

/// Values of the discriminator for each reference.
fn mapping(schema: &Value) -> BTreeMap<&str, Vec<&str>> {
    let mut mapping: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    let written = schema.pointer("/discriminator/mapping").and_then(Value::as_object);
    for (tag, reference) in written.into_iter().flatten() {
        if let Some(reference) = reference.as_str() {
            mapping.entry(reference).or_default().push(tag);
        }
    }
    mapping
}
