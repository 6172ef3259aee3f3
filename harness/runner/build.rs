//! Embeds the scenarios, so that whoever uses the crate needs no checkout.
//!
//! `scenarios` beside this file is a link to the repository's folder; a packaged crate has a folder in its place.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

fn main() -> io::Result<()> {
    let folder = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").expect("cargo sets it")).join("scenarios");
    let mut files = Vec::new();
    collect(&folder, &mut files)?;
    files.sort();
    let mut code = "[\n".to_owned();
    for path in &files {
        let name =
            path.strip_prefix(&folder).expect("it was found there").to_string_lossy().replace('\\', "/");
        writeln!(code, "    ({name:?}, include_str!({:?})),", path.to_string_lossy())
            .expect("a string takes whatever is written to it");
    }
    code.push_str("]\n");
    let target = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets it")).join("embedded.rs");
    fs::write(target, code)
}

/// Every YAML file below a folder; the build is done again when one comes, goes or changes.
fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    rerun_if_changed(folder);
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            collect(&path, files)?;
        } else if path.extension().is_some_and(|ending| ending == "yaml") {
            rerun_if_changed(&path);
            files.push(path);
        }
    }
    Ok(())
}

#[allow(clippy::print_stdout, reason = "standard output is where a build script speaks to cargo")]
fn rerun_if_changed(path: &Path) {
    println!("cargo::rerun-if-changed={}", path.display());
}
