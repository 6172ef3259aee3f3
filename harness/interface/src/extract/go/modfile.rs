//! Reads `go.mod`.

use crate::extract::ExtractError;

/// What a module says of itself and what it needs.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct GoMod {
    /// Its path.
    pub module: String,
    /// Its `go` line.
    pub go: Option<String>,
    /// What it needs, in the order of the file.
    pub requires: Vec<Require>,
    /// What it puts in the place of others.
    pub replaces: Vec<Replace>,
}

/// Another module.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Require {
    /// Its path.
    pub path: String,
    /// Its version.
    pub version: String,
    /// Whether only others need it, as the remark behind it says.
    pub indirect: bool,
}

/// One module in place of another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Replace {
    /// What is replaced.
    pub path: String,
    /// Which version of it; every one when absent.
    pub version: Option<String>,
    /// A folder, or a module's path.
    pub with: String,
    /// The module's version; absent for a folder.
    pub with_version: Option<String>,
}

impl GoMod {
    /// Reads the file of this name.
    pub fn parse(name: &str, text: &str) -> Result<Self, ExtractError> {
        let mut module = Self::default();
        let mut block: Option<(String, usize)> = None;
        for (index, line) in text.lines().enumerate() {
            let (content, remark) = line.split_once("//").unwrap_or((line, ""));
            let words = words(content);
            let line = index + 1;
            match (words.as_slice(), block.take()) {
                ([], open) => block = open,
                ([word], Some(_)) if word == ")" => {}
                (words, Some((verb, opened))) => {
                    module.directive(name, line, &verb, words, remark)?;
                    block = Some((verb, opened));
                }
                ([verb, open], None) if open == "(" => block = Some((verb.clone(), line)),
                ([verb, rest @ ..], None) => module.directive(name, line, verb, rest, remark)?,
            }
        }
        if let Some((verb, opened)) = block {
            return Err(ExtractError::at(
                name,
                opened,
                format!("the block of `{verb}` that begins here does not end"),
            ));
        }
        if module.module.is_empty() {
            return Err(ExtractError::of(name, "expected a `module` line, found none"));
        }
        Ok(module)
    }

    fn directive(
        &mut self,
        name: &str,
        line: usize,
        verb: &str,
        words: &[String],
        remark: &str,
    ) -> Result<(), ExtractError> {
        let wrong = |expected: &str| {
            ExtractError::at(name, line, format!("expected `{expected}`, found `{}`", words.join(" ")))
        };
        match verb {
            "module" => match words {
                [path] => self.module.clone_from(path),
                _ => return Err(wrong("module PATH")),
            },
            "go" => match words {
                [version] => self.go = Some(version.clone()),
                _ => return Err(wrong("go VERSION")),
            },
            "require" => match words {
                [path, version] => self.requires.push(Require {
                    path: path.clone(),
                    version: version.clone(),
                    indirect: remark.trim().split([' ', ';']).next() == Some("indirect"),
                }),
                _ => return Err(wrong("require PATH VERSION")),
            },
            "replace" => self
                .replaces
                .push(replace(words).ok_or_else(|| wrong("replace PATH [VERSION] => PATH [VERSION]"))?),
            // What a newer Go knows beside these says nothing about the interface.
            _ => {}
        }
        Ok(())
    }

    /// The version of what provides a package, and the module's path.
    pub(super) fn provider(&self, import: &str) -> Option<&Require> {
        let provides = |require: &&Require| within(import, &require.path).is_some();
        self.requires.iter().filter(provides).max_by_key(|require| require.path.len())
    }

    /// What stands in the place of a module.
    pub(super) fn replacement(&self, require: &Require) -> Option<&Replace> {
        let replaces = |it: &&Replace| {
            it.path == require.path && it.version.as_ref().is_none_or(|one| *one == require.version)
        };
        self.replaces.iter().filter(replaces).max_by_key(|it| it.version.is_some())
    }
}

/// The rest of an import path below a module, without a slash at its start.
pub(super) fn within<'a>(import: &'a str, module: &str) -> Option<&'a str> {
    let rest = import.strip_prefix(module)?;
    if rest.is_empty() { Some(rest) } else { rest.strip_prefix('/') }
}

fn words(line: &str) -> Vec<String> {
    line.split_whitespace().map(|word| word.trim_matches(['"', '`']).to_owned()).collect()
}

fn replace(words: &[String]) -> Option<Replace> {
    let arrow = words.iter().position(|word| word == "=>")?;
    let (path, version) = match &words[..arrow] {
        [path] => (path.clone(), None),
        [path, version] => (path.clone(), Some(version.clone())),
        _ => return None,
    };
    let (with, with_version) = match &words[arrow + 1..] {
        [with] => (with.clone(), None),
        [with, version] => (with.clone(), Some(version.clone())),
        _ => return None,
    };
    Some(Replace { path, version, with, with_version })
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "module example.com/a // x\n\ngo 1.24.0\n\nrequire (\n\texample.com/b v1.2.3\n\texample.com/b/c v0.1.0 // indirect\n)\nrequire example.com/d v1.0.0\nreplace example.com/d => ../d\nretract v1.0.0\n";

    #[test]
    fn blocks_and_lines_are_read() {
        let module = GoMod::parse("go.mod", TEXT).expect("it is right");
        assert_eq!((module.module.as_str(), module.go.as_deref()), ("example.com/a", Some("1.24.0")));
        let versions: Vec<_> = module.requires.iter().map(|it| (it.path.as_str(), it.indirect)).collect();
        assert_eq!(versions, [("example.com/b", false), ("example.com/b/c", true), ("example.com/d", false)]);
        assert_eq!(module.replaces[0].with, "../d");
    }

    #[test]
    fn the_longest_path_provides() {
        let module = GoMod::parse("go.mod", TEXT).expect("it is right");
        let provider = |import| module.provider(import).map(|it| it.path.as_str());
        assert_eq!(provider("example.com/b/c/d"), Some("example.com/b/c"));
        assert_eq!(provider("example.com/b/cc"), Some("example.com/b"));
        assert_eq!(provider("example.com/bb"), None);
    }

    #[track_caller]
    fn rejects(text: &str, expected: &str) {
        assert_eq!(GoMod::parse("go.mod", text).expect_err("it is wrong").to_string(), expected);
    }

    #[test]
    fn what_is_wrong_is_named_with_its_line() {
        rejects("module a\nrequire b\n", "go.mod:2: expected `require PATH VERSION`, found `b`");
        rejects("module a\nrequire (\n", "go.mod:2: the block of `require` that begins here does not end");
        rejects("go 1.2\n", "go.mod: expected a `module` line, found none");
    }
}
