//! Whether a changelog tells users what breaks.

use std::collections::BTreeSet;

use crate::gate::{Comparison, JudgedRoot};
use crate::rules::{Catalogue, Finding, Lane, Level};

/// Roots that break somebody and that the section of a release says nothing of, each once.
pub fn findings(
    catalogue: &Catalogue,
    changelog: &str,
    release: &str,
    comparisons: &[Comparison],
) -> Vec<Finding> {
    let section = section(changelog, release);
    let mut seen = BTreeSet::new();
    let mut findings = Vec::new();
    for comparison in comparisons {
        for root in &comparison.roots {
            let Some(first) = first_break(root) else { continue };
            if !seen.insert((&comparison.new.name, &root.fingerprint)) || tells(&section, root) {
                continue;
            }
            let key = format!("{} {}", comparison.new.name, root.root.cause);
            findings.push(catalogue.finding(
                "POL-CHANGELOG-MISSING",
                "changelog",
                &key,
                Some(&first.key),
                None,
            ));
        }
    }
    findings
}

/// All findings of a root about the interface; what was accepted is felt all the same.
fn of_root(root: &JudgedRoot) -> impl Iterator<Item = &Finding> {
    let waived = root.waived.iter().map(|waived| &waived.finding);
    root.root.findings.iter().chain(waived).filter(|finding| !finding.levels.contains_key(&Lane::Policy))
}

fn first_break(root: &JudgedRoot) -> Option<&Finding> {
    of_root(root).find(|finding| finding.worst() == Some(Level::Breaking))
}

fn tells(section: &str, root: &JudgedRoot) -> bool {
    let words: BTreeSet<&str> = section.split(|it: char| !is_word(it)).collect();
    let named = |finding: &Finding| {
        section.contains(&finding.key) || last_word(&finding.key).is_some_and(|word| words.contains(word))
    };
    words.contains(root.fingerprint.as_str()) || of_root(root).any(named)
}

fn is_word(letter: char) -> bool {
    letter.is_alphanumeric() || letter == '_'
}

/// `Close` of `pool.Pool.Close`.
fn last_word(key: &str) -> Option<&str> {
    key.rsplit(|it: char| !is_word(it)).find(|word| !word.is_empty())
}

/// What stands under the headings of a release, or of what is not released yet.
fn section(changelog: &str, release: &str) -> String {
    let bare = release.trim_start_matches('v');
    let mut inside = None;
    let mut section = String::new();
    for line in changelog.lines() {
        let depth = line.bytes().take_while(|byte| *byte == b'#').count();
        if depth > 0 && line[depth..].starts_with(' ') {
            let title = line[depth..].to_lowercase();
            let mut words = title.split(|it: char| !(is_word(it) || matches!(it, '.' | '-' | '+')));
            let about = words.any(|word| {
                word == "unreleased"
                    || !bare.is_empty() && word.trim_start_matches('v') == bare.to_lowercase()
            });
            if about {
                inside = Some(depth);
            } else if inside.is_some_and(|outer| depth <= outer) {
                inside = None;
            }
        }
        if inside.is_some() {
            section.push_str(line);
            section.push('\n');
        }
    }
    section
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gate::judge;
    use crate::model::{About, Fact, Interface, Language};
    use crate::waiver::Waivers;

    fn missing(changelog: &str) -> Vec<String> {
        let release = |names: &[&str]| {
            let facts = names.iter().map(|name| Fact::new("func", *name)).collect();
            Interface::new(About::new(Language::Go, "client"), facts)
        };
        let (old, new) = (release(&["./pool.Open", "./pool.Close"]), release(&[]));
        let comparison = judge(Catalogue::ours(), &old, &new, &mut Waivers::default());
        let all = [comparison.clone(), comparison];
        findings(Catalogue::ours(), changelog, "v2.0.0", &all).into_iter().filter_map(|it| it.old).collect()
    }

    #[test]
    fn what_breaks_stands_in_the_section_of_the_release() {
        assert_eq!(missing(""), ["./pool.Close", "./pool.Open"]);
        assert_eq!(missing("# 2.0.0\n\n`Open` and `Close` are gone\n"), [""; 0]);
        assert_eq!(missing("## [Unreleased]\n### Removed\n- `pool.Open`\n"), ["./pool.Close"]);
        assert_eq!(missing("# v2.0.0 (today)\nClose\n# v1.9.0\nOpen\n"), ["./pool.Open"]);
        assert_eq!(missing("# 2.0.0\nReopened, closed\n"), ["./pool.Close", "./pool.Open"]);
    }
}
