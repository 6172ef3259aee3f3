//! Where Go packages come from: a folder of a module, one of a revision, or a module as the Go proxy has it.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde::Deserialize;

use super::Request;
use crate::extract::go::{Build, GoMod, Library, Missing, Parsed, Request as Asked, extract};
use crate::extract::{ExtractError, above};
use crate::model::Interface;
use crate::source::{self, Source, SourceError};
use crate::witness::go::Workspace;

/// Modules that are exposed need others in turn; whoever nests deeper is left unseen.
const ROUNDS: usize = 4;

/// What `go mod download -json` says.
#[derive(Deserialize)]
struct Download {
    #[serde(rename = "Dir")]
    folder: PathBuf,
}

pub(super) fn interface(request: &Request) -> Result<Interface, ExtractError> {
    let build = build(request);
    let asked = |packages: String| Asked {
        packages: request.configuration.get("packages").cloned().unwrap_or(packages),
        release: request.source.release().to_owned(),
        build: build.clone(),
    };
    let cache = cache();
    match &request.source {
        Source::Path(folder) => {
            let (root, below) = above::folder(folder, "go.mod").ok_or_else(|| no_module(request))?;
            let library = Library::folder(&root, cache.as_deref())?;
            extract(&library, &asked(below_or_all(&below)), Parsed::shared())
        }
        Source::Git { revision, path } => {
            let repository = &request.repository;
            let (root, below) =
                above::revision(repository, revision, path, "go.mod")?.ok_or_else(|| no_module(request))?;
            let wanted =
                |path: &str| path.ends_with(".go") || path == "go.mod" || path.ends_with("/modules.txt");
            let files = source::git(repository, revision, &root, &wanted)?;
            let library = Library::memory(files, cache.as_deref())?;
            extract(&library, &asked(below_or_all(&below)), Parsed::shared())
        }
        Source::Go { path, version } => {
            let (folder, packages) = module(path, version)?;
            released(&folder, &asked(packages))
        }
        Source::Crate { .. } | Source::Npm { .. } => {
            Err(ExtractError::of(&request.source.to_string(), "expected a Go source"))
        }
    }
}

/// From where code can import the packages of a source; none, when the source is facts already.
pub fn workspace(request: &Request) -> Result<Option<Workspace>, ExtractError> {
    match &request.source {
        Source::Path(file) if file.is_file() => Ok(None),
        Source::Path(folder) => Ok(above::folder(folder, "go.mod").map(|(root, _)| Workspace::Module(root))),
        Source::Go { path, version } => {
            let (folder, _) = module(path, version)?;
            let go_mod = source::one(&folder.join("go.mod"))?.text;
            let module = GoMod::parse("go.mod", &go_mod)?.module;
            Ok(Some(Workspace::Released { module, version: version.clone(), go_mod }))
        }
        Source::Git { revision, path } => {
            let repository = &request.repository;
            let (root, _) =
                above::revision(repository, revision, path, "go.mod")?.ok_or_else(|| no_module(request))?;
            let checkout = source::checkout(repository, revision, &request.work)?;
            Ok(Some(Workspace::Module(checkout.join(root))))
        }
        Source::Crate { .. } | Source::Npm { .. } => Ok(None),
    }
}

/// A module in the cache, and whatever of its dependencies it exposes.
fn released(folder: &Path, asked: &Asked) -> Result<Interface, ExtractError> {
    let cache = cache();
    let parsed = Parsed::shared();
    let mut before: Vec<Missing> = Vec::new();
    for _ in 0..ROUNDS {
        let library = Library::folder(folder, cache.as_deref())?;
        let interface = extract(&library, asked, parsed)?;
        let missing = library.missing();
        if missing.is_empty() || missing == before {
            return Ok(interface);
        }
        for Missing { path, version } in &missing {
            download(path, version)?;
        }
        before = missing;
    }
    extract(&Library::folder(folder, cache.as_deref())?, asked, parsed)
}

fn build(request: &Request) -> Build {
    let said = |name: &str| request.configuration.get(name).cloned();
    let usual = Build::default();
    let tags = said("tags").unwrap_or_default();
    let tags: BTreeSet<String> = tags.split(',').filter(|tag| !tag.is_empty()).map(str::to_owned).collect();
    Build { os: said("goos").unwrap_or(usual.os), arch: said("goarch").unwrap_or(usual.arch), tags }
}

/// All packages of a module, or a folder and all below it.
fn below_or_all(below: &str) -> String {
    if below.is_empty() { "...".to_owned() } else { format!("{below}/...") }
}

/// The module that a package is of: the longest part of its path that is one.
fn module(path: &str, version: &str) -> Result<(PathBuf, String), ExtractError> {
    let (path, all) = match path.strip_suffix("/...") {
        Some(path) => (path, true),
        None => (path, false),
    };
    let ends = path.match_indices('/').map(|(end, _)| end).chain([path.len()]).rev().collect::<Vec<_>>();
    let packages = |end: usize| match (path[end..].trim_start_matches('/'), all) {
        // A module's own path stands for all of its packages.
        ("", _) => "...".to_owned(),
        (below, true) => format!("{below}/..."),
        (below, false) => below.to_owned(),
    };
    // What is there needs no network, and nobody has to be asked which part of a path is the module's.
    let there = ends.iter().find_map(|end| Some((*end, cached(&path[..*end], version)?)));
    if let Some((end, folder)) = there {
        return Ok((folder, packages(end)));
    }
    let mut first = None;
    for end in ends {
        match download(&path[..end], version) {
            Ok(folder) => return Ok((folder, packages(end))),
            Err(error) => first = first.or(Some(error)),
        }
    }
    Err(first.map_or_else(|| ExtractError::of(path, "expected the path of a package"), Into::into))
}

/// The folder of a module that is in Go's cache already.
fn cached(module: &str, version: &str) -> Option<PathBuf> {
    let name = format!("{module}@{version}");
    cache().map(|cache| cache.join(escaped(&name))).filter(|folder| folder.is_dir())
}

/// The folder of a module in Go's cache, brought there if need be.
fn download(module: &str, version: &str) -> Result<PathBuf, SourceError> {
    let name = format!("{module}@{version}");
    if let Some(folder) = cached(module, version) {
        return Ok(folder);
    }
    // Outside of any module, so that no `go.mod` around it has a say.
    let elsewhere = std::env::temp_dir();
    let mut command = Command::new("go");
    command.current_dir(elsewhere).args(["mod", "download", "-json", &name]);
    command.env("GOWORK", "off").env("GOTOOLCHAIN", "local");
    let said = source::run(&mut command)?;
    let read = serde_json::from_slice::<Download>(&said);
    read.map(|download| download.folder).map_err(|_ignored| SourceError::NotText { path: name })
}

/// How the cache writes a module's name: capital letters are `!` and the small one.
fn escaped(name: &str) -> String {
    let letters = name.chars().map(|letter| match letter {
        'A'..='Z' => format!("!{}", letter.to_ascii_lowercase()),
        _ => letter.to_string(),
    });
    letters.collect()
}

/// Where Go keeps modules.
fn cache() -> Option<PathBuf> {
    let set = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    set("GOMODCACHE")
        .or_else(|| set("GOPATH").map(|path| path.join("pkg/mod")))
        .or_else(|| set("HOME").map(|home| home.join("go/pkg/mod")))
}

fn no_module(request: &Request) -> ExtractError {
    ExtractError::of(&request.source.to_string(), "expected a `go.mod` there or above it")
}
