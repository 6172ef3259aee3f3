//! How text travels in a path and a query.

use std::fmt::Write as _;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// What is escaped in a path segment. RFC 3986 §3.3 would allow `!'()*,;` too; the platform's clients escape them.
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'~')
    .remove(b'$')
    .remove(b'&')
    .remove(b'+')
    .remove(b':')
    .remove(b'=')
    .remove(b'@');

/// What is escaped in a query: all that RFC 3986 §2.3 reserves.
const QUERY: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// Escapes text so that it is one path segment, whatever it holds.
pub(crate) fn segment(text: &str) -> String {
    utf8_percent_encode(text, SEGMENT).to_string()
}

/// Escapes text so that it is one name or value of a form, whatever it holds.
pub(super) fn field(text: &str) -> String {
    utf8_percent_encode(text, QUERY).to_string()
}

/// Puts the values, escaped, into the places of a path in braces, in order.
pub(super) fn fill(template: &str, values: &[&str]) -> String {
    let mut values = values.iter();
    let mut path = String::new();
    for part in template.split('/').skip(1) {
        path.push('/');
        if part.starts_with('{') {
            path.push_str(&segment(values.next().expect("every place of the path has a value")));
        } else {
            path.push_str(part);
        }
    }
    debug_assert!(values.next().is_none(), "every value has a place in the path");
    path
}

/// Adds a query to a path.
pub(super) fn query(path: &mut String, pairs: &[(&'static str, String)]) {
    for (index, (name, value)) in pairs.iter().enumerate() {
        let separator = if index == 0 { '?' } else { '&' };
        write!(path, "{separator}{name}={}", utf8_percent_encode(value, QUERY))
            .expect("a string takes whatever is written to it");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use percent_encoding::percent_decode_str;
    use proptest::prelude::*;

    #[test]
    fn fills_places_in_order() {
        assert_eq!(fill("/a/{x}/b/{y}", &["1", "2/3"]), "/a/1/b/2%2F3");
        assert_eq!(fill("/a", &[]), "/a");
    }

    #[test]
    fn lists_repeat_in_a_query() {
        let mut path = "/a".to_owned();
        query(&mut path, &[("id", "a=b".to_owned()), ("id", "c d".to_owned())]);
        assert_eq!(path, "/a?id=a%3Db&id=c%20d");
    }

    proptest! {
        #[test]
        fn any_text_is_one_segment_and_comes_back(text in any::<String>()) {
            let escaped = segment(&text);
            prop_assert!(escaped.is_ascii());
            prop_assert!(!escaped.contains(['/', '?', '#', ' ', '\r', '\n', ';', ',']));
            prop_assert_eq!(percent_decode_str(&escaped).decode_utf8().unwrap(), text);
        }

        #[test]
        fn escaped_twice_it_comes_back_in_two_steps(text in any::<String>()) {
            let twice = segment(&segment(&text));
            let once = percent_decode_str(&twice).decode_utf8().unwrap().into_owned();
            prop_assert_eq!(&once, &segment(&text));
            prop_assert_eq!(percent_decode_str(&once).decode_utf8().unwrap(), text);
        }
    }
}
