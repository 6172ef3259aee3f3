//! From OpenAPI 3.0 and 3.1 documents to facts.
//!
//! A document becomes a graph that is written as facts. An operation, its parameters, bodies and answers have theirs
//! (`op`, `param`, `body`, `media`, `reply`, `header`, `security`); a schema has one fact for each place in it at which a value can
//! be, under the key of its component or, where it has none, of what uses it. A place that another schema describes
//! says so with `ref`; so a component stands once, however often it is used. Whether a place is of a request or of an
//! answer is for the comparer to say, who walks from the operations.
//!
//! Spellings that mean the same become the same: `allOf` is merged, null is `nullable` however it was written, a union
//! of types is a list of types. What is prose is left out.
//!
//! * `operation`: paths, parameters, bodies, answers
//! * `security`: who may call
//! * `schema`: schemas, with `flat` (one schema with all that is said about a value) and `union` (alternatives)
//! * `names`: what components of several documents are called
//! * `spot`: keys of places in schemas
//! * `sources`: which files are documents, and where references to other addresses lead

mod flat;
mod names;
mod operation;
mod schema;
mod security;
mod sources;
pub(crate) mod spot;
mod union;
mod value;

use std::collections::{BTreeMap, BTreeSet};

use plumbline_openapi::{Library, LoadError, Located};
use serde_json::Value;

use super::ExtractError;
use crate::model::{About, Fact, Interface, Language};
use crate::source::SourceFile;
use names::Names;
use spot::Spot;

pub(crate) use sources::{LOCK, begins_like_a_document, references};

pub use plumbline_openapi::resolve::beside;
pub use sources::wanted;

/// Extracts the interface of one document, or of several that belong together.
///
/// Of the files, the one called `root` is read, or without that those with paths, and whatever they refer to. References
/// to other addresses are looked up in a file `refs.lock` and never fetched.
pub fn extract(about: About, files: &[SourceFile], root: Option<&str>) -> Result<Interface, ExtractError> {
    debug_assert_eq!(about.language, Language::OpenApi);
    let sources = sources::Sources::read(files, root)?;
    let mut reader = Reader::new(&sources.library);
    reader.facts.extend(sources.locked.iter().map(sources::Locked::fact));
    let read = reader.documents(&sources.documents);
    read.map_err(|error| sources::explain(&error, files))?;
    Ok(Interface::new(about, reader.facts))
}

/// Reads documents into facts.
struct Reader<'a> {
    library: &'a Library,
    names: Names,
    dialects: Dialects,
    facts: Vec<Fact>,
    /// Keys of components that are read or will be.
    seen: BTreeSet<String>,
    pending: Vec<(String, Located<'a>)>,
    /// Schemas that were merged of several: what they are made of, and where they stand.
    merges: BTreeMap<Vec<*const Value>, String>,
    /// How many schemas the one that is being written stands in.
    depth: usize,
}

/// Which version of the standard each file follows.
#[derive(Debug, Default)]
struct Dialects(BTreeMap<String, bool>);

impl Dialects {
    /// Whether what stands beside a `$ref` counts: since OpenAPI 3.1.
    fn siblings_count(&self, file: &str) -> bool {
        self.0.get(file).copied().unwrap_or(false)
    }
}

impl<'a> Reader<'a> {
    fn new(library: &'a Library) -> Self {
        let newer = |file: &str| {
            let document = library.document(file)?;
            Some(document.value.get("openapi")?.as_str()?.starts_with("3.1"))
        };
        let dialects = library.files().map(|file| (file.to_owned(), newer(file).unwrap_or(false))).collect();
        Self {
            library,
            names: Names::of(library),
            dialects: Dialects(dialects),
            facts: Vec::new(),
            seen: BTreeSet::new(),
            pending: Vec::new(),
            merges: BTreeMap::new(),
            depth: 0,
        }
    }

    fn documents(&mut self, files: &[String]) -> Result<(), LoadError> {
        let mut owners = BTreeMap::new();
        for file in files {
            let document =
                self.library.document(file).ok_or_else(|| LoadError::Absent { file: file.clone() })?;
            self.document(document, files.len(), &mut owners)?;
        }
        while let Some((key, located)) = self.pending.pop() {
            let source = flat::Source { located, from: None };
            self.schema(&[source], &Spot::root(key.clone()), Fact::new("schema", key))?;
        }
        Ok(())
    }

    /// What a reference leads to, and under which key it is described.
    fn refer(&mut self, from: Located<'a>, reference: &str) -> Result<(String, Located<'a>), LoadError> {
        let target = self.library.lookup(from.file, reference)?;
        let key = self.names.key(&target);
        if self.seen.insert(key.clone()) {
            self.pending.push((key.clone(), target.located));
        }
        Ok((key, target.located))
    }

    /// What is meant by a value that may be a reference to a component which is no schema, and the component's name.
    fn component(&self, value: Located<'a>) -> Result<(Option<String>, Located<'a>), LoadError> {
        const LONGEST: usize = 32;
        let (mut name, mut here) = (None, value);
        for _ in 0..LONGEST {
            let Some(reference) = here.reference() else { return Ok((name, here)) };
            let target = self.library.lookup(here.file, reference)?;
            name = Some(self.names.key(&target));
            here = target.located;
        }
        Err(LoadError::Recursive { file: value.file.to_owned() })
    }
}

/// An error at a place of a document.
fn misshapen(file: &str, at: &str, problem: impl Into<String>) -> LoadError {
    LoadError::Shape { file: file.to_owned(), at: at.to_owned(), problem: problem.into() }
}

fn flag(value: &Value, name: &str) -> bool {
    value.get(name) == Some(&Value::Bool(true))
}

fn text<'a>(value: &'a Value, name: &str) -> Option<&'a str> {
    value.get(name).and_then(Value::as_str)
}
