//! A request target, read as the services' HTTP library reads it.
//!
//! A path has two forms: decoded, and as it came. The second is kept only when encoding the first anew does not
//! give it back; routing looks at both.

use percent_encoding::percent_decode_str;

/// A target that could be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Target {
    /// The path, decoded once. Bytes that are no text are kept as replacement characters.
    pub(crate) path: String,
    /// The path that the router dispatches on: as it came where that differs, else decoded.
    pub(crate) dispatch: String,
    /// What follows the question mark.
    pub(crate) query: String,
    /// The authority of a target in absolute form; it overrides the `Host` header.
    pub(crate) authority: Option<String>,
}

/// The target is none: answered by the HTTP library itself, in plain text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Unreadable;

impl Target {
    /// Reads a target as it stands on the request line.
    pub(crate) fn parse(text: &str) -> Result<Self, Unreadable> {
        if text.is_empty() || text.bytes().any(|byte| byte < b' ' || byte == 0x7f || byte == b' ') {
            return Err(Unreadable);
        }
        if text == "*" {
            return Self::of("*", "", None);
        }
        let (scheme, rest) = scheme(text)?;
        let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
        if !rest.starts_with('/') {
            // With a scheme it is opaque and has no path; without one it is no target.
            return if scheme { Self::of("", query, None) } else { Err(Unreadable) };
        }
        match rest.strip_prefix("//").filter(|_| scheme && !rest.starts_with("///")) {
            None => Self::of(rest, query, None),
            Some(rest) => {
                let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
                Self::of(path, query, Some(authority.rsplit('@').next().unwrap_or_default().to_owned()))
            }
        }
    }

    /// The values of a query parameter, in order. Pairs with a broken escape or a semicolon do not count.
    pub(crate) fn query_values(&self, name: &str) -> Vec<String> {
        self.query
            .split('&')
            .filter(|pair| !pair.is_empty() && !pair.contains(';'))
            .filter_map(|pair| {
                let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
                Some((unescape_query(key)?, unescape_query(value)?))
            })
            .filter(|(key, _)| key == name)
            .map(|(_, value)| value)
            .collect()
    }

    fn of(raw: &str, query: &str, authority: Option<String>) -> Result<Self, Unreadable> {
        if !escapes_are_sound(raw) {
            return Err(Unreadable);
        }
        let decoded: Vec<u8> = percent_decode_str(raw).collect();
        let path = String::from_utf8_lossy(&decoded).into_owned();
        let dispatch = if encode(&decoded) == raw { path.clone() } else { raw.to_owned() };
        let dispatch = if dispatch.is_empty() { "/".to_owned() } else { dispatch };
        Ok(Self { path, dispatch, query: query.to_owned(), authority })
    }
}

/// Undoes one level of path escaping; none when an escape is broken.
pub(crate) fn unescape_path(text: &str) -> Option<String> {
    escapes_are_sound(text).then(|| percent_decode_str(text).decode_utf8_lossy().into_owned())
}

/// Undoes one level of query escaping, where a plus sign is a blank; none when an escape is broken.
pub(crate) fn unescape_query(text: &str) -> Option<String> {
    unescape_path(&text.replace('+', " "))
}

/// Whether the target begins with a scheme, and what follows it.
fn scheme(text: &str) -> Result<(bool, &str), Unreadable> {
    for (index, byte) in text.bytes().enumerate() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' => {}
            b'0'..=b'9' | b'+' | b'-' | b'.' if index > 0 => {}
            b':' if index == 0 => return Err(Unreadable),
            b':' => return Ok((true, &text[index + 1..])),
            _ => break,
        }
    }
    Ok((false, text))
}

fn escapes_are_sound(text: &str) -> bool {
    text.split('%').skip(1).all(|after| {
        let digits = after.as_bytes();
        digits.len() >= 2 && digits[..2].iter().all(u8::is_ascii_hexdigit)
    })
}

/// The default encoding of a path: what may stand unescaped there is left alone.
fn encode(path: &[u8]) -> String {
    let mut out = String::with_capacity(path.len());
    for &byte in path {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' => out.push(char::from(byte)),
            b'-' | b'_' | b'.' | b'~' | b'$' | b'&' | b'+' | b',' | b'/' | b':' | b';' | b'=' | b'@' => {
                out.push(char::from(byte));
            }
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn reads(text: &str, path: &str, dispatch: &str) {
        let target = Target::parse(text).expect("it can be read");
        assert_eq!((target.path.as_str(), target.dispatch.as_str()), (path, dispatch));
    }

    #[test]
    fn a_path_that_encodes_back_is_dispatched_decoded() {
        reads("/a/b?c=d", "/a/b", "/a/b");
        reads("/a%252Fb", "/a%2Fb", "/a%2Fb");
        reads("/a%20b", "/a b", "/a b");
        reads("/%C3%A9", "/é", "/é");
    }

    #[test]
    fn any_other_is_dispatched_as_it_came() {
        reads("/a%2Fb", "/a/b", "/a%2Fb");
        reads("/%61", "/a", "/%61");
        reads("/a%3Ab", "/a:b", "/a%3Ab");
        reads("/a#x", "/a#x", "/a#x");
    }

    #[test]
    fn other_forms() {
        reads("*", "*", "*");
        reads("//a/b", "//a/b", "//a/b");
        reads("https://h.test/a", "/a", "/a");
        reads("https://h.test", "", "/");
        reads("mailto:x", "", "/");
        assert_eq!(
            Target::parse("https://u@h.test/a").expect("it can be read").authority.as_deref(),
            Some("h.test")
        );
    }

    #[test]
    fn broken_ones() {
        for text in ["", "a", "/a%", "/a%zz", "/a b", "/a\u{7f}", ":a"] {
            assert_eq!(Target::parse(text), Err(Unreadable), "{text:?}");
        }
    }

    #[test]
    fn query_values_come_in_order() {
        let target = Target::parse("/?a=1&b=2&a=%33&a=%zz&c;a=4&a=x+y").expect("it can be read");
        assert_eq!(target.query_values("a"), ["1", "3", "x y"]);
    }
}
