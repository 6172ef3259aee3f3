//! Implementations that are gone, and whether another one covers them.

use std::collections::BTreeMap;

use super::words;
use crate::diff::{Change, What};
use crate::model::{Fact, Interface};

/// Notes what covers an implementation that is gone, and which new ones can collide with those of others.
pub(super) fn relate<'a>(old: &'a Interface, changes: Vec<Change<'a>>) -> Vec<Change<'a>> {
    let is = |change: &&Change<'_>, what| change.kind == "impl" && change.what() == what;
    let added: Vec<String> = changes
        .iter()
        .filter(|change| is(change, What::Added))
        .map(|change| change.key.to_string())
        .collect();
    let note = |change: Change<'a>| match (&*change.kind, change.what()) {
        ("impl", What::Removed) => match added.iter().find(|pattern| covers(pattern, &change.key)) {
            Some(by) => change.noting("covered-by", by.clone()),
            None => change,
        },
        ("impl", What::Added) => {
            let (trait_, _) = header(&change.key);
            let name = trait_.split('<').next().unwrap_or(trait_);
            // Of a trait that is new itself nobody has another implementation.
            let known = name.strip_prefix("crate::").is_none_or(|name| old.fact("trait", name).is_some());
            let blanket = change.new.is_some_and(|fact: &Fact| fact.attribute("blanket").is_some());
            // Nothing can be moved out of a type whose fields are all private.
            let of_drop = name == "std::ops::drop::Drop" && has_fields(old, &change.key);
            let change = if blanket && known { change.noting("collides", "yes") } else { change };
            if of_drop { change.noting("drop", "yes") } else { change }
        }
        ("auto", What::Changed) => {
            let stricter = change.attribute("when").is_some_and(|when| {
                let parts = |text: Option<&'a str>| words::parts(text.unwrap_or_default(), ", ");
                parts(when.new).iter().any(|part| !parts(when.old).contains(part))
            });
            change.noting("when", if stricter { "stricter" } else { "looser" })
        }
        _ => change,
    };
    changes.into_iter().map(note).collect()
}

/// `Trait<…>` and the type of `impl Trait<…> for Type`.
pub(super) fn header(key: &str) -> (&str, &str) {
    let rest = key.strip_prefix("impl ").unwrap_or(key);
    rest.split_once(" for ").unwrap_or((rest, ""))
}

fn has_fields(old: &Interface, key: &str) -> bool {
    let (_, type_) = header(key);
    let owner = type_.strip_prefix("crate::").unwrap_or(type_).split('<').next().unwrap_or_default();
    let start = format!("{owner}.");
    old.facts().iter().any(|fact| fact.kind == "field" && fact.key.starts_with(&start))
}

/// Whether one header is another with types for its parameters.
fn covers(pattern: &str, header: &str) -> bool {
    let name = |key: &str| self::header(key).0.split('<').next().map(str::to_owned);
    let generic = tokens(pattern).iter().any(|word| is_parameter(word));
    if !generic || name(pattern) != name(header) {
        return false;
    }
    let (pattern, header) = (tokens(pattern), tokens(header));
    let mut given: BTreeMap<&str, &[&str]> = BTreeMap::new();
    matches(&pattern, &header, &mut given)
}

fn matches<'a>(
    pattern: &[&'a str],
    text: &'a [&'a str],
    given: &mut BTreeMap<&'a str, &'a [&'a str]>,
) -> bool {
    let Some((first, rest)) = pattern.split_first() else { return text.is_empty() };
    if !is_parameter(first) {
        return text.split_first().is_some_and(|(word, after)| word == first && matches(rest, after, given));
    }
    if let Some(known) = given.get(first).copied() {
        return text.strip_prefix(known).is_some_and(|after| matches(rest, after, given));
    }
    // A type is some words with all brackets closed.
    (1..=text.len()).any(|end| {
        let depth = text[..end].iter().fold(0_i32, |depth, word| match *word {
            "<" | "(" | "[" => depth + 1,
            ">" | ")" | "]" => depth - 1,
            _ => depth,
        });
        if depth != 0 {
            return false;
        }
        let mut tried = given.clone();
        tried.insert(first, &text[..end]);
        matches(rest, &text[end..], &mut tried)
    })
}

fn is_parameter(word: &str) -> bool {
    word.strip_prefix('T').is_some_and(|rest| !rest.is_empty() && rest.bytes().all(|it| it.is_ascii_digit()))
}

fn tokens(text: &str) -> Vec<&str> {
    let inside = |letter: char| letter.is_alphanumeric() || matches!(letter, '_' | ':' | '\'');
    let mut tokens = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let end = match inside(first) {
            true => rest.find(|letter| !inside(letter)).unwrap_or(rest.len()),
            false => first.len_utf8(),
        };
        tokens.push(&rest[..end]);
        rest = &rest[end..];
    }
    tokens.retain(|token| *token != " ");
    tokens
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_parameter_stands_for_any_type() {
        assert!(covers("impl From<T0> for crate::A", "impl From<Vec<u8>> for crate::A"));
        assert!(covers("impl From<T0> for crate::B<T0>", "impl From<u8> for crate::B<u8>"));
        assert!(!covers("impl From<T0> for crate::B<T0>", "impl From<u8> for crate::B<u16>"));
        assert!(!covers("impl From<T0> for crate::A", "impl Into<u8> for crate::A"));
        assert!(covers("impl crate::Tr for T0", "impl crate::Tr for &crate::A<(u8, u8)>"));
    }
}
