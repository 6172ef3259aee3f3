//! Alternatives that are a type, a list of values, or null in disguise.

use std::collections::BTreeSet;

use plumbline_openapi::{Library, LoadError, Located};
use serde_json::Value;

use super::value::{PROSE, canonical};

/// What a list of alternatives comes to, null apart.
pub(super) enum Outcome<'a> {
    /// It excludes nothing.
    Anything,
    /// One schema is left.
    One(Located<'a>),
    /// Each is a type and nothing else.
    Types(BTreeSet<&'a str>),
    /// Each is a list of values, or a type that they are of.
    Values { types: BTreeSet<&'a str>, values: BTreeSet<String>, open: bool },
    /// They are alternatives indeed.
    Several(Vec<Located<'a>>),
}

/// What one alternative is.
enum Variant<'a> {
    Null,
    Type(BTreeSet<&'a str>),
    Values(BTreeSet<&'a str>, BTreeSet<String>),
    Other,
}

/// Whether null is among the alternatives, and what else is.
pub(super) fn outcome<'a>(
    library: &'a Library,
    variants: &[Located<'a>],
) -> Result<(bool, Outcome<'a>), LoadError> {
    let mut nullable = false;
    let mut left = Vec::new();
    for variant in variants {
        let meant = variant.follow(library)?;
        nullable |= allows_null(meant.value);
        match classify(meant.value) {
            Variant::Null => nullable = true,
            class => left.push((*variant, class)),
        }
    }
    Ok((nullable, sum(left)))
}

/// Whether a schema allows null and nothing else.
pub(super) fn is_null(schema: &Value) -> bool {
    matches!(classify(schema), Variant::Null)
}

fn sum<'a>(mut left: Vec<(Located<'a>, Variant<'a>)>) -> Outcome<'a> {
    if left.len() == 1 {
        return Outcome::One(left.remove(0).0);
    }
    let (mut types, mut values, mut bare) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
    for (_, class) in &left {
        match class {
            Variant::Type(names) => bare.extend(names.iter().copied()),
            Variant::Values(names, these) => {
                types.extend(names.iter().copied());
                values.extend(these.iter().cloned());
            }
            Variant::Null | Variant::Other => {
                return Outcome::Several(left.into_iter().map(|(located, _)| located).collect());
            }
        }
    }
    match (values.is_empty(), bare.is_empty()) {
        (true, true) => Outcome::Anything,
        (true, false) => Outcome::Types(bare),
        (false, true) => Outcome::Values { types, values, open: false },
        // Known values, and others of their type.
        (false, false) if types.is_subset(&bare) => Outcome::Values { types: bare, values, open: true },
        (false, false) => Outcome::Several(left.into_iter().map(|(located, _)| located).collect()),
    }
}

fn allows_null(schema: &Value) -> bool {
    let typed = match schema.get("type") {
        Some(Value::Array(types)) => types.iter().any(|name| name == "null"),
        _ => false,
    };
    typed || schema.get("nullable") == Some(&Value::Bool(true))
}

fn classify(schema: &Value) -> Variant<'_> {
    let Some(members) = schema.as_object() else { return Variant::Other };
    let types = || -> BTreeSet<&str> {
        match members.get("type") {
            Some(Value::String(name)) => BTreeSet::from([name.as_str()]),
            Some(Value::Array(names)) => {
                names.iter().filter_map(Value::as_str).filter(|name| *name != "null").collect()
            }
            _ => BTreeSet::new(),
        }
    };
    if members.get("type").and_then(Value::as_str) == Some("null") {
        return Variant::Null;
    }
    let says_more = |name: &&String| {
        !PROSE.contains(&name.as_str())
            && !["type", "nullable", "enum", "const"].contains(&name.as_str())
            && !name.starts_with("x-")
    };
    if members.keys().any(|name| says_more(&name)) {
        return Variant::Other;
    }
    let listed = members.get("enum").and_then(Value::as_array).map(Vec::as_slice);
    match listed.or_else(|| members.get("const").map(std::slice::from_ref)) {
        Some(values) if values.iter().all(Value::is_null) => Variant::Null,
        Some(values)
            if values.iter().all(|value| !value.is_object() && !value.is_array()) && !types().is_empty() =>
        {
            Variant::Values(types(), values.iter().filter(|value| !value.is_null()).map(canonical).collect())
        }
        Some(_) => Variant::Other,
        None if members.is_empty() => Variant::Other,
        // An alternative that only says that null is allowed.
        None if types().is_empty() && members.get("nullable") == Some(&Value::Bool(true)) => Variant::Null,
        None => {
            let types = types();
            let bare = types.iter().all(|name| !["object", "array"].contains(name)) && !types.is_empty();
            if bare { Variant::Type(types) } else { Variant::Other }
        }
    }
}
