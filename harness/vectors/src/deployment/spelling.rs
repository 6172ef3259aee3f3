//! Every spelling in which a recorded request writes an id, and ids of the recorded world in a text.

use crate::escape;

/// How an id may be spelt; the canonical one first.
pub(super) fn spellings(id: &str) -> Vec<String> {
    let bare = id.replace('-', "");
    let mut all = vec![id.to_owned(), id.to_uppercase(), bare.clone(), bare.to_uppercase()];
    all.dedup();
    all
}

/// Whether a text is the canonical spelling of an id of the recorded world: those begin alike and are version 4.
/// What no world has (`000000ff-…`) and what callers made up is none.
pub(super) fn is_of_world(text: &str) -> bool {
    text.starts_with("000000")
        && !text.starts_with("000000ff")
        && text.len() == 36
        && text.get(8..24) == Some("-0000-4000-8000-")
        && text.bytes().all(|byte| byte == b'-' || byte.is_ascii_hexdigit())
}

/// The ids of the recorded world that a text names, in any spelling, as they are spelt canonically.
pub(super) fn ids_in(text: &str) -> Vec<String> {
    let digits: String = text.to_ascii_lowercase();
    let mut found = Vec::new();
    for (start, _) in digits.match_indices("000000") {
        let rest = &digits[start..];
        let dashed = rest.get(..36).map(str::to_owned);
        let bare = rest
            .get(..32)
            .filter(|id| id.bytes().all(|b| b.is_ascii_hexdigit()))
            .map(|id| [&id[..8], &id[8..12], &id[12..16], &id[16..20], &id[20..]].join("-"));
        found.extend([dashed, bare].into_iter().flatten().filter(|id| is_of_world(id)));
    }
    found.sort();
    found.dedup();
    found
}

/// The people of the recorded world that a text names, by their addresses.
pub(super) fn people_in(text: &str) -> Vec<String> {
    let is_part = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '.' | '-' | '_');
    let text = text.replace(&escape::query("@"), "@");
    let mut found = Vec::new();
    for (at, _) in text.match_indices('@') {
        let (before, after) = (&text[..at], &text[at + 1..]);
        let local = before.trim_end_matches(is_part).len();
        let domain = after.find(|letter| !is_part(letter)).unwrap_or(after.len());
        let name = format!("{}@{}", &before[local..], &after[..domain]);
        if local < at && name.ends_with(".test") {
            found.push(name);
        }
    }
    found.sort();
    found.dedup();
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "000000a0-0000-4000-8000-000000000001";

    #[test]
    fn ids_of_the_world_are_found_in_any_spelling() {
        for spelt in spellings(ID) {
            assert_eq!(ids_in(&format!("/api/v1/organizations/{spelt}/acl")), [ID], "{spelt}");
        }
        assert_eq!(ids_in(&format!("urn:uuid:{ID}|{{{ID}}}")), [ID]);
        assert_eq!(ids_in("0000000b-0000-4000-8000-000000000002"), ["0000000b-0000-4000-8000-000000000002"]);
        assert_eq!(ids_in("000000ff-0000-4000-8000-000000000001"), [""; 0]);
        assert_eq!(ids_in("00000000-0000-0000-0000-000000000000"), [""; 0]);
        assert_eq!(ids_in("0000000"), [""; 0]);
    }

    #[test]
    fn people_are_found_by_their_addresses() {
        assert_eq!(people_in(r#"{"actor":"alice@acme.test"}"#), ["alice@acme.test"]);
        assert_eq!(people_in("subject=bob%40acme.test&x"), ["bob@acme.test"]);
        assert_eq!(people_in("@ no-at@ a@b"), [""; 0]);
        assert_eq!(people_in("é@acme.test x.é.y@acme.test"), [".y@acme.test"]);
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_read(text in "([0a-f-]{0,40}|.{0,8}|@|é|%40|[.]test){0,6}") {
            let _ = (ids_in(&text), people_in(&text));
        }
    }
}
