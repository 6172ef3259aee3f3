//! What names mean where a type is written: generic parameters, `Self`, and lifetimes.

use std::collections::BTreeMap;

use rustdoc_types::{GenericBound, GenericParamDef, GenericParamDefKind, Id, PreciseCapturingArg};

use super::types::Writer;

/// What writing out the aliases of one item may come to, in letters of their arguments and one for each alias. No crate comes
/// near it; a damaged document, in which an alias leads to others without end, would be written for ever.
const MOST_WRITTEN_OUT: usize = 1 << 16;

/// Where a type stands, which decides what an elided lifetime means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Position {
    /// An argument: each elided lifetime is a new one.
    Input,
    /// A result: an elided lifetime is the receiver's, or the only one.
    Output,
    /// Anywhere else: nothing can refer to it.
    Loose,
}

/// An `impl Trait` in a result.
#[derive(Debug, Clone, Default)]
pub(super) struct Opaque {
    /// What it promises.
    pub(super) bounds: Vec<String>,
    /// What its author wrote that it captures.
    pub(super) uses: Option<Vec<String>>,
}

/// What names mean.
#[derive(Debug, Clone)]
pub(super) struct Scope {
    names: BTreeMap<String, String>,
    lifetimes: Vec<Option<String>>,
    /// What an elided lifetime of a result is.
    pub(super) elided: Option<usize>,
    pub(super) position: Position,
    /// Every `impl Trait` of a result.
    pub(super) opaque: Vec<Opaque>,
    /// The aliases that are being written out, one within the other.
    aliases: Vec<Id>,
    /// See [`MOST_WRITTEN_OUT`].
    written_out: usize,
}

impl Scope {
    pub(super) fn new(names: BTreeMap<String, String>) -> Self {
        Self {
            names,
            lifetimes: Vec::new(),
            elided: None,
            position: Position::Loose,
            opaque: Vec::new(),
            aliases: Vec::new(),
            written_out: 0,
        }
    }

    /// The same scope, and more names.
    pub(super) fn with(&self, names: impl IntoIterator<Item = (String, String)>) -> Self {
        let mut scope = self.clone();
        scope.names.extend(names);
        scope
    }

    pub(super) fn name(&mut self, name: &str, means: String) {
        self.names.insert(name.to_owned(), means);
    }

    pub(super) fn generic(&self, name: &str) -> String {
        self.names.get(name).cloned().unwrap_or_else(|| name.to_owned())
    }

    /// How many lifetimes there are so far.
    pub(super) fn lifetimes(&self) -> usize {
        self.lifetimes.len()
    }

    /// A lifetime: nothing when none can refer to it, a mark of its number when it is the function's own.
    pub(super) fn lifetime(&mut self, name: Option<&str>) -> String {
        match name {
            Some("'static") => "'static".to_owned(),
            None | Some("'_") => match self.position {
                Position::Loose => String::new(),
                Position::Output => self.elided.map(mark).unwrap_or_default(),
                Position::Input => {
                    self.lifetimes.push(None);
                    mark(self.lifetimes.len() - 1)
                }
            },
            Some(name) => {
                if let Some(known) = self.names.get(name) {
                    return known.clone();
                }
                let known = self.lifetimes.iter().position(|it| it.as_deref() == Some(name));
                mark(known.unwrap_or_else(|| {
                    self.lifetimes.push(Some(name.to_owned()));
                    self.lifetimes.len() - 1
                }))
            }
        }
    }

    /// `impl Trait`. Of one in a result it is remembered what it captures.
    pub(super) fn opaque(&mut self, writer: &Writer<'_>, bounds: &[GenericBound]) -> String {
        let written = writer.bounds(bounds, self);
        let text = format!("impl {}", written.join(" + "));
        if self.position != Position::Output {
            return text;
        }
        let uses = bounds.iter().find_map(|bound| match bound {
            GenericBound::Use(list) => Some(list.iter().map(|it| self.captured(it)).collect()),
            GenericBound::TraitBound { .. } | GenericBound::Outlives(_) => None,
        });
        self.opaque.push(Opaque { bounds: written, uses });
        text
    }

    fn captured(&mut self, argument: &PreciseCapturingArg) -> String {
        match argument {
            PreciseCapturingArg::Lifetime(name) => self.lifetime(Some(name)),
            PreciseCapturingArg::Param(name) => self.generic(name),
        }
    }

    pub(super) fn at<T>(&mut self, position: Position, write: impl FnOnce(&mut Self) -> T) -> T {
        let before = std::mem::replace(&mut self.position, position);
        let written = write(self);
        self.position = before;
        written
    }

    /// Whether an alias is written out here: within itself it cannot be.
    pub(super) fn expands(&self, alias: Id) -> bool {
        self.written_out < MOST_WRITTEN_OUT && !self.aliases.contains(&alias)
    }

    /// Writes what an alias stands for, in which only these names are known.
    pub(super) fn within<T>(
        &mut self,
        alias: Id,
        names: BTreeMap<String, String>,
        write: impl FnOnce(&mut Self) -> T,
    ) -> T {
        self.written_out += 1 + names.values().map(String::len).sum::<usize>();
        let before = std::mem::replace(&mut self.names, names);
        self.aliases.push(alias);
        let written = write(self);
        self.aliases.pop();
        self.names = before;
        written
    }

    /// Writes something behind `for<'a>`.
    pub(super) fn higher_ranked(
        &mut self,
        parameters: &[GenericParamDef],
        write: impl FnOnce(&mut Self) -> String,
    ) -> String {
        let lifetimes: Vec<&GenericParamDef> = parameters
            .iter()
            .filter(|parameter| matches!(parameter.kind, GenericParamDefKind::Lifetime { .. }))
            .collect();
        if lifetimes.is_empty() {
            return write(self);
        }
        let before = self.names.clone();
        let depth = self.names.values().filter(|name| name.starts_with("'h")).count();
        let names: Vec<String> = (0..lifetimes.len()).map(|number| format!("'h{}", depth + number)).collect();
        for (parameter, name) in lifetimes.iter().zip(&names) {
            self.names.insert(parameter.name.clone(), name.clone());
        }
        let written = write(self);
        self.names = before;
        // A lifetime that nothing links is as good as an elided one.
        let used: Vec<&str> =
            names.iter().map(String::as_str).filter(|name| written.matches(*name).count() > 1).collect();
        let mut written = written.clone();
        for name in names.iter().filter(|name| !used.contains(&name.as_str())) {
            written = without(&written, name);
        }
        if used.is_empty() { written } else { format!("for<{}> {written}", used.join(", ")) }
    }
}

/// A mark that stands for a lifetime of a function until it is known who refers to it.
pub(super) fn mark(number: usize) -> String {
    format!("'~{number}~")
}

/// Writes marked lifetimes as they stay: those that `keep` tells with their numbers, others not at all.
pub(super) fn settle(text: &str, count: usize, keep: &dyn Fn(usize) -> bool) -> String {
    let mut text = text.to_owned();
    for number in 0..count {
        let mark = mark(number);
        text = match keep(number) {
            true => text.replace(&mark, &format!("'{number}")),
            false => without(&text, &mark),
        };
    }
    text
}

/// A text without a lifetime, and without what joined it to the rest.
fn without(text: &str, lifetime: &str) -> String {
    [
        (format!("<{lifetime}>"), ""),
        (format!("<{lifetime}, "), "<"),
        (format!(", {lifetime}>"), ">"),
        (format!(", {lifetime},"), ","),
        (format!(" + {lifetime}"), ""),
        (format!("{lifetime} + "), ""),
        (format!("{lifetime} "), ""),
        (lifetime.to_owned(), ""),
    ]
    .iter()
    .fold(text.to_owned(), |text, (from, to)| text.replace(from, to))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lifetimes_that_link_nothing_leave_no_trace() {
        let text = "(&'~0~ self, crate::A<'~1~>, B<'~1~, u8>, &'~2~ mut (dyn C + '~3~))";
        let linked = settle(text, 4, &|number| number == 1);
        assert_eq!(linked, "(&self, crate::A<'1>, B<'1, u8>, &mut (dyn C))");
        assert_eq!(settle(text, 4, &|_| false), "(&self, crate::A, B<u8>, &mut (dyn C))");
    }
}
