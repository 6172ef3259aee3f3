//! What somebody names on a command line or in a file, as a source.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

/// Where an interface comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// A folder or a file: what it holds is told from its contents.
    Path(PathBuf),
    /// A folder or a file of a git revision: `git:v1.2.0:clients/go`.
    Git {
        /// A tag, a branch, a commit.
        revision: String,
        /// The folder or file, relative to the repository's root; empty: all of it.
        path: String,
    },
    /// A Go package as the Go proxy has it: `go:k8s.io/client-go/rest@v0.36.0`.
    Go {
        /// The import path of a package, or of a module: then all its packages. `path/...` names all below a path.
        path: String,
        /// The module's version.
        version: String,
    },
    /// A Rust crate: `crate:kube-client@5.0.0`.
    Crate {
        /// Its name.
        name: String,
        /// Its version.
        version: String,
    },
    /// A file of an npm package: `npm:@directus/specs@15.2.0`, or with the file after `#`.
    Npm {
        /// Its name.
        name: String,
        /// Its version.
        version: String,
        /// The file in it; none: the one document that it holds.
        file: Option<String>,
    },
}

/// No source is written so.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("expected {expected}, found `{found}`")]
pub struct UnknownSource {
    /// What would be right.
    pub expected: &'static str,
    /// What was written.
    pub found: String,
}

impl Source {
    /// The release that its name says, if it says one.
    pub fn release(&self) -> &str {
        match self {
            Self::Path(_) => "",
            Self::Git { revision, .. } => revision,
            Self::Go { version, .. } | Self::Crate { version, .. } | Self::Npm { version, .. } => version,
        }
    }
}

impl FromStr for Source {
    type Err = UnknownSource;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wrong = |expected| UnknownSource { expected, found: text.to_owned() };
        let versioned = |rest: &str, expected| {
            let (name, version) = rest.rsplit_once('@').ok_or_else(|| wrong(expected))?;
            let fine = !name.is_empty() && !version.is_empty();
            if fine { Ok((name.to_owned(), version.to_owned())) } else { Err(wrong(expected)) }
        };
        if let Some(rest) = text.strip_prefix("git:") {
            let (revision, path) = rest.split_once(':').unwrap_or((rest, ""));
            if revision.is_empty() || revision.starts_with('-') {
                return Err(wrong("`git:REVISION:PATH`"));
            }
            return Ok(Self::Git { revision: revision.to_owned(), path: path.trim_matches('/').to_owned() });
        }
        if let Some(rest) = text.strip_prefix("go:") {
            let (path, version) = versioned(rest, "`go:MODULE/PACKAGE@VERSION`")?;
            return Ok(Self::Go { path, version });
        }
        if let Some(rest) = text.strip_prefix("crate:") {
            let (name, version) = versioned(rest, "`crate:NAME@VERSION`")?;
            return Ok(Self::Crate { name, version });
        }
        if let Some(rest) = text.strip_prefix("npm:") {
            let (rest, file) = match rest.split_once('#') {
                Some((rest, file)) => (rest, Some(file.to_owned())),
                None => (rest, None),
            };
            let (name, version) = versioned(rest, "`npm:NAME@VERSION`")?;
            return Ok(Self::Npm { name, version, file });
        }
        if text.is_empty() {
            return Err(wrong("a path, or `git:`, `go:`, `crate:` or `npm:` and a name"));
        }
        Ok(Self::Path(PathBuf::from(text)))
    }
}

impl fmt::Display for Source {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Path(path) => write!(formatter, "{}", path.display()),
            Self::Git { revision, path } => write!(formatter, "git:{revision}:{path}"),
            Self::Go { path, version } => write!(formatter, "go:{path}@{version}"),
            Self::Crate { name, version } => write!(formatter, "crate:{name}@{version}"),
            Self::Npm { name, version, file: None } => write!(formatter, "npm:{name}@{version}"),
            Self::Npm { name, version, file: Some(file) } => write!(formatter, "npm:{name}@{version}#{file}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn reads(text: &str) -> Source {
        let source: Source = text.parse().expect("it is a source");
        assert_eq!(source.to_string(), text);
        source
    }

    #[test]
    fn sources_are_told_apart() {
        assert_eq!(reads("clients/go"), Source::Path("clients/go".into()));
        assert!(matches!(reads("git:v1.2.0:clients/go"), Source::Git { path, .. } if path == "clients/go"));
        assert_eq!(reads("go:k8s.io/client-go/rest@v0.36.0").release(), "v0.36.0");
        assert_eq!(reads("crate:kube-client@5.0.0").release(), "5.0.0");
        let npm = reads("npm:@octokit/openapi@18.0.0#generated/api.github.com.json");
        assert!(matches!(npm, Source::Npm { name, .. } if name == "@octokit/openapi"));
    }

    #[test]
    fn what_is_none_is_refused() {
        for (text, message) in [
            ("", "expected a path, or `git:`, `go:`, `crate:` or `npm:` and a name, found ``"),
            ("go:k8s.io/client-go", "expected `go:MODULE/PACKAGE@VERSION`, found `go:k8s.io/client-go`"),
            ("npm:@directus/specs", "expected `npm:NAME@VERSION`, found `npm:@directus/specs`"),
            ("git::x", "expected `git:REVISION:PATH`, found `git::x`"),
            ("git:--output=x:y", "expected `git:REVISION:PATH`, found `git:--output=x:y`"),
        ] {
            assert_eq!(text.parse::<Source>().expect_err("it is none").to_string(), message);
        }
    }
}
