//! Expected against seen: member by member where both are JSON, line by line otherwise.

use serde_json::Value;
use similar::{ChangeTag, TextDiff};

use super::style::Style;

/// The comparison as lines; nothing when neither is known.
pub(super) fn lines(expected: Option<&str>, seen: Option<&str>, style: Style) -> Vec<String> {
    let labelled = |label: &str, text: &str| format!("{}  {text}", style.strong(label));
    match (expected, seen) {
        (None, None) => Vec::new(),
        (Some(expected), None) => vec![labelled("expected", expected)],
        (None, Some(seen)) => vec![labelled("seen    ", seen)],
        (Some(expected), Some(seen)) => match (json(expected), json(seen)) {
            (Some(left), Some(right)) => table(&members(&left, &right), style),
            _ if expected.contains('\n') || seen.contains('\n') => diff(expected, seen, style),
            _ => vec![labelled("expected", expected), labelled("seen    ", seen)],
        },
    }
}

/// A member that is in either, with both values as they are written.
struct Member {
    path: String,
    expected: String,
    seen: String,
    differs: bool,
}

fn json(text: &str) -> Option<Value> {
    serde_json::from_str(text).ok().filter(|value: &Value| value.is_object() || value.is_array())
}

fn members(expected: &Value, seen: &Value) -> Vec<Member> {
    let mut all = Vec::new();
    walk("", Some(expected), Some(seen), &mut all);
    all
}

fn walk(path: &str, expected: Option<&Value>, seen: Option<&Value>, all: &mut Vec<Member>) {
    let join = |name: &str| if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
    match (expected, seen) {
        (Some(Value::Object(left)), Some(Value::Object(right))) => {
            let only_seen = right.keys().filter(|name| !left.contains_key(*name));
            for name in left.keys().chain(only_seen) {
                walk(&join(name), left.get(name), right.get(name), all);
            }
        }
        (Some(Value::Array(left)), Some(Value::Array(right))) => {
            for index in 0..left.len().max(right.len()) {
                walk(&join(&index.to_string()), left.get(index), right.get(index), all);
            }
        }
        _ => {
            let written = |value: Option<&Value>| value.map_or("(absent)".to_owned(), ToString::to_string);
            let path = if path.is_empty() { "(all of it)".to_owned() } else { path.to_owned() };
            all.push(Member {
                path,
                expected: written(expected),
                seen: written(seen),
                differs: expected != seen,
            });
        }
    }
}

fn table(members: &[Member], style: Style) -> Vec<String> {
    if members.iter().all(|member| !member.differs) {
        return vec![style.faint("the same members; they differ in how they are written")];
    }
    let widest = |column: fn(&Member) -> &str| {
        members.iter().map(|member| column(member).chars().count()).max().unwrap_or_default()
    };
    let path_width = widest(|member| &member.path).min(40);
    let expected_width = widest(|member| &member.expected).clamp("expected".len(), 44);
    let head = format!("  {:path_width$}  {:expected_width$}  {}", "", "expected", "seen");
    let rows = members.iter().map(|member| {
        let Member { path, expected, seen, .. } = member;
        let row =
            |sign: &str, seen: &str| format!("{sign} {path:path_width$}  {expected:expected_width$}  {seen}");
        if member.differs { style.bad(&row("≠", seen)) } else { style.faint(&row(" ", seen)) }
    });
    std::iter::once(style.strong(&head)).chain(rows).collect()
}

fn diff(expected: &str, seen: &str, style: Style) -> Vec<String> {
    let diff = TextDiff::from_lines(expected, seen);
    let head = format!("{}  {}", style.good("- expected"), style.bad("+ seen"));
    let changes = diff.iter_all_changes().map(|change| {
        let text = change.value().trim_end_matches('\n');
        match change.tag() {
            ChangeTag::Delete => style.good(&format!("- {text}")),
            ChangeTag::Insert => style.bad(&format!("+ {text}")),
            ChangeTag::Equal => style.faint(&format!("  {text}")),
        }
    });
    std::iter::once(head).chain(changes).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(expected: &str, seen: &str, lines_expected: &[&str]) {
        assert_eq!(lines(Some(expected), Some(seen), Style::PLAIN), lines_expected);
    }

    #[test]
    fn json_is_compared_by_member() {
        check(
            r#"{"actor":"ada","organizationId":"1"}"#,
            r#"{"actor":"bob","organizationId":"1","type":"user"}"#,
            &[
                "                  expected  seen",
                r#"≠ actor           "ada"     "bob""#,
                r#"  organizationId  "1"       "1""#,
                r#"≠ type            (absent)  "user""#,
            ],
        );
    }

    #[test]
    fn nested_members_have_a_path() {
        check(
            r#"{"a":{"b":[1,2]}}"#,
            r#"{"a":{"b":[1]}}"#,
            &["         expected  seen", "  a.b.0  1         1", "≠ a.b.1  2         (absent)"],
        );
    }

    #[test]
    fn the_same_value_written_otherwise() {
        check(
            r#"{"a":1,"b":2}"#,
            r#"{"b":2,"a":1}"#,
            &["the same members; they differ in how they are written"],
        );
    }

    #[test]
    fn other_text_stands_in_two_lines() {
        check("404", "200", &["expected  404", "seen      200"]);
    }

    #[test]
    fn longer_text_is_a_diff() {
        check("a\nb\n", "a\nc\n", &["- expected  + seen", "  a", "- b", "+ c"]);
    }
}
