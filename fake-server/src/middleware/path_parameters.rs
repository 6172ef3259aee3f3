//! Path parameters, bound to what an operation wants of them.

use plumbline_openapi::{Operation, Place};
use std::collections::BTreeMap;

use crate::exchange::Layer;
use crate::middleware::envelope::{Refusal, Refused};
use crate::middleware::routing::Dispatched;
use crate::middleware::target::{Target, unescape_path};

/// Bound path parameters by name; ids in their canonical spelling.
pub(crate) type Bound = BTreeMap<String, String>;

/// Binds the path parameters of a dispatched request, and looks whether single query parameters are single.
pub(crate) fn bind(dispatched: &Dispatched<'_>, target: &Target) -> Result<Bound, Refused> {
    let refusal = || Refusal::invalid_request("invalid path/query element").by(Layer::PathParameters);
    let bound = dispatched
        .parameters
        .iter()
        .map(|(name, raw)| {
            let text = if raw.is_empty() { None } else { unescape_path(raw) };
            let value =
                text.and_then(|text| if is_id(dispatched.operation, name) { id(&text) } else { Some(text) });
            Some(((*name).to_owned(), value?))
        })
        .collect::<Option<Bound>>()
        .ok_or_else(refusal)?;

    let single = dispatched.operation.parameters.iter().filter(|p| p.place == Place::Query && !is_list(p));
    for parameter in single {
        if target.query_values(&parameter.name).len() > 1 {
            return Err(refusal());
        }
    }
    Ok(bound)
}

/// What a deployment binds that uses ids as they are spelt.
pub(crate) fn as_spelt(dispatched: &Dispatched<'_>, bound: &Bound) -> Bound {
    let spelt = dispatched.parameters.iter();
    let spelt = spelt.filter_map(|(name, raw)| Some(((*name).to_owned(), unescape_path(raw)?)));
    bound.clone().into_iter().chain(spelt).collect()
}

/// The canonical spelling of an id: a UUID with or without dashes, as a URN, or between any two other bytes (meant
/// are braces, and nobody looks).
pub(crate) fn id(text: &str) -> Option<String> {
    let bytes = text.as_bytes();
    let plain = match bytes.len() {
        36 | 32 => bytes,
        45 if bytes[..9].eq_ignore_ascii_case(b"urn:uuid:") => &bytes[9..],
        38 => &bytes[1..37],
        _ => return None,
    };
    let dashes: &[usize] = if plain.len() == 36 { &[8, 13, 18, 23] } else { &[] };
    let mut digits = String::with_capacity(32);
    for (index, &byte) in plain.iter().enumerate() {
        if dashes.contains(&index) {
            if byte != b'-' {
                return None;
            }
        } else if byte.is_ascii_hexdigit() {
            digits.push(char::from(byte.to_ascii_lowercase()));
        } else {
            return None;
        }
    }
    let parts = [&digits[..8], &digits[8..12], &digits[12..16], &digits[16..20], &digits[20..]];
    Some(parts.join("-"))
}

fn is_id(operation: &Operation, name: &str) -> bool {
    let parameter = operation.parameters.iter().find(|parameter| parameter.name == name);
    parameter.is_some_and(|parameter| parameter.format.as_deref() == Some("uuid"))
}

fn is_list(parameter: &plumbline_openapi::Parameter) -> bool {
    parameter.schema.source.get("type").is_some_and(|kind| kind == "array")
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "000000a0-0000-4000-8000-000000000001";

    #[track_caller]
    fn spells(text: &str, canonical: Option<&str>) {
        assert_eq!(id(text).as_deref(), canonical);
    }

    #[test]
    fn any_spelling_of_a_uuid_is_an_id() {
        spells(ID, Some(ID));
        spells(&ID.to_uppercase(), Some(ID));
        spells(&ID.replace('-', ""), Some(ID));
        spells(&format!("{{{ID}}}"), Some(ID));
        spells(&format!("URN:uuid:{ID}"), Some(ID));
    }

    #[test]
    fn other_text_is_not() {
        spells("", None);
        spells("nope", None);
        spells(&ID.replace('a', "g"), None);
        spells(&ID.replace('-', "0"), None);
        spells(&format!("urn:ulid:{ID}"), None);
        spells("é00000a0-0000-4000-8000-00000000001", None);
    }
}
