//! Where the files of packages are: in the module itself, among what it vendors, or in Go's module cache.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::fs::{DirEntry, ReadDir};
use std::io;
use std::path::{Path, PathBuf};

use super::modfile::{GoMod, within};
use crate::extract::ExtractError;
use crate::source::{SourceError, SourceFile};

/// A module, and the modules that it needs as far as they are there.
#[derive(Debug)]
pub struct Library {
    /// What the module says of itself.
    pub module: GoMod,
    files: Files,
    cache: Option<PathBuf>,
    missing: RefCell<BTreeSet<Missing>>,
}

/// A module that is needed and not there.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Missing {
    /// Its path.
    pub path: String,
    /// Its version.
    pub version: String,
}

#[derive(Debug)]
enum Files {
    Folder(PathBuf),
    /// File names and texts, by folder.
    Memory(BTreeMap<String, Vec<(String, String)>>),
}

/// Where a package was found.
#[derive(Debug)]
pub(super) struct Found {
    /// Names and texts of its `.go` files, sorted; the name is one that errors show.
    pub(super) files: Vec<(String, String)>,
}

impl Library {
    /// A module in a folder; the cache is where Go keeps modules, if others may be looked up there.
    pub fn folder(root: &Path, cache: Option<&Path>) -> Result<Self, ExtractError> {
        let file = root.join("go.mod");
        let text = std::fs::read_to_string(&file)
            .map_err(|source| SourceError::Read { path: file.clone(), source })?;
        let module = GoMod::parse(&file.display().to_string(), &text)?;
        Ok(Self::over(module, Files::Folder(root.to_owned()), cache))
    }

    /// A module whose files are at hand. Without a `go.mod` it is called `example.com/module`.
    pub fn memory(files: Vec<SourceFile>, cache: Option<&Path>) -> Result<Self, ExtractError> {
        let module = match files.iter().find(|file| file.path == "go.mod") {
            Some(file) => GoMod::parse("go.mod", &file.text)?,
            None => GoMod { module: "example.com/module".to_owned(), ..GoMod::default() },
        };
        let mut folders: BTreeMap<String, Vec<(String, String)>> = BTreeMap::new();
        for file in files {
            let (folder, name) = file.path.rsplit_once('/').unwrap_or(("", &file.path));
            folders.entry(folder.to_owned()).or_default().push((name.to_owned(), file.text));
        }
        Ok(Self::over(module, Files::Memory(folders), cache))
    }

    fn over(module: GoMod, files: Files, cache: Option<&Path>) -> Self {
        Self { module, files, cache: cache.map(Path::to_owned), missing: RefCell::default() }
    }

    /// Modules that were asked for and are not there.
    pub fn missing(&self) -> Vec<Missing> {
        self.missing.borrow().iter().cloned().collect()
    }

    /// Import paths of the module's packages that others can import.
    pub(super) fn importable(&self) -> Result<Vec<String>, ExtractError> {
        let mut folders = match &self.files {
            Files::Folder(root) => walk(root)?,
            Files::Memory(folders) => {
                let nested = |folder: &str| {
                    let mut above = Some(folder).filter(|it| !it.is_empty());
                    std::iter::from_fn(move || {
                        let now = above?;
                        above = now.rsplit_once('/').map(|(rest, _)| rest);
                        Some(now)
                    })
                    .any(|it| {
                        folders.get(it).is_some_and(|files| files.iter().any(|(name, _)| name == "go.mod"))
                    })
                };
                let has_go = |files: &[(String, String)]| files.iter().any(|(name, _)| is_go(name));
                folders
                    .iter()
                    .filter(|(folder, files)| {
                        has_go(files) && folder.split('/').all(is_walked) && !nested(folder)
                    })
                    .map(|(folder, _)| folder.clone())
                    .collect()
            }
        };
        folders.retain(|folder| folder.split('/').all(|part| part != "internal"));
        folders.sort();
        let module = &self.module.module;
        Ok(folders
            .iter()
            .map(|it| if it.is_empty() { module.clone() } else { format!("{module}/{it}") })
            .collect())
    }

    /// The module that provides a package, and its version; the module itself has none.
    pub(super) fn provider(&self, import: &str) -> Option<(&str, Option<&str>)> {
        let require = self.module.provider(import);
        match (within(import, &self.module.module), require) {
            (Some(_), None) => Some((&self.module.module, None)),
            (Some(_), Some(require)) if require.path.len() <= self.module.module.len() => {
                Some((&self.module.module, None))
            }
            (_, Some(require)) => Some((&require.path, Some(&require.version))),
            (None, None) => None,
        }
    }

    /// A package's files; nothing when it is one of the standard library's or is not there.
    pub(super) fn package(&self, import: &str) -> Result<Option<Found>, ExtractError> {
        let (module, version) = match self.provider(import) {
            Some(found) => found,
            None => return Ok(None),
        };
        let below = within(import, module).unwrap_or_default();
        if version.is_none() {
            return self.own(below);
        }
        if let Some(found) = self.own(&format!("vendor/{import}"))? {
            return Ok(Some(found));
        }
        let require = self.module.provider(import).filter(|it| it.path == module);
        let replaced = require.and_then(|it| self.module.replacement(it));
        let (mut path, mut version) = (module.to_owned(), version.unwrap_or_default().to_owned());
        if let Some(replace) = replaced {
            match (&replace.with_version, &self.files) {
                (Some(with), _) => (path, version) = (replace.with.clone(), with.clone()),
                (None, Files::Folder(root)) => return read(&root.join(&replace.with).join(below)),
                (None, Files::Memory(_)) => {
                    return self.own(&format!("{}/{below}", replace.with.trim_start_matches("./")));
                }
            }
        }
        let Some(cache) = &self.cache else {
            self.missing.borrow_mut().insert(Missing { path, version });
            return Ok(None);
        };
        let root = cache.join(format!("{}@{}", escaped(&path), escaped(&version)));
        if !root.is_dir() {
            self.missing.borrow_mut().insert(Missing { path, version });
            return Ok(None);
        }
        read(&root.join(below))
    }

    fn own(&self, below: &str) -> Result<Option<Found>, ExtractError> {
        match &self.files {
            Files::Folder(root) => read(&root.join(below)),
            Files::Memory(folders) => {
                let Some(files) = folders.get(below.trim_end_matches('/')) else { return Ok(None) };
                let go = files.iter().filter(|(name, _)| is_go(name));
                let shown =
                    |name: &str| if below.is_empty() { name.to_owned() } else { format!("{below}/{name}") };
                let files: Vec<_> = go.map(|(name, text)| (shown(name), text.clone())).collect();
                Ok((!files.is_empty()).then_some(Found { files }))
            }
        }
    }
}

/// How Go writes a module's path and version in its cache: `!m` for `M`.
fn escaped(path: &str) -> String {
    let mut escaped = String::with_capacity(path.len());
    for letter in path.chars() {
        if letter.is_ascii_uppercase() {
            escaped.push('!');
        }
        escaped.push(letter.to_ascii_lowercase());
    }
    escaped
}

fn is_go(name: &str) -> bool {
    name.ends_with(".go") && !name.ends_with("_test.go")
}

fn is_walked(folder: &str) -> bool {
    !folder.starts_with(['_', '.']) && folder != "testdata" && folder != "vendor"
}

fn walk(root: &Path) -> Result<Vec<String>, ExtractError> {
    let mut found = Vec::new();
    let mut folders = vec![(root.to_owned(), String::new())];
    while let Some((folder, name)) = folders.pop() {
        let mut has_go = false;
        for entry in entries(&folder)? {
            let file = entry.file_name().to_string_lossy().into_owned();
            let type_ =
                entry.file_type().map_err(|source| SourceError::Read { path: entry.path(), source })?;
            if !type_.is_dir() {
                has_go |= is_go(&file);
            } else if is_walked(&file) && !entry.path().join("go.mod").is_file() {
                folders.push((entry.path(), if name.is_empty() { file } else { format!("{name}/{file}") }));
            }
        }
        if has_go {
            found.push(name);
        }
    }
    Ok(found)
}

fn entries(folder: &Path) -> Result<Vec<DirEntry>, SourceError> {
    listed(folder, std::fs::read_dir(folder))
}

fn listed(folder: &Path, found: io::Result<ReadDir>) -> Result<Vec<DirEntry>, SourceError> {
    let unreadable = |source| SourceError::Read { path: folder.to_owned(), source };
    found.map_err(unreadable)?.map(|entry| entry.map_err(unreadable)).collect()
}

fn read(folder: &Path) -> Result<Option<Found>, ExtractError> {
    let found = match std::fs::read_dir(folder) {
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
            return Ok(None);
        }
        found => listed(folder, found)?,
    };
    let mut files = Vec::new();
    for entry in found {
        let name = entry.file_name().to_string_lossy().into_owned();
        let path = entry.path();
        // Only of a link it must be asked what it leads to.
        let is_file = |it: std::fs::FileType| it.is_file() || (it.is_symlink() && path.is_file());
        if !is_go(&name) || !entry.file_type().is_ok_and(is_file) {
            continue;
        }
        let bytes =
            std::fs::read(&path).map_err(|source| SourceError::Read { path: path.clone(), source })?;
        let shown = path.display().to_string();
        match String::from_utf8(bytes) {
            Ok(text) => files.push((shown, text)),
            Err(error) => {
                let line = error.as_bytes()[..error.utf8_error().valid_up_to()]
                    .iter()
                    .filter(|it| **it == b'\n')
                    .count()
                    + 1;
                return Err(ExtractError::at(&shown, line, "expected UTF-8, found other bytes"));
            }
        }
    }
    files.sort();
    Ok((!files.is_empty()).then_some(Found { files }))
}
