//! The reviewed form: one line a fact, sorted, and nothing lost.
//!
//! ```text
//! # plumbline interface 1
//! # language go
//! # name example.com/client
//! # release v1.2.0
//! # configuration goos linux
//! field Pool.Size  type=int
//! func Open  type=func(string) (*Pool, error)
//! ```
//!
//! A line is the kind, the key, and the attributes by name, two spaces before each. What a value may not hold as it is
//! stands escaped: `\\`, `\n`, `\r`, `\t`, `\s` for a space beside another or at an end, `\u{1f}` for other control
//! characters; in names also `\e` for `=`, in kinds and names every space is `\s`, and a key that is empty is `\-`.

mod escape;

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::model::{About, Fact, Interface, Language};
use escape::{escaped, escaped_key, escaped_name, escaped_word, unescaped};

/// The first line; its number changes when older versions cannot read what newer ones write.
const FIRST: &str = "# plumbline interface 1";

/// Writes an interface.
pub fn print(interface: &Interface) -> String {
    let about = &interface.about;
    let mut text = format!("{FIRST}\n# language {}\n# name {}\n", about.language, escaped(&about.name));
    if !about.release.is_empty() {
        writeln!(text, "# release {}", escaped(&about.release))
            .expect("a string takes whatever is written to it");
    }
    for (name, value) in &about.configuration {
        let line = format!("# configuration {} {}", escaped_word(name), escaped(value));
        text.push_str(line.trim_end_matches(' '));
        text.push('\n');
    }
    let mut lines: Vec<String> = interface.facts().iter().map(line).collect();
    lines.sort_unstable();
    for line in lines {
        text.push_str(&line);
        text.push('\n');
    }
    text
}

/// One fact as its line, without an end of line.
pub fn line(fact: &Fact) -> String {
    let mut line = format!("{} {}", escaped_word(&fact.kind), escaped_key(&fact.key));
    for (name, value) in &fact.attributes {
        line.push_str("  ");
        line.push_str(&escaped_name(name));
        line.push('=');
        line.push_str(&escaped(value));
    }
    line
}

/// Why a text is no interface.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {problem}")]
pub struct ParseError {
    /// Counted from one.
    pub line: usize,
    /// What is wrong there.
    pub problem: Problem,
}

/// What can be wrong with a line.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Problem {
    /// It is no such file, or one of another version.
    #[error("expected `{FIRST}`, found `{0}`")]
    First(String),
    /// The head is not complete.
    #[error("expected `# language …` and `# name …` in the first lines")]
    Head,
    /// A line of the head says something unknown.
    #[error("expected `# language`, `# name`, `# release` or `# configuration`, found `{0}`")]
    HeadLine(String),
    /// No such language.
    #[error(transparent)]
    Language(#[from] crate::model::UnknownLanguage),
    /// No fact has such a form.
    #[error("expected `KIND KEY  NAME=VALUE…`, found `{0}`")]
    Fact(String),
    /// A backslash is followed by what it cannot be.
    #[error(
        "expected `\\\\`, `\\n`, `\\r`, `\\t`, `\\s`, `\\e`, `\\-` or `\\u{{…}}` after a backslash in `{0}`"
    )]
    Escape(String),
    /// A line is smaller than the one before it.
    #[error(
        "expected lines in bytewise order, each kind and key once: the line belongs before the one above it"
    )]
    Order,
}

/// Reads what [`print()`] wrote.
pub fn parse(text: &str) -> Result<Interface, ParseError> {
    let mut lines = text.lines().zip(1..).peekable();
    let first = lines.next().map_or("", |(line, _)| line);
    if first != FIRST {
        return Err(ParseError { line: 1, problem: Problem::First(first.chars().take(80).collect()) });
    }
    let mut head = Head::default();
    let mut last = 1;
    while let Some((line, number)) = lines.next_if(|(line, _)| line.starts_with('#')) {
        head.take(line).map_err(|problem| ParseError { line: number, problem })?;
        last = number;
    }
    let about = head.about().ok_or(ParseError { line: last, problem: Problem::Head })?;
    let mut facts: Vec<Fact> = Vec::new();
    let mut before = None;
    for (line, number) in lines {
        let fact = fact(line).map_err(|problem| ParseError { line: number, problem })?;
        // Lines about the same fact would stand beside each other, since nothing sorts between them.
        let again = facts.last().is_some_and(|last| last.place() == fact.place());
        if again || before.is_some_and(|before| line < before) {
            return Err(ParseError { line: number, problem: Problem::Order });
        }
        facts.push(fact);
        before = Some(line);
    }
    Ok(Interface::new(about, facts))
}

#[derive(Default)]
struct Head {
    language: Option<Language>,
    name: Option<String>,
    release: Option<String>,
    configuration: BTreeMap<String, String>,
}

impl Head {
    fn take(&mut self, line: &str) -> Result<(), Problem> {
        let unknown = || Problem::HeadLine(line.to_owned());
        let rest = line.strip_prefix("# ").ok_or_else(unknown)?;
        let (word, value) = rest.split_once(' ').unwrap_or((rest, ""));
        match word {
            "language" => self.language = Some(value.parse()?),
            "name" => self.name = Some(unescaped(value)?),
            "release" => self.release = Some(unescaped(value)?),
            "configuration" => {
                let (name, value) = value.split_once(' ').unwrap_or((value, ""));
                self.configuration.insert(unescaped(name)?, unescaped(value)?);
            }
            _ => return Err(unknown()),
        }
        Ok(())
    }

    fn about(self) -> Option<About> {
        Some(About {
            language: self.language?,
            name: self.name?,
            release: self.release.unwrap_or_default(),
            configuration: self.configuration,
        })
    }
}

/// Reads one fact's line.
pub(crate) fn fact(line: &str) -> Result<Fact, Problem> {
    let wrong = || Problem::Fact(line.chars().take(120).collect());
    let mut parts = line.split("  ");
    let (kind, key) = parts.next().and_then(|place| place.split_once(' ')).ok_or_else(wrong)?;
    let mut fact = Fact::new(unescaped(kind)?, unescaped(key)?);
    for part in parts {
        let (name, value) = part.split_once('=').ok_or_else(wrong)?;
        if fact.attributes.insert(unescaped(name)?.into(), unescaped(value)?).is_some() {
            return Err(wrong());
        }
    }
    Ok(fact)
}

#[cfg(test)]
mod tests;
