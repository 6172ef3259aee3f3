//! For people: what was decided, the worst first, then the matrix and what it amounts to.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::{Report, title};
use crate::fingerprint;
use crate::gate::{Comparison, JudgedRoot};
use crate::rules::{Catalogue, Finding, Lane, Level, Rule};
use crate::witness::proof::Proof;

/// How it looks, and how much is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Look {
    /// Whether there are colors, which only repeat what words say.
    pub colors: Colors,
    /// Which roots are shown one by one: those that are as bad at least; others are counted.
    pub from: Level,
    /// How many findings of a root are shown.
    pub findings: usize,
}

/// Whether a report has colors.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Colors {
    /// It has.
    On,
    /// It has none.
    Off,
}

impl Look {
    /// What matters, without colors.
    pub const PLAIN: Self = Self { colors: Colors::Off, from: Level::Risky, findings: 3 };
}

/// The report.
#[must_use]
pub fn render(report: &Report, catalogue: &Catalogue, look: Look) -> String {
    let mut text = String::new();
    for comparison in &report.comparisons {
        text.push_str(&compared(comparison, catalogue, look));
    }
    if !report.policy.is_empty() {
        text.push_str("policy\n\n");
        report.policy.iter().for_each(|finding| text.push_str(&found(finding, catalogue, look)));
        text.push('\n');
    }
    let verdict = if report.breaks() {
        look.paint(Level::Breaking, "breaks its users")
    } else {
        "breaks nobody, as far as rules tell".to_owned()
    };
    writeln!(text, "{verdict}; the smallest step allowed is {}", report.step())
        .expect("a string takes whatever is written to it");
    text
}

fn compared(comparison: &Comparison, catalogue: &Catalogue, look: Look) -> String {
    let mut text = format!("{}  ({}", title(comparison), comparison.new.language);
    for (name, value) in &comparison.new.configuration {
        text.push_str(&format!(", {name}={value}"));
    }
    text.push_str(")\n\n");
    let shown = |root: &&JudgedRoot| root.root.worst().is_some_and(|worst| worst >= look.from);
    for root in comparison.roots.iter().filter(shown) {
        text.push_str(&rooted(root, &comparison.proofs, catalogue, look));
    }
    let waived: usize = comparison.roots.iter().map(|root| root.waived.len()).sum();
    if waived > 0 {
        text.push_str(&format!("{} waived\n", findings(waived)));
    }
    if !comparison.unjudged.is_empty() {
        text.push_str(&format!("{} changes are matched by no rule:\n", comparison.unjudged.len()));
        for change in comparison.unjudged.iter().take(look.findings) {
            text.push_str(&format!("  {} {} {}\n", change.kind, change.key, change.what));
        }
    }
    text.push_str(&matrix(comparison, look));
    text
}

fn rooted(root: &JudgedRoot, proofs: &BTreeMap<String, Proof>, catalogue: &Catalogue, look: Look) -> String {
    let count = root.root.findings.len();
    let mut text = format!("{}  [{}, {}]\n", root.root.cause, root.fingerprint, findings(count));
    for finding in root.root.findings.iter().take(look.findings) {
        text.push_str(&found(finding, catalogue, look));
        if let Some(proof) = proofs.get(&fingerprint::of_finding(finding)) {
            let said = proof.verdict.said().map(|said| format!(": {said}")).unwrap_or_default();
            text.push_str(&format!("    witness {}{said}\n", proof.verdict.name()));
            proof.code.lines().for_each(|line| text.push_str(&format!("    | {line}\n")));
        }
    }
    if count > look.findings {
        text.push_str(&format!("  … and {} more\n", findings(count - look.findings)));
    }
    text.push('\n');
    text
}

fn findings(count: usize) -> String {
    if count == 1 { "1 finding".to_owned() } else { format!("{count} findings") }
}

fn found(finding: &Finding, catalogue: &Catalogue, look: Look) -> String {
    let levels: Vec<String> = finding
        .levels
        .iter()
        .map(|(lane, level)| look.paint(*level, &format!("{level} for {}", who(*lane))))
        .collect();
    let rule = catalogue.rule(&finding.rule);
    let reason = rule.map_or("", |rule: &Rule| &rule.reason);
    let mut text =
        format!("  {} {} {}\n    {}: {reason}\n", finding.rule, finding.kind, finding.key, levels.join(", "));
    for (sign, side) in [('-', &finding.old), ('+', &finding.new)] {
        if let Some(side) = side {
            text.push_str(&format!("    {sign} {side}\n"));
        }
    }
    for (name, value) in finding.notes.iter().filter(|(name, _)| !matches!(name.as_str(), "name" | "parent"))
    {
        text.push_str(&format!("    {name}: {value}\n"));
    }
    if let Some(rule) = rule {
        text.push_str(&format!("    help: {}\n", rule.advice));
    }
    text.push_str(&format!("    fingerprint {}\n", fingerprint::of_finding(finding)));
    text
}

/// Who feels it.
fn who(lane: Lane) -> &'static str {
    match lane {
        Lane::GoSource => "Go callers",
        Lane::GoImplementers => "Go implementers",
        Lane::RustSource => "Rust callers",
        Lane::RustImplementers => "Rust implementers",
        Lane::WireOldClient => "old clients of a new server",
        Lane::WireNewClient => "new clients of an old server",
        Lane::Behaviour => "those who rely on what the client does",
        Lane::Policy => "what was promised",
    }
}

/// Roots that nobody accepted, lanes by levels; nothing, when there are none.
fn matrix(comparison: &Comparison, look: Look) -> String {
    let matrix = comparison.matrix();
    if matrix.is_empty() {
        let said =
            if comparison.unjudged.is_empty() { "nothing that anybody feels" } else { "no rule says more" };
        return format!("{said}\n\n");
    }
    let levels = || Level::ALL.iter().rev();
    let mut text = format!("{:16}", "");
    levels().for_each(|level| text.push_str(&format!("{:>12}", level.name())));
    text.push('\n');
    for (lane, counts) in &matrix {
        text.push_str(&format!("{:16}", lane.name()));
        for level in levels() {
            let count = counts.get(level).copied().unwrap_or_default();
            let cell = format!("{:>12}", if count == 0 { "·".to_owned() } else { count.to_string() });
            text.push_str(&if count == 0 { cell } else { look.paint(*level, &cell) });
        }
        text.push('\n');
    }
    text.push('\n');
    text
}

impl Look {
    fn paint(self, level: Level, text: &str) -> String {
        let color = match (self.colors, level) {
            (Colors::Off, _) | (_, Level::Info | Level::Compatible) => return text.to_owned(),
            (Colors::On, Level::Breaking) => 31,
            (Colors::On, Level::Risky) => 33,
            (Colors::On, Level::Deprecated) => 36,
        };
        format!("\u{1b}[{color}m{text}\u{1b}[0m")
    }
}
