//! Patterns for ids: `*` is any run of characters, `/` included, and `?` is any one of them.

use std::fmt;

/// A pattern over ids.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Glob {
    pattern: String,
    /// How much of it, in bytes, stands before its first star or question mark.
    literal: usize,
}

impl Glob {
    /// The pattern; every text is one.
    #[must_use]
    pub fn new(pattern: &str) -> Self {
        let literal = pattern.find(['*', '?']).unwrap_or(pattern.len());
        Self { pattern: pattern.to_owned(), literal }
    }

    /// Whether the whole of `text` is of the pattern.
    #[must_use]
    pub fn matches(&self, text: &str) -> bool {
        if self.literal == self.pattern.len() {
            return self.pattern == text;
        }
        // Most texts are told apart by how they begin.
        let (begins, rest) = self.pattern.split_at(self.literal);
        text.strip_prefix(begins).is_some_and(|text| matches(rest, text))
    }
}

/// Whether the whole of `text` is of `pattern`.
fn matches(pattern: &str, text: &str) -> bool {
    // A star at the end, as most have it, takes whatever comes.
    if pattern == "*" {
        return true;
    }
    let (pattern, text): (Vec<char>, Vec<char>) = (pattern.chars().collect(), text.chars().collect());
    let (mut p, mut t) = (0, 0);
    // Where the last star stands, and what it has swallowed up to: the only place worth going back to.
    let mut star: Option<(usize, usize)> = None;
    while t < text.len() {
        match pattern.get(p) {
            Some('*') => {
                star = Some((p, t));
                p += 1;
            }
            Some(c) if *c == '?' || *c == text[t] => (p, t) = (p + 1, t + 1),
            _ => match star {
                Some((at, swallowed)) => {
                    star = Some((at, swallowed + 1));
                    (p, t) = (at + 1, swallowed + 1);
                }
                None => return false,
            },
        }
    }
    pattern[p..].iter().all(|c| *c == '*')
}

impl fmt::Display for Glob {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.pattern)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[track_caller]
    fn check(pattern: &str, text: &str, matches: bool) {
        assert_eq!(Glob::new(pattern).matches(text), matches, "`{pattern}` on `{text}`");
    }

    #[test]
    fn stars_cross_slashes_and_go_back() {
        check("i.auth.*", "i.auth.get:acl/none", true);
        check("i.auth.*", "i.acl.get", false);
        check("*none", "i.auth.get:acl/none-none", true);
        check("a*b*c", "a-b-b-c", true);
        check("a*b*c", "a-b-b-c-d", false);
        check("a?c", "abc", true);
        check("a?c", "ac", false);
        check("", "", true);
        check("", "a", false);
        check("**", "", true);
    }

    proptest! {
        #[test]
        fn a_text_without_wildcards_matches_itself_only(text in "[a-z./:-]{0,12}", other in "[a-z./:-]{0,12}") {
            prop_assert!(Glob::new(&text).matches(&text));
            prop_assert_eq!(Glob::new(&text).matches(&other), text == other);
        }

        #[test]
        fn a_star_may_stand_for_any_part(head in "[a-z]{0,4}", middle in ".{0,6}", tail in "[a-z]{0,4}") {
            let whole = format!("{head}{middle}{tail}");
            let pattern = format!("{head}*{tail}");
            prop_assert!(Glob::new(&pattern).matches(&whole));
        }
    }
}
