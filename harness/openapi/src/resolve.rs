//! References within a document, and to the documents beside it.

use serde_json::Value;
use std::collections::BTreeMap;

use crate::document::LoadError;

/// Every document that was given, by file name.
pub(crate) type Library = BTreeMap<String, Value>;

/// A value, and the file that references inside it are relative to.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Located<'a> {
    pub(crate) file: &'a str,
    pub(crate) value: &'a Value,
}

impl<'a> Located<'a> {
    /// The member of that name, with references followed; none when there is no such member.
    pub(crate) fn member(self, library: &'a Library, name: &str) -> Result<Option<Self>, LoadError> {
        self.value.get(name).map(|value| Self { value, ..self }.follow(library)).transpose()
    }

    /// What is meant: the value itself, or what its `$ref` leads to in the end.
    pub(crate) fn follow(self, library: &'a Library) -> Result<Self, LoadError> {
        const LONGEST: usize = 32;
        let mut here = self;
        for _ in 0..LONGEST {
            let Some(reference) = here.value.get("$ref").and_then(Value::as_str) else { return Ok(here) };
            here = lookup(library, here.file, reference)?;
        }
        Err(LoadError::Recursive { file: self.file.to_owned() })
    }
}

fn lookup<'a>(library: &'a Library, file: &str, reference: &str) -> Result<Located<'a>, LoadError> {
    let unresolved = || LoadError::Unresolved { file: file.to_owned(), reference: reference.to_owned() };
    let (target, pointer) = reference.split_once('#').ok_or_else(unresolved)?;
    let target = if target.is_empty() { file } else { target };
    let (file, document) = library.get_key_value(target).ok_or_else(unresolved)?;
    let value = document.pointer(pointer).ok_or_else(unresolved)?;
    Ok(Located { file, value })
}
