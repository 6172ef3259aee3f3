//! `plumbline lint`: whether scenario files can be used, and whether they see anything.

use std::path::{Path, PathBuf};

use plumbline::Suite;
use plumbline::idle::blind;
use plumbline::scenario;

use super::runtime;
use super::scenarios::{every_case, load};
use crate::ending::{CommandError, Ending};
use crate::output::Output;

pub(super) fn lint(files: &[PathBuf], output: &Output) -> Result<Ending, CommandError> {
    let suite = if files.is_empty() { load(None)? } else { parse(&below(files)?)? };
    let cases = every_case(&suite);
    let jobs = std::thread::available_parallelism().map_or(1, std::num::NonZeroUsize::get);
    let blind = runtime()?.block_on(Box::pin(blind(&cases, jobs)))?;
    if !blind.is_empty() {
        let seen = blind.iter().map(|blind| format!("{}: one that {}", blind.id, blind.client)).collect();
        return Err(CommandError::Blind { seen });
    }
    output.note(&format!(
        "{} scenarios can be used, and see a client that does nothing\n",
        suite.scenarios().len()
    ));
    Ok(Ending::Well)
}

/// Files as they are, folders as the scenario files below them.
fn below(paths: &[PathBuf]) -> Result<Vec<PathBuf>, CommandError> {
    let mut found = Vec::new();
    for path in paths {
        if !path.is_dir() {
            found.push(path.clone());
            continue;
        }
        let unread = |source| CommandError::Read { path: path.clone(), source };
        let entries = std::fs::read_dir(path).map_err(unread)?;
        let mut entries: Vec<PathBuf> =
            entries.map(|entry| entry.map(|entry| entry.path())).collect::<Result<_, _>>().map_err(unread)?;
        entries.sort();
        let is_scenario = |path: &PathBuf| {
            path.extension().is_some_and(|ending| ending == "yaml") && !path.ends_with("fixtures.yaml")
        };
        entries.retain(|path| path.is_dir() || is_scenario(path));
        found.extend(below(&entries)?);
    }
    Ok(found)
}

/// These files, with the fixtures that come with Plumbline.
fn parse(files: &[PathBuf]) -> Result<Suite, CommandError> {
    if files.is_empty() {
        return Err(CommandError::NoScenarios);
    }
    let (_, fixtures) = scenario::embedded()?;
    let (mut scenarios, mut invalid) = (Vec::new(), Vec::new());
    for path in files {
        let text = std::fs::read_to_string(path)
            .map_err(|source| CommandError::Read { path: path.clone(), source })?;
        match scenario::parse(&id(path), &text) {
            Ok(scenario) => scenarios.push(scenario),
            Err(file) => invalid.push(file),
        }
    }
    if invalid.is_empty() {
        Ok(Suite::from((scenarios, fixtures)))
    } else {
        Err(CommandError::Lint { wrong: invalid.len(), all: files.len(), files: invalid })
    }
}

/// The path below the folder `scenarios`, or else the path, without the ending.
fn id(path: &Path) -> String {
    let whole = path.with_extension("").to_string_lossy().replace('\\', "/");
    whole.rsplit_once("scenarios/").map_or(whole.clone(), |(_, below)| below.to_owned())
}
