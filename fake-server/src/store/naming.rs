//! What names, labels and holders may be: the store refuses to keep others.

/// Whether a text may be the value of a label: empty, or up to 63 letters, digits, `-`, `_` and `.` that begin and
/// end with a letter or digit.
pub(crate) fn is_label_value(text: &str) -> bool {
    text.is_empty() || is_label_name(text)
}

/// Whether a text may name a holder: a label's name, by choice after a DNS name and a slash.
pub(crate) fn is_qualified_name(text: &str) -> bool {
    match text.split_once('/') {
        None => is_label_name(text),
        Some((domain, name)) => is_dns_name(domain) && is_label_name(name),
    }
}

fn is_label_name(text: &str) -> bool {
    let bytes = text.as_bytes();
    let (Some(first), Some(last)) = (bytes.first(), bytes.last()) else { return false };
    bytes.len() <= 63
        && first.is_ascii_alphanumeric()
        && last.is_ascii_alphanumeric()
        && bytes.iter().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(byte))
}

/// RFC 1123 §2.1 in lower case: labels of letters, digits and inner dashes.
fn is_dns_name(text: &str) -> bool {
    text.len() <= 253
        && text.split('.').all(|label| {
            let bytes = label.as_bytes();
            let edge = |byte: Option<&u8>| byte.is_some_and(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
            edge(bytes.first())
                && edge(bytes.last())
                && bytes.iter().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || *b == b'-')
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn qualified_names() {
        for name in ["a", "A.b_c", "x.test/b", "0/1", "clusters.kubernetes.unikorn-cloud.org/3b6c"] {
            assert!(is_qualified_name(name), "{name}");
        }
        let long = "a".repeat(64);
        for name in ["", "/", "a/", "/b", "a/b/c", "X.test/b", "x_y.test/b", "a-", "..", "a b", "é", &long] {
            assert!(!is_qualified_name(name), "{name}");
        }
    }

    #[test]
    fn label_values() {
        assert!(is_label_value(""));
        assert!(is_label_value("a.b"));
        assert!(!is_label_value("a/b"));
        assert!(!is_label_value("b c"));
    }
}
