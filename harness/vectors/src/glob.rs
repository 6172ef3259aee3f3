//! Patterns for ids: `*` is any run of characters, `/` included, and `?` is any one of them.

use std::fmt;

/// A pattern over ids.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Glob(String);

impl Glob {
    /// The pattern; every text is one.
    #[must_use]
    pub fn new(pattern: &str) -> Self {
        Self(pattern.to_owned())
    }

    /// Whether the whole of `text` is of the pattern.
    #[must_use]
    pub fn matches(&self, text: &str) -> bool {
        // Most texts are told apart by how they begin.
        let literal = self.0.find(['*', '?']).unwrap_or(self.0.len());
        if literal == self.0.len() {
            return self.0 == text;
        }
        text.starts_with(&self.0[..literal]) && self.matches_whole(text)
    }

    fn matches_whole(&self, text: &str) -> bool {
        let (pattern, text): (Vec<char>, Vec<char>) = (self.0.chars().collect(), text.chars().collect());
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
}

impl fmt::Display for Glob {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
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
