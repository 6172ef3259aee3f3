//! Type-checks uses against a release, by the Go toolchain.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde::Deserialize;

use crate::extract::go::GoMod;
use crate::source::{self, SourceError};

/// The program that type-checks; it uses the standard library only.
const PROGRAM: &str = include_str!("../../../gotypes/main.go");
/// So many files are named on a command line at once.
const AT_ONCE: usize = 2000;

/// A folder from which a release can be imported.
#[derive(Debug, Clone)]
pub enum Workspace {
    /// A folder that holds the module.
    Module(PathBuf),
    /// A module in Go's cache, by path and version.
    Released {
        /// Its path.
        module: String,
        /// Its version.
        version: String,
        /// Its own `go.mod`, whose versions hold.
        go_mod: String,
    },
}

/// What was said about a witness.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It compiles.
    Compiles,
    /// It does not, for this reason.
    Fails {
        /// The line of its code, counted from one.
        line: usize,
        /// What Go says.
        message: String,
    },
}

/// Type-checks files in a folder of its own.
#[derive(Debug)]
pub struct Checker {
    folder: PathBuf,
}

#[derive(Deserialize)]
struct Said {
    file: String,
    errors: Vec<Problem>,
}

/// What Go says about a line of a file.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Problem {
    /// Counted from one; zero: about the file.
    pub(super) line: usize,
    pub(super) message: String,
}

impl Checker {
    /// Works in a folder that is there and may be written to.
    pub fn in_folder(folder: &Path) -> Self {
        Self { folder: folder.to_owned() }
    }

    /// What Go says about files, each a package of its own, against one release. Nothing is fetched.
    pub fn check(&self, workspace: &Workspace, files: &[String]) -> Result<Vec<Outcome>, SourceError> {
        let files: Vec<&str> = files.iter().map(String::as_str).collect();
        let outcome = |problems: Vec<Problem>| match problems.into_iter().next() {
            Some(Problem { line, message }) => Outcome::Fails { line, message },
            None => Outcome::Compiles,
        };
        Ok(self.problems(workspace, &files)?.into_iter().map(outcome).collect())
    }

    /// All that it says, file by file.
    pub(super) fn problems(
        &self,
        workspace: &Workspace,
        texts: &[&str],
    ) -> Result<Vec<Vec<Problem>>, SourceError> {
        let program = self.write("gotypes.go", PROGRAM)?;
        let module = self.workspace(workspace)?;
        let mut files = Vec::new();
        for (number, text) in texts.iter().enumerate() {
            files.push(self.write(&format!("uses/{number:06}.go"), text)?);
        }
        let mut said: BTreeMap<String, Vec<Problem>> = BTreeMap::new();
        for some in files.chunks(AT_ONCE) {
            let mut command = Command::new("go");
            command.arg("run").arg(&program).arg("witness").arg(&module).args(some);
            // Versions are those of the release; what is not in the cache is not there.
            command
                .current_dir(&self.folder)
                .env("GOPROXY", "off")
                .env("GOSUMDB", "off")
                .env("GOFLAGS", "-mod=mod");
            command.env("GOWORK", "off").env("GOTOOLCHAIN", "local").env("GO111MODULE", "on");
            let output = source::run(&mut command)?;
            for line in output.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
                let read: Result<Said, _> = serde_json::from_slice(line);
                let Ok(one) = read else {
                    return Err(SourceError::NotText { path: "the answer of go run".to_owned() });
                };
                said.insert(one.file, one.errors);
            }
        }
        let problems = files.iter().map(|file| said.remove(&file.display().to_string()).unwrap_or_default());
        Ok(problems.collect())
    }

    fn workspace(&self, workspace: &Workspace) -> Result<PathBuf, SourceError> {
        match workspace {
            Workspace::Module(folder) => Ok(folder.clone()),
            Workspace::Released { module, version, go_mod } => {
                // Of `replace` lines only the module itself takes notice, and whoever requires it gets what it requires.
                let own = GoMod::parse("go.mod", go_mod).unwrap_or_default();
                let mut text = String::from("module witness\n\n");
                if let Some(go) = &own.go {
                    text.push_str(&format!("go {go}\n\n"));
                }
                for require in &own.requires {
                    text.push_str(&format!("require {} {}\n", require.path, require.version));
                }
                text.push_str(&format!("require {module} {version}\n"));
                let file = self.write(&format!("{}-{version}/go.mod", module.replace('/', "-")), &text)?;
                Ok(file.parent().map_or_else(|| self.folder.clone(), Path::to_owned))
            }
        }
    }

    fn write(&self, name: &str, text: &str) -> Result<PathBuf, SourceError> {
        let path = self.folder.join(name);
        let failed = |source| SourceError::Read { path: path.clone(), source };
        if let Some(above) = path.parent() {
            std::fs::create_dir_all(above).map_err(failed)?;
        }
        std::fs::write(&path, text).map_err(failed)?;
        Ok(path)
    }
}
