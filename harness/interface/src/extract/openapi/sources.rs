//! Which files are documents, what they refer to, and where references to other addresses lead.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use plumbline_openapi::{Library, LoadError};
use serde::Deserialize;
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::extract::ExtractError;
use crate::model::Fact;
use crate::source::SourceFile;

/// The file that says which stored copies stand for addresses.
pub(crate) const LOCK: &str = "refs.lock";

/// Whether a file can be a document, or belong to one.
pub fn wanted(path: &str) -> bool {
    let ending = [".yaml", ".yml", ".json"].iter().any(|ending| path.ends_with(ending));
    let hidden = path.split('/').any(|piece| piece.starts_with('.') || piece == "node_modules");
    (ending || path.rsplit('/').next() == Some(LOCK)) && !hidden
}

/// Documents that were read, and what they need.
pub(super) struct Sources {
    pub(super) library: Library,
    /// Those whose operations are the interface.
    pub(super) documents: Vec<String>,
    pub(super) locked: Vec<Locked>,
}

/// An address, and the stored copy of what was there.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Locked {
    address: String,
    file: String,
    sha256: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct LockFile {
    #[serde(default)]
    r#ref: Vec<Locked>,
}

impl Sources {
    pub(super) fn read(files: &[SourceFile], root: Option<&str>) -> Result<Self, ExtractError> {
        let by_path: BTreeMap<&str, &SourceFile> =
            files.iter().map(|file| (file.path.as_str(), file)).collect();
        let mut sources =
            Self { library: Library::default(), documents: Vec::new(), locked: locks(files, &by_path)? };
        for locked in &sources.locked {
            sources.library.stand_for(&locked.address, &locked.file);
        }
        let mut older = None;
        let chosen = |file: &&SourceFile| match root {
            Some(root) => file.path == root,
            None => begins_like_a_document(&file.text),
        };
        for file in files.iter().filter(chosen) {
            sources.load(file, files)?;
            let document =
                sources.library.document(&file.path).map_or(&Value::Null, |document| document.value);
            match document.get("openapi").and_then(Value::as_str) {
                Some(version) if version.starts_with("3.0") || version.starts_with("3.1") => {
                    sources.documents.push(file.path.clone());
                }
                Some(version) => {
                    let problem = format!("expected OpenAPI 3.0 or 3.1, found `{version}`");
                    return Err(ExtractError::at(&file.path, line_of(&file.text, "openapi"), problem));
                }
                None => older = document.get("swagger").map(|_| file).or(older),
            }
        }
        match (sources.documents.is_empty(), older) {
            (true, Some(file)) => {
                return Err(ExtractError::at(
                    &file.path,
                    line_of(&file.text, "swagger"),
                    "expected OpenAPI 3.0 or 3.1, found Swagger 2.0",
                )
                .helping("convert it, or give the OpenAPI 3 document that most servers offer beside it"));
            }
            (true, None) => {
                let first = files.first().map_or("the source", |file| file.path.as_str());
                return Err(ExtractError::of(
                    first,
                    "expected a document that says `openapi: 3.…`, found none",
                )
                .helping("name the folder or the file that holds it"));
            }
            (false, _) => {}
        }
        sources.load_what_is_referred_to(&by_path, files)?;
        if root.is_none() {
            sources.choose();
        }
        Ok(sources)
    }

    /// Of several documents, those with operations; a document of components is read where one of those refers to it.
    fn choose(&mut self) {
        let library = &self.library;
        let has_operations = |file: &String| {
            let document = library.document(file).map_or(&Value::Null, |document| document.value);
            let filled =
                |name: &str| document.get(name).and_then(Value::as_object).is_some_and(|it| !it.is_empty());
            filled("paths") || filled("webhooks")
        };
        // A stored copy is read where somebody refers to it.
        let is_copy = |file: &String| self.locked.iter().any(|locked| locked.file == *file);
        for better in [&has_operations as &dyn Fn(&String) -> bool, &|file| !is_copy(file)] {
            if self.documents.iter().any(better) {
                self.documents = self.documents.iter().filter(|file| better(file)).cloned().collect();
            }
        }
    }

    fn load(&mut self, file: &SourceFile, files: &[SourceFile]) -> Result<(), ExtractError> {
        self.library.read(&file.path, &file.text).map_err(|error| explain(&error, files))
    }

    fn load_what_is_referred_to(
        &mut self,
        by_path: &BTreeMap<&str, &SourceFile>,
        files: &[SourceFile],
    ) -> Result<(), ExtractError> {
        let mut pending: Vec<String> = self.library.files().map(str::to_owned).collect();
        let mut seen: BTreeSet<String> = pending.iter().cloned().collect();
        let copies: BTreeMap<String, String> =
            self.locked.iter().map(|locked| (locked.address.clone(), locked.file.clone())).collect();
        while let Some(from) = pending.pop() {
            let mut found = BTreeSet::new();
            if let Some(document) = self.library.document(&from) {
                others(document.value, &mut found);
            }
            for reference in found {
                let address = plumbline_openapi::resolve::beside(&from, &reference);
                let path = copies.get(&address).unwrap_or(&address).clone();
                let Some(file) = by_path.get(path.as_str()) else { continue };
                if seen.insert(path.clone()) {
                    self.load(file, files)?;
                    pending.push(path);
                }
            }
        }
        Ok(())
    }
}

impl Locked {
    /// That the interface rests on what is at an address, and on which state of it.
    pub(super) fn fact(&self) -> Fact {
        let pinned = if is_pinned(&self.address) { "yes" } else { "no" };
        Fact::new("ref", self.address.clone()).with("pinned", pinned).with("sha256", self.sha256.clone())
    }
}

/// Says where in its file an error is, and what to do.
pub(super) fn explain(error: &LoadError, files: &[SourceFile]) -> ExtractError {
    let text = |file: &str| files.iter().find(|it| it.path == file).map_or("", |it| it.text.as_str());
    match error {
        LoadError::Unresolved { file, reference } => {
            let line = line_of(text(file), reference);
            let error = ExtractError::at(file, line, format!("`{reference}` leads nowhere"));
            if reference.contains("://") {
                let address = reference.split('#').next().unwrap_or_default();
                error.helping(format!(
                    "nothing is fetched: store a copy beside the document, and name it in `{LOCK}` as a `[[ref]]` with \
                     `address = \"{address}\"`, `file` and `sha256`"
                ))
            } else {
                error.helping("add what it refers to, or correct it")
            }
        }
        LoadError::Syntax { file, source } => {
            let line = source.location().map(|location| usize::try_from(location.line()).unwrap_or_default());
            let problem = format!("expected YAML or JSON: {}", source.without_snippet());
            match line {
                Some(line) => ExtractError::at(file, line, problem),
                None => ExtractError::of(file, problem),
            }
        }
        LoadError::Recursive { file } => ExtractError::of(
            file,
            "references lead back to where they began, or schemas contain each other without end",
        )
        .helping("let one of them be described without the other"),
        LoadError::Shape { file, at, problem } => ExtractError::of(file, format!("{problem}, at `{at}`")),
        LoadError::Absent { file } | LoadError::Schema { operation: file, .. } => {
            ExtractError::of(file, error.to_string())
        }
    }
}

fn locks(files: &[SourceFile], by_path: &BTreeMap<&str, &SourceFile>) -> Result<Vec<Locked>, ExtractError> {
    let mut locked = Vec::new();
    for lock in files.iter().filter(|file| file.path.rsplit('/').next() == Some(LOCK)) {
        let folder = lock.path.strip_suffix(LOCK).unwrap_or_default();
        let read: LockFile = toml::from_str(&lock.text).map_err(|error| {
            let before = error.span().map_or(0, |span| span.start);
            ExtractError::at(&lock.path, lock.text[..before].matches('\n').count() + 1, error.message())
        })?;
        for entry in read.r#ref {
            locked.push(held(Locked { file: format!("{folder}{}", entry.file), ..entry }, lock, by_path)?);
        }
    }
    locked.sort_by(|one, other| one.address.cmp(&other.address));
    Ok(locked)
}

/// A lock whose copy is what it was.
fn held(
    locked: Locked,
    lock: &SourceFile,
    by_path: &BTreeMap<&str, &SourceFile>,
) -> Result<Locked, ExtractError> {
    let line = line_of(&lock.text, &locked.address);
    let Some(copy) = by_path.get(locked.file.as_str()) else {
        let problem = format!("the copy `{}` of `{}` is not there", locked.file, locked.address);
        return Err(ExtractError::at(&lock.path, line, problem));
    };
    let found = Sha256::digest(copy.text.as_bytes()).iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").expect("a string takes whatever is written to it");
        text
    });
    if found == locked.sha256 {
        return Ok(locked);
    }
    let problem =
        format!("expected `{}` to have the SHA-256 `{}`, found `{found}`", locked.file, locked.sha256);
    Err(ExtractError::at(&lock.path, line, problem)
        .helping("if the copy was renewed on purpose, write the new hash"))
}

/// Whether an address names a state, not a branch: a piece of it is a commit or a version.
fn is_pinned(address: &str) -> bool {
    address.split(['/', '=', '@']).any(|piece| {
        let commit = piece.len() == 40 && piece.bytes().all(|byte| byte.is_ascii_hexdigit());
        let version = piece.strip_prefix('v').unwrap_or(piece);
        let numbers = version.split('.').take(3).filter(|number| number.parse::<u64>().is_ok()).count();
        commit || numbers >= 2 && version.contains('.')
    })
}

/// Whether a text says at its beginning what it is; such members stand first by custom, so most files are dismissed
/// without being parsed.
pub(crate) fn begins_like_a_document(text: &str) -> bool {
    let text = text.trim_start_matches('\u{feff}').trim_start();
    if text.starts_with('{') {
        return text.contains("\"openapi\"") || text.contains("\"swagger\"");
    }
    let names = ["openapi:", "swagger:", "\"openapi\":", "\"swagger\":", "'openapi':", "'swagger':"];
    text.lines().any(|line| names.iter().any(|name| line.starts_with(name)))
}

/// The files that a text may refer to, without parsing it; for a lock file the copies that it names.
pub(crate) fn references(path: &str, text: &str) -> BTreeSet<String> {
    let word = if path == LOCK { "file" } else { "$ref" };
    let mut found = BTreeSet::new();
    for (at, _) in text.match_indices(word) {
        let rest = text[at + word.len()..].trim_start_matches(['"', '\'', ':', '=', ' ', '\t']);
        let name = rest.split(['"', '\'', '\n', '\r', '#', ',', '}', ' ']).next().unwrap_or_default();
        if !name.is_empty() {
            found.insert(name.to_owned());
        }
    }
    found
}

/// Addresses in references, without fragments.
fn others(value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(members) => {
            for (name, value) in members {
                match (name.as_str(), value) {
                    ("$ref", Value::String(reference)) if !reference.starts_with('#') => {
                        found.insert(reference.split('#').next().unwrap_or_default().to_owned());
                    }
                    _ => others(value, found),
                }
            }
        }
        Value::Array(values) => values.iter().for_each(|value| others(value, found)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// The first line that has a word.
fn line_of(text: &str, word: &str) -> usize {
    text.lines().position(|line| line.contains(word)).map_or(1, |index| index + 1)
}
