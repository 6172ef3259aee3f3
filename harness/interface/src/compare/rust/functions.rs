//! Arguments that take more than before, and results that promise more.

use std::collections::BTreeSet;

use super::words;
use crate::diff::{Change, What};

/// What rules must know of a function that changed.
pub(super) fn note(change: Change<'_>) -> Change<'_> {
    if change.what() != What::Changed || !matches!(&*change.kind, "fn" | "method" | "trait-method") {
        return change;
    }
    let mut notes: Vec<(&'static str, &'static str)> = Vec::new();
    let attribute = |name: &str| {
        change.attribute(name).map(|it| (it.old.unwrap_or_default(), it.new.unwrap_or_default()))
    };
    if let Some((old, new)) = attribute("params") {
        notes.push(("params", if widened(old, new) { "wider" } else { "other" }));
    }
    if let Some((old, new)) = attribute("returns") {
        notes.push(("returns", result(old, new)));
    }
    if let Some((old, new)) = attribute("receiver") {
        notes.push(("receiver", receiver(old, new)));
    }
    if let Some((old, new)) = attribute("generics") {
        notes.push((
            "generics",
            if old.is_empty() {
                "first"
            } else if new.starts_with(old) && new[old.len()..].starts_with(" = ") {
                "default"
            } else {
                "other"
            },
        ));
    }
    if let Some((old, new)) = attribute("captures") {
        let (old, new) = (list(old, ", "), list(new, ", "));
        notes.push(("captures", if new.is_subset(&old) { "fewer" } else { "more" }));
    }
    notes.into_iter().fold(change, |change, (name, value)| change.noting(name, value))
}

fn list<'a>(text: &'a str, separator: &str) -> BTreeSet<&'a str> {
    words::parts(text, separator).into_iter().collect()
}

/// Whether each argument is as it was, or was one type and is now any that meets some demands.
fn widened(old: &str, new: &str) -> bool {
    let inner = |text: &'_ str| -> String {
        text.strip_prefix('(').and_then(|rest| rest.strip_suffix(')')).unwrap_or(text).to_owned()
    };
    let (old, new) = (inner(old), inner(new));
    let (old, new) = (words::parts(&old, ", "), words::parts(&new, ", "));
    old.len() == new.len()
        && old
            .iter()
            .zip(&new)
            .all(|(old, new)| old == new || (!is_open(old) && is_open(new)) || fewer_demands(old, new))
}

fn is_open(type_: &str) -> bool {
    let parameter = type_.strip_prefix('F').is_some_and(|rest| rest.bytes().all(|it| it.is_ascii_digit()));
    type_.starts_with("impl ") || parameter
}

/// `impl A + B` that became `impl A`.
fn fewer_demands(old: &str, new: &str) -> bool {
    match (old.strip_prefix("impl "), new.strip_prefix("impl ")) {
        (Some(old), Some(new)) => list(new, " + ").is_subset(&list(old, " + ")),
        _ => false,
    }
}

fn result(old: &str, new: &str) -> &'static str {
    match (old.strip_prefix("impl "), new.strip_prefix("impl ")) {
        (Some(old), Some(new)) if list(old, " + ").is_subset(&list(new, " + ")) => "more-promised",
        (Some(_), None) => "concrete",
        (None, Some(_)) => "opaque",
        _ => "other",
    }
}

fn receiver(old: &str, new: &str) -> &'static str {
    match (old, new) {
        // A call that had the value, or could write to it, can lend it.
        ("&mut self", "&self") => "weaker",
        _ => "other",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_argument_takes_more_when_it_names_no_type_any_longer() {
        assert!(widened("(&str, u8)", "(impl Into<String>, u8)"));
        assert!(widened("(u8)", "(F0)"));
        assert!(widened("(impl A + B)", "(impl A)"));
        assert!(!widened("(impl A)", "(impl A + B)"));
        assert!(!widened("(u8)", "(u16)"));
        assert!(!widened("(u8)", "(u8, u8)"));
        assert!(!widened("(F0)", "(crate::F)"));
    }

    #[test]
    fn a_result_may_promise_more() {
        assert_eq!(result("impl Future<Output = u8>", "impl Future<Output = u8> + Send"), "more-promised");
        assert_eq!(result("impl A + B", "impl A"), "other");
        assert_eq!(result("impl A", "Vec<u8>"), "concrete");
        assert_eq!(result("Vec<u8>", "impl A"), "opaque");
    }
}
