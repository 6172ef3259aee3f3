//! Differences from the recording that are wanted, each with its reason.
//!
//! ```toml
//! [[difference]]
//! id = "i.acl.*"
//! reason = "roles are listed in the order of their names"
//! ```

use serde::Deserialize;

use crate::glob::Glob;

/// Differences that are wanted.
#[derive(Debug, Clone, Default)]
pub struct WantedDifferences {
    entries: Vec<Wanted>,
}

/// One line of the file.
#[derive(Debug, Clone)]
pub struct Wanted {
    /// The vectors that differ.
    pub id: Glob,
    /// Why they may.
    pub reason: String,
}

/// A file of wanted differences that cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum WantedError {
    /// It is no such file.
    #[error("read wanted differences")]
    Parse(#[from] toml::de::Error),
    /// A reason is empty.
    #[error("read wanted differences: expected a reason for `{0}`, saw none")]
    Reason(String),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    difference: Vec<Line>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    id: String,
    reason: String,
}

impl WantedDifferences {
    /// Reads the file's text.
    ///
    /// # Errors
    ///
    /// When it is no TOML, has other members, or an entry gives no reason.
    pub fn parse(text: &str) -> Result<Self, WantedError> {
        let file: File = toml::from_str(text)?;
        let entries = file.difference.into_iter().map(|line| {
            if line.reason.trim().is_empty() {
                return Err(WantedError::Reason(line.id));
            }
            Ok(Wanted { id: Glob::new(&line.id), reason: line.reason })
        });
        Ok(Self { entries: entries.collect::<Result<_, _>>()? })
    }

    /// The entry that speaks of that vector.
    #[must_use]
    pub fn find(&self, id: &str) -> Option<&Wanted> {
        self.entries.iter().find(|wanted| wanted.id.matches(id))
    }

    /// Entries that speak of none of these vectors: they are out of date.
    pub fn stale<'a>(&'a self, differing: &'a [&str]) -> impl Iterator<Item = &'a Wanted> {
        self.entries.iter().filter(|wanted| !differing.iter().any(|id| wanted.id.matches(id)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_speaks_of_the_vectors_of_its_glob() {
        let wanted = WantedDifferences::parse("[[difference]]\nid = 'i.*'\nreason = 'so'").unwrap();
        assert_eq!(wanted.find("i.auth").map(|wanted| wanted.reason.as_str()), Some("so"));
        assert!(wanted.find("r.auth").is_none());
        assert_eq!(wanted.stale(&["i.auth"]).count(), 0);
        assert_eq!(wanted.stale(&["r.auth"]).count(), 1);
    }

    #[test]
    fn a_reason_is_required() {
        let error = |text: &str| WantedDifferences::parse(text).expect_err("it is wrong").to_string();
        assert_eq!(
            error("[[difference]]\nid = 'a'\nreason = ' '"),
            "read wanted differences: expected a reason for `a`, saw none"
        );
        assert_eq!(error("[[difference]]\nid = 'a'"), "read wanted differences");
        assert_eq!(error("[[difference]]\nid = 'a'\nreason = 'b'\nuntil = 'c'"), "read wanted differences");
        assert!(WantedDifferences::parse("").is_ok());
    }
}
