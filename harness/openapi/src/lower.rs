//! From the schema dialect of OpenAPI 3.0 to JSON Schema 2020-12.

use serde_json::{Map, Value, json};

use crate::document::LoadError;
use crate::resolve::{Library, Located};

/// Keywords that say nothing about validity.
const SILENT: [&str; 11] = [
    "default",
    "deprecated",
    "description",
    "discriminator",
    "example",
    "externalDocs",
    "format",
    "readOnly",
    "title",
    "writeOnly",
    "xml",
];

/// The deepest nesting that is followed; beyond it a schema is taken to contain itself.
const DEEPEST: usize = 64;

/// A schema with its references inlined, as JSON Schema.
pub(crate) fn lower(library: &Library, schema: Located<'_>) -> Result<Value, LoadError> {
    descend(library, schema, 0)
}

fn descend(library: &Library, schema: Located<'_>, depth: usize) -> Result<Value, LoadError> {
    if depth > DEEPEST {
        return Err(LoadError::Recursive { file: schema.file.to_owned() });
    }
    let schema = schema.follow(library)?;
    let Some(members) = schema.value.as_object() else { return Ok(schema.value.clone()) };

    let mut out = Map::new();
    for (keyword, value) in members {
        if SILENT.contains(&keyword.as_str()) || keyword.starts_with("x-") || keyword == "nullable" {
            continue;
        }
        let here = Located { file: schema.file, value };
        let value = match keyword.as_str() {
            "items" | "not" | "additionalProperties" => descend(library, here, depth + 1)?,
            "allOf" | "anyOf" | "oneOf" => each(library, here, depth)?,
            "properties" => named(library, here, depth)?,
            _ => value.clone(),
        };
        out.insert(keyword.clone(), value);
    }
    exclusive(&mut out, "exclusiveMinimum", "minimum");
    exclusive(&mut out, "exclusiveMaximum", "maximum");
    if members.get("nullable") == Some(&Value::Bool(true)) {
        admit_null(&mut out);
    } else if !out.is_empty()
        && !["type", "allOf", "anyOf", "oneOf"].iter().any(|keyword| out.contains_key(*keyword))
    {
        // OpenAPI 3.0: null is a value only where a schema says so, even one that names no type.
        out.insert("type".to_owned(), json!(["array", "boolean", "number", "object", "string"]));
    }
    Ok(Value::Object(out))
}

fn each(library: &Library, list: Located<'_>, depth: usize) -> Result<Value, LoadError> {
    list.value
        .as_array()
        .into_iter()
        .flatten()
        .map(|value| descend(library, Located { value, ..list }, depth + 1))
        .collect::<Result<Vec<_>, _>>()
        .map(Value::Array)
}

fn named(library: &Library, map: Located<'_>, depth: usize) -> Result<Value, LoadError> {
    map.value
        .as_object()
        .into_iter()
        .flatten()
        .map(|(name, value)| Ok((name.clone(), descend(library, Located { value, ..map }, depth + 1)?)))
        .collect::<Result<Map<_, _>, LoadError>>()
        .map(Value::Object)
}

/// OpenAPI 3.0 has a flag beside the bound; JSON Schema has the bound itself.
fn exclusive(schema: &mut Map<String, Value>, flag: &str, bound: &str) {
    match schema.remove(flag) {
        Some(Value::Bool(true)) => {
            if let Some(limit) = schema.remove(bound) {
                schema.insert(flag.to_owned(), limit);
            }
        }
        Some(Value::Bool(false)) | None => {}
        Some(limit) => {
            schema.insert(flag.to_owned(), limit);
        }
    }
}

/// OpenAPI 3.0 says `nullable`; JSON Schema lists the types.
fn admit_null(schema: &mut Map<String, Value>) {
    if let Some(kind @ Value::String(_)) = schema.get_mut("type") {
        *kind = json!([kind.clone(), "null"]);
    }
    if let Some(Value::Array(values)) = schema.get_mut("enum") {
        values.push(Value::Null);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn lowers(from: &Value, to: &Value) {
        let library = Library::default();
        let lowered = lower(&library, Located { file: "test.yaml", value: from });
        assert_eq!(&lowered.expect("the schema has no references"), to);
    }

    #[test]
    fn nullable_becomes_a_type() {
        lowers(&json!({"type": "string", "nullable": true}), &json!({"type": ["string", "null"]}));
        lowers(&json!({"type": "string", "nullable": false}), &json!({"type": "string"}));
        lowers(
            &json!({"type": "string", "nullable": true, "enum": ["a"]}),
            &json!({"type": ["string", "null"], "enum": ["a", null]}),
        );
    }

    #[test]
    fn exclusive_bounds_become_numbers() {
        lowers(
            &json!({"type": "integer", "minimum": 1, "exclusiveMinimum": true}),
            &json!({"type": "integer", "exclusiveMinimum": 1}),
        );
        lowers(
            &json!({"type": "integer", "maximum": 1, "exclusiveMaximum": false}),
            &json!({"type": "integer", "maximum": 1}),
        );
    }

    #[test]
    fn a_schema_without_a_type_does_not_admit_null() {
        let any = ["array", "boolean", "number", "object", "string"];
        lowers(&json!({"required": ["a"]}), &json!({"required": ["a"], "type": any}));
        lowers(&json!({}), &json!({}));
    }

    #[test]
    fn what_is_not_about_validity_goes() {
        lowers(
            &json!({"type": "object", "description": "d", "x-a": 1, "properties": {"description": {"format": "uuid"}}}),
            &json!({"type": "object", "properties": {"description": {}}}),
        );
    }

    #[test]
    fn a_schema_that_contains_itself_is_refused() {
        let document = json!({"tree": {"type": "array", "items": {"$ref": "#/tree"}}});
        let mut library = Library::default();
        library.insert("a.yaml", document);
        let schema = library.lookup("a.yaml", "#/tree").expect("it is there").located;
        let error = lower(&library, schema).expect_err("it has no end");
        assert_eq!(error.to_string(), "resolve references in `a.yaml`: a schema contains itself");
    }
}
