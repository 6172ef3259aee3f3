//! Where files come from: a folder, a git revision, or one text that holds several.

mod named;
pub mod txtar;

use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

pub use named::{Source, UnknownSource};

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
    /// Something could not be written.
    #[error("write `{}`", path.display())]
    Write {
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

/// One file, by its name.
pub fn one(path: &Path) -> Result<SourceFile, SourceError> {
    let name = path.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
    let bytes = std::fs::read(path).map_err(|source| SourceError::Read { path: path.to_owned(), source })?;
    file(name, bytes)
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
    let paths = list.split(|byte| *byte == 0).filter(|path| !path.is_empty());
    let paths = paths.map(|path| String::from_utf8_lossy(path).into_owned()).filter(|path| wanted(path));
    let mut files = blobs(repository, &tree, paths.collect())?;
    files.sort();
    Ok(files)
}

/// One file of a git revision, by its name.
pub fn git_one(repository: &Path, revision: &str, path: &str) -> Result<SourceFile, SourceError> {
    let mut command = Command::new("git");
    let blob =
        run(command.current_dir(repository).args(["cat-file", "blob", &format!("{revision}:{path}")]))?;
    file(path.rsplit('/').next().unwrap_or(path).to_owned(), blob)
}

/// The names of what stands in a folder at a git revision.
pub fn git_names(repository: &Path, revision: &str, below: &str) -> Result<Vec<String>, SourceError> {
    let tree = format!("{revision}:{}", below.trim_matches('/'));
    let list =
        run(Command::new("git").current_dir(repository).args(["ls-tree", "-z", "--name-only", &tree]))?;
    let names = list.split(|byte| *byte == 0).filter(|name| !name.is_empty());
    Ok(names.map(|name| String::from_utf8_lossy(name).into_owned()).collect())
}

/// Whether one revision has another one among its ancestors, or is it.
pub fn descends(repository: &Path, revision: &str, from: &str) -> Result<bool, SourceError> {
    let base = Command::new("git").current_dir(repository).args(["merge-base", from, revision]).output();
    let base = base.map_err(|source| SourceError::Start { command: "git merge-base".to_owned(), source })?;
    let from = run(Command::new("git").current_dir(repository).args([
        "rev-parse",
        "--verify",
        &format!("{from}^{{commit}}"),
    ]))?;
    Ok(base.stdout == from)
}

/// The files of a tree, all asked of one process.
fn blobs(repository: &Path, tree: &str, paths: Vec<String>) -> Result<Vec<SourceFile>, SourceError> {
    // A name with an end of line in it would be two questions.
    let paths: Vec<String> = paths.into_iter().filter(|path| !path.contains('\n')).collect();
    let separator = if tree.ends_with(':') { "" } else { "/" };
    let asked: String = paths.iter().map(|path| format!("{tree}{separator}{path}\n")).collect();
    let mut command = Command::new("git");
    let answer = run_with(command.current_dir(repository).args(["cat-file", "--batch"]), &asked)?;
    let mut rest = answer.as_slice();
    let mut files = Vec::with_capacity(paths.len());
    for path in paths {
        let (bytes, after) = blob(rest).ok_or_else(|| SourceError::NotText { path: path.clone() })?;
        files.push(file(path, bytes.to_vec())?);
        rest = after;
    }
    Ok(files)
}

/// The first blob of an answer, `OBJECT blob SIZE`, an end of line, its bytes, an end of line; and what follows.
fn blob(answer: &[u8]) -> Option<(&[u8], &[u8])> {
    let end = answer.iter().position(|byte| *byte == b'\n')?;
    let head = std::str::from_utf8(&answer[..end]).ok()?;
    let size: usize = head.rsplit(' ').next()?.parse().ok()?;
    let rest = answer.get(end + 1..)?;
    Some((rest.get(..size)?, rest.get(size + 1..)?))
}

/// The files that one text holds, each under a line `-- path --`; text before the first such line is a file of the
/// given name.
pub fn archive(text: &str, name: &str) -> Vec<SourceFile> {
    let archive = txtar::Archive::parse(text);
    let files = archive.files.into_iter().map(|member| member.file).collect::<Vec<_>>();
    let first = SourceFile { path: name.to_owned(), text: archive.comment };
    let alone = files.is_empty() || !first.text.trim().is_empty();
    alone.then_some(first).into_iter().chain(files).collect()
}

/// A repository's revision in a folder of its own below another one, so that nobody's work tree is touched.
pub(crate) fn checkout(repository: &Path, revision: &str, work: &Path) -> Result<PathBuf, SourceError> {
    let git =
        |folder: &Path, arguments: &[&str]| run(Command::new("git").current_dir(folder).args(arguments));
    let absolute = |path: &Path| {
        std::path::absolute(path).map_err(|source| SourceError::Read { path: path.to_owned(), source })
    };
    let hash = git(repository, &["rev-parse", "--verify", &format!("{revision}^{{commit}}")])?;
    let hash = String::from_utf8_lossy(&hash).trim().to_owned();
    let work = absolute(work)?;
    let folder = work.join("checkouts").join(&hash);
    if !folder.join(".git").exists() {
        let repository = absolute(repository)?.display().to_string();
        std::fs::create_dir_all(&work).map_err(|source| SourceError::Write { path: work.clone(), source })?;
        let target = folder.display().to_string();
        git(&work, &["clone", "--quiet", "--shared", "--no-checkout", &repository, &target])?;
    }
    git(&folder, &["checkout", "--quiet", "--detach", &hash])?;
    Ok(folder)
}

/// What another program says when it ends well.
pub fn run(command: &mut Command) -> Result<Vec<u8>, SourceError> {
    run_with(command, "")
}

/// The same, and what it is told.
fn run_with(command: &mut Command, told: &str) -> Result<Vec<u8>, SourceError> {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    let name = words.map(|word| word.to_string_lossy().into_owned()).collect::<Vec<_>>().join(" ");
    let failed = |source| SourceError::Start { command: name.clone(), source };
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(failed)?;
    let output = std::thread::scope(|scope| {
        let stdin = child.stdin.take();
        // It answers while it is told, so somebody must listen meanwhile. One that does not listen says why itself.
        scope.spawn(move || stdin.map(|mut stdin| stdin.write_all(told.as_bytes())));
        child.wait_with_output()
    })
    .map_err(failed)?;
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
        assert_eq!(git_names(root, "HEAD", "sub").expect("the revision is there"), ["a.go", "c.txt", "deep"]);
        let whole = git(root, "HEAD", "", &wanted).expect("the revision is there");
        assert_eq!(whole[0].path, "sub/a.go");
        let error = git(root, "v9", "sub", &wanted).expect_err("no such revision");
        assert!(matches!(error, SourceError::Ended { .. }), "{error}");
    }
}
