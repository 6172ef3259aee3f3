//! JSON against JSON, difference by difference.

use serde_json::Value;

use crate::scenario::expect::pointer_step;

/// One difference.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Difference {
    /// Where in the expected JSON, as a JSON pointer.
    pub(super) pointer: String,
    /// What should be there.
    pub(super) expected: String,
    /// What is there.
    pub(super) seen: String,
}

/// What else may be there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Others {
    /// Members that are not expected are differences.
    Forbidden,
    /// Members that are not expected do not matter; lists are still compared in full.
    Allowed,
}

/// Every difference, in the order of the expected JSON.
pub(super) fn compare(expected: &Value, seen: &Value, others: Others) -> Vec<Difference> {
    let mut differences = Vec::new();
    walk(expected, seen, others, "", &mut differences);
    differences
}

fn walk(expected: &Value, seen: &Value, others: Others, pointer: &str, differences: &mut Vec<Difference>) {
    match (expected, seen) {
        (Value::Object(wanted), Value::Object(found)) => {
            for (name, value) in wanted {
                let pointer = format!("{pointer}/{}", pointer_step(name));
                match found.get(name) {
                    Some(found) => walk(value, found, others, &pointer, differences),
                    None => differences.push(difference(pointer, value.to_string(), "nothing")),
                }
            }
            if others == Others::Forbidden {
                for (name, value) in found.iter().filter(|(name, _)| !wanted.contains_key(*name)) {
                    let pointer = format!("{pointer}/{}", pointer_step(name));
                    differences.push(difference(pointer, "nothing".to_owned(), &value.to_string()));
                }
            }
        }
        (Value::Array(wanted), Value::Array(found)) if wanted.len() == found.len() => {
            for (place, (wanted, found)) in wanted.iter().zip(found).enumerate() {
                walk(wanted, found, others, &format!("{pointer}/{place}"), differences);
            }
        }
        _ if expected == seen => {}
        _ => differences.push(difference(pointer.to_owned(), expected.to_string(), &seen.to_string())),
    }
}

fn difference(pointer: String, expected: String, seen: &str) -> Difference {
    Difference { pointer, expected, seen: seen.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[track_caller]
    fn differs(expected: &Value, seen: &Value, others: Others, pointers: &[&str]) {
        let found: Vec<_> = compare(expected, seen, others).into_iter().map(|d| d.pointer).collect();
        assert_eq!(found, pointers);
    }

    #[test]
    fn a_member_more_is_a_difference_only_where_it_is_forbidden() {
        let (expected, seen) = (json!({"a": 1}), json!({"a": 1, "b/c": 2}));
        differs(&expected, &seen, Others::Forbidden, &["/b~1c"]);
        differs(&expected, &seen, Others::Allowed, &[]);
    }

    #[test]
    fn a_member_less_or_another_value_is_always_one() {
        differs(&json!({"a": {"b": 1}}), &json!({"a": {}}), Others::Allowed, &["/a/b"]);
        differs(&json!([1, 2]), &json!([1, 3]), Others::Allowed, &["/1"]);
        differs(&json!([1, 2]), &json!([1]), Others::Allowed, &[""]);
        differs(&json!(9_007_199_254_740_993_i64), &json!(9_007_199_254_740_992_i64), Others::Allowed, &[""]);
    }
}
