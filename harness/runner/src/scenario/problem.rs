//! What is wrong with a scenario file, said so that its author can put it right.

use std::sync::Arc;

use miette::{Diagnostic, LabeledSpan, NamedSource, SourceCode};

use super::node::Span;
use crate::case::Location;

/// A file and its text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// Its name, for people.
    pub file: String,
    /// Its whole text.
    pub text: Arc<str>,
}

impl Source {
    /// The place of a span, with the line it stands on.
    pub(crate) fn locate(&self, span: &Span) -> Location {
        let start = floor(&self.text, span.start);
        let line_start = self.text[..start].rfind('\n').map_or(0, |at| at + 1);
        let line_end = self.text[start..].find('\n').map_or(self.text.len(), |at| start + at);
        let end = floor(&self.text, span.end).clamp(start, line_end);
        Location {
            file: self.file.clone(),
            line: self.text[..start].matches('\n').count() + 1,
            column: self.text[line_start..start].chars().count() + 1,
            length: self.text[start..end].trim_end().chars().count().max(1),
            text: self.text[line_start..line_end].trim_end_matches('\r').to_owned(),
        }
    }
}

/// The nearest place at or before `at` where a character begins.
fn floor(text: &str, at: usize) -> usize {
    let mut at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// What is wrong.
    pub message: String,
    /// Where, in bytes of the file.
    pub span: std::ops::Range<usize>,
    /// What would be right.
    pub help: Option<String>,
}

impl Problem {
    pub(crate) fn new(span: &Span, message: impl Into<String>) -> Self {
        Self { message: message.into(), span: span.clone(), help: None }
    }

    #[must_use]
    pub(crate) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}

/// A scenario or fixture file that cannot be used, with everything that is wrong with it.
#[derive(Debug, thiserror::Error)]
#[error("{} cannot be used", source_code.name())]
pub struct InvalidFile {
    problems: Vec<Problem>,
    source_code: NamedSource<Arc<str>>,
    related: Vec<Shown>,
}

/// One problem as miette draws it.
#[derive(Debug, thiserror::Error)]
#[error("{}", problem.message)]
struct Shown {
    problem: Problem,
    source_code: NamedSource<Arc<str>>,
}

impl InvalidFile {
    pub(crate) fn new(source: &Source, mut problems: Vec<Problem>) -> Self {
        problems.sort_by_key(|problem| problem.span.start);
        let named = NamedSource::new(&source.file, Arc::clone(&source.text)).with_language("yaml");
        let related = problems
            .iter()
            .map(|problem| Shown { problem: problem.clone(), source_code: named.clone() })
            .collect();
        Self { problems, source_code: named, related }
    }

    /// The file's name.
    #[must_use]
    pub fn file(&self) -> &str {
        self.source_code.name()
    }

    /// Everything that is wrong, in the order of the file.
    #[must_use]
    pub fn problems(&self) -> &[Problem] {
        &self.problems
    }
}

impl Diagnostic for InvalidFile {
    fn related<'a>(&'a self) -> Option<Box<dyn Iterator<Item = &'a dyn Diagnostic> + 'a>> {
        Some(Box::new(self.related.iter().map(|shown| shown as &dyn Diagnostic)))
    }
}

impl Diagnostic for Shown {
    fn source_code(&self) -> Option<&dyn SourceCode> {
        Some(&self.source_code)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        let text = self.source_code.inner();
        let start = floor(text, self.problem.span.start);
        let end = floor(text, self.problem.span.end).max(start);
        let line = text[start..end].lines().next().unwrap_or_default().trim_end().len();
        Some(Box::new(std::iter::once(LabeledSpan::new(None, start, line.max(1)))))
    }

    fn help<'a>(&'a self) -> Option<Box<dyn std::fmt::Display + 'a>> {
        self.problem.help.as_ref().map(|help| Box::new(help) as Box<dyn std::fmt::Display>)
    }
}

/// The name among `known` that `word` was probably meant to be.
pub(crate) fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let limit = (word.chars().count() / 3).max(1);
    known
        .into_iter()
        .map(|name| (distance(word, name), name))
        .filter(|(distance, _)| *distance <= limit)
        .min()
        .map(|(_, name)| name)
}

/// How many characters must be added, dropped or replaced to turn one word into the other.
fn distance(left: &str, right: &str) -> usize {
    let right: Vec<char> = right.chars().collect();
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (i, l) in left.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, r) in right.iter().enumerate() {
            let replaced = diagonal + usize::from(l != *r);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[right.len()]
}

/// Advice for a name that is not known: the one that was meant, or all that there are.
pub(crate) fn suggest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    let known: Vec<&str> = known.into_iter().collect();
    match nearest(word, known.iter().copied()) {
        Some(name) => format!("did you mean `{name}`?"),
        None if known.is_empty() => "there are none".to_owned(),
        None => format!("one of {}", list(&known)),
    }
}

fn list(names: &[&str]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_near_name_is_suggested() {
        assert_eq!(suggest("requierment", ["requirement", "level"]), "did you mean `requirement`?");
        assert_eq!(suggest("colour", ["requirement", "level"]), "one of `requirement`, `level`");
    }

    #[test]
    fn a_span_beyond_the_text_or_inside_a_character_is_still_a_place() {
        let source = Source { file: "a.yaml".to_owned(), text: "ä: b\nc".into() };
        assert_eq!(source.locate(&(1..2)).column, 1);
        assert_eq!(source.locate(&(90..99)).line, 2);
    }
}
