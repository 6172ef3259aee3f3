//! From text to scenarios.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use super::fixtures::Fixtures;
use super::lint::lint;
use super::model::{self, Scenario};
use super::node::{Node, place_of};
use super::problem::{InvalidFile, Problem, Source};

/// The name of the file that holds what scenarios share.
const FIXTURES: &str = "fixtures.yaml";

/// No scenario comes near so many bytes; what does is another file, and would be quoted at length.
const LARGEST: usize = 64 * 1024;

/// A folder of scenarios could not be loaded.
#[derive(Debug, thiserror::Error, miette::Diagnostic)]
pub enum LoadError {
    /// A file or folder could not be read.
    #[error("read `{}`", path.display())]
    Read {
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// Some files make no sense.
    #[error("{} of the files cannot be used", .0.len())]
    Invalid(#[related] Vec<InvalidFile>),
}

/// Reads one scenario, with the fixtures that come with this crate. `id` is its file's path below `scenarios/` without
/// the ending.
///
/// # Errors
///
/// Everything that is wrong with the text, each with its place in it.
pub fn parse(id: &str, text: &str) -> Result<Scenario, InvalidFile> {
    parse_with(id, text, embedded_fixtures())
}

/// Reads one scenario. Whatever is returned can be played: every name in it stands for something.
///
/// # Errors
///
/// Everything that is wrong with the text, each with its place in it.
pub fn parse_with(id: &str, text: &str, fixtures: &Fixtures) -> Result<Scenario, InvalidFile> {
    let file = format!("scenarios/{id}.yaml");
    if text.len() > LARGEST {
        let seen = format!("expected a scenario of at most {LARGEST} bytes, saw {}", text.len());
        return Err(InvalidFile::new(&Source { file, text: "".into() }, vec![Problem::new(&(0..0), seen)]));
    }
    let source = Source { file, text: text.into() };
    let node = tree(&source)?;
    let mut problems = Vec::new();
    let scenario = model::read(id, &source, &node, &mut problems);
    if let Some(scenario) = scenario.as_ref().filter(|_| problems.is_empty()) {
        problems = lint(scenario, fixtures);
    }
    match scenario {
        Some(scenario) if problems.is_empty() => Ok(scenario),
        Some(_) | None => Err(InvalidFile::new(&source, problems)),
    }
}

/// Reads every scenario below a folder, in the order of their ids, and the fixtures beside them.
///
/// # Errors
///
/// The first file that cannot be read, or else every file that makes no sense.
pub fn load(folder: &Path) -> Result<(Vec<Scenario>, Fixtures), LoadError> {
    let mut files = Vec::new();
    for path in self::files(folder)? {
        let name = path.strip_prefix(folder).unwrap_or(&path).to_string_lossy().replace('\\', "/");
        files.push((name, read(&path)?));
    }
    if !files.iter().any(|(name, _)| name == FIXTURES) {
        // Says why it cannot be read.
        read(&folder.join(FIXTURES))?;
    }
    parse_all(files.iter().map(|(name, text)| (name.as_str(), &**text)))
}

/// The scenarios that come with this crate, in the order of their ids, and their fixtures.
///
/// # Errors
///
/// Every file that makes no sense; there is none in a released crate.
pub fn embedded() -> Result<(Vec<Scenario>, Fixtures), LoadError> {
    parse_all(FILES.iter().copied())
}

/// Every file below `scenarios/`, by its path there.
const FILES: &[(&str, &str)] = &include!(concat!(env!("OUT_DIR"), "/embedded.rs"));

/// What the scenarios that come with this crate share.
pub(crate) fn embedded_fixtures() -> &'static Fixtures {
    static SHARED: OnceLock<Fixtures> = OnceLock::new();
    SHARED.get_or_init(|| {
        let text = FILES.iter().find(|(name, _)| *name == FIXTURES).map_or("", |(_, text)| text);
        parse_fixtures(text).expect("the fixtures of this crate can be used, as a test makes sure")
    })
}

fn parse_all<'a>(
    files: impl Iterator<Item = (&'a str, &'a str)>,
) -> Result<(Vec<Scenario>, Fixtures), LoadError> {
    let (shared, files): (Vec<_>, Vec<_>) = files.partition(|(name, _)| *name == FIXTURES);
    let mut invalid = Vec::new();
    let fixtures = shared.first().map_or_else(|| Ok(Fixtures::default()), |(_, text)| parse_fixtures(text));
    let fixtures = fixtures.map_err(|file| LoadError::Invalid(vec![file]))?;
    let mut scenarios = Vec::new();
    for (name, text) in files {
        match parse_with(name.trim_end_matches(".yaml"), text, &fixtures) {
            Ok(scenario) => scenarios.push(scenario),
            Err(file) => invalid.push(file),
        }
    }
    scenarios.sort_by(|left, right| left.id.cmp(&right.id));
    if invalid.is_empty() { Ok((scenarios, fixtures)) } else { Err(LoadError::Invalid(invalid)) }
}

/// Reads the fixtures.
pub(crate) fn parse_fixtures(text: &str) -> Result<Fixtures, InvalidFile> {
    let source = Source { file: format!("scenarios/{FIXTURES}"), text: text.into() };
    let node = tree(&source)?;
    let mut problems = Vec::new();
    let fixtures = Fixtures::read(&node, &mut problems);
    if problems.is_empty() { Ok(fixtures) } else { Err(InvalidFile::new(&source, problems)) }
}

/// The text as a tree.
pub(crate) fn tree(source: &Source) -> Result<Node, InvalidFile> {
    let options = serde_saphyr::options! { strict_booleans: true, with_snippet: false };
    serde_saphyr::from_str_with_options::<Node>(&source.text, options).map_err(|error| {
        let text = error.without_snippet().to_string();
        let (message, place) = said(text.lines().next().unwrap_or("not YAML"));
        let span = error.location().map(|location| place_of(&location)).filter(|span| !span.is_empty());
        let span = span
            .or_else(|| place.map(|(line, column)| offset(&source.text, line, column)))
            .unwrap_or_default();
        InvalidFile::new(source, vec![Problem::new(&span, message)])
    })
}

/// What the YAML reader says, without its place and its advice for programmers; and the line and column, from 1.
fn said(text: &str) -> (String, Option<(usize, usize)>) {
    let (message, place) = text.rsplit_once(" at line ").unwrap_or((text, ""));
    let message = message.split(", set ").next().unwrap_or(message);
    let place = place.split_once(", column ");
    let place = place.and_then(|(line, column)| Some((line.parse().ok()?, column.parse().ok()?)));
    (message.to_owned(), place)
}

fn offset(text: &str, line: usize, column: usize) -> std::ops::Range<usize> {
    let before: usize = text.split_inclusive('\n').take(line.saturating_sub(1)).map(str::len).sum();
    let at = before + column.saturating_sub(1);
    at..at + 1
}

fn read(path: &Path) -> Result<Arc<str>, LoadError> {
    std::fs::read_to_string(path)
        .map(Into::into)
        .map_err(|source| LoadError::Read { path: path.to_owned(), source })
}

/// Every YAML file below a folder.
fn files(folder: &Path) -> Result<Vec<PathBuf>, LoadError> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        let failed = |source| LoadError::Read { path: folder.clone(), source };
        for entry in std::fs::read_dir(&folder).map_err(failed)? {
            let path = entry.map_err(failed)?.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|ending| ending == "yaml") {
                found.push(path);
            }
        }
    }
    found.sort();
    Ok(found)
}
