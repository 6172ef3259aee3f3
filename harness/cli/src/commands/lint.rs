//! `plumbline lint`: whether scenario files can be used.

use std::path::{Path, PathBuf};

use plumbline::scenario;

use super::scenarios::Catalogue;
use crate::ending::{CommandError, Ending};
use crate::output::Output;

pub(super) fn lint(files: &[PathBuf], output: &Output) -> Result<Ending, CommandError> {
    if files.is_empty() {
        let catalogue = Catalogue::load(None)?;
        output.note(&format!("{} scenarios can be used\n", catalogue.scenarios.len()));
        return Ok(Ending::Well);
    }
    let mut invalid = Vec::new();
    for path in files {
        let text = std::fs::read_to_string(path)
            .map_err(|source| CommandError::Read { path: path.clone(), source })?;
        if let Err(file) = scenario::parse(&id(path), &text) {
            invalid.push(file);
        }
    }
    if invalid.is_empty() {
        output.note(&format!("{} scenarios can be used\n", files.len()));
        Ok(Ending::Well)
    } else {
        Err(CommandError::Lint { wrong: invalid.len(), all: files.len(), files: invalid })
    }
}

/// The path below the folder `scenarios`, or else the path, without the ending.
fn id(path: &Path) -> String {
    let whole = path.with_extension("").to_string_lossy().replace('\\', "/");
    whole.rsplit_once("scenarios/").map_or(whole.clone(), |(_, below)| below.to_owned())
}
