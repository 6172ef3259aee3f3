//! From the JSON Schema of a protocol's messages to facts.
//!
//! The schema is one of alternatives, each a named definition of what one side says: definitions whose names begin with
//! `From` are what clients say to a server, those with `To` what they are told. Who says a definition's values
//! (`said-by`: `client`, `server` or `both`) follows from where it is used.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use super::ExtractError;
use crate::model::{About, Fact, Interface};
use crate::source::SourceFile;

/// So deep may schemas be nested without a name.
const DEPTH: usize = 32;
/// Where definitions are.
const DEFINITIONS: &str = "#/$defs/";

/// Extracts what messages may look like.
pub fn extract(about: About, file: &SourceFile) -> Result<Interface, ExtractError> {
    let schema: Value = serde_json::from_str(&file.text)
        .map_err(|error| ExtractError::at(&file.path, error.line(), format!("expected JSON: {error}")))?;
    let definitions = schema["$defs"].as_object().ok_or_else(|| {
        ExtractError::of(&file.path, "expected a JSON Schema with `$defs`")
            .helping("give each message type a definition, and one alternative for each side that speaks")
    })?;
    let mut walk =
        Walk { file: &file.path, definitions, said_by: said_by(&schema, definitions), facts: Vec::new() };
    for (name, definition) in definitions {
        walk.definition(name, definition)?;
    }
    Ok(Interface::new(about, walk.facts))
}

/// Who says each definition's values.
fn said_by(schema: &Value, definitions: &Map<String, Value>) -> BTreeMap<String, &'static str> {
    let mut said: BTreeMap<String, &'static str> = BTreeMap::new();
    for root in schema["oneOf"].as_array().into_iter().flatten().filter_map(reference) {
        let side = if root.starts_with("From") { "client" } else { "server" };
        let mut open = vec![root];
        let mut seen = BTreeSet::new();
        while let Some(name) = open.pop() {
            if let Some(definition) = definitions.get(name).filter(|_| seen.insert(name)) {
                let by = said.entry(name.to_owned()).or_insert(side);
                if *by != side {
                    *by = "both";
                }
                references(definition, &mut open);
            }
        }
    }
    said
}

/// The definition that a schema refers to.
fn reference(schema: &Value) -> Option<&str> {
    schema["$ref"].as_str()?.strip_prefix(DEFINITIONS)
}

/// Every definition that is referred to in a schema.
fn references<'s>(schema: &'s Value, found: &mut Vec<&'s str>) {
    let mut open = vec![schema];
    while let Some(schema) = open.pop() {
        found.extend(reference(schema));
        match schema {
            Value::Array(items) => open.extend(items),
            Value::Object(members) => open.extend(members.values()),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }
}

struct Walk<'a> {
    file: &'a str,
    definitions: &'a Map<String, Value>,
    said_by: BTreeMap<String, &'static str>,
    facts: Vec<Fact>,
}

impl Walk<'_> {
    fn definition(&mut self, name: &str, schema: &Value) -> Result<(), ExtractError> {
        let by = self.said_by.get(name).copied().unwrap_or("nobody");
        let closed = if is_closed(schema) { "yes" } else { "no" };
        self.facts.push(Fact::new("message", name).with("said-by", by).with("closed", closed));
        let Some(alternatives) = schema["oneOf"].as_array() else {
            return self.members(name, by, schema);
        };
        for alternative in alternatives {
            let Some(value) = tag(alternative) else {
                let problem =
                    format!("expected each alternative of `{name}` to have a constant that names it");
                return Err(ExtractError::of(self.file, problem));
            };
            let key = format!("{name}={value}");
            let closed = if is_closed(alternative) { "yes" } else { "no" };
            self.facts.push(Fact::new("value", &key).with("said-by", by).with("closed", closed));
            self.members(&key, by, alternative)?;
            // What another definition describes beside the tag.
            if let Some(more) = reference(alternative).and_then(|name| self.definitions.get(name)) {
                self.members(&key, by, more)?;
            }
        }
        Ok(())
    }

    fn members(&mut self, key: &str, by: &str, schema: &Value) -> Result<(), ExtractError> {
        let required: BTreeSet<&str> =
            schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        let closed = if is_closed(schema) { "yes" } else { "no" };
        for (name, member) in schema["properties"].as_object().into_iter().flatten() {
            if member.get("const").is_some() {
                continue;
            }
            let is_required = if required.contains(name.as_str()) { "yes" } else { "no" };
            let fact = Fact::new("member", format!("{key}.{name}"))
                .with("type", self.shape(member, 0)?)
                .with("required", is_required)
                .with("closed", closed)
                .with("said-by", by);
            self.facts.push(fact);
        }
        Ok(())
    }

    /// What a value looks like, in one line.
    fn shape(&self, schema: &Value, depth: usize) -> Result<String, ExtractError> {
        if depth > DEPTH {
            let problem = format!("expected schemas nested {DEPTH} deep at most without a name");
            return Err(ExtractError::of(self.file, problem));
        }
        if let Some(name) = reference(schema) {
            return Ok(name.to_owned());
        }
        if let Some(alternatives) = schema["anyOf"].as_array().or(schema["oneOf"].as_array()) {
            let mut shapes =
                alternatives.iter().map(|it| self.shape(it, depth + 1)).collect::<Result<Vec<_>, _>>()?;
            shapes.sort();
            return Ok(shapes.join(" | "));
        }
        let mut types: Vec<&str> = match &schema["type"] {
            Value::String(one) => vec![one],
            Value::Array(several) => several.iter().filter_map(Value::as_str).collect(),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => vec!["any"],
        };
        types.sort_unstable();
        let mut shape = types.join(" | ");
        if schema["items"].is_object() {
            shape.push_str(&format!(" of {}", self.shape(&schema["items"], depth + 1)?));
        }
        if schema["additionalProperties"].is_object() {
            shape.push_str(&format!(" of {}", self.shape(&schema["additionalProperties"], depth + 1)?));
        }
        for bound in ["format", "minimum", "maximum", "pattern", "enum", "const"] {
            if !schema[bound].is_null() {
                shape.push_str(&format!(" {bound}={}", schema[bound]));
            }
        }
        Ok(shape)
    }
}

fn is_closed(schema: &Value) -> bool {
    schema["additionalProperties"] == Value::Bool(false)
}

/// The constant that names an alternative: its own, or that of one of its members.
fn tag(alternative: &Value) -> Option<&str> {
    let own = alternative["const"].as_str();
    own.or_else(|| {
        alternative["properties"].as_object()?.values().find_map(|member| member["const"].as_str())
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::model::Language;
    use crate::text::print;

    fn facts(text: &str) -> Result<String, String> {
        let file = SourceFile { path: "schema.json".to_owned(), text: text.to_owned() };
        let about = About::new(Language::JsonSchema, "protocol");
        extract(about, &file).map(|interface| print(&interface)).map_err(|error| error.to_string())
    }

    #[test]
    fn who_says_what_follows_from_where_it_is_used() {
        insta::assert_snapshot!(facts(
            r##"{"oneOf":[{"$ref":"#/$defs/FromDriver"},{"$ref":"#/$defs/ToDriver"}],"$defs":{
            "FromDriver":{"oneOf":[{"type":"object","additionalProperties":false,"required":["type","id"],"properties":{
                "type":{"const":"done"},"id":{"type":"integer","minimum":0},"kind":{"$ref":"#/$defs/Kind"}}}]},
            "ToDriver":{"type":"object","properties":{"kind":{"anyOf":[{"$ref":"#/$defs/Kind"},{"type":"null"}]},
                "next":{"$ref":"#/$defs/ToDriver"},"names":{"type":["array","null"],"items":{"type":"string"}}}},
            "Kind":{"oneOf":[{"const":"a"},{"const":"b"}]}}}"##
        )
        .expect("it is a schema"));
    }

    #[test]
    fn what_is_no_schema_of_messages_is_refused() {
        assert_eq!(facts("{}"), Err("schema.json: expected a JSON Schema with `$defs`".to_owned()));
        assert!(facts("{\n\"").expect_err("no JSON").starts_with("schema.json:2: expected JSON"));
        assert_eq!(
            facts(r#"{"$defs":{"A":{"oneOf":[{"type":"string"}]}}}"#),
            Err("schema.json: expected each alternative of `A` to have a constant that names it".to_owned())
        );
        let deep = format!(
            r#"{{"$defs":{{"A":{{"properties":{{"a":{}{{}}{}}}}}}}}}"#,
            r#"{"items":"#.repeat(40),
            "}".repeat(40)
        );
        assert!(facts(&deep).expect_err("too deep").contains("32 deep at most"));
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in "(\\{\"\\$defs\":\\{\"A\":)?(.|\n){0,60}(\\}\\})?") {
            let _ = facts(&text);
        }
    }
}
