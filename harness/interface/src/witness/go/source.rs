//! A Go file that is written from facts.

use std::collections::BTreeMap;

use crate::compare::go::written::{last, package, words};

/// A file, and what it imports.
#[derive(Clone)]
pub(super) struct File<'a> {
    module: &'a str,
    imports: BTreeMap<String, String>,
    plain: Vec<String>,
    lines: Vec<String>,
}

impl<'a> File<'a> {
    pub(super) fn new(module: &'a str) -> Self {
        Self { module, imports: BTreeMap::new(), plain: Vec::new(), lines: Vec::new() }
    }

    pub(super) fn line(&mut self, line: &str) -> Option<()> {
        self.lines.push(line.to_owned());
        Some(())
    }

    /// Whether nothing was written.
    pub(super) fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }

    /// An import that takes the name that the package has, if there is one to be used, and none otherwise.
    pub(super) fn plain(&mut self, key: &str, clause: Option<&str>) {
        let name = if clause.is_some() { "" } else { "_ " };
        self.plain.push(format!("{name}{:?}", self.path(key)));
    }

    /// The import path of a package as facts write it.
    fn path(&self, package: &str) -> String {
        match package.strip_prefix("./") {
            Some(below) => format!("{}/{below}", self.module),
            None if package == "." => self.module.to_owned(),
            None => package.to_owned(),
        }
    }

    /// A name of another package, if it can be said.
    pub(super) fn name(&mut self, key: &str) -> Option<String> {
        let (package, name) = (package(key), last(key));
        let path = self.path(package);
        let hidden = path.split('/').any(|part| part == "internal" || part == "vendor");
        if !name.starts_with(char::is_uppercase) || hidden {
            return None;
        }
        let number = self.imports.len();
        let import = self.imports.entry(path).or_insert_with(|| format!("p{number}"));
        Some(format!("{import}.{name}"))
    }

    /// A type, or a list of types, as Go writes it; nothing when a part of it cannot be said from outside.
    pub(super) fn type_(&mut self, text: &str) -> Option<String> {
        let before = self.imports.clone();
        let said = self.said(text);
        if said.is_none() {
            // Nobody uses what was imported for its other parts.
            self.imports = before;
        }
        said
    }

    fn said(&mut self, text: &str) -> Option<String> {
        let mut out = String::with_capacity(text.len());
        for word in words(text) {
            let unsaid = word.starts_with('$') || word == "?" || word == "~";
            if unsaid {
                return None;
            }
            let named = word != "..."
                && word.contains('.')
                && !word.starts_with('"')
                && !word.starts_with(|it: char| it.is_ascii_digit());
            out.push_str(&if named { self.name(word)? } else { word.to_owned() });
        }
        Some(out)
    }

    pub(super) fn arguments(&mut self, arguments: &[String]) -> Option<String> {
        if arguments.is_empty() {
            return Some(String::new());
        }
        self.type_(&arguments.join(", ")).map(|it| format!("[{it}]"))
    }

    /// The file's text, after the line that says whose it is.
    pub(super) fn finish(self, clause: &str) -> String {
        let mut text = format!("{clause}\n");
        for path in &self.plain {
            text.push_str(&format!("import {path}\n"));
        }
        for (path, name) in &self.imports {
            text.push_str(&format!("import {name} {path:?}\n"));
        }
        text.push('\n');
        for line in &self.lines {
            text.push_str(line);
            text.push('\n');
        }
        text
    }
}
