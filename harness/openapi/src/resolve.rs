//! Several documents, and references within and between them.

use percent_encoding::percent_decode_str;
use serde_json::Value;
use std::borrow::Cow;
use std::collections::BTreeMap;

use crate::document::LoadError;

/// Every document that was given, by file name, and what stands for documents elsewhere.
#[derive(Debug, Clone, Default)]
pub struct Library {
    documents: BTreeMap<String, Value>,
    elsewhere: BTreeMap<String, String>,
}

/// A value, and the file that references inside it are relative to.
#[derive(Debug, Clone, Copy)]
pub struct Located<'a> {
    /// The file.
    pub file: &'a str,
    /// The value.
    pub value: &'a Value,
}

/// Where a reference leads.
#[derive(Debug, Clone)]
pub struct Target<'a> {
    /// The value that is meant; it may be a reference again.
    pub located: Located<'a>,
    /// The JSON pointer to it in its file; empty for the whole file.
    pub pointer: String,
}

impl Library {
    /// Reads a document, YAML or JSON, and keeps it under its file name.
    ///
    /// # Errors
    ///
    /// When the text is neither.
    pub fn read(&mut self, file: &str, text: &str) -> Result<(), LoadError> {
        self.documents.insert(file.to_owned(), parse(file, text)?);
        Ok(())
    }

    /// Keeps a document that was read already.
    pub fn insert(&mut self, file: &str, document: Value) {
        self.documents.insert(file.to_owned(), document);
    }

    /// Lets a document stand for an address that others refer to. Nothing is ever fetched.
    pub fn stand_for(&mut self, address: &str, file: &str) {
        self.elsewhere.insert(address.to_owned(), file.to_owned());
    }

    /// A document as a whole.
    #[must_use]
    pub fn document(&self, file: &str) -> Option<Located<'_>> {
        self.documents.get_key_value(file).map(|(file, value)| Located { file, value })
    }

    /// The names of all documents, sorted.
    pub fn files(&self) -> impl Iterator<Item = &str> {
        self.documents.keys().map(String::as_str)
    }

    /// What a reference in a file leads to, one step only.
    ///
    /// # Errors
    ///
    /// When it leads nowhere.
    pub fn lookup(&self, file: &str, reference: &str) -> Result<Target<'_>, LoadError> {
        let unresolved = || LoadError::Unresolved { file: file.to_owned(), reference: reference.to_owned() };
        let (document, pointer) = reference.split_once('#').unwrap_or((reference, ""));
        let document =
            if document.is_empty() { Cow::Borrowed(file) } else { Cow::Owned(beside(file, document)) };
        let stored = self.elsewhere.get(&*document).map_or(&*document, String::as_str);
        let (file, root) = self.documents.get_key_value(stored).ok_or_else(unresolved)?;
        let pointer = percent_decode_str(pointer).decode_utf8_lossy().into_owned();
        let value = root.pointer(&pointer).ok_or_else(unresolved)?;
        Ok(Target { located: Located { file, value }, pointer })
    }
}

impl<'a> Located<'a> {
    /// The member of that name, with references followed; none when there is no such member.
    ///
    /// # Errors
    ///
    /// When a reference leads nowhere.
    pub fn member(self, library: &'a Library, name: &str) -> Result<Option<Self>, LoadError> {
        self.value.get(name).map(|value| Self { value, ..self }.follow(library)).transpose()
    }

    /// What is meant: the value itself, or what its `$ref` leads to in the end.
    ///
    /// # Errors
    ///
    /// When a reference leads nowhere, or there is no end.
    pub fn follow(self, library: &'a Library) -> Result<Self, LoadError> {
        const LONGEST: usize = 32;
        let mut here = self;
        for _ in 0..LONGEST {
            let Some(reference) = here.reference() else { return Ok(here) };
            here = library.lookup(here.file, reference)?.located;
        }
        Err(LoadError::Recursive { file: self.file.to_owned() })
    }

    /// The reference that it is, if it is one.
    #[must_use]
    pub fn reference(self) -> Option<&'a str> {
        self.value.get("$ref").and_then(Value::as_str)
    }
}

/// YAML, or JSON where the text begins like it: that is many times faster to read.
fn parse(file: &str, text: &str) -> Result<Value, LoadError> {
    let text = text.trim_start_matches('\u{feff}');
    if text.trim_start().starts_with('{')
        && let Ok(value) = serde_json::from_str(text)
    {
        return Ok(value);
    }
    serde_saphyr::from_str(text)
        .map_err(|source| LoadError::Syntax { file: file.to_owned(), source: Box::new(source) })
}

/// The address that a file refers to, seen from it: `a/b.yaml` and `../c.yaml` make `c.yaml`.
#[must_use]
pub fn beside(file: &str, reference: &str) -> String {
    if reference.contains("://") {
        return reference.to_owned();
    }
    let origin = file.find("://").map_or(0, |at| at + 3);
    let (kept, path) = match reference.strip_prefix('/') {
        Some(rest) if origin > 0 => (file[..origin].len() + first_piece(&file[origin..]), rest),
        Some(_) => return reference.to_owned(),
        None => (origin, reference),
    };
    let folder = file[kept..].rfind('/').map_or("", |end| &file[kept..kept + end]);
    let mut pieces: Vec<&str> = folder.split('/').filter(|piece| !piece.is_empty()).collect();
    for piece in path.split('/') {
        match piece {
            "." | "" => {}
            ".." if pieces.last().is_some_and(|last| *last != "..") => {
                pieces.pop();
            }
            piece => pieces.push(piece),
        }
    }
    format!("{}{}", &file[..kept], pieces.join("/"))
}

/// Length of the host and the slash after it.
fn first_piece(address: &str) -> usize {
    address.find('/').map_or(address.len(), |end| end + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn meant(file: &str, reference: &str, address: &str) {
        assert_eq!(beside(file, reference), address);
    }

    #[test]
    fn references_are_relative_to_their_file() {
        meant("a.yaml", "b.yaml", "b.yaml");
        meant("x/a.yaml", "./b.yaml", "x/b.yaml");
        meant("x/y/a.yaml", "../b.yaml", "x/b.yaml");
        meant("x/a.yaml", "../../b.yaml", "../b.yaml");
        meant("a.yaml", "https://example.com/b.yaml", "https://example.com/b.yaml");
        meant("https://example.com/x/a.yaml", "../b.yaml", "https://example.com/b.yaml");
        meant("https://example.com/x/a.yaml", "c/b.yaml", "https://example.com/x/c/b.yaml");
    }

    #[track_caller]
    fn leads(reference: &str, to: &Value) {
        let mut library = Library::default();
        library.read("a.yaml", "paths: {'/a/{id}': {get: 1}}").expect("it is YAML");
        library.read("stored/b.json", r#"{"b": 2}"#).expect("it is JSON");
        library.stand_for("https://example.com/v1/b.json", "stored/b.json");
        assert_eq!(library.lookup("a.yaml", reference).expect("it leads somewhere").located.value, to);
    }

    #[test]
    fn pointers_are_decoded_and_addresses_are_stood_for() {
        leads("#/paths/~1a~1%7Bid%7D/get", &Value::from(1));
        leads("https://example.com/v1/b.json#/b", &Value::from(2));
        leads("stored/b.json", &serde_json::json!({"b": 2}));
    }
}
