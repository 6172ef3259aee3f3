//! The report that people read: a line while a case fails, then everything about it, then what it all amounts to.

use std::collections::BTreeMap;
use std::fmt::Write;

use super::style::{Style, sign};
use super::{compare, exchange, rerun, snippet};
use crate::case::{CaseResult, Level};
use crate::event::{Conclusion, Ended, Run, Started};
use crate::known::{Stale, StaleCause};
use crate::verdict::Verdict;

/// So many of the driver's last lines are shown.
const DRIVER_LINES: usize = 10;

/// So many ids are listed behind one missing capability.
const LISTED: usize = 4;

/// All of it, as it stands at the end of a run.
#[must_use]
pub fn render(run: &Run, style: Style) -> String {
    let mut text = heading(&run.started, style);
    for result in run.results.values().filter(|result| !result.verdict.is_acceptable()) {
        text.push_str(&details(&run.started, result, style));
    }
    text + &summary(run, style)
}

/// Who is judged, by what.
#[must_use]
pub fn heading(started: &Started, style: Style) -> String {
    let client = &started.client;
    format!(
        "{} {} {}\n{}\n\n",
        style.faint("judging"),
        style.strong(&format!("{} {}", client.name, client.version)),
        style.faint(&format!("({})", client.language)),
        style.faint(&format!(
            "plumbline {}, contract {}, seed {}, {}",
            started.plumbline,
            started.revision,
            started.seed,
            counted(started.planned.len(), "case")
        )),
    )
}

/// One line about a case.
#[must_use]
pub fn line(result: &CaseResult, style: Style) -> String {
    let word = format!("{} {:<15}", sign(result.verdict), result.verdict.to_string());
    let about = match (&result.reason, result.findings.first()) {
        (_, Some(finding)) if result.verdict == Verdict::Fail => finding.message.lines().next(),
        (Some(reason), _) => reason.lines().next(),
        (None, Some(finding)) => finding.message.lines().next(),
        (None, None) => None,
    };
    let about = about.map(|about| format!("  {}", style.faint(about))).unwrap_or_default();
    format!("{} {}{about}\n", style.verdict(result.verdict, &word), result.case.id)
}

/// Everything about a case that went wrong.
#[must_use]
pub fn details(started: &Started, result: &CaseResult, style: Style) -> String {
    let mut text = String::new();
    let case = &result.case;
    let title = format!(" {} {} {} ", sign(result.verdict), result.verdict, case.id);
    let rule = "━".repeat(style.width.saturating_sub(title.chars().count() + 3));
    push(
        &mut text,
        "",
        &format!("{}{}{}", style.faint("━━━"), style.verdict(result.verdict, &title), style.faint(&rule)),
    );
    let level = match case.level {
        Level::Must => "must",
        Level::Should => "should",
    };
    push(&mut text, "", &format!("{}  {}", style.strong(level), case.requirement));
    push(&mut text, "", &style.faint(&format!("{:w$}  {}, {}", "", case.source, case.file, w = level.len())));
    if let Some(reason) = &result.reason {
        text.push('\n');
        reason.lines().for_each(|line| push(&mut text, "  ", line));
    }
    for finding in &result.findings {
        text.push('\n');
        snippet::draw(finding, style).trim_end().lines().for_each(|line| push(&mut text, "", line));
        let compared = compare::lines(finding.expected.as_deref(), finding.seen.as_deref(), style);
        compared.iter().for_each(|line| push(&mut text, "    ", line));
    }
    section(&mut text, "what travelled", &exchange::lines(result, style), style);
    section(&mut text, "the driver said", &driver_lines(&result.volatile.driver_output), style);
    section(&mut text, "play it again", &[format!("    {}", rerun(&started.rerun, &case.id))], style);
    text.push('\n');
    text
}

/// How many cases have each verdict, what the client lacks, and what it all amounts to.
#[must_use]
pub fn summary(run: &Run, style: Style) -> String {
    let mut text = String::new();
    let counts = run.counts();
    unsupported(&mut text, run, style);
    unplayed(&mut text, run, style);
    let stale = run.finished.iter().flat_map(|finished| &finished.stale);
    stale.for_each(|stale| push(&mut text, "", &stale_line(stale, style)));

    push(&mut text, "", &style.faint(&"─".repeat(style.width)));
    let words: Vec<String> = Verdict::ALL
        .iter()
        .filter_map(|verdict| counts.get(verdict).map(|count| (verdict, count)))
        .map(|(verdict, count)| style.verdict(*verdict, &format!("{} {count} {verdict}", sign(*verdict))))
        .collect();
    let took = run.finished.as_ref().map(|finished| seconds(finished.volatile.duration_ms));
    let took = took.map(|took| style.faint(&format!("   in {took}"))).unwrap_or_default();
    push(&mut text, "", &format!("{}{took}", words.join(&style.faint(" · "))));
    push(&mut text, "", &conclusion(run, style));
    text
}

fn conclusion(run: &Run, style: Style) -> String {
    let name = format!("{} {}", run.started.client.name, run.started.client.version);
    let counts = run.counts();
    let count = |verdict: Verdict| counts.get(&verdict).copied().unwrap_or_default();
    let total = run.started.planned.len();
    match run.conclusion() {
        Conclusion::Nothing => style.odd("no case was selected"),
        Conclusion::Conforms => {
            let judged = count(Verdict::Pass) + count(Verdict::KnownFail) + count(Verdict::Ambiguous);
            if judged == 0 {
                return style.odd(&format!("{name} supports none of {}", counted(total, "case")));
            }
            style.good(&format!("{name} conforms: {judged} of {} judged", counted(total, "case")))
        }
        Conclusion::Incomplete => {
            let missing = count(Verdict::Incomplete) + run.unplayed().len();
            style.odd(&format!("incomplete: {missing} of {} could not be judged", counted(total, "case")))
        }
        Conclusion::Fails => {
            let stale = run.finished.as_ref().map_or(0, |finished| finished.stale.len());
            let parts = [
                (count(Verdict::Fail), "failed"),
                (count(Verdict::UnexpectedPass), "passed unexpectedly"),
                (count(Verdict::Incomplete) + run.unplayed().len(), "could not be judged"),
                (stale, "stale in the list of known failures"),
            ];
            let parts = parts.iter().filter(|(number, _)| *number > 0);
            let why: Vec<String> = parts.map(|(number, what)| format!("{number} {what}")).collect();
            style.bad(&format!("{name} does not conform; of {}: {}", counted(total, "case"), why.join(", ")))
        }
    }
}

fn unsupported(text: &mut String, run: &Run, style: Style) {
    let mut lacking: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for result in run.results.values().filter(|result| result.verdict == Verdict::Unsupported) {
        lacking.entry(result.reason.as_deref().unwrap_or("unknown")).or_default().push(&result.case.id);
    }
    if lacking.is_empty() {
        return;
    }
    push(text, "", &style.strong("not judged, because the client does not claim it"));
    for (lack, ids) in &lacking {
        let more = ids.len().saturating_sub(LISTED);
        let tail = if more > 0 { format!(", and {more} more") } else { String::new() };
        let listed = ids.iter().take(LISTED).copied().collect::<Vec<_>>().join(", ");
        push(text, "  ", &format!("{} {lack}  {}", style.odd("-"), style.faint(&format!("{listed}{tail}"))));
    }
    text.push('\n');
}

fn unplayed(text: &mut String, run: &Run, style: Style) {
    let unplayed = run.unplayed();
    if unplayed.is_empty() {
        return;
    }
    let why = match run.finished.as_ref().map(|finished| finished.ended) {
        None => "the run was ended from outside",
        Some(Ended::FailFast) => "the run stops at the first failure",
        Some(Ended::Interrupted) => "the run was interrupted",
        Some(Ended::Complete) => "the run ended without them",
    };
    push(text, "", &style.odd(&format!("{} not played: {why}", counted(unplayed.len(), "case"))));
    text.push('\n');
}

fn stale_line(stale: &Stale, style: Style) -> String {
    let about = match (&stale.entry.check, stale.cause) {
        (_, StaleCause::NoSuchCase) => "no case has such an id",
        (None, StaleCause::Repaired) => "nothing fails there any more",
        (Some(_), StaleCause::Repaired) => "that check finds nothing there any more",
    };
    let check = stale.entry.check.as_ref().map(|check| format!(" ({check})")).unwrap_or_default();
    let id = &stale.entry.id;
    format!(
        "{} `{id}`{check}: {about}\n  help: take it off the list of known failures\n",
        style.bad("! stale entry")
    )
}

fn driver_lines(said: &[String]) -> Vec<String> {
    let from = said.len().saturating_sub(DRIVER_LINES);
    said[from..].iter().map(|line| format!("    {line}")).collect()
}

fn section(text: &mut String, name: &str, lines: &[String], style: Style) {
    if !lines.is_empty() {
        text.push('\n');
        push(text, "  ", &style.strong(name));
        lines.iter().for_each(|line| push(text, "", line));
    }
}

fn push(text: &mut String, indent: &str, line: &str) {
    writeln!(text, "{indent}{line}").expect("a string takes whatever is written to it");
}

fn counted(number: usize, what: &str) -> String {
    format!("{number} {what}{}", if number == 1 { "" } else { "s" })
}

fn seconds(milliseconds: u64) -> String {
    format!("{}.{:02} s", milliseconds / 1000, milliseconds % 1000 / 10)
}
