//! Runs beside each other: differences and the matrix. Read the snapshots as their readers would.

use std::collections::BTreeMap;

use plumbline::case::{Axes, Case, CaseResult, Finding, Level, Volatile};
use plumbline::event::{self, Client, Ended, Event, FORMAT, Finished, Rerun, Run, Started, Took};
use plumbline::report::diff::{self, Comparison, Diff, Trend};
use plumbline::report::matrix::{self, Matrix};
use plumbline::report::{ReadError, Style, json, read};
use plumbline::verdict::Verdict;

/// What came of a case.
type Came<'a> = (&'a str, Verdict, &'a [&'a str]);

fn finding(message: &str) -> Finding {
    Finding {
        check: "outcome".to_owned(),
        message: message.to_owned(),
        expected: Some("conflict".to_owned()),
        seen: Some("unexpected".to_owned()),
        help: None,
        location: None,
        exchanges: vec![1],
    }
}

fn result((id, verdict, findings): Came<'_>) -> CaseResult {
    CaseResult {
        case: Case {
            id: id.to_owned(),
            scenario: id.to_owned(),
            suite: id.split('/').next().unwrap_or_default().to_owned(),
            requirement: "A client tells what happened.".to_owned(),
            level: Level::Must,
            source: "contract §4".to_owned(),
            file: format!("scenarios/{id}.yaml"),
            axes: Axes::default(),
        },
        verdict,
        reason: (verdict == Verdict::Unsupported)
            .then(|| "the client lacks the capability `clock`".to_owned()),
        findings: findings.iter().map(|message| finding(message)).collect(),
        connections: Vec::new(),
        exchanges: Vec::new(),
        met: Vec::new(),
        told: Vec::new(),
        volatile: Volatile { duration_ms: 12, ..Volatile::default() },
    }
}

/// A run of these cases, and of more that were not played.
fn run(version: &str, came: &[Came<'_>], not_played: &[&str]) -> Run {
    let planned = came.iter().map(|(id, ..)| *id).chain(not_played.iter().copied());
    let mut run = Run::begin(Started {
        format: FORMAT,
        plumbline: "0.1.0".to_owned(),
        client: Client { name: "example".to_owned(), version: version.to_owned(), language: "Go".to_owned() },
        revision: "S2".to_owned(),
        seed: 1,
        rerun: Rerun::default(),
        planned: planned.map(str::to_owned).collect(),
    });
    for (came, number) in came.iter().zip(1..) {
        run.take(Event::judged(number, &result(*came)));
    }
    let counts = run.counts();
    run.take(Event::Finished(Finished {
        ended: Ended::Complete,
        counts,
        stale: Vec::new(),
        volatile: Took { duration_ms: 400 },
    }));
    run
}

fn before() -> Run {
    run(
        "1.0",
        &[
            ("errors/conflict", Verdict::Pass, &[]),
            ("errors/gone", Verdict::Fail, &["expected `gone`"]),
            ("errors/listed", Verdict::Fail, &["expected `listed`"]),
            ("errors/more", Verdict::Fail, &["expected `more`"]),
            ("errors/same", Verdict::Fail, &["expected `same`"]),
            ("references/dropped", Verdict::Pass, &[]),
            ("references/retired", Verdict::Pass, &[]),
            ("rotation/claimed", Verdict::Unsupported, &[]),
            ("rotation/disclaimed", Verdict::Pass, &[]),
        ],
        &[],
    )
}

fn after() -> Run {
    let mut after = run(
        "1.1",
        &[
            ("errors/conflict", Verdict::Fail, &["expected the class `conflict`"]),
            ("errors/gone", Verdict::Pass, &[]),
            ("errors/listed", Verdict::KnownFail, &["expected `listed`"]),
            ("errors/more", Verdict::Fail, &["expected `more`", "a connection stays open\nafter the close"]),
            ("errors/same", Verdict::Fail, &["expected `same`"]),
            ("principal/new", Verdict::Pass, &[]),
            ("rotation/claimed", Verdict::Pass, &[]),
            ("rotation/disclaimed", Verdict::Unsupported, &[]),
        ],
        &["references/dropped"],
    );
    after.started.seed = 7;
    after.started.revision = "S1".to_owned();
    after.finished = None;
    after
}

#[test]
fn differences_for_people() {
    insta::assert_snapshot!(diff::render(&Diff::between(&before(), &after()), Style::PLAIN));
}

#[test]
fn differences_for_programs() {
    let text = diff::json(&Diff::between(&before(), &after()));
    let document: serde_json::Value = serde_json::from_str(&text).expect("it is JSON");
    assert_eq!(document["comparison"], "worse");
    let changes = document["differences"]["changes"].as_array().expect("they are a list");
    let trends: Vec<_> = changes.iter().map(|change| change["trend"].as_str().expect("it is text")).collect();
    assert_eq!(trends, ["worse", "better", "otherwise", "worse", "lost", "better", "worse"]);
}

#[test]
fn a_run_beside_itself_is_the_same() {
    let text = diff::render(&Diff::between(&before(), &before()), Style::PLAIN);
    assert!(text.ends_with("B is not worse than A: 9 the same\n"), "{text}");
}

#[track_caller]
fn compares(before: Came<'_>, after: Came<'_>, expected: (Comparison, Option<Trend>)) {
    let diff = Diff::between(&run("1", &[before], &[]), &run("2", &[after], &[]));
    assert_eq!((diff.comparison(), diff.changes.first().map(|change| change.trend)), expected);
}

fn one<'a>(verdict: Verdict) -> Came<'a> {
    found(verdict, &[])
}

fn found<'a>(verdict: Verdict, findings: &'a [&'a str]) -> Came<'a> {
    ("a/b", verdict, findings)
}

#[test]
fn what_is_worse() {
    use Verdict::{Fail, Incomplete, KnownFail, Pass, UnexpectedPass, Unsupported};
    let (worse, better) = (Comparison::Worse, Comparison::NotWorse);
    compares(one(Pass), found(Fail, &["x"]), (worse, Some(Trend::Worse)));
    compares(one(Pass), found(KnownFail, &["x"]), (worse, Some(Trend::Worse)));
    compares(one(Unsupported), found(Fail, &["x"]), (worse, Some(Trend::Worse)));
    compares(one(Pass), one(Unsupported), (worse, Some(Trend::Worse)));
    compares(found(Fail, &["x"]), found(Fail, &["x", "y"]), (worse, Some(Trend::Worse)));
    compares(found(Fail, &["x", "y"]), found(Fail, &["x"]), (better, Some(Trend::Better)));
    compares(found(Fail, &["x"]), found(Fail, &["y"]), (better, Some(Trend::Otherwise)));
    compares(found(Fail, &["x"]), found(KnownFail, &["x"]), (better, Some(Trend::Otherwise)));
    compares(found(Fail, &["x"]), one(Pass), (better, Some(Trend::Better)));
    compares(one(Pass), one(UnexpectedPass), (better, Some(Trend::Otherwise)));
    compares(one(Pass), one(Incomplete), (Comparison::Incomplete, Some(Trend::Lost)));
    compares(one(Incomplete), found(Fail, &["x"]), (better, Some(Trend::Otherwise)));
    compares(one(Pass), one(Pass), (better, None));
    compares(one(Pass), ("a/c", Pass, &[]), (Comparison::NothingInCommon, None));
}

#[test]
fn a_run_is_read_from_its_log_and_from_its_report() {
    let run = before();
    assert_eq!(read(&json::render(&run)).expect("it is a report"), run);
    let finished = run.finished.clone().expect("it has ended");
    let judged = run.results.iter().map(|(number, result)| Event::judged(*number, result));
    let events = std::iter::once(Event::Started(run.started.clone())).chain(judged);
    let log: String = events.chain([Event::Finished(finished)]).map(|event| event::line(&event)).collect();
    assert_eq!(read(&log).expect("it is a log"), run);
    let cut = read(&log[..log.len() - 200]).expect("a log may be cut");
    assert!(cut.finished.is_none());
}

#[track_caller]
fn refuses(text: &str, expected: &str) {
    let error = read(text).expect_err("it is no report");
    let cause = std::error::Error::source(&error).map(|cause| format!(": {cause}")).unwrap_or_default();
    assert_eq!(format!("{error}{cause}"), expected);
}

#[test]
fn what_is_no_report() {
    refuses(" \n", "it is empty");
    refuses(
        "<xml/>",
        "expected an event log or the JSON report of a run, saw expected value at line 1 column 1",
    );
    refuses("{}", "expected an event log or the JSON report of a run, saw another document");
    refuses("[1]", "expected an event log or the JSON report of a run, saw another document");
    let report = json::render(&before());
    refuses(
        &report.replace("\"format\": 1", "\"format\": 3"),
        "the report has format 3; this version reads 1",
    );
    let foreign = report.replacen("\"errors/conflict\"", "\"errors/other\"", 1);
    refuses(&foreign, "as the JSON report of a run: `errors/conflict` was not planned");
    let cut: String = report.chars().take(report.chars().count() / 2).collect();
    assert!(matches!(read(&cut), Err(ReadError::Other(_))));
    refuses(
        "{\"event\":\"judged\"}\n",
        "as an event log: expected a `started` event on line 1, saw missing field `number`",
    );
}

fn clients() -> Vec<Run> {
    let mut odd = after();
    odd.started.client = Client {
        name: "a client <with> a name & then some more of it".to_owned(),
        version: "2\u{7}".to_owned(),
        language: "C++".to_owned(),
    };
    vec![before(), odd]
}

#[test]
fn the_matrix_on_a_terminal() {
    insta::assert_snapshot!(matrix::text(&Matrix::of(&clients()), Style::PLAIN));
}

#[test]
fn the_matrix_as_a_picture() {
    insta::assert_snapshot!(matrix::svg(&Matrix::of(&clients())));
}

#[test]
fn the_picture_tells_by_signs_what_it_tells_by_colour() {
    let picture = matrix::svg(&Matrix::of(&clients()));
    let without_look = &picture[picture.find("</style>").expect("it has a look")..];
    for (verdict, count) in clients().iter().flat_map(Run::counts).collect::<BTreeMap<_, _>>() {
        assert!(count > 0 && without_look.contains(&format!("class=\"{verdict}\"")), "{verdict}");
    }
    let numbers = without_look.split("<text").filter(|text| text.contains('✓') || text.contains('✗')).count();
    assert!(numbers >= clients().len() * 2, "{numbers} cells say it in signs");
}
