//! Bodies that are forms (`application/x-www-form-urlencoded`), read as an object of the members that a schema names.

use percent_encoding::percent_decode_str;
use serde_json::{Map, Value};

/// The media type of a form.
pub(crate) const MEDIA_TYPE: &str = "application/x-www-form-urlencoded";

/// The pairs of a form or a query, in order; none when an escape is broken or a semicolon parts them.
#[must_use]
pub fn form_pairs(text: &str) -> Option<Vec<(String, String)>> {
    let pairs = text.split('&').filter(|pair| !pair.is_empty());
    pairs
        .map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            Some((unescaped(name)?, unescaped(value)?))
        })
        .collect()
}

/// A form as the object that a schema describes: of each member the first value, null when it is empty or not there.
/// What the schema does not name is left out.
pub(crate) fn object(schema: &Value, body: &[u8]) -> Option<Value> {
    let pairs = form_pairs(std::str::from_utf8(body).ok()?)?;
    let names = schema.get("properties").and_then(Value::as_object).into_iter().flat_map(Map::keys);
    let member = |name: &String| {
        let value = pairs.iter().find(|(named, _)| named == name).map(|(_, value)| value.as_str());
        value.filter(|value| !value.is_empty()).map_or(Value::Null, Value::from)
    };
    Some(Value::Object(names.map(|name| (name.clone(), member(name))).collect()))
}

fn unescaped(text: &str) -> Option<String> {
    let sound = text
        .split('%')
        .skip(1)
        .all(|after| after.len() >= 2 && after.as_bytes()[..2].iter().all(u8::is_ascii_hexdigit));
    (sound && !text.contains(';'))
        .then(|| percent_decode_str(&text.replace('+', " ")).decode_utf8_lossy().into_owned())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_form_is_read_by_its_schema() {
        let schema = json!({ "properties": { "a": {}, "b": {}, "c": {} } });
        let read = object(&schema, b"a=1+2&a=3&b=&x=%C3%A9");
        assert_eq!(read, Some(json!({ "a": "1 2", "b": null, "c": null })));
        assert_eq!(object(&schema, b"a=%zz"), None);
        assert_eq!(object(&schema, b"a=1;b=2"), None);
    }

    #[test]
    fn pairs_come_in_order() {
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        assert_eq!(form_pairs("b=%3D&a&&b=2"), Some(vec![pair("b", "="), pair("a", ""), pair("b", "2")]));
    }
}
