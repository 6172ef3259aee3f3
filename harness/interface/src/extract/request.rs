//! What is wanted of which source: the one door to all extractors.

pub mod go;
mod openapi;
pub mod rust;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use rayon::prelude::*;

use super::{ExtractError, behaviour, messages, names};
use crate::model::{About, Interface, Language};
use crate::source::{self, Source, SourceError, SourceFile};
use crate::text;

/// What is wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// Of which source.
    pub source: Source,
    /// What it is written in; none: told from what is there.
    pub language: Option<Language>,
    /// What the interface is called; none: as the source calls itself.
    pub name: Option<String>,
    /// Of which release; none: as the source says.
    pub release: Option<String>,
    /// Choices where the source leaves any, as the language calls them: `goos`, `tags`, `features`.
    pub configuration: BTreeMap<String, String>,
    /// Where a document's references outside of it are kept: the lock file's path.
    pub references: Option<PathBuf>,
    /// The repository that git revisions are of.
    pub repository: PathBuf,
    /// A folder for what is compiled on the way, kept for the next time.
    pub work: PathBuf,
}

impl Request {
    /// A source as it is, of the repository in this folder.
    pub fn new(source: Source) -> Self {
        Self {
            source,
            language: None,
            name: None,
            release: None,
            configuration: BTreeMap::new(),
            references: None,
            repository: PathBuf::from("."),
            work: PathBuf::from("target/interface"),
        }
    }

    /// What the source is written in.
    pub fn language(&self) -> Result<Language, ExtractError> {
        match (self.language, &self.source) {
            (Some(language), _) => Ok(language),
            (None, Source::Go { .. }) => Ok(Language::Go),
            (None, Source::Crate { .. }) => Ok(Language::Rust),
            (None, Source::Npm { .. }) => Ok(Language::OpenApi),
            (None, Source::Git { revision, path }) => match told_by_name(path) {
                Some(language) => Ok(language),
                None => told_by_names(&source::git_names(&self.repository, revision, path)?)
                    .ok_or_else(|| self.unclear()),
            },
            (None, Source::Path(path)) => told_by_folder(path)?.ok_or_else(|| self.unclear()),
        }
    }

    /// What a source says about itself.
    fn about(&self, language: Language) -> About {
        let name = match &self.source {
            Source::Path(path) => {
                path.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned())
            }
            Source::Git { path, .. } => path.rsplit('/').next().unwrap_or_default().to_owned(),
            Source::Go { path: name, .. } | Source::Crate { name, .. } | Source::Npm { name, .. } => {
                name.clone()
            }
        };
        let release = self.source.release().to_owned();
        About { language, name, release, configuration: self.configuration.clone() }
    }

    /// The one file that the source is.
    fn file(&self) -> Result<SourceFile, ExtractError> {
        match &self.source {
            Source::Path(path) => Ok(source::one(path)?),
            Source::Git { revision, path } => Ok(source::git_one(&self.repository, revision, path)?),
            Source::Go { .. } | Source::Crate { .. } | Source::Npm { .. } => Err(ExtractError::of(
                &self.source.to_string(),
                "expected a file, or a file of a git revision",
            )),
        }
    }

    /// The files of a folder, or of a folder of a revision.
    fn files(&self, wanted: &dyn Fn(&str) -> bool) -> Result<Vec<SourceFile>, ExtractError> {
        match &self.source {
            Source::Path(path) if path.is_file() => Ok(vec![source::one(path)?]),
            Source::Path(path) => Ok(source::folder(path, wanted)?),
            Source::Git { revision, path } => Ok(source::git(&self.repository, revision, path, wanted)?),
            Source::Go { .. } | Source::Crate { .. } | Source::Npm { .. } => Err(ExtractError::of(
                &self.source.to_string(),
                "expected a folder, or a folder of a git revision",
            )),
        }
    }

    fn unclear(&self) -> ExtractError {
        ExtractError::of(&self.source.to_string(), "expected a source whose language can be told")
            .helping("say it: `--language go`, `rust` or `openapi`")
    }
}

/// The interface of a source.
///
/// # Errors
///
/// When the source cannot be had, or does not say what it must.
pub fn extract(request: &Request) -> Result<Interface, ExtractError> {
    if let Source::Path(path) = &request.source
        && let Some(frozen) = frozen(path)?
    {
        return Ok(frozen);
    }
    let language = request.language()?;
    let mut interface = match language {
        Language::Names => names::extract(request.about(language), &request.files(&names::wanted)?),
        Language::Go => go::interface(request)?,
        Language::Rust => rust::interface(request)?,
        Language::Behaviour => {
            behaviour::extract(request.about(language), &request.files(&behaviour::wanted)?)?
        }
        Language::JsonSchema => messages::extract(request.about(language), &request.file()?)?,
        Language::OpenApi => openapi::interface(request)?,
    };
    if let Some(name) = &request.name {
        interface.about.name.clone_from(name);
    }
    if let Some(release) = &request.release {
        interface.about.release.clone_from(release);
    }
    Ok(interface)
}

/// The interfaces of sources, in their order. Sources that are only read are read on all cores.
///
/// # Errors
///
/// The first source's that cannot be had, or does not say what it must.
pub fn extract_all(requests: &[Request]) -> Result<Vec<Interface>, ExtractError> {
    // What runs cargo has one folder to compile in.
    let read = |request: &Request| !matches!(request.language(), Ok(Language::Rust) | Err(_));
    if requests.iter().all(read) {
        let all: Vec<_> = requests.par_iter().with_max_len(1).map(extract).collect();
        return all.into_iter().collect();
    }
    requests.iter().map(extract).collect()
}

/// A file that holds an interface already.
fn frozen(path: &Path) -> Result<Option<Interface>, ExtractError> {
    if path.extension().is_none_or(|ending| ending != "txt") {
        return Ok(None);
    }
    let text = std::fs::read_to_string(path)
        .map_err(|source| SourceError::Read { path: path.to_owned(), source })?;
    let read = text::parse(&text);
    let file = path.display().to_string();
    read.map(Some).map_err(|error| ExtractError::at(&file, error.line, error.problem.to_string()))
}

fn told_by_name(path: &str) -> Option<Language> {
    let (_, ending) = path.rsplit_once('.')?;
    match ending {
        "yaml" | "yml" | "json" => Some(Language::OpenApi),
        "jsonl" => Some(Language::Behaviour),
        _ => None,
    }
}

fn told_by_folder(path: &Path) -> Result<Option<Language>, ExtractError> {
    let unreadable = |source| SourceError::Read { path: path.to_owned(), source };
    if !path.metadata().map_err(unreadable)?.is_dir() {
        return Ok(told_by_name(&path.display().to_string()));
    }
    let mut names = Vec::new();
    for entry in std::fs::read_dir(path).map_err(unreadable)? {
        names.push(entry.map_err(unreadable)?.file_name().to_string_lossy().into_owned());
    }
    names.sort();
    Ok(told_by_names(&names))
}

/// By what stands in a folder.
fn told_by_names(names: &[String]) -> Option<Language> {
    let has = |wanted: &str| names.iter().any(|name| name == wanted);
    if has("Cargo.toml") {
        return Some(Language::Rust);
    }
    if has("go.mod") || names.iter().any(|name| name.ends_with(".go")) {
        return Some(Language::Go);
    }
    let told: Vec<Language> = names.iter().filter_map(|name| told_by_name(name)).collect();
    // A folder of reports has other JSON beside its event log.
    let log = told.iter().find(|language| **language == Language::Behaviour);
    log.or(told.first()).copied()
}
