//! Where documents come from: a file or a folder, of a revision too, or a package as npm has it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

use super::Request;
use crate::extract::ExtractError;
use crate::extract::openapi::{LOCK, begins_like_a_document, beside, extract, references, wanted};
use crate::model::{Interface, Language};
use crate::source::{self, Source, SourceError, SourceFile};

pub(super) fn interface(request: &Request) -> Result<Interface, ExtractError> {
    let (mut files, root) = match &request.source {
        Source::Path(path) if path.is_dir() => (source::folder(path, &wanted)?, None),
        Source::Path(path) => file_of_folder(path)?,
        Source::Git { revision, path } if wanted(path) => {
            let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
            let all = source::git(&request.repository, revision, folder, &wanted)?;
            let texts: BTreeMap<String, String> =
                all.into_iter().map(|file| (file.path, file.text)).collect();
            let files = gathered(name, &|path| Ok(texts.get(path).cloned()))?;
            (files, Some(name.to_owned()))
        }
        Source::Git { revision, path } => (source::git(&request.repository, revision, path, &wanted)?, None),
        Source::Npm { name, version, file } => package(request, name, version, file.as_deref())?,
        Source::Go { .. } | Source::Crate { .. } => {
            let problem = "expected a file, a folder or an npm package that holds OpenAPI documents";
            return Err(ExtractError::of(&request.source.to_string(), problem));
        }
    };
    if let Some(lock) = &request.references {
        files.extend(locked(lock)?);
    }
    extract(request.about(Language::OpenApi), &files, root.as_deref())
}

/// A file and what it refers to in its folder, and the name of the file.
fn file_of_folder(path: &Path) -> Result<(Vec<SourceFile>, Option<String>), ExtractError> {
    let folder = path.parent().unwrap_or(Path::new(""));
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let files = gathered(&name, &|beside| read(&folder.join(beside)))?;
    if files.is_empty() {
        return Err(ExtractError::of(&path.display().to_string(), "expected a file, found none"));
    }
    Ok((files, Some(name)))
}

/// What a file's text is; none, when there is no such file.
fn read(path: &Path) -> Result<Option<String>, ExtractError> {
    match std::fs::read_to_string(path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(source) => Err(SourceError::Read { path: path.to_owned(), source }.into()),
    }
}

/// A file, the files that it refers to, and so on; and the lock file beside it.
fn gathered(
    name: &str,
    read: &dyn Fn(&str) -> Result<Option<String>, ExtractError>,
) -> Result<Vec<SourceFile>, ExtractError> {
    let mut files = Vec::new();
    let mut pending = vec![LOCK.to_owned(), name.to_owned()];
    let mut seen: BTreeSet<String> = pending.iter().cloned().collect();
    while let Some(path) = pending.pop() {
        let Some(text) = read(&path)? else { continue };
        for reference in references(&path, &text) {
            let target = beside(&path, &reference);
            if !target.contains("://") && seen.insert(target.clone()) {
                pending.push(target);
            }
        }
        files.push(SourceFile { path, text });
    }
    Ok(files)
}

/// A lock file that stands elsewhere, and the copies that it names.
fn locked(lock: &Path) -> Result<Vec<SourceFile>, ExtractError> {
    let folder = lock.parent().unwrap_or(Path::new(""));
    let Some(text) = read(lock)? else {
        return Err(ExtractError::of(&lock.display().to_string(), "expected a lock file, found none"));
    };
    let mut files = Vec::new();
    for name in references(LOCK, &text) {
        if let Some(text) = read(&folder.join(&name))? {
            files.push(SourceFile { path: name, text });
        }
    }
    files.push(SourceFile { path: LOCK.to_owned(), text });
    Ok(files)
}

/// The document of a package, which is unpacked once and kept.
fn package(
    request: &Request,
    name: &str,
    version: &str,
    file: Option<&str>,
) -> Result<(Vec<SourceFile>, Option<String>), ExtractError> {
    let folder = unpacked(&request.work, name, version)?;
    let file = match file {
        Some(file) => file.to_owned(),
        None => only_document(request, &folder)?,
    };
    let files = gathered(&file, &|path| read(&folder.join(path)))?;
    if files.is_empty() {
        return Err(ExtractError::of(&request.source.to_string(), format!("`{file}` is not in the package"))
            .helping("name a file of the package after `#`"));
    }
    Ok((files, Some(file)))
}

/// The one file of a package that says it is a document.
fn only_document(request: &Request, folder: &Path) -> Result<String, ExtractError> {
    let all = source::folder(folder, &wanted)?;
    let documents: Vec<&str> = all
        .iter()
        .filter(|file| file.path != "package.json" && begins_like_a_document(&file.text))
        .map(|file| file.path.as_str())
        .collect();
    match documents.as_slice() {
        [one] => Ok((*one).to_owned()),
        [] => Err(ExtractError::of(&request.source.to_string(), "the package holds no OpenAPI document")),
        several => {
            let problem = format!("the package holds several documents: `{}`", several.join("`, `"));
            Err(ExtractError::of(&request.source.to_string(), problem).helping("name one after `#`"))
        }
    }
}

fn unpacked(work: &Path, name: &str, version: &str) -> Result<PathBuf, ExtractError> {
    let home = work.join("npm").join(format!("{name}@{version}"));
    let kept = home.join("package");
    if kept.is_dir() {
        return Ok(kept);
    }
    let unwritable = |source| SourceError::Read { path: home.clone(), source };
    // Another process may do the same: whoever comes first has its folder kept.
    let own = home.join(format!("unpacking-{}", std::process::id()));
    std::fs::create_dir_all(&own).map_err(unwritable)?;
    let package = format!("{name}@{version}");
    let mut pack = Command::new("npm");
    pack.current_dir(&own).args(["pack", "--silent", "--ignore-scripts", "--prefer-offline", "--", &package]);
    let said = String::from_utf8_lossy(&source::run(&mut pack)?).into_owned();
    let archive =
        said.lines().map(str::trim).rfind(|line| line.ends_with(".tgz")).unwrap_or_default().to_owned();
    source::run(Command::new("tar").current_dir(&own).args(["xzf", &archive]))?;
    if let Err(source) = std::fs::rename(own.join("package"), &kept)
        && !kept.is_dir()
    {
        return Err(SourceError::Read { path: kept, source }.into());
    }
    std::fs::remove_dir_all(&own).map_err(unwritable)?;
    Ok(kept)
}
