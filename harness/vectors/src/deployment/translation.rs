//! What plays which part: recorded texts (ids, names, hosts) and the texts there, both ways.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use super::spelling::spellings;
use crate::vector::{Content, Principal, Repeat, Request};

/// Recorded texts and the texts there.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Translation {
    there: Vec<(String, String)>,
    recorded: Vec<(String, String)>,
}

/// Two recorded texts that one text there stands for: answers could not be told apart.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{there}` plays two parts: expected one, saw `{first}` and `{second}`")]
pub struct Ambiguous {
    there: String,
    first: String,
    second: String,
}

impl Translation {
    /// A translation by these pairs of a recorded text and the one there.
    ///
    /// # Errors
    ///
    /// When a text there stands for two.
    pub fn new<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> Result<Self, Ambiguous> {
        let mut back: BTreeMap<&str, &str> = BTreeMap::new();
        let mut there = BTreeSet::new();
        let mut recorded = BTreeSet::new();
        for (ours, theirs) in pairs.into_iter().filter(|(ours, theirs)| ours != theirs) {
            if let Some(first) = back.insert(theirs, ours).filter(|first| *first != ours) {
                return Err(Ambiguous {
                    there: theirs.to_owned(),
                    first: first.to_owned(),
                    second: ours.to_owned(),
                });
            }
            recorded.insert((theirs.to_owned(), ours.to_owned()));
            // A UUID keeps the spelling in which it is asked for.
            there.extend(spellings(ours).into_iter().zip(spellings(theirs)));
        }
        Ok(Self { there: longest_first(there), recorded: longest_first(recorded) })
    }

    /// A recorded text as it is there.
    #[must_use]
    pub fn there(&self, text: &str) -> String {
        replace(&self.there, text)
    }

    /// A text from there as it would have been recorded.
    #[must_use]
    pub fn recorded(&self, text: &str) -> String {
        replace(&self.recorded, text)
    }

    /// A recorded request as it is asked there.
    #[must_use]
    pub fn request(&self, request: &Request) -> Request {
        if self.there.is_empty() {
            return request.clone();
        }
        let headers = request.headers.iter();
        Request {
            path: self.there(&request.path),
            headers: headers
                .map(|(name, value)| (name.clone(), value.as_deref().map(|value| self.there(value))))
                .collect(),
            principal: request.principal.as_ref().map(|principal| self.principal(principal)),
            content: self.content(&request.content),
            ..request.clone()
        }
    }

    fn principal(&self, principal: &Principal) -> Principal {
        match principal {
            Principal::Plain(value) => Principal::Plain(self.value(value)),
            Principal::Padded(value) => Principal::Padded(self.value(value)),
            Principal::Signed { value, signature, tamper } => {
                Principal::Signed { value: self.value(value), signature: signature.clone(), tamper: *tamper }
            }
            Principal::Raw(text) => Principal::Raw(self.there(text)),
        }
    }

    fn content(&self, content: &Content) -> Content {
        match content {
            Content::None => Content::None,
            Content::Json(value) => Content::Json(self.value(value)),
            Content::Text(text) => Content::Text(self.there(text)),
            Content::Form(pairs) => {
                Content::Form(pairs.iter().map(|(name, value)| (name.clone(), self.there(value))).collect())
            }
            Content::Repeat(repeat) => {
                Content::Repeat(Repeat { base: self.value(&repeat.base), ..repeat.clone() })
            }
        }
    }

    fn value(&self, value: &Value) -> Value {
        match value {
            Value::String(text) => Value::String(self.there(text)),
            Value::Array(values) => values.iter().map(|value| self.value(value)).collect(),
            Value::Object(members) => {
                let members: Map<String, Value> =
                    members.iter().map(|(name, value)| (name.clone(), self.value(value))).collect();
                Value::Object(members)
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => value.clone(),
        }
    }
}

/// Longer texts come first, so that a name within another does not hide it.
fn longest_first(pairs: BTreeSet<(String, String)>) -> Vec<(String, String)> {
    let mut pairs: Vec<_> = pairs.into_iter().collect();
    pairs.sort_by_key(|(from, _)| std::cmp::Reverse(from.len()));
    pairs
}

/// What is as long as an id is no part of another word, whatever stands beside it (an escaped brace, say).
const UNMISTAKABLE: usize = 32;

/// Replaces whole words in one pass: what was put there is not looked at again.
fn replace(pairs: &[(String, String)], text: &str) -> String {
    let is_part = |letter: char| letter.is_alphanumeric();
    let mut out = String::with_capacity(text.len());
    let mut before: Option<char> = None;
    let mut rest = text;
    while let Some(letter) = rest.chars().next() {
        let starts = |from: &str| {
            let ends = rest[from.len()..].chars().next().is_some_and(is_part)
                && from.chars().last().is_some_and(is_part);
            let begins = before.is_some_and(is_part) && from.chars().next().is_some_and(is_part);
            from.len() >= UNMISTAKABLE || !ends && !begins
        };
        match pairs.iter().find(|(from, _)| rest.starts_with(from.as_str()) && starts(from)) {
            Some((from, to)) => {
                out.push_str(to);
                before = from.chars().last();
                rest = &rest[from.len()..];
            }
            None => {
                out.push(letter);
                before = Some(letter);
                rest = &rest[letter.len_utf8()..];
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    const OURS: &str = "000000a0-0000-4000-8000-000000000001";
    const THEIRS: &str = "5bb6f2a4-7d55-4f0c-8d2d-0f3c5a9e1b77";

    fn translation() -> Translation {
        Translation::new([(OURS, THEIRS), ("alice@acme.test", "ann@corp.test"), ("acme", "corporation")])
            .unwrap()
    }

    #[test]
    fn an_id_keeps_its_spelling() {
        let path = |id: &str| format!("/api/v1/organizations/{id}/acl");
        for (ours, theirs) in spellings(OURS).into_iter().zip(spellings(THEIRS)) {
            assert_eq!(translation().there(&path(&ours)), path(&theirs));
        }
        assert_eq!(translation().recorded(&path(THEIRS)), path(OURS));
    }

    #[test]
    fn whole_words_only_and_longer_ones_first() {
        assert_eq!(translation().there("acme alice@acme.test acmes"), "corporation ann@corp.test acmes");
        assert_eq!(translation().recorded("ann@corp.test"), "alice@acme.test");
    }

    #[test]
    fn all_parts_of_a_request_are_asked_in_the_words_there() {
        let request: Request = serde_json::from_value(json!({
            "method": "PUT", "path": format!("/{OURS}"), "headers": { "A": OURS, "B": null },
            "principal": { "encoding": "json-b64url", "value": { "organizationIds": [OURS] } },
            "body": { "metadata": { "name": "acme" } },
        }))
        .unwrap();
        let there = translation().request(&request);
        assert_eq!(there.path, format!("/{THEIRS}"));
        assert_eq!(there.headers["A"].as_deref(), Some(THEIRS));
        assert_eq!(there.headers["B"], None);
        assert_eq!(there.principal, Some(Principal::Plain(json!({ "organizationIds": [THEIRS] }))));
        assert_eq!(there.content, Content::Json(json!({ "metadata": { "name": "corporation" } })));
    }

    #[test]
    fn nobody_plays_two_parts() {
        let error = Translation::new([("a", "x"), ("b", "x")]).expect_err("x is a and b");
        assert_eq!(error.to_string(), "`x` plays two parts: expected one, saw `a` and `b`");
    }

    proptest! {
        #[test]
        fn there_and_back_is_the_same(words in prop::collection::vec("(acme|alice@acme[.]test|[xyz]{1,3})", 0..6)) {
            let text = words.join(" ");
            let translation = translation();
            prop_assert_eq!(translation.recorded(&translation.there(&text)), text);
        }
    }
}
