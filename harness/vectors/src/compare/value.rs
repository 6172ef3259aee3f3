//! JSON against JSON, with placeholders.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value, json};

use super::Difference;
use crate::placeholder::Bindings;

/// Members whose lists have no order: those of access lists, and those of a state.
const UNORDERED: [&str; 7] =
    ["endpoints", "operations", "organizations", "projects", "created", "deleted", "changed"];

/// Claims that the recording writes relative to `iat`; that one last, since the others are reckoned from it.
const TIMES: [&str; 3] = ["exp", "nbf", "iat"];

/// A comparison on its way: what was found so far, and what placeholders stand for.
pub(crate) struct Comparison<'a> {
    pub(crate) found: Vec<Difference>,
    bindings: &'a mut Bindings,
}

impl<'a> Comparison<'a> {
    pub(crate) fn new(bindings: &'a mut Bindings) -> Self {
        Self { found: Vec::new(), bindings }
    }

    /// Notes a difference.
    pub(crate) fn differ(&mut self, at: &str, expected: Option<Value>, seen: Option<Value>) {
        self.found.push(Difference { at: at.to_owned(), expected, seen });
    }

    /// Compares two values that stand at the same place.
    pub(crate) fn value(&mut self, at: &str, recorded: &Value, seen: &Value) {
        let same = match (recorded, seen) {
            (Value::Object(recorded), _) if recorded.contains_key("<jws>") => {
                return self.jws(at, &recorded["<jws>"], seen);
            }
            (Value::Object(recorded), Value::Object(seen)) => return self.members(at, recorded, seen),
            (Value::Array(recorded), Value::Array(seen)) if is_unordered(at) => {
                return self.set(at, recorded, seen);
            }
            (Value::Array(recorded), Value::Array(seen)) => return self.list(at, recorded, seen),
            (Value::String(recorded), Value::String(seen)) => self.bindings.matches(recorded, seen),
            (Value::Number(recorded), Value::Number(seen)) if last(at) == "expires_in" => recorded
                .as_i64()
                .zip(seen.as_i64())
                .is_some_and(|(recorded, seen)| recorded.abs_diff(seen) <= 1),
            (recorded, seen) => recorded == seen,
        };
        if !same {
            let expected = shown(recorded, self.bindings);
            self.differ(at, Some(expected), Some(seen.clone()));
        }
    }

    fn members(&mut self, at: &str, recorded: &Map<String, Value>, seen: &Map<String, Value>) {
        for (name, member) in recorded {
            let at = format!("{at}.{name}");
            match seen.get(name) {
                Some(seen) => self.value(&at, member, seen),
                None => self.differ(&at, Some(shown(member, self.bindings)), None),
            }
        }
        for (name, member) in seen.iter().filter(|(name, _)| !recorded.contains_key(*name)) {
            self.differ(&format!("{at}.{name}"), None, Some(member.clone()));
        }
    }

    fn list(&mut self, at: &str, recorded: &[Value], seen: &[Value]) {
        for (index, (recorded, seen)) in recorded.iter().zip(seen).enumerate() {
            self.value(&format!("{at}.{index}"), recorded, seen);
        }
        for (index, recorded) in recorded.iter().enumerate().skip(seen.len()) {
            self.differ(&format!("{at}.{index}"), Some(shown(recorded, self.bindings)), None);
        }
        for (index, seen) in seen.iter().enumerate().skip(recorded.len()) {
            self.differ(&format!("{at}.{index}"), None, Some(seen.clone()));
        }
    }

    /// Each recorded item takes the seen one that fits; what is left over is compared with what is nearest.
    fn set(&mut self, at: &str, recorded: &[Value], seen: &[Value]) {
        let mut left: Vec<&Value> = seen.iter().collect();
        let mut unfit = Vec::new();
        for (index, item) in recorded.iter().enumerate() {
            match left.iter().position(|seen| self.attempt(item, seen).is_empty()) {
                Some(position) => self.value(&format!("{at}.{index}"), item, left.remove(position)),
                None => unfit.push((index, item)),
            }
        }
        for (index, item) in unfit {
            let at = format!("{at}.{index}");
            let nearest = (0..left.len()).min_by_key(|position| self.attempt(item, left[*position]).len());
            match nearest {
                Some(position) => self.value(&at, item, left.remove(position)),
                None => self.differ(&at, Some(shown(item, self.bindings)), None),
            }
        }
        for (index, seen) in left.into_iter().enumerate() {
            self.differ(&format!("{at}.{}", recorded.len() + index), None, Some(seen.clone()));
        }
    }

    /// What would differ, without learning anything.
    fn attempt(&self, recorded: &Value, seen: &Value) -> Vec<Difference> {
        let mut bindings = self.bindings.clone();
        let mut attempt = Comparison::new(&mut bindings);
        attempt.value("", recorded, seen);
        attempt.found
    }

    /// A signed token: its header and claims are compared, times relative to `iat`.
    fn jws(&mut self, at: &str, recorded: &Value, seen: &Value) {
        let Some(parts) = seen.as_str().and_then(take_apart) else {
            return self.differ(at, Some(json!({ "<jws>": recorded })), Some(seen.clone()));
        };
        let mut recorded = recorded.clone();
        let mut seen = parts;
        for name in TIMES {
            let (ours, theirs) = (offset(&recorded["claims"], name), offset(&seen["claims"], name));
            if let (Some(ours), Some(theirs)) = (ours, theirs)
                && ours.abs_diff(theirs) <= 1
            {
                recorded["claims"][name] = json!(ours);
                seen["claims"][name] = json!(ours);
            }
        }
        self.value(at, &recorded, &seen);
    }
}

/// Header and claims of a compact JWS.
fn take_apart(text: &str) -> Option<Value> {
    let parts: Vec<&str> = text.split('.').collect();
    let [header, claims, signature] = parts.as_slice() else { return None };
    let json = |part: &str| serde_json::from_slice::<Value>(&URL_SAFE_NO_PAD.decode(part).ok()?).ok();
    (!signature.is_empty()).then_some(())?;
    Some(json!({ "header": json(header)?, "claims": json(claims)? }))
}

/// How many seconds after `iat` a claim is: recorded as `iat+60`, seen as two numbers.
fn offset(claims: &Value, name: &str) -> Option<i64> {
    match claims.get(name)? {
        Value::String(text) => text.strip_prefix("iat")?.parse().ok(),
        value => Some(value.as_i64()? - claims.get("iat")?.as_i64()?),
    }
}

/// What was recorded, its placeholders filled in as far as they are known.
fn shown(recorded: &Value, bindings: &Bindings) -> Value {
    match recorded {
        Value::String(text) => Value::String(bindings.show(text)),
        Value::Array(items) => items.iter().map(|item| shown(item, bindings)).collect(),
        Value::Object(members) => {
            members.iter().map(|(name, member)| (name.clone(), shown(member, bindings))).collect()
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => recorded.clone(),
    }
}

fn is_unordered(at: &str) -> bool {
    UNORDERED.contains(&last(at))
}

/// The last name of a path.
fn last(at: &str) -> &str {
    at.rsplit('.').next().unwrap_or(at)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::needless_pass_by_value, reason = "a literal reads best without an ampersand")]

    use super::*;

    const ONE: &str = "5bb6f2a4-7d55-4f0c-8d2d-000000000001";
    const TWO: &str = "5bb6f2a4-7d55-4f0c-8d2d-000000000002";

    #[track_caller]
    fn check(recorded: Value, seen: Value, expected: &[&str]) {
        let mut bindings = Bindings::default();
        let mut comparison = Comparison::new(&mut bindings);
        comparison.value("body", &recorded, &seen);
        let found: Vec<String> = comparison.found.iter().map(ToString::to_string).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn members_count_both_ways() {
        check(json!({ "a": 1, "b": 2 }), json!({ "b": 2, "a": 1 }), &[]);
        check(
            json!({ "a": 1 }),
            json!({ "b": null }),
            &["body.a: expected 1, saw nothing", "body.b: expected nothing, saw null"],
        );
        check(json!({ "a": null }), json!({ "a": false }), &["body.a: expected null, saw false"]);
    }

    #[test]
    fn order_counts_in_a_list() {
        check(json!([1, 2]), json!([2, 1]), &["body.0: expected 1, saw 2", "body.1: expected 2, saw 1"]);
        check(json!([1, 2]), json!([1]), &["body.1: expected 2, saw nothing"]);
        check(json!([1]), json!([1, 2]), &["body.1: expected nothing, saw 2"]);
    }

    #[test]
    fn order_does_not_count_in_an_access_list() {
        check(json!({ "operations": ["read", "create"] }), json!({ "operations": ["create", "read"] }), &[]);
        check(
            json!({ "operations": ["read", "read"] }),
            json!({ "operations": ["read", "create"] }),
            &[r#"body.operations.1: expected "read", saw "create""#],
        );
        check(
            json!({ "operations": ["read"] }),
            json!({ "operations": [] }),
            &[r#"body.operations.0: expected "read", saw nothing"#],
        );
        check(
            json!({ "groups": ["a", "b"] }),
            json!({ "groups": ["b", "a"] }),
            &[r#"body.groups.0: expected "a", saw "b""#, r#"body.groups.1: expected "b", saw "a""#],
        );
    }

    #[test]
    fn an_item_of_a_set_is_compared_with_the_nearest() {
        let recorded = json!({ "changed": [{ "id": "a", "x": 1 }, { "id": "b", "x": 2 }] });
        let seen = json!({ "changed": [{ "id": "b", "x": 3 }, { "id": "a", "x": 1 }] });
        check(recorded, seen, &["body.changed.1.x: expected 2, saw 3"]);
    }

    #[test]
    fn ids_are_the_same_throughout() {
        check(json!(["<id:1>", "<id:1>"]), json!([ONE, ONE]), &[]);
        check(
            json!(["<id:1>", "<id:1>"]),
            json!([ONE, TWO]),
            &[&*format!(r#"body.1: expected "{ONE}", saw "{TWO}""#)],
        );
        check(
            json!(["<id:1>", "<id:2>"]),
            json!([ONE, ONE]),
            &[&*format!(r#"body.1: expected "<id:2>", saw "{ONE}""#)],
        );
    }

    #[test]
    fn a_lifetime_may_be_off_by_a_second() {
        check(json!({ "expires_in": 60 }), json!({ "expires_in": 59 }), &[]);
        check(
            json!({ "expires_in": 60 }),
            json!({ "expires_in": 58 }),
            &["body.expires_in: expected 60, saw 58"],
        );
        check(json!({ "other": 60 }), json!({ "other": 59 }), &["body.other: expected 60, saw 59"]);
    }

    fn token(claims: &Value) -> String {
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        format!("{}.{}.c2ln", part(&json!({ "alg": "ES512" })), part(claims))
    }

    #[test]
    fn a_signed_token_is_read() {
        let recorded = json!({ "<jws>": {
            "header": { "alg": "ES512" }, "claims": { "sub": "a", "iat": "iat+0", "exp": "iat+60" },
        } });
        check(recorded.clone(), json!(token(&json!({ "sub": "a", "iat": 1000, "exp": 1061 }))), &[]);
        check(
            recorded.clone(),
            json!(token(&json!({ "sub": "b", "iat": 1000, "exp": 1060 }))),
            &[r#"body.claims.sub: expected "a", saw "b""#],
        );
        check(
            recorded.clone(),
            json!(token(&json!({ "sub": "a", "iat": 1000, "exp": 1090 }))),
            &[r#"body.claims.exp: expected "iat+60", saw 1090"#],
        );
        let mut bindings = Bindings::default();
        let mut comparison = Comparison::new(&mut bindings);
        comparison.value("body", &recorded, &json!("opaque"));
        assert_eq!(comparison.found.len(), 1);
    }
}
