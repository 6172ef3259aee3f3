//! Which member of a refused message is at fault, and in which column it stands.
//!
//! A tagged message is buffered before its members are read, so the decoder's own errors have no place in them.

use serde_json::Value;
use serde_json::value::RawValue;
use std::collections::BTreeMap;

use super::Message;

/// Longer lines and wider objects are not searched: the search decodes the message once a member.
const SEARCHED_BYTES: usize = 64 * 1024;
const SEARCHED_MEMBERS: usize = 64;

/// Members that choose a variant; nothing can be decoded without them, wherever they stand.
const TAGS: [&str; 2] = ["type", "kind"];

/// The path of the value that the decoder's `reason` is about; empty: the message as a whole.
pub(super) fn blame<M: Message>(text: &str, message: &Value, reason: &str) -> Vec<String> {
    if text.len() > SEARCHED_BYTES {
        return Vec::new();
    }
    if let Some(name) = reason.strip_prefix("missing field `").and_then(|rest| rest.split('`').next()) {
        return lacking::<M>(message, Vec::new(), name, reason).unwrap_or_default();
    }
    let mut path = Vec::new();
    while let Some(step) = blamed_child::<M>(message, &path, reason) {
        path.push(step);
    }
    path
}

/// The column of a path's value, counted in characters from 1.
pub(super) fn column(text: &str, path: &[String]) -> Option<usize> {
    let mut raw: &RawValue = serde_json::from_str(text).ok()?;
    for step in path {
        raw = raw_child(raw, step)?;
    }
    // Both are slices of one line, so the distance between their beginnings is the offset.
    let offset = (raw.get().as_ptr() as usize).checked_sub(text.as_ptr() as usize)?;
    Some(text.get(..offset)?.chars().count() + 1)
}

/// The object in which a member is missing: with it, the decoder says something else.
fn lacking<M: Message>(message: &Value, path: Vec<String>, name: &str, reason: &str) -> Option<Vec<String>> {
    let at = descend(message, &path)?;
    if let Value::Object(members) = at {
        let mut filled = members.clone();
        filled.insert(name.to_owned(), Value::Null);
        let said = says::<M>(&with(message, &path, Value::Object(filled)));
        if said.is_none_or(|said| said != reason && !said.starts_with("unknown field")) {
            return Some(path);
        }
    }
    steps(at).into_iter().find_map(|step| {
        let path = path.iter().cloned().chain([step]).collect();
        lacking::<M>(message, path, name, reason)
    })
}

/// Members are read in order, so the last one of the shortest prefix that fails in the same way is at fault.
fn blamed_child<M: Message>(message: &Value, path: &[String], reason: &str) -> Option<String> {
    let at = descend(message, path)?;
    let fails = |part: Value| says::<M>(&with(message, path, part)).is_some_and(|said| said == reason);
    let steps = steps(at);
    match at {
        Value::Object(members) => {
            let (tags, others): (Vec<_>, Vec<_>) =
                steps.into_iter().partition(|s| TAGS.contains(&s.as_str()));
            let part = |count: usize| {
                let kept = tags.iter().chain(&others[..count]);
                Value::Object(kept.map(|name| (name.clone(), members[name].clone())).collect())
            };
            if fails(part(0)) {
                return tags.into_iter().next_back();
            }
            (1..=others.len()).find(|count| fails(part(*count))).map(|count| others[count - 1].clone())
        }
        Value::Array(items) => steps
            .into_iter()
            .zip(1..)
            .find_map(|(step, count)| fails(Value::Array(items[..count].to_vec())).then_some(step)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => None,
    }
}

fn says<M: Message>(message: &Value) -> Option<String> {
    M::deserialize(message).err().map(|error| error.to_string())
}

fn steps(at: &Value) -> Vec<String> {
    match at {
        Value::Object(members) => members.keys().take(SEARCHED_MEMBERS).cloned().collect(),
        Value::Array(items) => {
            (0..items.len().min(SEARCHED_MEMBERS)).map(|index| index.to_string()).collect()
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => Vec::new(),
    }
}

fn descend<'a>(mut value: &'a Value, path: &[String]) -> Option<&'a Value> {
    for step in path {
        value = match value {
            Value::Object(members) => members.get(step)?,
            Value::Array(items) => items.get(step.parse::<usize>().ok()?)?,
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => return None,
        };
    }
    Some(value)
}

/// The message with the value at a path replaced.
fn with(message: &Value, path: &[String], part: Value) -> Value {
    let mut copy = message.clone();
    let mut at = &mut copy;
    for step in path {
        at = match step.parse::<usize>() {
            Ok(index) if at.is_array() => &mut at[index],
            Ok(_) | Err(_) => &mut at[step.as_str()],
        };
    }
    *at = part;
    copy
}

fn raw_child<'a>(raw: &'a RawValue, step: &str) -> Option<&'a RawValue> {
    if raw.get().starts_with('[') {
        let items: Vec<&RawValue> = serde_json::from_str(raw.get()).ok()?;
        return items.get(step.parse::<usize>().ok()?).copied();
    }
    let mut members: BTreeMap<String, &RawValue> = serde_json::from_str(raw.get()).ok()?;
    members.remove(step)
}
