//! `plumbline driver new`: writes a complete driver for clients that somebody else publishes, into the repository that
//! uses them, so that the very versions it ships are judged.

mod go_mod;
mod unikorn;

use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use miette::Diagnostic;

use crate::args::{NewArgs, Scaffold};
use crate::ending::{CommandError, Ending};
use crate::output::Output;

/// Why no driver was written. Nothing is written unless everything can be.
#[derive(Debug, thiserror::Error, Diagnostic)]
pub(crate) enum ScaffoldError {
    #[error("there is no go.mod in `{}` or above it", folder.display())]
    #[diagnostic(help("name a folder inside the Go repository whose clients are to be judged"))]
    NoModule { folder: PathBuf },
    #[error("`{}` names no module", file.display())]
    NoName { file: PathBuf },
    #[error("`{}` requires neither github.com/unikorn-cloud/identity nor github.com/unikorn-cloud/region", file.display())]
    #[diagnostic(help(
        "the driver judges the version that a repository requires; `go get` the one to judge"
    ))]
    NotRequired { file: PathBuf },
    #[error("`{}` requires {module} at `{version}`, which does not say whether ids are text or typed", file.display())]
    #[diagnostic(help(
        "`--revision S1`: text (identity v1.16.1); `--revision S2`: typed (identity v1.17.8)"
    ))]
    Version { file: PathBuf, module: String, version: String },
    #[error("`{}` cannot be part of a Go import path", folder.display())]
    #[diagnostic(help("use letters, digits, `-`, `_`, `.` and `~` in the folder's name"))]
    Unimportable { folder: PathBuf },
    #[error("`{}` is there already", file.display())]
    #[diagnostic(help("name another folder, or remove what is there: nothing was written"))]
    Exists { file: PathBuf },
    #[error("read `{}`", path.display())]
    Read { path: PathBuf, source: io::Error },
    #[error("write `{}`", path.display())]
    Write { path: PathBuf, source: io::Error },
}

/// A file to write: its path in the driver's folder, and its text.
struct File {
    path: &'static str,
    text: String,
}

pub(super) fn new(args: &NewArgs, output: &Output) -> Result<Ending, CommandError> {
    let Scaffold::GoUnikorn = args.scaffold;
    let home = go_mod::around(&args.folder)?;
    let files = unikorn::files(&home, args.revision)?;
    write(&args.folder, &files)?;
    for file in &files {
        output.data(&format!("{}\n", args.folder.join(file.path).display()));
    }
    output.data(&format!(
        "\nfrom {}:\n  go build -o driver {}\n  plumbline run --revision {} -- ./driver\n",
        home.root.display(),
        home.package(),
        unikorn::revision(&home, args.revision)?.name(),
    ));
    Ok(Ending::Well)
}

fn write(folder: &Path, files: &[File]) -> Result<(), ScaffoldError> {
    if let Some(there) = files.iter().map(|file| folder.join(file.path)).find(|path| path.exists()) {
        return Err(ScaffoldError::Exists { file: there });
    }
    for file in files {
        let path = folder.join(file.path);
        put(&path, &file.text).map_err(|source| ScaffoldError::Write { path, source })?;
    }
    Ok(())
}

fn put(path: &Path, text: &str) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    OpenOptions::new().write(true).create_new(true).open(path)?.write_all(text.as_bytes())
}
