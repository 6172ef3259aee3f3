//! For a changelog or a review: a section a comparison, a line a root.

use super::{Report, title};
use crate::gate::{Comparison, JudgedRoot};
use crate::rules::{Catalogue, Level};

/// The report.
#[must_use]
pub fn render(report: &Report, catalogue: &Catalogue) -> String {
    let mut text = String::new();
    for comparison in &report.comparisons {
        text.push_str(&compared(comparison, catalogue));
    }
    if !report.policy.is_empty() {
        text.push_str("## Policy\n\n");
        for finding in &report.policy {
            let reason = catalogue.rule(&finding.rule).map_or("", |rule| &rule.reason);
            text.push_str(&format!("* `{}` {}: {reason}\n", finding.rule, code(&finding.key)));
        }
        text.push('\n');
    }
    text
}

fn compared(comparison: &Comparison, catalogue: &Catalogue) -> String {
    let mut text =
        format!("## {}\n\nThe smallest step allowed is **{}**.\n\n", title(comparison), comparison.step());
    let matrix = comparison.matrix();
    if matrix.is_empty() {
        text.push_str("Nothing that anybody feels.\n\n");
    } else {
        text.push_str(
            "| lane | breaking | risky | deprecated | compatible | info |\n|---|--:|--:|--:|--:|--:|\n",
        );
        for (lane, counts) in &matrix {
            let cells = Level::ALL.iter().rev().map(|level| counts.get(level).copied().unwrap_or_default());
            let cells: Vec<String> = cells.map(|count| count.to_string()).collect();
            text.push_str(&format!("| {lane} | {} |\n", cells.join(" | ")));
        }
        text.push('\n');
    }
    for level in Level::ALL.iter().rev() {
        let roots: Vec<_> =
            comparison.roots.iter().filter(|root| root.root.worst() == Some(*level)).collect();
        if !roots.is_empty() {
            text.push_str(&format!("### {}\n\n", heading(*level)));
            roots.iter().for_each(|root| text.push_str(&rooted(root, catalogue)));
            text.push('\n');
        }
    }
    text.push_str(&waived(comparison));
    text
}

fn heading(level: Level) -> &'static str {
    match level {
        Level::Breaking => "Breaking",
        Level::Risky => "Risky",
        Level::Deprecated => "Deprecated",
        Level::Compatible => "New",
        Level::Info => "Worth knowing",
    }
}

fn rooted(root: &JudgedRoot, catalogue: &Catalogue) -> String {
    let Some(first) = root.root.findings.first() else { return String::new() };
    let lanes: Vec<&str> = root.root.levels.keys().map(|lane| lane.name()).collect();
    let reason = catalogue.rule(&first.rule).map_or("", |rule| &rule.reason);
    let more = match root.root.findings.len() {
        1 => String::new(),
        count => format!(", {count} findings"),
    };
    format!("* {}: {reason} (`{}`, {}{more})\n", code(&root.root.cause), first.rule, lanes.join(", "))
}

fn waived(comparison: &Comparison) -> String {
    let mut lines: Vec<String> = comparison
        .roots
        .iter()
        .flat_map(|root| &root.waived)
        .map(|it| {
            format!("* {} (`{}`): {} ({})\n", code(&it.finding.key), it.finding.rule, it.reason, it.owner)
        })
        .collect();
    if lines.is_empty() {
        return String::new();
    }
    lines.insert(0, "### Accepted\n\n".to_owned());
    lines.push("\n".to_owned());
    lines.concat()
}

/// Text as code, whatever is in it.
fn code(text: &str) -> String {
    let longest = text.split(|letter| letter != '`').map(str::len).max().unwrap_or_default();
    let fence = "`".repeat(longest + 1);
    let pad = if text.starts_with('`') || text.ends_with('`') { " " } else { "" };
    format!("{fence}{pad}{}{pad}{fence}", text.replace('\n', " "))
}
