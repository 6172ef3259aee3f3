//! The command as people use it: help, exit codes, reports, logs.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use rustix::process::{Pid, Signal, kill_process};

/// A scenario that every right client passes, over identity.
const PASSES: &str = "errors/not-found@identity";
/// And one of another suite.
const PASSES_TOO: &str = "principal/live/exact@identity";

fn plumbline(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_plumbline"));
    command.args(arguments).env("COLUMNS", "100").env("NO_COLOR", "1");
    command
}

fn run(arguments: &[&str]) -> Output {
    plumbline(arguments).output().expect("the command can be started")
}

fn out(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn err(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[track_caller]
fn exits(arguments: &[&str], code: i32) -> Output {
    let output = run(arguments);
    assert_eq!(output.status.code(), Some(code), "{arguments:?}\n{}\n{}", out(&output), err(&output));
    output
}

fn script(name: &str) -> String {
    let path =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../runner/tests/drivers").join(format!("{name}.sh"));
    path.to_str().expect("the path is text").to_owned()
}

fn write(folder: &Path, name: &str, text: &str) -> String {
    let path = folder.join(name);
    std::fs::write(&path, text).expect("a temporary folder can be written to");
    path.to_str().expect("the path is text").to_owned()
}

#[test]
fn every_help_begins_with_an_example() {
    let commands: [&[&str]; 23] = [
        &[],
        &["run"],
        &["list"],
        &["explain"],
        &["lint"],
        &["fuzz"],
        &["replay"],
        &["serve"],
        &["vectors"],
        &["driver"],
        &["report"],
        &["driver", "check"],
        &["report", "render"],
        &["vectors", "show"],
        &["verify"],
        &["skew"],
        &["interface"],
        &["interface", "extract"],
        &["interface", "diff"],
        &["interface", "check"],
        &["interface", "accept"],
        &["interface", "expire"],
        &["interface", "explain"],
    ];
    for command in commands {
        let arguments: Vec<&str> = command.iter().copied().chain(["--help"]).collect();
        let text = out(&exits(&arguments, 0));
        assert!(text.starts_with("Example"), "{arguments:?}:\n{text}");
    }
    insta::assert_snapshot!("help", out(&run(&["--help"])));
    insta::assert_snapshot!("help_run", out(&run(&["run", "--help"])));
}

#[test]
fn a_client_that_conforms_is_0() {
    let output = exits(&["run", "--run", PASSES, "--run", PASSES_TOO], 0);
    assert!(out(&output).contains("✓ 2 pass"), "{}", out(&output));
    assert!(out(&output).ends_with("conforms: 2 of 2 cases judged\n"), "{}", out(&output));
}

#[test]
fn a_client_that_does_not_is_1_and_the_report_says_why() {
    let output = exits(&["run", "--run", PASSES, "--", "sh", &script("right")], 1);
    let text = out(&output);
    // The driver is a script that answers `ok` to everything and sends nothing.
    for expected in [
        "✗ fail errors/not-found@identity",
        "expected",
        "this does not hold",
        "play it again",
        "--run errors/not-found@identity -- sh",
    ] {
        assert!(text.contains(expected), "`{expected}` in\n{text}");
    }
    assert!(err(&output).contains("✗ fail"), "one line while it runs: {}", err(&output));
}

#[test]
fn sequences_are_played_kept_and_played_again() {
    let folder = tempfile::tempdir().expect("there is room");
    let regressions = folder.path().join("found");
    let regressions = regressions.to_str().expect("the path is text");
    let output = exits(&["fuzz", "--cases", "20", "--regressions", regressions], 0);
    assert!(out(&output).starts_with("20 sequences of seed 1 in "), "{}", out(&output));
    assert!(!Path::new(regressions).exists(), "nothing is kept where nothing fails");

    // The driver is a script that answers `ok` to everything and sends nothing.
    let driver = script("right");
    let output = exits(&["fuzz", "--cases", "20", "--regressions", regressions, "--", "sh", &driver], 4);
    assert!(err(&output).contains("there is nothing to try"), "{}", err(&output));

    let steps = "steps:\n  - call: identity.references.add\nfaults:\n  - { step: 1, fault: unavailable, request: 1 }\n";
    let file = write(folder.path(), "one.yaml", steps);
    let text = out(&exits(&["replay", &file], 0));
    for expected in ["✓ pass", "what travelled", "503", "plumbline replay "] {
        assert!(text.contains(expected), "`{expected}` in\n{text}");
    }
}

#[test]
fn wrong_usage_is_2() {
    let folder = tempfile::tempdir().expect("there is room");
    let known = write(folder.path(), "known.toml", "[[known]]\nid = 'errors/*'\n");
    let scenario = write(folder.path(), "wrong.yaml", "requirement: [\n");
    let steps =
        "steps: [{ call: identity.references.add }]\nfaults: [{ step: 1, fault: lots, request: 1 }]\n";
    let sequence = write(folder.path(), "sequence.yaml", steps);
    for (arguments, said) in [
        (vec!["run", "--jobs", "none"], "invalid value"),
        (vec!["run", "--shard", "3/2"], "`3/2` names no shard"),
        (vec!["run", "--run", ""], "a pattern is not empty"),
        (vec!["judge"], "unrecognized subcommand"),
        (vec!["run", "--known", &known], "missing field `reason`"),
        (vec!["run", "--known", "./no-such-list"], "read `./no-such-list`"),
        (vec!["run", "--", "./no-such-driver"], "start the driver `./no-such-driver`"),
        (vec!["lint", &scenario], "cannot be used"),
        (vec!["explain", "errors/not-fond"], "no scenario or case has the id"),
        (vec!["fuzz", "--max-time", "soon"], "`soon` is no time span"),
        (vec!["replay", "./no-such-file"], "read `./no-such-file`"),
        (vec!["replay", &sequence], "there is no fault `lots`"),
        (vec!["vectors", "show", "none"], "no vector has the id `none`"),
        (vec!["vectors", "list", "none"], "no group is called `none`"),
        (vec!["report", "render", &known], "is no report of a run"),
    ] {
        let output = exits(&arguments, 2);
        assert!(err(&output).contains(said), "{arguments:?}: {}", err(&output));
        assert_eq!(out(&output), "", "{arguments:?}: nothing but data on standard output");
    }
}

#[test]
fn a_driver_that_fails_is_3() {
    let output = exits(&["run", "--run", PASSES, "--", "sh", &script("exits-in-call")], 3);
    let text = out(&output);
    for expected in
        ["the driver exited with status 2 while call", "panic: index out of range", "incomplete: 1 of 1 case"]
    {
        assert!(text.contains(expected), "`{expected}` in\n{text}");
    }
    let output = exits(&["run", "--run", PASSES, "--", "sh", &script("dies-at-once")], 3);
    assert!(err(&output).contains("cannot find module uni"), "{}", err(&output));
}

#[test]
fn after_three_failures_the_rest_is_incomplete_and_a_failure_would_still_be_1() {
    let output =
        exits(&["run", "--run", "errors/*@identity", "--jobs", "1", "--", "sh", &script("trouble")], 3);
    assert!(out(&output).contains("the driver failed in 3 cases in a row"), "{}", out(&output));
}

#[test]
fn nothing_selected_is_4() {
    exits(&["run", "--run", "no/such/case"], 4);
    exits(&["list", "--run", "no/such/case"], 4);
}

#[test]
fn a_stale_entry_is_1() {
    let folder = tempfile::tempdir().expect("there is room");
    let known =
        write(folder.path(), "known.toml", "[[known]]\nid = 'errors/not-found*'\nreason = 'ticket 7'\n");
    let output = exits(&["run", "--run", PASSES, "--known", &known], 1);
    assert!(
        out(&output).contains("! stale entry `errors/not-found*`: nothing fails there any more"),
        "{}",
        out(&output)
    );
    // Cases that were not selected say nothing about an entry.
    exits(&["run", "--run", PASSES_TOO, "--known", &known], 0);
    let nowhere = write(folder.path(), "nowhere.toml", "[[known]]\nid = 'no/such'\nreason = 'ticket 7'\n");
    let output = exits(&["run", "--run", PASSES, "--known", &nowhere], 1);
    assert!(out(&output).contains("no case has such an id"), "{}", out(&output));
}

#[test]
fn a_known_failure_is_0_and_an_unexpected_pass_1() {
    let folder = tempfile::tempdir().expect("there is room");
    let entry = format!("[[known]]\nid = '{PASSES}'\nreason = 'ticket 7'\n");
    let known = write(folder.path(), "known.toml", &entry);
    let output = exits(&["run", "--run", PASSES, "--known", &known, "--", "sh", &script("right")], 0);
    assert!(out(&output).contains("~ 1 known-fail"), "{}", out(&output));
    let output = exits(&["run", "--run", PASSES, "--known", &known], 1);
    assert!(out(&output).contains("! 1 unexpected-pass"), "{}", out(&output));
}

#[test]
fn what_a_client_does_not_claim_is_counted_with_what_it_lacks() {
    let output = exits(&["run", "--run", "rotation/*", "--", "sh", &script("right")], 0);
    assert!(out(&output).contains("the client lacks the capability"), "{}", out(&output));
    assert!(out(&output).contains("supports none of"), "{}", out(&output));
}

#[test]
fn fail_fast_stops_at_the_first_failure() {
    let output =
        exits(&["run", "--run", "errors/*", "--jobs", "1", "--fail-fast", "--", "sh", &script("right")], 1);
    assert!(out(&output).contains("not played: the run stops at the first failure"), "{}", out(&output));
}

#[test]
fn quiet_says_only_what_it_amounts_to() {
    let output = exits(&["run", "-q", "--run", PASSES, "--", "sh", &script("right")], 1);
    assert_eq!(err(&output), "");
    assert!(!out(&output).contains("play it again"), "{}", out(&output));
    let verbose = exits(&["run", "-v", "--run", PASSES], 0);
    assert!(err(&verbose).contains("✓ pass"), "{}", err(&verbose));
}

#[test]
fn colors_are_wanted_or_not() {
    let colored = |arguments: &[&str]| out(&run(arguments)).contains("\u{1b}[");
    assert!(!colored(&["run", "--run", PASSES]));
    assert!(colored(&["run", "--run", PASSES, "--color", "always"]));
    assert!(!colored(&["run", "--run", PASSES, "--color", "never"]));
}

#[test]
fn reports_render_again_from_the_log() {
    let folder = tempfile::tempdir().expect("there is room");
    let reports = folder.path().join("deep/reports");
    let name = reports.to_str().expect("the path is text");
    exits(&["run", "--run", PASSES, "--run", PASSES_TOO, "--report-dir", name], 0);
    let read = |file: &str| std::fs::read_to_string(reports.join(file)).expect("the run wrote it");
    let events = reports.join("events.jsonl");
    let render = |format: &str| {
        out(&exits(&["report", "render", events.to_str().expect("the path is text"), "--format", format], 0))
    };
    assert_eq!(render("json"), read("report.json"));
    assert_eq!(render("junit"), read("junit.xml"));
    assert!(render("terminal").contains("✓ 2 pass"));
    let log = read("events.jsonl");
    assert!(!log.contains("-----BEGIN") && !log.contains("PRIVATE KEY"), "no secret is in the log");
}

#[test]
fn runs_are_compared_and_shown_beside_each_other() {
    let folder = tempfile::tempdir().expect("there is room");
    let path = |name: &str| folder.path().join(name).to_str().expect("the path is text").to_owned();
    let (right, wrong, other) = (path("right"), path("wrong"), path("other"));
    exits(&["run", "--run", PASSES, "--report-dir", &right], 0);
    exits(&["run", "--run", PASSES, "--report-dir", &wrong, "--", "sh", &script("right")], 1);
    exits(&["run", "--run", PASSES_TOO, "--seed", "2", "--report-dir", &other], 0);

    let worse = out(&exits(&["report", "diff", &right, &wrong], 1));
    assert!(worse.contains(&format!("✓ pass → ✗ fail {PASSES}")), "{worse}");
    exits(&["report", "diff", &wrong, &right], 0);
    exits(&["report", "diff", &right, &format!("{right}/report.json")], 0);
    let nothing = out(&exits(&["report", "diff", &right, &other], 4));
    assert!(nothing.contains("note: A has seed 1, B 2"), "{nothing}");
    let same = out(&exits(&["report", "diff", &right, &right, "--format", "json"], 0));
    assert!(same.contains("\"comparison\": \"not-worse\""), "{same}");

    let picture = path("matrix.svg");
    let text = out(&exits(&["report", "matrix", &right, &wrong, "--svg", &picture], 0));
    assert!(text.contains("errors") && text.contains("✗ 1"), "{text}");
    let drawn = std::fs::read_to_string(&picture).expect("it was written");
    exits(&["report", "matrix", &right, &wrong, "--svg", &picture], 0);
    assert_eq!(std::fs::read_to_string(&picture).expect("it was written"), drawn);

    let empty = path("empty");
    std::fs::create_dir(&empty).expect("there is room");
    let error = err(&exits(&["report", "diff", &right, &empty], 2));
    assert!(error.contains("holds neither `events.jsonl` nor `report.json`"), "{error}");
    exits(&["report", "diff", &right, &path("nowhere")], 2);
}

#[test]
fn two_runs_have_the_same_log_but_for_volatile_members() {
    let folder = tempfile::tempdir().expect("there is room");
    let log = |name: &str| {
        let reports = folder.path().join(name);
        let path = reports.to_str().expect("the path is text").to_owned();
        exits(&["run", "--run", "errors/*", "--seed", "7", "--report-dir", &path], 0);
        let text = std::fs::read_to_string(reports.join("events.jsonl")).expect("the run wrote it");
        text.lines().map(without_volatile).collect::<Vec<_>>()
    };
    assert_eq!(log("first"), log("second"));
}

fn without_volatile(line: &str) -> serde_json::Value {
    fn strip(value: &mut serde_json::Value) {
        match value {
            serde_json::Value::Object(members) => {
                members.shift_remove("volatile");
                members.values_mut().for_each(strip);
            }
            serde_json::Value::Array(items) => items.iter_mut().for_each(strip),
            _ => {}
        }
    }
    let mut value = serde_json::from_str(line).expect("a line of the log is JSON");
    strip(&mut value);
    value
}

/// A run whose first case never ends, and the folder of its reports; it goes on once its heading was read.
fn hanging(folder: &Path) -> (std::process::Child, PathBuf) {
    let reports = folder.join("reports");
    let path = reports.to_str().expect("the path is text").to_owned();
    let arguments = ["run", "-v", "--jobs", "1", "--run", "errors/*@identity", "--report-dir", &path];
    let mut child = plumbline(&arguments)
        .args(["--", "sh", &script("second-case-hangs")])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the command can be started");
    let errors = BufReader::new(child.stderr.take().expect("it was asked for"));
    // The first case has ended once it has its line; the second hangs.
    let seen = errors.lines().map_while(Result::ok).any(|line| line.contains("errors/"));
    assert!(seen, "the first case ends");
    (child, reports)
}

#[test]
fn a_killed_run_leaves_a_log_that_can_be_read() {
    let folder = tempfile::tempdir().expect("there is room");
    let (mut child, reports) = hanging(folder.path());
    child.kill().expect("it runs");
    child.wait().expect("it has ended");
    let events = reports.join("events.jsonl");
    let output = exits(&["report", "render", events.to_str().expect("the path is text")], 0);
    assert!(out(&output).contains("not played: the run was ended from outside"), "{}", out(&output));
    assert!(out(&output).contains("✗ fail errors/"), "{}", out(&output));
}

#[test]
fn an_interrupted_run_is_130_with_a_partial_report() {
    let folder = tempfile::tempdir().expect("there is room");
    let (child, reports) = hanging(folder.path());
    let number = i32::try_from(child.id()).expect("it is a process's number");
    kill_process(Pid::from_raw(number).expect("it is one"), Signal::INT).expect("it runs");
    let output = child.wait_with_output().expect("it ends");
    assert_eq!(output.status.code(), Some(130));
    assert!(out(&output).contains("not played: the run was interrupted"), "{}", out(&output));
    let junit = std::fs::read_to_string(reports.join("junit.xml")).expect("it was written all the same");
    assert!(junit.contains("not played: the run ended before"));
}

#[test]
fn list_and_explain() {
    let ids = out(&exits(&["list", "--run", "errors/not-found*"], 0));
    assert_eq!(ids, "errors/not-found@identity\nerrors/not-found@region\n");
    let thirds: usize = ["1/3", "2/3", "3/3"]
        .iter()
        .map(|shard| out(&run(&["list", "--shard", shard])).lines().count())
        .sum();
    assert_eq!(thirds, out(&run(&["list"])).lines().count());
    insta::assert_snapshot!("explain", out(&exits(&["explain", "errors/not-found@region"], 0)));
    insta::assert_snapshot!("explain_unknown", err(&exits(&["explain", "errors/not-fond"], 2)));
}

#[test]
fn lint_points_at_the_place() {
    let folder = tempfile::tempdir().expect("there is room");
    let path = write(
        folder.path(),
        "wrong.yaml",
        "requirement: A client lists.\nlevel: mst\nsource: x\nsteps: []\n",
    );
    let text = err(&exits(&["lint", &path], 2));
    assert!(text.contains("1 of 1 scenario files cannot be used"), "{text}");
    assert!(text.contains("level: mst"), "{text}");
    exits(&["lint"], 0);
}

#[test]
fn lint_takes_folders_and_refuses_what_is_no_scenario() {
    let folder = tempfile::tempdir().expect("there is room");
    let below = folder.path().join("errors");
    std::fs::create_dir(&below).expect("there is room");
    let path = folder.path().to_str().expect("the path is text");
    assert!(err(&exits(&["lint", path], 2)).contains("no scenario file is there"));
    write(&below, "huge.yaml", &"a".repeat(1 << 20));
    write(&below, "notes.txt", "no scenario");
    let text = err(&exits(&["lint", path], 2));
    assert!(text.contains("1 of 1 scenario files cannot be used"), "{text}");
    assert!(text.contains("expected a scenario of at most 65536 bytes, saw 1048576"), "{text}");
    assert!(text.len() < 1000, "{text}");
}

#[test]
fn lint_refuses_what_a_client_that_does_nothing_passes() {
    let folder = tempfile::tempdir().expect("there is room");
    let text = "requirement: A client says that all is well.\nlevel: must\nsource: x\napis: [identity]\n\
                steps: [{ call: list, expect: { outcome: ok } }]\n";
    let path = write(folder.path(), "idle.yaml", text);
    exits(&["lint", &path], 2);
}

#[test]
fn driver_check_says_what_is_wrong() {
    let check = |name: &str, code: i32| out(&exits(&["driver", "check", "--", "sh", &script(name)], code));
    insta::assert_snapshot!("check_does_nothing", check("right", 1));
    insta::assert_snapshot!("check_prose_first", check("prose-first", 1));
    let twice = check("answers-twice", 1);
    assert!(twice.contains("and then: call 3 was answered twice"), "{twice}");
    let exits_in_call = check("exits-in-call", 1);
    assert!(exits_in_call.contains("the driver said: panic: index out of range"), "{exits_in_call}");
}

#[test]
fn the_schema_is_the_protocol_s() {
    let schema: serde_json::Value =
        serde_json::from_str(&out(&exits(&["driver", "schema"], 0))).expect("it is JSON");
    assert_eq!(schema, plumbline_protocol::schema());
}

#[test]
fn vectors_are_listed_and_shown() {
    let groups = out(&exits(&["vectors", "list"], 0));
    assert!(groups.lines().last().is_some_and(|line| line.ends_with("8608")), "{groups}");
    let ids = out(&exits(&["vectors", "list", "identity/trace"], 0));
    let id = ids.lines().next().expect("the group has vectors");
    assert!(out(&exits(&["vectors", "show", id], 0)).starts_with(id));
    let played = out(&exits(&["vectors", "play", "--run", id], 0));
    assert!(played.contains("trace"), "{played}");
}

#[test]
fn serve_says_where_it_is_and_stops_when_told() {
    let folder = tempfile::tempdir().expect("there is room");
    let credentials = folder.path().join("credentials");
    let mut child = plumbline(&["serve", "--credentials", credentials.to_str().expect("the path is text")])
        .stdout(Stdio::piped())
        .spawn()
        .expect("the command can be started");
    let mut line = String::new();
    BufReader::new(child.stdout.take().expect("it was asked for")).read_line(&mut line).expect("it says so");
    let said: serde_json::Value = serde_json::from_str(&line).expect("it is JSON");
    assert!(
        said["identity"].as_str().is_some_and(|address| address.starts_with("https://localhost:")),
        "{line}"
    );
    let number = i32::try_from(child.id()).expect("it is a process's number");
    kill_process(Pid::from_raw(number).expect("it is one"), Signal::TERM).expect("it runs");
    assert_eq!(child.wait().expect("it ends").code(), Some(0));
}
