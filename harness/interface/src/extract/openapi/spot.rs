//! Where a schema stands, as a key: `User .plan.name`, `GET /users/{1} 200 application/json [].id`.
//!
//! A key is a root and, after one space, a path of segments. Names that could be taken for something else are quoted.

use std::fmt::Write as _;

/// Where a schema stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Spot {
    key: String,
    is_root: bool,
}

/// One step from a schema to one in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Step<'a> {
    /// A property, its name as the key has it.
    Property(&'a str),
    /// What an array holds.
    Items,
    /// What an array holds at one position.
    Item(&'a str),
    /// What an object holds under names that are not properties.
    Values,
    /// What it holds under names of a pattern.
    Pattern(&'a str),
    /// One of several alternatives.
    Variant(&'a str),
}

impl Spot {
    /// A root: a component, or where an operation has a schema.
    pub(crate) fn root(name: impl Into<String>) -> Self {
        Self { key: name.into(), is_root: true }
    }

    pub(crate) fn key(&self) -> &str {
        &self.key
    }

    pub(crate) fn property(&self, name: &str) -> Self {
        self.step(&format!(".{}", quoted(name)))
    }

    pub(crate) fn items(&self) -> Self {
        self.step("[]")
    }

    pub(crate) fn item(&self, position: usize) -> Self {
        self.step(&format!("[{position}]"))
    }

    pub(crate) fn values(&self) -> Self {
        self.step("{}")
    }

    pub(crate) fn pattern(&self, pattern: &str) -> Self {
        self.step(&format!("{{{}}}", in_quotes(pattern)))
    }

    pub(crate) fn variant(&self, name: &str) -> Self {
        self.step(&format!("|{}", quoted(name)))
    }

    fn step(&self, segment: &str) -> Self {
        let between = if self.is_root { " " } else { "" };
        Self { key: format!("{}{between}{segment}", self.key), is_root: false }
    }
}

/// A name in a key: as it is where nothing in it can be taken for something else, else in quotes.
pub(crate) fn quoted(name: &str) -> String {
    let plain =
        |character: char| character.is_alphanumeric() || "_-$@:/+*%#!?&=~^,<>();'`".contains(character);
    if !name.is_empty() && name.chars().all(plain) { name.to_owned() } else { in_quotes(name) }
}

/// A component's name in a key: dots in it are of the name, since only what follows a space is a path.
pub(crate) fn root_name(name: &str) -> String {
    let plain =
        !name.is_empty() && !name.contains(|it: char| it.is_whitespace() || it.is_control() || it == '"');
    if plain { name.to_owned() } else { in_quotes(name) }
}

fn in_quotes(name: &str) -> String {
    let mut text = String::from("\"");
    for character in name.chars() {
        match character {
            '"' | '\\' => {
                text.push('\\');
                text.push(character);
            }
            character if character.is_control() => {
                write!(text, "\\u{{{:x}}}", u32::from(character))
                    .expect("a string takes whatever is written to it");
            }
            character => text.push(character),
        }
    }
    text.push('"');
    text
}

/// The key without its last step, and that step; none for a root.
pub(crate) fn parent(key: &str) -> Option<(&str, Step<'_>)> {
    let path = path_of(key)?;
    let start = last_segment(key, path)?;
    let before = key[..start].strip_suffix(' ').unwrap_or(&key[..start]);
    let segment = &key[start..];
    let inner = |open: usize| segment.get(open..segment.len().saturating_sub(1)).unwrap_or_default();
    let step = match segment.as_bytes().first()? {
        b'.' => Step::Property(&segment[1..]),
        b'|' => Step::Variant(&segment[1..]),
        b'[' if inner(1).is_empty() => Step::Items,
        b'[' => Step::Item(inner(1)),
        _ if inner(1).is_empty() => Step::Values,
        _ => Step::Pattern(inner(1)),
    };
    Some((before, step))
}

/// Whether a key is one of a root: of a component, or of an operation's own schema.
pub(crate) fn is_root(key: &str) -> bool {
    path_of(key).is_none()
}

/// The root that a key begins with.
pub(crate) fn root_of(key: &str) -> &str {
    path_of(key).map_or(key, |path| &key[..path - 1])
}

/// Where the path begins: after the first space outside quotes that a segment follows.
fn path_of(key: &str) -> Option<usize> {
    let bytes = key.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        match bytes[at] {
            b'"' => at = after_quotes(bytes, at),
            b' ' if bytes.get(at + 1).is_some_and(|next| b".[{|".contains(next)) => return Some(at + 1),
            _ => at += 1,
        }
    }
    None
}

fn last_segment(key: &str, path: usize) -> Option<usize> {
    let bytes = key.as_bytes();
    let (mut at, mut last) = (path, None);
    while at < bytes.len() {
        match bytes[at] {
            b'"' => at = after_quotes(bytes, at),
            byte => {
                if b".[{|".contains(&byte) {
                    last = Some(at);
                }
                at += 1;
            }
        }
    }
    last
}

/// The place after a quoted name.
fn after_quotes(bytes: &[u8], quote: usize) -> usize {
    let mut at = quote + 1;
    while at < bytes.len() && bytes[at] != b'"' {
        at += if bytes[at] == b'\\' { 2 } else { 1 };
    }
    at + 1
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[track_caller]
    fn takes_apart(spot: &Spot, before: &str, step: Step<'_>) {
        assert_eq!(parent(spot.key()), Some((before, step)), "{}", spot.key());
    }

    #[test]
    fn keys_are_taken_apart_as_they_were_made() {
        let root = Spot::root("GET /a/{1} query \" .x\"");
        assert_eq!(parent(root.key()), None);
        takes_apart(&root.property("a"), root.key(), Step::Property("a"));
        let component = Spot::root("io.k8s.api.core.v1.Pod");
        takes_apart(&component.items(), "io.k8s.api.core.v1.Pod", Step::Items);
        let spec = component.property("spec");
        takes_apart(&spec.property("a.b c"), "io.k8s.api.core.v1.Pod .spec", Step::Property("\"a.b c\""));
        takes_apart(&spec.values().variant("X"), "io.k8s.api.core.v1.Pod .spec{}", Step::Variant("X"));
        takes_apart(&spec.pattern("^x[.]"), "io.k8s.api.core.v1.Pod .spec", Step::Pattern("\"^x[.]\""));
        takes_apart(&spec.item(2), "io.k8s.api.core.v1.Pod .spec", Step::Item("2"));
    }

    proptest! {
        #[test]
        fn any_name_stays_one_step(names in prop::collection::vec(any::<String>(), 1..4)) {
            let mut spot = Spot::root("A");
            for name in &names {
                let before = spot.clone();
                spot = spot.property(name);
                let expected = quoted(name);
                prop_assert_eq!(parent(spot.key()), Some((before.key(), Step::Property(&expected))));
                prop_assert_eq!(root_of(spot.key()), "A");
            }
        }

        #[test]
        fn no_key_is_too_much(key in any::<String>()) {
            parent(&key);
            root_of(&key);
        }
    }
}
