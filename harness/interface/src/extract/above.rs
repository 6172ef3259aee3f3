//! What a folder belongs to: the nearest folder above it that has a file.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::source::{SourceError, run};

/// The folder with such a file at or above one, and the way from there.
pub(super) fn folder(start: &Path, file: &str) -> Option<(PathBuf, String)> {
    let start = std::path::absolute(start).ok()?;
    let root = start.ancestors().find(|folder| folder.join(file).is_file())?;
    let below = start.strip_prefix(root).ok()?;
    let below: Vec<String> = below.iter().map(|piece| piece.to_string_lossy().into_owned()).collect();
    Some((root.to_owned(), below.join("/")))
}

/// The same in a revision, where folders are named from the repository's root.
pub(super) fn revision(
    repository: &Path,
    revision: &str,
    start: &str,
    file: &str,
) -> Result<Option<(String, String)>, SourceError> {
    let mut list = Command::new("git");
    list.current_dir(repository).args(["ls-tree", "-r", "-z", "--name-only", "--full-tree", revision]);
    let list = run(&mut list)?;
    let files: Vec<&[u8]> = list.split(|byte| *byte == 0).collect();
    let mut root = start.trim_matches('/');
    loop {
        let wanted = if root.is_empty() { file.to_owned() } else { format!("{root}/{file}") };
        if files.contains(&wanted.as_bytes()) {
            let below = start.trim_matches('/').strip_prefix(root).unwrap_or_default();
            return Ok(Some((root.to_owned(), below.trim_matches('/').to_owned())));
        }
        if root.is_empty() {
            return Ok(None);
        }
        root = root.rsplit_once('/').map_or("", |(above, _)| above);
    }
}
