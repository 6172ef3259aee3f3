//! The last gate before anything is written down: PEM blocks and compact JWS leave every text.

use std::borrow::Cow;

/// A text without PEM blocks (query-escaped ones too) and without tokens.
#[must_use]
pub fn redact(text: &str) -> Cow<'_, str> {
    if !text.contains("-----BEGIN") && !text.contains("eyJ") {
        return Cow::Borrowed(text);
    }
    Cow::Owned(without_tokens(&without_pem(text)))
}

fn without_pem(text: &str) -> String {
    const BEGIN: &str = "-----BEGIN";
    const END: &str = "-----END";
    let mut kept = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(begin) = rest.find(BEGIN) {
        kept.push_str(&rest[..begin]);
        kept.push_str("(PEM left out)");
        // A block that does not end takes all that follows with it.
        let inside = &rest[begin + BEGIN.len()..];
        rest = inside
            .find(END)
            .map(|end| &inside[end + END.len()..])
            .and_then(|label| label.find("-----").map(|close| &label[close + "-----".len()..]))
            .unwrap_or_default();
    }
    kept + rest
}

/// A compact JWS or JWE: three or five parts of base64url, the first one the beginning of a JSON object.
fn without_tokens(text: &str) -> String {
    let in_token = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    let mut kept = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(begin) = rest.find("eyJ") {
        kept.push_str(&rest[..begin]);
        let token = &rest[begin..];
        let end = token.find(|c| !in_token(c)).unwrap_or(token.len());
        let (token, after) = token.split_at(end);
        kept.push_str(if matches!(token.matches('.').count(), 2 | 4) { "(token left out)" } else { token });
        rest = after;
    }
    kept + rest
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[track_caller]
    fn check(text: &str, expected: &str) {
        assert_eq!(redact(text), expected);
    }

    #[test]
    fn pem_is_left_out() {
        check(
            "a -----BEGIN RSA PRIVATE KEY-----\nMII\n-----END RSA PRIVATE KEY-----\nb",
            "a (PEM left out)\nb",
        );
        check("-----BEGIN%20CERTIFICATE-----%0AMII%0A-----END%20CERTIFICATE-----%0A", "(PEM left out)%0A");
        check("cut: -----BEGIN CERTIFICATE-----\nMII", "cut: (PEM left out)");
    }

    #[test]
    fn tokens_are_left_out() {
        check("X-Principal: eyJhbGciOiJQUzUxMiJ9.eyJh.c2ln, next", "X-Principal: (token left out), next");
        check("a principal eyJhY3RvciI6ImEifQ is none", "a principal eyJhY3RvciI6ImEifQ is none");
    }

    #[test]
    fn other_text_stays() {
        check("nothing here", "nothing here");
    }

    proptest! {
        #[test]
        fn nothing_of_a_key_is_left(before in "[a-z -]{0,9}", key in "[A-Z]{8,20}", after in "\\PC{0,9}") {
            let text = format!("{before}-----BEGIN K-----\n{key}\n-----END K-----{after}");
            prop_assert!(!redact(&text).contains(&key));
        }

        #[test]
        fn any_text_is_taken(text in "(eyJ|-----BEGIN|-----END|-----|[a-zé.\n ]){0,12}") {
            let _ = redact(&text);
        }
    }
}
