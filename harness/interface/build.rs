//! Writes the list of rule files, so that a rule is added by adding its file.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

fn main() -> io::Result<()> {
    rerun_if_changed();
    let root =
        PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").expect("cargo tells a build script its folder"));
    let mut files = Vec::new();
    for group in sorted(&root.join("rules"))? {
        if group.is_dir() {
            files.extend(
                sorted(&group)?.into_iter().filter(|file| file.extension().is_some_and(|it| it == "toml")),
            );
        }
    }
    let mut list = String::from("&[\n");
    for file in &files {
        let name = file.strip_prefix(&root).expect("the file was found in the folder").display().to_string();
        writeln!(list, "    ({name:?}, include_str!({:?})),", file.display().to_string())
            .expect("a string takes whatever is written to it");
    }
    list.push_str("]\n");
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo tells a build script where to write"));
    fs::write(out.join("rules.rs"), list)
}

fn sorted(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut entries: Vec<_> =
        fs::read_dir(folder)?.map(|entry| entry.map(|entry| entry.path())).collect::<io::Result<_>>()?;
    entries.sort();
    Ok(entries)
}

#[allow(clippy::print_stdout, reason = "standard output is where a build script speaks to cargo")]
fn rerun_if_changed() {
    println!("cargo::rerun-if-changed=rules");
}
