//! Our driver as it was at a tag.

use std::path::{Path, PathBuf};
use std::process::Command;

use plumbline_interface::source::{SourceError, run};

/// Builds the driver of a tag in a folder of its own, which is kept: the next time it is there already.
pub(super) fn build(tag: &str) -> Result<PathBuf, SourceError> {
    let folder = std::path::absolute(Path::new("target/skew").join(tag.replace('/', "-")))
        .map_err(|source| SourceError::Read { path: PathBuf::from("target/skew"), source })?;
    let binary = folder.join("target/debug/plumbline-reference-driver");
    if binary.is_file() {
        return Ok(binary);
    }
    let tree = folder.join("tree");
    if !tree.exists() {
        let path = tree.display().to_string();
        run(Command::new("git").args([
            "worktree",
            "add",
            "--detach",
            "--force",
            &path,
            &format!("refs/tags/{tag}"),
        ]))?;
    }
    let mut cargo = Command::new("cargo");
    cargo.current_dir(&tree).env("CARGO_TARGET_DIR", folder.join("target"));
    run(cargo.args(["build", "--locked", "-p", "plumbline-reference-driver"]))?;
    run(Command::new("git").args(["worktree", "remove", "--force", &tree.display().to_string()]))?;
    Ok(binary)
}
