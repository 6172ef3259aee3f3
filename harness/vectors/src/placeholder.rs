//! Placeholders of the recording, and what they stood for in this play of a vector.
//!
//! `<id:1>` stands for one id throughout a vector, and no two of them for the same; `<time>` for any time, and so on.

use std::collections::BTreeMap;

/// What the numbered and named placeholders of a vector have stood for so far.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Bindings {
    bound: BTreeMap<String, String>,
    /// The other way round, by the placeholder's sort: what stood for it, and for which.
    taken: BTreeMap<(String, String), String>,
    /// What the caller said of its trace: an id in it is not a fresh one.
    given_trace: String,
}

/// A request that refers to an answer that never came.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("fill in `<{name}>`, which no earlier answer held")]
pub struct Unbound {
    name: String,
}

/// A placeholder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Hole<'a> {
    Time,
    Trace,
    Any,
    /// The same text wherever this name stands, another for each.
    Bound {
        name: &'a str,
        sort: Sort,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sort {
    Id,
    Token,
}

impl Sort {
    fn name(self) -> &'static str {
        match self {
            Self::Id => "id",
            Self::Token => "token",
        }
    }
}

/// A recorded text is these, one after another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Piece<'a> {
    Text(&'a str),
    /// With its text, brackets included.
    Hole(Hole<'a>, &'a str),
}

impl Bindings {
    /// Whether `seen` is the recorded text; if so, what its placeholders stand for is kept.
    pub(crate) fn matches(&mut self, recorded: &str, seen: &str) -> bool {
        if !recorded.contains('<') {
            return recorded == seen;
        }
        let mut attempt = self.clone();
        let matches = attempt.match_pieces(&pieces(recorded), seen);
        if matches {
            *self = attempt;
        }
        matches
    }

    /// Says which trace the caller was in: from now on `<trace>` stands for another.
    pub(crate) fn give_trace(&mut self, traceparent: &str) {
        traceparent.clone_into(&mut self.given_trace);
    }

    /// Puts what they stood for in the place of placeholders.
    ///
    /// # Errors
    ///
    /// When one of them has not been seen yet.
    pub fn fill(&self, text: &str) -> Result<String, Unbound> {
        let mut filled = String::with_capacity(text.len());
        for piece in pieces(text) {
            match piece {
                Piece::Hole(Hole::Bound { name, .. }, _) => {
                    let value = self.bound.get(name).ok_or_else(|| Unbound { name: name.to_owned() })?;
                    filled.push_str(value);
                }
                // A request that says `<time>` means these letters.
                Piece::Text(text) | Piece::Hole(Hole::Time | Hole::Trace | Hole::Any, text) => {
                    filled.push_str(text);
                }
            }
        }
        Ok(filled)
    }

    /// What a recorded text looks like now: bound placeholders filled in, others as they are.
    #[must_use]
    pub fn show(&self, text: &str) -> String {
        self.fill(text).unwrap_or_else(|_| text.to_owned())
    }

    fn match_pieces(&mut self, pieces: &[Piece<'_>], seen: &str) -> bool {
        match pieces {
            [] => seen.is_empty(),
            [Piece::Text(text), rest @ ..] => {
                seen.strip_prefix(text).is_some_and(|seen| self.match_pieces(rest, seen))
            }
            [Piece::Hole(hole, _)] => self.accept(*hole, seen),
            [Piece::Hole(hole, _), rest @ ..] => {
                // The shortest text first: what follows a placeholder is told apart from it.
                for (end, _) in seen.char_indices().skip(1) {
                    let mut attempt = self.clone();
                    if attempt.accept(*hole, &seen[..end]) && attempt.match_pieces(rest, &seen[end..]) {
                        *self = attempt;
                        return true;
                    }
                }
                false
            }
        }
    }

    fn accept(&mut self, hole: Hole<'_>, seen: &str) -> bool {
        match hole {
            Hole::Time => is_time(seen),
            Hole::Trace => is_trace(seen) && !self.given_trace.contains(seen),
            Hole::Any => !seen.is_empty(),
            Hole::Bound { name, sort: Sort::Id } => is_id(seen) && self.bind(name, Sort::Id, seen),
            Hole::Bound { name, sort: Sort::Token } => !seen.is_empty() && self.bind(name, Sort::Token, seen),
        }
    }

    /// Holds one name to one text, and one text to one name.
    fn bind(&mut self, name: &str, sort: Sort, seen: &str) -> bool {
        if let Some(before) = self.bound.get(name) {
            return before == seen;
        }
        let key = (sort.name().to_owned(), seen.to_owned());
        if self.taken.contains_key(&key) {
            return false;
        }
        self.taken.insert(key, name.to_owned());
        self.bound.insert(name.to_owned(), seen.to_owned());
        true
    }
}

/// Takes a recorded text apart. What is no known placeholder, such as `<title>`, is text.
fn pieces(text: &str) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    let (mut start, mut at) = (0, 0);
    while let Some(open) = text[at..].find('<').map(|i| at + i) {
        let hole = text[open..].find('>').map(|i| open + i).and_then(|close| {
            let hole = hole(&text[open + 1..close])?;
            Some((hole, close + 1))
        });
        match hole {
            Some((hole, end)) => {
                if start < open {
                    pieces.push(Piece::Text(&text[start..open]));
                }
                pieces.push(Piece::Hole(hole, &text[open..end]));
                (start, at) = (end, end);
            }
            None => at = open + 1,
        }
    }
    if start < text.len() {
        pieces.push(Piece::Text(&text[start..]));
    }
    pieces
}

fn hole(name: &str) -> Option<Hole<'_>> {
    match name {
        "time" => return Some(Hole::Time),
        "trace" => return Some(Hole::Trace),
        "kid" | "x" | "y" | "random" | "binary" | "version" | "text/html, not recorded" => {
            return Some(Hole::Any);
        }
        _ => {}
    }
    let (sort, rest) = name.split_once(':')?;
    let numbered = !rest.is_empty() && rest.bytes().all(|b| b.is_ascii_digit());
    let named = !rest.is_empty() && rest.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    match sort {
        "id" if numbered => Some(Hole::Bound { name, sort: Sort::Id }),
        "jwe" if numbered => Some(Hole::Bound { name, sort: Sort::Token }),
        "token" if named => Some(Hole::Bound { name, sort: Sort::Token }),
        _ => None,
    }
}

/// A trace id: 32 lower-case hexadecimal digits, not all of them zero.
fn is_trace(text: &str) -> bool {
    text.len() == 32 && text.bytes().all(is_lower_hex) && text.bytes().any(|b| b != b'0')
}

/// An id as the services make them: a UUID in its canonical form.
fn is_id(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => is_lower_hex(byte),
        })
}

/// RFC 3339 in UTC, with or without a fraction.
fn is_time(text: &str) -> bool {
    let Some(rest) = text.strip_suffix('Z') else { return false };
    let (whole, fraction) = rest.split_at_checked(19).unwrap_or((rest, ""));
    let shape = whole.len() == 19
        && whole.bytes().enumerate().all(|(at, byte)| match at {
            4 | 7 => byte == b'-',
            10 => byte == b'T',
            13 | 16 => byte == b':',
            _ => byte.is_ascii_digit(),
        });
    let digits = fraction.strip_prefix('.').map(|d| !d.is_empty() && d.bytes().all(|b| b.is_ascii_digit()));
    shape && (fraction.is_empty() || digits == Some(true))
}

fn is_lower_hex(byte: u8) -> bool {
    matches!(byte, b'0'..=b'9' | b'a'..=b'f')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const ONE: &str = "5bb6f2a4-7d55-4f0c-8d2d-000000000001";
    const TWO: &str = "5bb6f2a4-7d55-4f0c-8d2d-000000000002";

    #[track_caller]
    fn check(recorded: &str, seen: &str, matches: bool) {
        assert_eq!(Bindings::default().matches(recorded, seen), matches, "`{recorded}` and `{seen}`");
    }

    #[test]
    fn each_placeholder_stands_for_its_own_form() {
        check("<time>", "2026-01-02T03:04:05Z", true);
        check("<time>", "2026-01-02T03:04:05.25Z", true);
        check("<time>", "2026-01-02T03:04:05.Z", false);
        check("<time>", "2026-01-02 03:04:05Z", false);
        check("<time>", "2026-01-02T03:04:05+01:00", false);
        check("<time>", "Z", false);
        check("<trace>", "0af7651916cd43dd8448eb211c80319c", true);
        check("<trace>", "0AF7651916CD43DD8448EB211C80319C", false);
        check("<trace>", "00000000000000000000000000000000", false);
        check("<trace>", "<trace>", false);
        check("<id:1>", ONE, true);
        check("<id:1>", "x", false);
        check("<id:1>", &ONE.to_uppercase(), false);
        check("<version>", "v1.17.8", true);
        check("<version>", "", false);
    }

    #[test]
    fn what_is_no_placeholder_is_text() {
        check("<title>", "<title>", true);
        check("<title>", "x", false);
        check("a < b <time", "a < b <time", true);
        check("<id:>", "<id:>", true);
        check("<<time>>", "<2026-01-02T03:04:05Z>", true);
    }

    #[test]
    fn an_id_is_the_same_wherever_it_stands() {
        let mut bindings = Bindings::default();
        assert!(bindings.matches("<id:1>", ONE));
        assert!(bindings.matches("<id:1>", ONE));
        assert!(!bindings.matches("<id:1>", TWO), "one name, two ids");
        assert!(!bindings.matches("<id:2>", ONE), "two names, one id");
        assert!(bindings.matches("/networks/<id:2>/x", &format!("/networks/{TWO}/x")));
        assert_eq!(bindings.fill("<id:2>/<id:1>").unwrap(), format!("{TWO}/{ONE}"));
    }

    #[test]
    fn a_fresh_trace_is_not_the_one_given() {
        let mut bindings = Bindings::default();
        bindings.give_trace("ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
        assert!(!bindings.matches("<trace>", "0af7651916cd43dd8448eb211c80319c"));
        assert!(bindings.matches("<trace>", "1af7651916cd43dd8448eb211c80319c"));
    }

    #[test]
    fn a_text_that_does_not_match_binds_nothing() {
        let mut bindings = Bindings::default();
        assert!(!bindings.matches("<id:1> and more", ONE));
        assert_eq!(bindings, Bindings::default());
        let error = bindings.fill("/networks/<id:1>").expect_err("nothing is bound");
        assert_eq!(error.to_string(), "fill in `<id:1>`, which no earlier answer held");
    }

    proptest! {
        #[test]
        fn a_text_of_no_placeholders_matches_itself_only(text in "[ -~]{0,40}", other in "[ -~]{0,40}") {
            prop_assume!(!pieces(&text).iter().any(|piece| matches!(piece, Piece::Hole(..))));
            prop_assert!(Bindings::default().matches(&text, &text));
            prop_assert_eq!(Bindings::default().matches(&text, &other), text == other);
            prop_assert_eq!(Bindings::default().fill(&text).unwrap(), text);
        }

        #[test]
        fn taking_apart_loses_nothing(text in "(<(time|id:1|trace|title|)>?|[a<>é]){0,12}") {
            let together: String = pieces(&text).iter().map(|piece| match piece {
                Piece::Text(text) | Piece::Hole(_, text) => *text,
            }).collect();
            prop_assert_eq!(together, text);
        }

        #[test]
        fn ids_around_any_text_are_found(before in "[a-z/]{0,8}", after in "[a-z/]{0,8}") {
            let recorded = format!("{before}<id:7>{after}");
            let mut bindings = Bindings::default();
            let seen = format!("{before}{ONE}{after}");
            prop_assert!(bindings.matches(&recorded, &seen));
            prop_assert_eq!(bindings.fill("<id:7>").unwrap(), ONE);
        }
    }
}
