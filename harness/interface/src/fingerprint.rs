//! Names for findings and roots that stay the same while messages, levels and releases change.

use sha2::{Digest, Sha256};

use crate::group::Root;
use crate::rules::Finding;

/// So many hexadecimal digits tell findings apart.
const DIGITS: usize = 16;

/// A finding's name: of its rule, its fact, and what that was and is.
pub fn of_finding(finding: &Finding) -> String {
    let parts = [
        Some(finding.rule.as_str()),
        Some(&finding.kind),
        Some(&finding.key),
        finding.old.as_deref(),
        finding.new.as_deref(),
    ];
    hash(parts)
}

/// A root's name: of all its findings. A finding more is another root.
pub fn of_root(root: &Root) -> String {
    let mut findings: Vec<String> = root.findings.iter().map(of_finding).collect();
    findings.sort_unstable();
    let parts = std::iter::once("root").chain(findings.iter().map(String::as_str));
    hash(parts.map(Some))
}

/// The SHA-256 of a text, in full.
pub fn of_text(text: &str) -> String {
    hexadecimal(&Sha256::digest(text.as_bytes()))
}

fn hash<'a>(parts: impl IntoIterator<Item = Option<&'a str>>) -> String {
    let mut hasher = Sha256::new();
    for part in parts {
        // The length keeps neighbors apart; absence is no length.
        match part {
            Some(part) => {
                hasher.update(part.len().to_le_bytes());
                hasher.update(part);
            }
            None => hasher.update([0xff; 8]),
        }
    }
    let mut digits = hexadecimal(&hasher.finalize());
    digits.truncate(DIGITS);
    digits
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::rules::{Lane, Level};

    fn finding() -> Finding {
        Finding {
            rule: "GO-FUNC-REMOVED".to_owned(),
            levels: [(Lane::GoSource, Level::Breaking)].into(),
            kind: "func".to_owned(),
            key: "Open".to_owned(),
            old: Some("func Open".to_owned()),
            new: None,
            notes: BTreeMap::new(),
        }
    }

    #[test]
    fn only_what_happened_counts() {
        let same = Finding {
            levels: [(Lane::GoSource, Level::Info)].into(),
            notes: [("root".to_owned(), "x".to_owned())].into(),
            ..finding()
        };
        assert_eq!(of_finding(&same), of_finding(&finding()));
        let others = [
            Finding { rule: "GO-VAR-REMOVED".to_owned(), ..finding() },
            Finding { kind: "var".to_owned(), ..finding() },
            Finding { key: "Opened".to_owned(), ..finding() },
            Finding { old: None, new: finding().old, ..finding() },
            Finding { new: Some(String::new()), ..finding() },
        ];
        for other in others {
            assert_ne!(of_finding(&other), of_finding(&finding()), "{other:?}");
        }
    }
}
