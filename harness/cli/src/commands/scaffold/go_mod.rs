//! Which Go module a folder belongs to, and what that requires.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use super::ScaffoldError;

/// A folder's place in a Go module.
#[derive(Debug)]
pub(super) struct Home {
    /// The folder that holds `go.mod`.
    pub(super) root: PathBuf,
    /// The module's path.
    pub(super) module: String,
    /// The folder's path below the root, with `/`; empty: it is the root.
    pub(super) below: String,
    /// What the module requires: versions by module path.
    pub(super) requires: BTreeMap<String, String>,
}

impl Home {
    /// The module's `go.mod`.
    pub(super) fn file(&self) -> PathBuf {
        self.root.join("go.mod")
    }

    /// The import path of a package in the folder.
    pub(super) fn import(&self, package: &str) -> String {
        [self.module.as_str(), &self.below, package]
            .into_iter()
            .filter(|part| !part.is_empty())
            .collect::<Vec<_>>()
            .join("/")
    }

    /// The folder as `go build` is told it at the root.
    pub(super) fn package(&self) -> String {
        if self.below.is_empty() { ".".to_owned() } else { format!("./{}", self.below) }
    }
}

/// The module around a folder, which need not exist yet.
pub(super) fn around(folder: &Path) -> Result<Home, ScaffoldError> {
    let read = |path: &Path, source| ScaffoldError::Read { path: path.to_owned(), source };
    let absolute = std::path::absolute(folder).map_err(|source| read(folder, source))?;
    let root = absolute.ancestors().find(|above| above.join("go.mod").is_file());
    let root = root.ok_or_else(|| ScaffoldError::NoModule { folder: folder.to_owned() })?;
    let file = root.join("go.mod");
    let text = fs::read_to_string(&file).map_err(|source| read(&file, source))?;
    let (module, requires) = parse(&text);
    let module = module.ok_or(ScaffoldError::NoName { file })?;
    let below = absolute.strip_prefix(root).expect("an ancestor is a prefix");
    let below = below.iter().map(|part| importable(&part.to_string_lossy(), folder));
    let below = below.collect::<Result<Vec<_>, _>>()?.join("/");
    Ok(Home { root: root.to_owned(), module, below, requires })
}

fn importable(part: &str, folder: &Path) -> Result<String, ScaffoldError> {
    let fits = |c: char| c.is_ascii_alphanumeric() || "-_.~".contains(c);
    if part != ".." && part.chars().all(fits) {
        Ok(part.to_owned())
    } else {
        Err(ScaffoldError::Unimportable { folder: folder.to_owned() })
    }
}

/// The module's path and its requirements. What else a `go.mod` says is not looked at.
fn parse(text: &str) -> (Option<String>, BTreeMap<String, String>) {
    let mut module = None;
    let mut requires = BTreeMap::new();
    let mut block = String::new();
    for line in text.lines() {
        let line = line.split("//").next().unwrap_or_default();
        let words: Vec<&str> = line.split_whitespace().map(|word| word.trim_matches('"')).collect();
        match (block.as_str(), words.as_slice()) {
            (_, [")"]) => block.clear(),
            ("", [verb, "("]) => block.push_str(verb),
            ("", ["module", path]) => module = Some((*path).to_owned()),
            ("", ["require", path, version]) | ("require", [path, version]) => {
                requires.insert((*path).to_owned(), (*version).to_owned());
            }
            _ => {}
        }
    }
    (module, requires)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_line_and_block_requirements_are_read_and_comments_are_not() {
        let (module, requires) = parse(
            "module example.test/us // ours\n\nrequire a.test/a v1.2.3\nrequire (\n\tb.test/b v0.1.0 // indirect\n\
             \t// c.test/c v9.9.9\n)\nreplace (\n\td.test/d v1.0.0 => ../d\n)\nexclude e.test/e v1.0.0\n",
        );
        assert_eq!(module.as_deref(), Some("example.test/us"));
        let requires: Vec<_> = requires.iter().map(|(path, version)| format!("{path} {version}")).collect();
        assert_eq!(requires, ["a.test/a v1.2.3", "b.test/b v0.1.0"]);
    }
}
