//! Arguments that take more than before, and results that promise more.

use std::collections::BTreeSet;

use super::words;
use crate::diff::{Change, What};
use crate::model::Interface;

/// What rules must know of a function that changed.
pub(super) fn note<'a>(new: &Interface, mut change: Change<'a>) -> Change<'a> {
    if change.what() != What::Changed || !matches!(&*change.kind, "fn" | "method" | "trait-method") {
        return change;
    }
    // Of other arguments other lifetimes are held on to, which says nothing.
    if change.attribute("params").is_some() {
        change.attributes.retain(|attribute| attribute.name != "captures");
    }
    let mut notes: Vec<(&'static str, &'static str)> = Vec::new();
    let attribute = |name: &str| {
        change.attribute(name).map(|it| (it.old.unwrap_or_default(), it.new.unwrap_or_default()))
    };
    if let Some((old, now)) = attribute("params") {
        let demands = |parameter: &str| demands(new, change.new.map_or("", |fact| &fact.key), parameter);
        notes.push(("params", if widened(old, now, &demands) { "wider" } else { "other" }));
    }
    if let Some((old, new)) = attribute("returns") {
        notes.push(("returns", result(old, new)));
    }
    if let Some((old, new)) = attribute("receiver") {
        notes.push(("receiver", receiver(old, new)));
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

/// Whether each argument is as it was, or may now be any type that meets demands which the old one is known to meet.
fn widened(old: &str, new: &str, demands: &dyn Fn(&str) -> Vec<String>) -> bool {
    let inner = |text: &'_ str| -> String {
        text.strip_prefix('(').and_then(|rest| rest.strip_suffix(')')).unwrap_or(text).to_owned()
    };
    let (old, new) = (inner(old), inner(new));
    let (old, new) = (words::parts(&old, ", "), words::parts(&new, ", "));
    old.len() == new.len() && old.iter().zip(&new).all(|(old, new)| old == new || takes(old, new, demands))
}

fn takes(old: &str, new: &str, demands: &dyn Fn(&str) -> Vec<String>) -> bool {
    let asked = match new.strip_prefix("impl ") {
        Some(bounds) => words::parts(bounds, " + ").into_iter().map(str::to_owned).collect(),
        None if is_parameter(new) && !is_parameter(old) => demands(new),
        None => return false,
    };
    match old.strip_prefix("impl ") {
        Some(before) => {
            let before = list(before, " + ");
            asked.iter().all(|bound| before.contains(bound.as_str()))
        }
        None => asked.iter().all(|bound| meets(old, bound)),
    }
}

fn is_parameter(type_: &str) -> bool {
    type_.strip_prefix('F').is_some_and(|rest| !rest.is_empty() && rest.bytes().all(|it| it.is_ascii_digit()))
}

/// What a parameter of a function asks for.
fn demands(new: &Interface, key: &str, parameter: &str) -> Vec<String> {
    let start = format!("{key} where {parameter}: ");
    let bounds = new.facts().iter().filter(|fact| fact.kind == "bound");
    bounds.filter_map(|fact| fact.key.strip_prefix(&start)).map(str::to_owned).collect()
}

/// Whether a type is known to meet a demand.
fn meets(type_: &str, bound: &str) -> bool {
    const STRINGS: &[&str] = &["&str", "String", "&String"];
    let argument = |name: &str| {
        bound
            .strip_prefix(name)
            .and_then(|rest| rest.strip_prefix('<'))
            .and_then(|rest| rest.strip_suffix('>'))
    };
    if let Some(into) = argument("std::convert::Into") {
        let text =
            STRINGS.contains(&type_) && matches!(into, "String" | "Box<str>" | "std::borrow::Cow<str>");
        return into == type_ || text || argument_of(into, "Option") == Some(type_);
    }
    if let Some(as_ref) = argument("std::convert::AsRef") {
        let text = STRINGS.contains(&type_) && matches!(as_ref, "str" | "[u8]" | "std::path::Path");
        return text
            || matches!((type_, as_ref), ("&std::path::Path" | "std::path::PathBuf", "std::path::Path"));
    }
    let of_text = matches!(bound, "std::string::ToString" | "std::fmt::Display" | "std::fmt::Debug");
    of_text && STRINGS.contains(&type_)
}

fn argument_of<'a>(type_: &'a str, name: &str) -> Option<&'a str> {
    type_.strip_prefix(name)?.strip_prefix('<')?.strip_suffix('>')
}

fn result(old: &str, new: &str) -> &'static str {
    match (old.strip_prefix("impl "), new.strip_prefix("impl ")) {
        (Some(old), Some(new)) if list(old, " + ").is_subset(&list(new, " + ")) => "more-promised",
        (Some(_), Some(_)) => "other",
        (Some(_), None) => "concrete",
        (None, Some(_)) => "opaque",
        (None, None) => nested(old, new).unwrap_or("other"),
    }
}

/// What happened to the arguments of one and the same type, if the same to all that changed.
fn nested(old: &str, new: &str) -> Option<&'static str> {
    let ((head, old), (same, new)) = (old.split_once('<')?, new.split_once('<')?);
    let (old, new) = (old.strip_suffix('>')?, new.strip_suffix('>')?);
    let (old, new) = (words::parts(old, ", "), words::parts(new, ", "));
    if head != same || old.len() != new.len() {
        return None;
    }
    let changed = old.into_iter().zip(new).filter(|(old, new)| old != new);
    let said: BTreeSet<&str> = changed.map(|(old, new)| result(old, new)).collect();
    said.first().copied().filter(|_| said.len() == 1)
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
        #[track_caller]
        fn is(expected: bool, old: &str, new: &str) {
            let demands = |parameter: &str| match parameter {
                "F0" => vec!["std::convert::Into<u8>".to_owned()],
                _ => vec!["crate::Known".to_owned()],
            };
            assert_eq!(widened(old, new, &demands), expected, "{old} to {new}");
        }
        is(true, "(&str, u8)", "(impl std::convert::Into<String>, u8)");
        is(true, "(String)", "(impl std::convert::Into<Option<String>>)");
        is(true, "(u8)", "(F0)");
        is(true, "(impl A + B)", "(impl A)");
        is(false, "(&[crate::Rule])", "(impl std::convert::Into<crate::Rule>)");
        is(false, "(u16)", "(F0)");
        is(false, "(u8)", "(F1)");
        is(false, "(impl A)", "(impl A + B)");
        is(false, "(u8)", "(u16)");
        is(false, "(u8)", "(u8, u8)");
        is(false, "(F0)", "(crate::F)");
    }

    #[test]
    fn a_result_may_promise_more() {
        assert_eq!(result("impl Future<Output = u8>", "impl Future<Output = u8> + Send"), "more-promised");
        assert_eq!(result("impl A + B", "impl A"), "other");
        assert_eq!(result("impl A", "Vec<u8>"), "concrete");
        assert_eq!(result("Vec<u8>", "impl A"), "opaque");
        assert_eq!(result("Option<impl A + B>", "Option<std::x::C<u8>>"), "concrete");
        assert_eq!(result("Option<u8>", "Option<u16>"), "other");
    }
}
