//! Identifiers as the numbers of their first appearance.

use std::collections::BTreeMap;

use serde_json::Value;

/// What was met so far in a case.
#[derive(Debug, Default)]
pub(super) struct Mask {
    met: BTreeMap<String, usize>,
}

impl Mask {
    /// A text without the identifiers in it.
    pub(super) fn text(&mut self, text: &str) -> String {
        let inside = |letter: char| letter.is_ascii_hexdigit() || letter == '-';
        let mut masked = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(first) = rest.chars().next() {
            let end = rest.find(|letter| inside(letter) != inside(first)).unwrap_or(rest.len());
            let (word, after) = rest.split_at(end);
            masked.push_str(&if inside(first) { self.word(word) } else { word.to_owned() });
            rest = after;
        }
        masked
    }

    /// The same of everything in a value; members in the order of their names.
    pub(super) fn json(&mut self, value: &Value) -> String {
        match value {
            Value::String(text) => format!("{:?}", self.text(text)),
            Value::Array(items) => {
                let items: Vec<String> = items.iter().map(|item| self.json(item)).collect();
                format!("[{}]", items.join(","))
            }
            Value::Object(members) => {
                let sorted: BTreeMap<&String, &Value> = members.iter().collect();
                let members: Vec<String> = sorted
                    .into_iter()
                    .map(|(name, value)| format!("{name:?}:{}", self.json(value)))
                    .collect();
                format!("{{{}}}", members.join(","))
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => value.to_string(),
        }
    }

    /// Ids of traces (version, trace, span, flags with `-` between) have several identifiers.
    fn word(&mut self, word: &str) -> String {
        if is_uuid(word) {
            return self.number(word);
        }
        word.split('-')
            .map(|part| if is_id(part) { self.number(part) } else { part.to_owned() })
            .collect::<Vec<_>>()
            .join("-")
    }

    fn number(&mut self, id: &str) -> String {
        let next = self.met.len() + 1;
        format!("<{}>", self.met.entry(id.to_owned()).or_insert(next))
    }
}

/// 8, 4, 4, 4 and 12 digits. Others are names that happen to be hexadecimal.
fn is_uuid(word: &str) -> bool {
    word.split('-').map(str::len).eq([8, 4, 4, 4, 12])
}

/// What traces and spans are called (W3C Trace Context §3.2). All zeros is no identifier.
fn is_id(part: &str) -> bool {
    matches!(part.len(), 16 | 32) && part.bytes().any(|digit| digit != b'0')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_meets_whom_is_kept() {
        let mut mask = Mask::default();
        let one = "2b6f0cc9-04ba-4ad4-9d63-1a7d2f8f7d10";
        let two = "3b6f0cc9-04ba-4ad4-9d63-1a7d2f8f7d10";
        assert_eq!(mask.text(&format!("/a/{one}/b/{two}?x={one}")), "/a/<1>/b/<2>?x=<1>");
        assert_eq!(mask.text("/deadbeef/added-face"), "/deadbeef/added-face");
        let trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
        assert_eq!(mask.text(trace), "00-<3>-<4>-01");
        let zeros = "00-00000000000000000000000000000000-00f067aa0ba902b7-01";
        assert_eq!(mask.text(zeros), "00-00000000000000000000000000000000-<4>-01");
    }

    #[test]
    fn the_order_of_members_does_not_count() {
        let mut mask = Mask::default();
        let json = |text: &str| serde_json::from_str::<Value>(text).expect("it is JSON");
        assert_eq!(mask.json(&json(r#"{"b":[1,null],"a":"x"}"#)), r#"{"a":"x","b":[1,null]}"#);
    }
}
