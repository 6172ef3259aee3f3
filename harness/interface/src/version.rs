//! Releases in their order, and how large a step from one to another is.

use std::fmt;

use semver::Version;

/// How much of a version a release may keep.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Step {
    /// Nothing that anybody relies on.
    Patch,
    /// Something new.
    Minor,
    /// Something that breaks its users.
    Major,
}

impl Step {
    /// As it is written.
    pub fn name(self) -> &'static str {
        match self {
            Self::Patch => "patch",
            Self::Minor => "minor",
            Self::Major => "major",
        }
    }
}

impl fmt::Display for Step {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.name())
    }
}

/// A release's version, with or without the `v` before it; none when it is not written as three numbers.
pub fn version(release: &str) -> Option<Version> {
    Version::parse(release.strip_prefix('v').unwrap_or(release)).ok()
}

/// The step from one release to another, when both have versions. Before 1.0.0 a minor may break, and a patch may add.
pub fn step(old: &str, new: &str) -> Option<Step> {
    let (old, new) = (version(old)?, version(new)?);
    let unstable = old.major == 0 && new.major == 0;
    Some(if old.major != new.major || unstable && old.minor != new.minor {
        Step::Major
    } else if old.minor != new.minor || unstable {
        Step::Minor
    } else {
        Step::Patch
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn before_the_first_major_a_minor_may_break() {
        for (old, new, expected) in [
            ("v1.2.3", "v1.2.4", Some(Step::Patch)),
            ("1.2.3", "1.3.0", Some(Step::Minor)),
            ("v1.2.3", "v2.0.0", Some(Step::Major)),
            ("v0.34.0", "v0.35.0", Some(Step::Major)),
            ("v0.34.0", "v0.34.1", Some(Step::Minor)),
            ("v0.34.0", "main", None),
        ] {
            assert_eq!(step(old, new), expected, "{old} {new}");
        }
    }
}
