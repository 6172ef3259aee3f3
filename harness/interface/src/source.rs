//! Where files come from: a folder, a git revision, or one text that holds several.

use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// A file as an extractor sees it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct SourceFile {
    /// Its path in the source, with `/` between folders.
    pub path: String,
    /// What it says.
    pub text: String,
}

/// Why files could not be had.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SourceError {
    /// Something could not be read.
    #[error("read `{}`", path.display())]
    Read {
        /// The file or folder.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A file holds no text.
    #[error("`{path}` is not UTF-8")]
    NotText {
        /// The file.
        path: String,
    },
    /// Another program could not be started.
    #[error("start `{command}`")]
    Start {
        /// What was to be started.
        command: String,
        /// Why.
        source: io::Error,
    },
    /// Another program ended badly.
    #[error("`{command}` ended with {status}: {said}")]
    Ended {
        /// What was started.
        command: String,
        /// How it ended.
        status: String,
        /// What it said.
        said: String,
    },
}

/// Every file below a folder whose path somebody wants, by path. Links are followed to files, not to folders.
pub fn folder(root: &Path, wanted: &dyn Fn(&str) -> bool) -> Result<Vec<SourceFile>, SourceError> {
    let mut files = Vec::new();
    let mut folders = vec![(root.to_owned(), String::new())];
    while let Some((folder, name)) = folders.pop() {
        let unreadable = |source| SourceError::Read { path: folder.clone(), source };
        for entry in std::fs::read_dir(&folder).map_err(unreadable)? {
            let entry = entry.map_err(unreadable)?;
            let path = format!("{name}{}", entry.file_name().to_string_lossy());
            if entry.file_type().map_err(unreadable)?.is_dir() {
                folders.push((entry.path(), format!("{path}/")));
            } else if wanted(&path) {
                let bytes = std::fs::read(entry.path())
                    .map_err(|source| SourceError::Read { path: entry.path(), source })?;
                files.push(file(path, bytes)?);
            }
        }
    }
    files.sort();
    Ok(files)
}

/// Every file of a folder at a git revision whose path somebody wants, by path. Nothing is checked out.
pub fn git(
    repository: &Path,
    revision: &str,
    below: &str,
    wanted: &dyn Fn(&str) -> bool,
) -> Result<Vec<SourceFile>, SourceError> {
    let tree = format!("{revision}:{}", below.trim_matches('/'));
    let list =
        run(Command::new("git").current_dir(repository).args(["ls-tree", "-r", "-z", "--name-only", &tree]))?;
    let mut files = Vec::new();
    for path in list.split(|byte| *byte == 0).filter(|path| !path.is_empty()) {
        let path = String::from_utf8_lossy(path).into_owned();
        if wanted(&path) {
            let name = format!("{}/{path}", tree.trim_end_matches('/')).replace(":/", ":");
            let bytes = run(Command::new("git").current_dir(repository).args(["cat-file", "blob", &name]))?;
            files.push(file(path, bytes)?);
        }
    }
    files.sort();
    Ok(files)
}

/// The files that one text holds, each under a line `-- path --`; text before the first such line is a file of the
/// given name.
pub fn archive(text: &str, name: &str) -> Vec<SourceFile> {
    let mut files = vec![SourceFile { path: name.to_owned(), text: String::new() }];
    for line in text.split_inclusive('\n') {
        let header = line.trim_end().strip_prefix("-- ").and_then(|rest| rest.strip_suffix(" --"));
        if let Some(path) = header {
            files.push(SourceFile { path: path.trim().to_owned(), text: String::new() });
        } else if let Some(last) = files.last_mut() {
            last.text.push_str(line);
        }
    }
    if files.len() > 1 && files[0].text.trim().is_empty() {
        files.remove(0);
    }
    files
}

/// What another program says when it ends well.
pub fn run(command: &mut Command) -> Result<Vec<u8>, SourceError> {
    let said = || {
        let words = std::iter::once(command.get_program()).chain(command.get_args());
        words.map(|word| word.to_string_lossy().into_owned()).collect::<Vec<_>>().join(" ")
    };
    let name = said();
    let output = match command.stdin(Stdio::null()).output() {
        Ok(output) => output,
        Err(source) => return Err(SourceError::Start { command: name, source }),
    };
    if output.status.success() {
        return Ok(output.stdout);
    }
    let said = String::from_utf8_lossy(&output.stderr).trim().to_owned();
    Err(SourceError::Ended { command: name, status: output.status.to_string(), said })
}

fn file(path: String, bytes: Vec<u8>) -> Result<SourceFile, SourceError> {
    match String::from_utf8(bytes) {
        Ok(text) => Ok(SourceFile { path, text }),
        Err(_) => Err(SourceError::NotText { path }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paths(files: &[SourceFile]) -> Vec<(&str, &str)> {
        files.iter().map(|file| (file.path.as_str(), file.text.as_str())).collect()
    }

    #[test]
    fn one_text_holds_several_files() {
        assert_eq!(paths(&archive("package a\n", "a.go")), [("a.go", "package a\n")]);
        let several = "\n-- go.mod --\nmodule x\n-- b/b.go --\npackage b\n";
        assert_eq!(paths(&archive(several, "a.go")), [("go.mod", "module x\n"), ("b/b.go", "package b\n")]);
    }

    #[test]
    fn a_folder_and_its_commit_hold_the_same() {
        let folder_ = tempfile::tempdir().expect("a temporary folder");
        let root = folder_.path();
        std::fs::create_dir_all(root.join("sub/deep")).expect("a folder");
        std::fs::write(root.join("sub/a.go"), "package a\n").expect("a file");
        std::fs::write(root.join("sub/deep/b.go"), "package b\n").expect("a file");
        std::fs::write(root.join("sub/c.txt"), "no\n").expect("a file");
        let wanted = |path: &str| path.ends_with(".go");
        let here = folder(&root.join("sub"), &wanted).expect("the folder can be read");
        assert_eq!(paths(&here), [("a.go", "package a\n"), ("deep/b.go", "package b\n")]);
        for arguments in [
            vec!["init", "--quiet"],
            vec!["add", "."],
            vec!["-c", "user.name=x", "-c", "user.email=x@example.com", "commit", "--quiet", "-m", "x"],
        ] {
            run(Command::new("git").current_dir(root).args(arguments)).expect("git can do that");
        }
        assert_eq!(git(root, "HEAD", "sub", &wanted).expect("the revision is there"), here);
        let whole = git(root, "HEAD", "", &wanted).expect("the revision is there");
        assert_eq!(whole[0].path, "sub/a.go");
        let error = git(root, "v9", "sub", &wanted).expect_err("no such revision");
        assert!(matches!(error, SourceError::Ended { .. }), "{error}");
    }
}
