//! Values by chance that fit a schema, as far as it is simple; patterns aside.

use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Map, Value, json};

use crate::choice::{OneOf, maybe, one_of};

/// Texts that stand for anything.
const WORDS: [&str; 8] =
    ["alpha", "a-name", "10.1.0.0/24", "1.1.1.1", "ssh-ed25519 AAAA", "zß水", "", "clusters"];

/// Values that fit a schema; `ids` are what is known to the world.
pub(crate) fn fitting(schema: &Value, ids: &[String]) -> BoxedStrategy<Value> {
    if let Some(choices) = schema.get("enum").and_then(Value::as_array) {
        return select(choices.clone()).boxed();
    }
    if let Some(parts) = schema.get("allOf").and_then(Value::as_array) {
        let parts: Vec<_> =
            parts.iter().chain([&without(schema, "allOf")]).map(|part| fitting(part, ids)).collect();
        return parts.prop_map(merged).boxed();
    }
    for keyword in ["oneOf", "anyOf"] {
        if let Some(choices) =
            schema.get(keyword).and_then(Value::as_array).filter(|choices| !choices.is_empty())
        {
            let choices: Vec<_> = choices.iter().map(|choice| fitting(choice, ids)).collect();
            return OneOf::evenly(choices).boxed();
        }
    }
    match kind(schema) {
        "object" => object(schema, ids),
        "array" => {
            let item = fitting(schema.get("items").unwrap_or(&Value::Null), ids);
            let least =
                usize::try_from(schema.get("minItems").and_then(Value::as_u64).unwrap_or(0)).unwrap_or(0);
            proptest::collection::vec(item, least..least + 3).prop_map(Value::Array).boxed()
        }
        "integer" | "number" => {
            one_of![4 => 0_i64..40, 1 => any::<i64>()].prop_map(|number| json!(number)).boxed()
        }
        "boolean" => any::<bool>().prop_map(|yes| json!(yes)).boxed(),
        "null" => Just(Value::Null).boxed(),
        "string" => one_of![1 => select(ids.to_vec()), 1 => select(WORDS.map(str::to_owned).to_vec())]
            .prop_map(|text| json!(text))
            .boxed(),
        _ => Just(json!({})).boxed(),
    }
}

/// The value with something wrong in it, wherever that is.
pub(crate) fn damaged(value: Value) -> impl Strategy<Value = Value> {
    let odd = vec![
        Value::Null,
        json!(""),
        json!(-1),
        json!(1.5),
        json!([]),
        json!({}),
        json!([[]]),
        json!("x".repeat(300)),
    ];
    (Just(value), any::<prop::sample::Index>(), maybe(0.5, select(odd))).prop_map(|(mut value, at, odd)| {
        let places = places(&value);
        let place = at.get(&places).clone();
        match (odd, place.rsplit_once('/')) {
            (Some(odd), _) => *value.pointer_mut(&place).expect("it was found there") = odd,
            (None, Some((parent, name))) => {
                if let Some(Value::Object(members)) = value.pointer_mut(parent) {
                    members.remove(name);
                }
            }
            (None, None) => value = Value::Null,
        }
        value
    })
}

/// Where a value has values.
fn places(value: &Value) -> Vec<String> {
    let mut places = vec![String::new()];
    let children: Vec<(String, &Value)> = match value {
        Value::Object(members) => members.iter().map(|(name, value)| (name.clone(), value)).collect(),
        Value::Array(items) => items.iter().enumerate().map(|(at, value)| (at.to_string(), value)).collect(),
        _ => Vec::new(),
    };
    for (name, child) in children.into_iter().filter(|(name, _)| !name.contains(['/', '~'])) {
        places.extend(self::places(child).into_iter().map(|place| format!("/{name}{place}")));
    }
    places
}

fn kind(schema: &Value) -> &str {
    match schema.get("type") {
        Some(Value::String(kind)) => kind,
        Some(Value::Array(kinds)) => {
            kinds.iter().find_map(|kind| kind.as_str().filter(|kind| *kind != "null")).unwrap_or("null")
        }
        _ if schema.get("properties").is_some() => "object",
        _ => "",
    }
}

fn object(schema: &Value, ids: &[String]) -> BoxedStrategy<Value> {
    let none = Map::new();
    let properties = schema.get("properties").and_then(Value::as_object).unwrap_or(&none);
    let required: Vec<&str> = schema
        .get("required")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    let members: Vec<_> = properties
        .iter()
        .map(|(name, schema)| {
            let value = fitting(schema, ids);
            let name = name.clone();
            let value = if required.contains(&name.as_str()) {
                value.prop_map(Some).boxed()
            } else {
                maybe(0.5, value).boxed()
            };
            value.prop_map(move |value| value.map(|value| (name.clone(), value)))
        })
        .collect();
    members.prop_map(|members| Value::Object(members.into_iter().flatten().collect())).boxed()
}

fn without(schema: &Value, keyword: &str) -> Value {
    let mut schema = schema.clone();
    if let Some(members) = schema.as_object_mut() {
        members.remove(keyword);
    }
    schema
}

fn merged(parts: Vec<Value>) -> Value {
    let members = parts.into_iter().filter_map(|part| match part {
        Value::Object(members) => Some(members),
        _ => None,
    });
    Value::Object(members.flatten().collect())
}
