//! The differences for people.

use std::collections::BTreeMap;

use super::super::style::{Style, sign};
use super::{Change, Comparison, Diff, Side, Trend};
use crate::case::Finding;
use crate::verdict::Verdict;

/// So many ids of cases that only one run has are listed.
const LISTED: usize = 6;

/// The differences as text, its end included.
#[must_use]
pub fn render(diff: &Diff, style: Style) -> String {
    let mut lines = vec![side("A", &diff.a, style), side("B", &diff.b, style)];
    lines.extend(diff.notes.iter().map(|note| format!("{} {note}", style.odd("note:"))));
    for trend in Trend::ALL {
        let changes: Vec<&Change> = diff.changes.iter().filter(|change| change.trend == trend).collect();
        if !changes.is_empty() {
            lines.push(String::new());
            lines.push(style.strong(&format!("{} ({})", heading(trend), changes.len())));
            lines.extend(changes.iter().flat_map(|change| change_lines(change, style)));
        }
    }
    for (name, ids) in [("A", &diff.only_a), ("B", &diff.only_b)] {
        if !ids.is_empty() {
            lines.push(String::new());
            lines.push(style.strong(&format!("only in {name} ({})", ids.len())));
            lines.extend(ids.iter().take(LISTED).map(|id| format!("  {id}")));
            let more = ids.len().saturating_sub(LISTED);
            lines.extend((more > 0).then(|| style.faint(&format!("  and {more} more"))));
        }
    }
    lines.push(style.faint(&"─".repeat(style.width)));
    lines.push(conclusion(diff, style));
    lines.join("\n") + "\n"
}

fn side(name: &str, side: &Side, style: Style) -> String {
    let Side { client, revision, seed, planned, not_played, .. } = side;
    let who = style.strong(&format!("{} {}", client.name, client.version));
    let what = style.faint(&format!("({}), contract {revision}, seed {seed}", client.language));
    let cases = if *planned == 1 { "1 case".to_owned() } else { format!("{planned} cases") };
    format!("{}  {who} {what}\n   {cases}: {}", style.strong(name), counts(&side.counts, *not_played, style))
}

fn counts(counts: &BTreeMap<Verdict, usize>, not_played: usize, style: Style) -> String {
    let of = |verdict: &Verdict| counts.get(verdict).map(|count| (*verdict, count));
    let words = Verdict::ALL.iter().filter_map(of);
    let mut words: Vec<String> = words
        .map(|(verdict, count)| style.verdict(verdict, &format!("{} {count} {verdict}", sign(verdict))))
        .collect();
    if not_played > 0 {
        words.push(style.odd(&format!("{not_played} not played")));
    }
    words.join(&style.faint(" · "))
}

fn heading(trend: Trend) -> &'static str {
    match trend {
        Trend::Worse => "worse",
        Trend::Lost => "not judged any more",
        Trend::Better => "better",
        Trend::Otherwise => "otherwise",
    }
}

fn change_lines(change: &Change, style: Style) -> Vec<String> {
    let named = |verdict: Option<Verdict>| match verdict {
        Some(verdict) => style.verdict(verdict, &format!("{} {verdict}", sign(verdict))),
        None => style.odd("not played"),
    };
    let mut lines = vec![if change.before == change.after {
        format!("  {} {}", named(change.after), change.id)
    } else {
        format!("  {} → {} {}", named(change.before), named(change.after), change.id)
    }];
    if let Some(reason) = change.reason.as_deref().and_then(|reason| reason.lines().next()) {
        lines.push(format!("      {}", style.faint(reason)));
    }
    let marked = |sign: &str, finding: &Finding| {
        let mut lines = finding.message.lines();
        let first = format!("      {sign} [{}] {}", finding.check, lines.next().unwrap_or_default());
        std::iter::once(first).chain(lines.map(|line| format!("        {line}"))).collect::<Vec<_>>()
    };
    for finding in &change.gone {
        lines.extend(marked("−", finding).iter().map(|line| style.good(line)));
    }
    for finding in &change.came {
        lines.extend(marked("+", finding).iter().map(|line| style.bad(line)));
        let seen = [("expected", &finding.expected), ("seen    ", &finding.seen)];
        for (label, text) in seen.iter().filter_map(|(label, text)| Some((label, text.as_deref()?))) {
            if !text.contains('\n') {
                lines.push(format!("          {} {text}", style.faint(label)));
            }
        }
    }
    lines
}

fn conclusion(diff: &Diff, style: Style) -> String {
    let parts = [
        (diff.count(Trend::Worse), "worse"),
        (diff.count(Trend::Lost), "not judged any more"),
        (diff.count(Trend::Better), "better"),
        (diff.count(Trend::Otherwise), "otherwise different"),
        (diff.same, "the same"),
    ];
    let parts = parts.iter().filter(|(count, _)| *count > 0);
    let parts = parts.map(|(count, what)| format!("{count} {what}")).collect::<Vec<_>>().join(", ");
    match diff.comparison() {
        Comparison::Worse => style.bad(&format!("B is worse than A: {parts}")),
        Comparison::Incomplete => style.odd(&format!("B cannot be compared with A in full: {parts}")),
        Comparison::NothingInCommon => style.odd("A and B have no case in common"),
        Comparison::NotWorse => style.good(&format!("B is not worse than A: {parts}")),
    }
}
