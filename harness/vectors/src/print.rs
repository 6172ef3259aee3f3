//! Vectors and reports, for reading.

use std::collections::BTreeMap;
use std::fmt::Write;

use serde_json::Value;
use similar::{ChangeTag, TextDiff};

use crate::book::Book;
use crate::differences::WantedDifferences;
use crate::glob::Glob;
use crate::play::{Mismatch, Report, Verdict};
use crate::target::TargetError;
use crate::vector::{
    Content, Expected, ExpectedResponse, Principal, Propagated, Request, Service, Signature, State, Step,
    Vector,
};

/// How many unchanged lines are shown around a change.
const CONTEXT: usize = 3;

/// One vector, step by step.
#[must_use]
pub fn vector(vector: &Vector) -> String {
    let mut out = Page::default();
    out.line(0, &vector.id);
    out.line(0, &format!("{} · {} · world {}", vector.service, vector.group, vector.world));
    if let Some(note) = &vector.note {
        out.line(0, &format!("note: {note}"));
    }
    for (index, step) in vector.steps.iter().enumerate() {
        out.line(0, "");
        print_step(&mut out, index + 1, step);
    }
    out.0
}

/// How many vectors each group has.
#[must_use]
pub fn groups(book: &Book) -> String {
    let mut out = Page::default();
    for ((service, group), count) in book.groups() {
        out.line(0, &format!("{service:<9} {group:<20} {count:>5}"));
    }
    out.line(0, &format!("{:<30} {:>5}", "all", book.lines().len()));
    out.0
}

/// A report in numbers: what each group agreed on, then what was not served, and why.
#[must_use]
pub fn summary(report: &Report) -> String {
    #[derive(Default)]
    struct Row<'a> {
        played: usize,
        agree: usize,
        broken: usize,
        left_out: BTreeMap<&'a str, usize>,
    }
    let mut rows: BTreeMap<(Service, &str), Row<'_>> = BTreeMap::new();
    for played in &report.played {
        let row = rows.entry((played.service, &played.group)).or_default();
        match &played.verdict {
            Verdict::Agrees => (row.played, row.agree) = (row.played + 1, row.agree + 1),
            Verdict::Differs(_) => row.played += 1,
            Verdict::Broken(_) => row.broken += 1,
            Verdict::NotServed(reason) => *row.left_out.entry(reason).or_insert(0) += 1,
        }
    }
    let mut out = Page::default();
    out.line(0, &format!("{:<30} {:>6} {:>6} {:>6} {:>6}", "", "played", "agree", "differ", "broken"));
    let mut sum = (0, 0, 0);
    for ((service, group), row) in rows.iter().filter(|(_, row)| row.played + row.broken > 0) {
        sum = (sum.0 + row.played, sum.1 + row.agree, sum.2 + row.broken);
        out.line(0, &counts(&format!("{service:<9} {group}"), (row.played, row.agree, row.broken)));
    }
    out.line(0, &counts("all", sum));
    let left_out = || rows.iter().filter(|(_, row)| !row.left_out.is_empty());
    if left_out().next().is_some() {
        out.line(0, "");
        out.line(0, "not played");
    }
    for ((service, group), row) in left_out() {
        for (reason, count) in &row.left_out {
            out.line(1, &format!("{service:<9} {group:<20} {count:>5}  {reason}"));
        }
    }
    out.0
}

fn counts(name: &str, (played, agree, broken): (usize, usize, usize)) -> String {
    format!("{name:<30} {played:>6} {agree:>6} {:>6} {broken:>6}", played - agree)
}

/// What is wrong in a report, one text each: vectors that differ and are not wanted to, or that could not be played.
#[must_use]
pub fn failures(report: &Report, wanted: &WantedDifferences) -> Vec<String> {
    let mut failures = Vec::new();
    for played in &report.played {
        match &played.verdict {
            Verdict::Differs(found) if wanted.find(&played.id).is_none() => {
                failures.push(mismatch(&played.id, found));
            }
            Verdict::Broken(error) => failures.push(broken(&played.id, error)),
            Verdict::Differs(_) | Verdict::Agrees | Verdict::NotServed(_) => {}
        }
    }
    failures
}

/// Wanted differences that are out of date after a whole play, one text each.
#[must_use]
pub fn stale(report: &Report, wanted: &WantedDifferences) -> Vec<String> {
    let text = |id: &Glob| {
        format!(
            "wanted difference `{id}`: no vector that was played differs\nhelp: take the entry out of the file\n"
        )
    };
    wanted.stale(&report.differing()).map(|stale| text(&stale.id)).collect()
}

fn broken(id: &str, error: &TargetError) -> String {
    let mut out = Page::default();
    out.line(0, id);
    out.line(1, &format!("not played: {error}"));
    let mut cause = error.source();
    while let Some(error) = cause {
        out.line(1, &format!("because: {error}"));
        cause = error.source();
    }
    out.0
}

fn mismatch(id: &str, found: &Mismatch) -> String {
    let mut out = Page::default();
    out.line(0, id);
    out.line(1, &format!("step {}  {}", found.step, found.request));
    // A body that differs as a whole is shown below.
    for difference in found.differences.iter().filter(|difference| difference.at != "body") {
        out.line(2, &difference.to_string());
    }
    if let Some((recorded, seen)) = &found.bodies {
        out.line(1, "body  (- recorded, + seen)");
        out.lines(2, &diff(recorded, seen));
    }
    out.0
}

/// The lines that differ, with some around them.
fn diff(recorded: &str, seen: &str) -> String {
    let diff = TextDiff::from_lines(recorded, seen);
    let mut text = String::new();
    for (index, group) in diff.grouped_ops(CONTEXT).iter().enumerate() {
        if index > 0 {
            text.push_str("…\n");
        }
        for change in group.iter().flat_map(|op| diff.iter_changes(op)) {
            let sign = match change.tag() {
                ChangeTag::Delete => '-',
                ChangeTag::Insert => '+',
                ChangeTag::Equal => ' ',
            };
            text.push_str(&format!("{sign} {}\n", change.value().trim_end_matches('\n')));
        }
    }
    text
}

/// Text with indentation.
#[derive(Default)]
struct Page(String);

impl Page {
    fn line(&mut self, depth: usize, text: &str) {
        let line = format!("{:width$}{text}", "", width = depth * 2);
        writeln!(self.0, "{}", line.trim_end()).expect("writing to a string works");
    }

    fn lines(&mut self, depth: usize, text: &str) {
        text.lines().for_each(|line| self.line(depth, line));
    }

    fn pair(&mut self, name: &str, value: &str) {
        self.line(1, &format!("{name:<12} {value}"));
    }
}

fn print_step(out: &mut Page, number: usize, step: &Step) {
    out.line(0, &format!("{number}  {} {}", step.request.method, step.request.path));
    request(out, &step.request);
    if let Some(fault) = &step.fault {
        let call = format!("call {} to {} a {}: {}", fault.nth, fault.verb, fault.kind, fault.error);
        out.pair("fault", &call);
    }
    expected(out, "→", &step.response);
    if let Some(unchecked) = &step.response_without_schema_check {
        expected(out, "→ without its own check:", unchecked);
    }
    if let Some(state) = &step.state {
        print_state(out, state);
    }
}

fn request(out: &mut Page, request: &Request) {
    if let Some(peer) = &request.peer {
        out.pair("peer", peer);
    }
    if let Some(propagated) = &request.propagated {
        out.pair(
            "propagated",
            &match propagated {
                Propagated::Certificate(name) => name.clone(),
                Propagated::Literal(text) => format!("the text `{text}`"),
                Propagated::Unescaped(name) => format!("{name}, not escaped"),
                Propagated::Base64Der(name) => format!("{name}, as base64 of its DER"),
            },
        );
    }
    if let Some(principal) = &request.principal {
        out.pair("principal", &principal_line(principal));
    }
    if let Some(impersonate) = &request.impersonate {
        out.pair("impersonate", &format!("`{impersonate}`"));
    }
    if let Some(bearer) = &request.bearer {
        out.pair("bearer", bearer);
    }
    for (name, value) in &request.headers {
        let value = value.as_ref().map_or_else(|| "not sent".to_owned(), |value| format!("`{value}`"));
        out.pair("header", &format!("{name}: {value}"));
    }
    match &request.content {
        Content::None => {}
        Content::Json(value) => json(out, value),
        Content::Text(text) => out.pair("text", &format!("{text:?}")),
        Content::Form(pairs) => {
            pairs.iter().for_each(|(name, value)| out.pair("form", &format!("{name}={value}")))
        }
        Content::Repeat(repeat) => {
            json(out, &repeat.base);
            out.pair("with", &format!("{} = `{}` × {}", repeat.field, repeat.character, repeat.count));
        }
    }
}

fn principal_line(principal: &Principal) -> String {
    match principal {
        Principal::Plain(value) => value.to_string(),
        Principal::Padded(value) => format!("{value}, padded"),
        Principal::Raw(text) => format!("the text `{text}`"),
        Principal::Signed { value, signature, tamper } => {
            let by = match signature {
                Signature::None => "signed by nobody".to_owned(),
                Signature::By { algorithm, certificate } => {
                    format!("signed by {certificate}, {}", algorithm.name())
                }
            };
            let tamper = tamper.map_or_else(String::new, |tamper| format!(", tampered: {tamper:?}"));
            format!("{value}, {by}{tamper}")
        }
    }
}

fn expected(out: &mut Page, arrow: &str, expected: &Expected) {
    match expected {
        Expected::Aborted => out.line(0, &format!("{arrow} the connection was closed")),
        Expected::Response(ExpectedResponse { status, headers, body, .. }) => {
            out.line(0, &format!("{arrow} {status}"));
            for (name, value) in headers {
                out.line(1, &format!("{name}: {value}"));
            }
            if let Some(body) = body {
                json(out, body);
            }
        }
    }
}

fn json(out: &mut Page, value: &Value) {
    match value {
        Value::String(text) => out.lines(1, text),
        value => out.lines(1, &serde_json::to_string_pretty(value).expect("a value is JSON")),
    }
}

fn print_state(out: &mut Page, state: &State) {
    out.line(0, "state");
    for created in &state.created {
        out.line(1, &format!("created {} {}", created.kind, created.id));
        for (name, value) in &created.labels {
            out.line(2, &format!("label      {name}: {value}"));
        }
        for (name, value) in &created.annotations {
            out.line(2, &format!("annotation {name}: {value}"));
        }
        out.line(2, &format!("spec       {}", created.spec));
    }
    for deleted in &state.deleted {
        out.line(1, &format!("deleted {} {}", deleted.kind, deleted.id));
    }
    for changed in &state.changed {
        out.line(1, &format!("changed {} {}", changed.kind, changed.id));
        for (name, after) in &changed.after {
            let before = changed.before.get(name).unwrap_or(&Value::Null);
            out.line(2, &format!("{name}: {before} → {after}"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compare::Difference;
    use crate::play::Played;
    use serde_json::json;

    fn shown(id: &str) -> String {
        vector(&Book::open().unwrap().find(id).unwrap().vector().unwrap())
    }

    #[test]
    fn vectors_read_well() {
        insta::assert_snapshot!("plain", shown("i.allocations.region-controller/update-to-limit"));
    }

    fn report() -> Report {
        let played = |id: &str, group: &str, verdict| Played {
            id: id.to_owned(),
            service: Service::Identity,
            group: group.to_owned(),
            verdict,
            vector: None,
            seen: Vec::new(),
        };
        let mismatch = Mismatch {
            step: 2,
            request: "GET /a".to_owned(),
            differences: vec![Difference { at: "body.a".into(), expected: Some(json!(1)), seen: None }],
            bodies: Some(("{\n  \"a\": 1\n}".into(), "{}".into())),
        };
        Report {
            played: vec![
                played("a", "auth", Verdict::Agrees),
                played("b", "auth", Verdict::Differs(Box::new(mismatch))),
                played("c", "auth", Verdict::NotServed("with a bearer token".into())),
                played("d", "crud", Verdict::NotServed("of another group".into())),
                played("e", "acl", Verdict::Broken("the wire is cut".into())),
            ],
        }
    }

    #[test]
    fn reports_read_well() {
        insta::assert_snapshot!("summary", summary(&report()));
        insta::assert_snapshot!("failures", failures(&report(), &WantedDifferences::default()).join("\n"));
    }

    #[test]
    fn a_wanted_difference_is_no_failure_and_a_stale_one_is() {
        let wanted = |id: &str| {
            WantedDifferences::parse(&format!("[[difference]]\nid = '{id}'\nreason = 'so'")).unwrap()
        };
        assert_eq!(failures(&report(), &wanted("b")).len(), 1);
        assert_eq!(failures(&report(), &wanted("a")).len(), 2);
        assert_eq!(stale(&report(), &wanted("b")), [""; 0]);
        assert!(stale(&report(), &wanted("a"))[0].starts_with("wanted difference `a`: no vector"));
    }
}
