//! Patterns over ids: `*` is any text, slashes too; `?` is any one character; all else is itself.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A pattern over ids, e.g. `principal/*@region`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Glob(String);

impl Glob {
    /// Whether an id is of this form, all of it.
    #[must_use]
    pub fn matches(&self, id: &str) -> bool {
        let pattern: Vec<char> = self.0.chars().collect();
        let id: Vec<char> = id.chars().collect();
        // Where to resume when the text after the last `*` does not fit: one character further on.
        let mut resume = None;
        let (mut p, mut i) = (0, 0);
        while i < id.len() {
            match pattern.get(p) {
                Some('*') => {
                    resume = Some((p + 1, i));
                    p += 1;
                }
                Some(wanted) if *wanted == '?' || *wanted == id[i] => {
                    p += 1;
                    i += 1;
                }
                Some(_) | None => match resume {
                    Some((after, from)) => {
                        resume = Some((after, from + 1));
                        p = after;
                        i = from + 1;
                    }
                    None => return false,
                },
            }
        }
        pattern[p..].iter().all(|rest| *rest == '*')
    }

    /// Whether it can be no other id than the one it spells.
    #[must_use]
    pub fn is_exact(&self) -> bool {
        !self.0.contains(['*', '?'])
    }
}

/// Why a pattern is none.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum GlobError {
    /// It matches nothing.
    #[error("a pattern is not empty")]
    Empty,
    /// No id has white space, so it would match nothing.
    #[error("`{0}` has white space, but no id has")]
    WhiteSpace(String),
}

impl FromStr for Glob {
    type Err = GlobError;

    fn from_str(text: &str) -> Result<Self, GlobError> {
        if text.is_empty() {
            Err(GlobError::Empty)
        } else if text.contains(char::is_whitespace) {
            Err(GlobError::WhiteSpace(text.to_owned()))
        } else {
            Ok(Self(text.to_owned()))
        }
    }
}

impl fmt::Display for Glob {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Serialize for Glob {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Glob {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[track_caller]
    fn check(pattern: &str, id: &str, expected: bool) {
        assert_eq!(pattern.parse::<Glob>().unwrap().matches(id), expected, "`{pattern}` on `{id}`");
    }

    #[test]
    fn all_of_the_id_counts() {
        check("principal/live", "principal/live", true);
        check("principal/live", "principal/live/exact", false);
        check("live", "principal/live", false);
    }

    #[test]
    fn stars_pass_over_slashes() {
        check("principal/*", "principal/live/exact@region", true);
        check("*@region", "principal/live/exact@region", true);
        check("*/live/*@*", "principal/live/exact@region", true);
        check("*/live/*@identity", "principal/live/exact@region", false);
        check("*", "a", true);
        check("a*b*c", "a-b-b-c", true);
        check("a*b*c", "a-c-b", false);
    }

    #[test]
    fn a_question_mark_is_one_character() {
        check("s?", "s1", true);
        check("s?", "s", false);
        check("s?", "s12", false);
        check("s?", "sé", true);
    }

    #[test]
    fn some_texts_are_no_patterns() {
        assert_eq!("".parse::<Glob>(), Err(GlobError::Empty));
        assert_eq!("a b".parse::<Glob>(), Err(GlobError::WhiteSpace("a b".to_owned())));
    }

    proptest! {
        #[test]
        fn an_exact_pattern_matches_itself_only(a in "[ab/]{1,6}", b in "[ab/]{1,6}") {
            prop_assert_eq!(a.parse::<Glob>().unwrap().matches(&b), a == b);
        }

        #[test]
        fn a_star_stands_for_anything(a in "[ab/]{0,4}", b in "[ab/]{0,4}", c in "[ab/]{0,4}") {
            let (pattern, id) = (format!("{a}*{c}"), format!("{a}{b}{c}"));
            prop_assert!(pattern.parse::<Glob>().unwrap().matches(&id));
        }
    }
}
