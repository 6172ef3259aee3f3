//! `plumbline interface` as people use it: exit codes, what is frozen, and what is refused.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

const OLD: &str = "# plumbline interface 1\n# language go\n# name example.com/client\n# release v1.0.0\n\
                   func ./.Close  type=func()\nfunc ./.Open  type=func(string) error\n";
const NEW: &str = "# plumbline interface 1\n# language go\n# name example.com/client\n# release v1.0.1\n\
                   func ./.Close  type=func()\n";

fn run(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_plumbline"));
    command.current_dir(folder).arg("interface").args(arguments).env("COLUMNS", "100").env("NO_COLOR", "1");
    command.output().expect("the command can be started")
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

#[track_caller]
fn exits(folder: &Path, arguments: &[&str], code: i32) -> String {
    let output = run(folder, arguments);
    let said = said(&output);
    assert_eq!(output.status.code(), Some(code), "{arguments:?}\n{said}");
    said
}

fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder");
    for (name, text) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().expect("it is in the folder")).expect("a folder");
        fs::write(path, text).expect("a file");
    }
    folder
}

#[test]
fn a_break_is_1_and_none_is_0() {
    let folder = folder(&[("old.txt", OLD), ("new.txt", NEW)]);
    let said = exits(folder.path(), &["diff", "old.txt", "new.txt"], 1);
    assert!(said.contains("GO-FUNC-REMOVED func ./.Open"), "{said}");
    assert!(said.contains("POL-PATCH-BREAK"), "{said}");
    exits(folder.path(), &["diff", "old.txt", "old.txt"], 0);
}

#[test]
fn every_format_is_one() {
    let folder = folder(&[("old.txt", OLD), ("new.txt", NEW)]);
    let text = |format: &str| exits(folder.path(), &["diff", "old.txt", "new.txt", "--format", format], 1);
    let json: serde_json::Value = serde_json::from_str(&text("json")).expect("it is JSON");
    assert_eq!(json["step"], "major");
    assert_eq!(json["comparisons"][0]["matrix"]["go-src"]["breaking"], 1);
    assert!(text("junit").starts_with("<?xml"));
    assert!(text("markdown").starts_with("## example.com/client v1.0.0 → v1.0.1"));
}

#[test]
fn a_waiver_lets_pass_what_it_names_and_nothing_else() {
    let folder = folder(&[("old.txt", OLD), ("new.txt", &NEW.replace("v1.0.1", "main"))]);
    let arguments = ["diff", "old.txt", "new.txt", "--format", "json", "--waivers", "waivers.toml"];
    let write = |fingerprint: &str| {
        let text = format!(
            "[[waiver]]\nfingerprint = \"{fingerprint}\"\nreason = \"it never did what it promised\"\n\
             owner = \"someone@example.com\"\nexpires = \"9999-12-31\"\n"
        );
        fs::write(folder.path().join("waivers.toml"), text).expect("a file");
    };
    write("0123456789abcdef");
    let said = exits(folder.path(), &arguments, 1);
    assert!(said.contains("POL-WAIVER-UNUSED"), "{said}");
    let json: serde_json::Value = serde_json::from_str(&said).expect("it is JSON");
    let fingerprint = &json["comparisons"][0]["roots"][0]["findings"][0]["fingerprint"];
    write(fingerprint.as_str().expect("it has one"));
    exits(folder.path(), &arguments, 0);
}

#[test]
fn what_cannot_be_read_is_2_and_says_where() {
    let folder = folder(&[("old.txt", OLD), ("bad.txt", "# plumbline interface 1\nhello\n"), ("x/y.md", "")]);
    let said = exits(folder.path(), &["diff", "old.txt", "bad.txt"], 2);
    assert!(said.contains("bad.txt:2") || said.contains("bad.txt:1"), "{said}");
    let said = exits(folder.path(), &["extract", "x"], 2);
    assert!(said.contains("--language"), "{said}");
    exits(folder.path(), &["extract", "go:example.com/client"], 2);
    let said = exits(folder.path(), &["explain", "GO-FUNC-REMOVE"], 2);
    assert!(said.contains("GO-FUNC-REMOVED"), "{said}");
    exits(folder.path(), &["explain", "GO-FUNC-REMOVED"], 0);
}

const POLICY: &str = "[[interface]]\nname = \"scenarios\"\ncandidate = \"scenarios\"\nlanguage = \"names\"\n";

/// A repository with a scenario that is frozen.
fn frozen() -> tempfile::TempDir {
    let folder = folder(&[("snapshots/ours/policy.toml", POLICY), ("scenarios/trace/kept.yaml", "")]);
    exits(folder.path(), &["accept", "ours", "v1.0.0", "--today", "2026-12-01"], 0);
    folder
}

#[test]
fn what_was_promised_is_held() {
    let folder = frozen();
    let check = ["check", "--today", "2026-12-02"];
    exits(folder.path(), &check, 0);
    fs::write(folder.path().join("scenarios/trace/more.yaml"), "").expect("a file");
    exits(folder.path(), &check, 0);
    fs::rename(
        folder.path().join("scenarios/trace/kept.yaml"),
        folder.path().join("scenarios/trace/other.yaml"),
    )
    .expect("a file can be renamed");
    let said = exits(folder.path(), &check, 1);
    assert!(said.contains("NAME-REMOVED name trace/kept"), "{said}");
    exits(folder.path(), &["expire", "ours", "v1.0.0", "--today", "2026-12-02"], 0);
    let said = exits(folder.path(), &check, 1);
    assert!(said.contains("POL-EXPIRED-EARLY release ours v1.0.0"), "{said}");
}

#[test]
fn an_edited_snapshot_is_refused() {
    let folder = frozen();
    let check = ["check", "--today", "2026-12-02"];
    let file = folder.path().join("snapshots/ours/v1.0.0/scenarios.txt");
    let text = fs::read_to_string(&file).expect("it is frozen");
    fs::write(&file, text.replace("kept", "lost")).expect("a file");
    let said = exits(folder.path(), &check, 1);
    assert!(said.contains("POL-SNAPSHOT-EDITED snapshot ours/v1.0.0/scenarios.txt"), "{said}");
    let lock = folder.path().join("snapshots/LOCK");
    let text = fs::read_to_string(&lock).expect("there is a lock");
    fs::write(&lock, text.replace("v1.0.0", "v1.0.1")).expect("a file");
    let said = exits(folder.path(), &check, 2);
    assert!(said.contains("expected seal"), "{said}");
}

const CLIENT: &str = "package client\n\nfunc Open(name string) error { return nil }\n\nfunc Close() {}\n";

/// A repository with a Go client that is about to be frozen.
fn client() -> tempfile::TempDir {
    folder(&[
        ("snapshots/ours/policy.toml", "[[interface]]\nname = \"client\"\ncandidate = \"client\"\n"),
        ("client/go.mod", "module example.com/client\n\ngo 1.21\n"),
        ("client/client.go", CLIENT),
    ])
}

#[test]
fn a_release_is_frozen_with_its_stub_test() {
    let folder = client();
    let accept = ["accept", "ours", "v1.0.0", "--today", "2026-12-01"];
    let said = exits(folder.path(), &accept, 0);
    assert!(said.contains("client: 3 uses written, 0 left out"), "{said}");
    let stub = folder.path().join("snapshots/ours/v1.0.0/client.stub.txtar");
    let text = fs::read_to_string(&stub).expect("it is frozen");
    assert!(text.contains("var _ func(string) error = p0.Open"), "{text}");
    let check = ["check", "--stubs", "--today", "2026-12-02"];
    exits(folder.path(), &check, 0);

    // A break is told by its rule, and not once more by the use that it breaks.
    let path = folder.path().join("client/client.go");
    fs::write(&path, CLIENT.replace("name string", "name []byte")).expect("a file");
    let said = exits(folder.path(), &check, 1);
    assert!(said.contains("GO-") && said.contains("Open"), "{said}");
    assert!(!said.contains("POL-STUB"), "{said}");
    fs::write(&path, CLIENT).expect("a file");

    // What is sealed is not written again; a damaged one is said with its line.
    exits(folder.path(), &accept, 0);
    assert_eq!(fs::read_to_string(&stub).expect("it is frozen"), text);
    fs::write(&stub, text.replace("-- 000/uses.go --", "-- uses.go --")).expect("a file");
    let said = exits(folder.path(), &check, 2);
    assert!(said.contains("client.stub.txtar:6: expected `-- 000/uses.go --`"), "{said}");
}

#[test]
fn whoever_cannot_compile_freezes_facts_alone_and_adds_the_stub_tests_later() {
    let folder = client();
    let mut command = Command::new(env!("CARGO_BIN_EXE_plumbline"));
    command.current_dir(folder.path()).args(["interface", "accept", "ours", "v1.0.0"]).env("PATH", "");
    let output = command.output().expect("the command can be started");
    assert_eq!(output.status.code(), Some(2));
    assert!(said(&output).contains("--no-stubs"), "{}", said(&output));
    assert!(!folder.path().join("snapshots/LOCK").exists());

    exits(folder.path(), &["accept", "ours", "v1.0.0", "--no-stubs", "--today", "2026-12-01"], 0);
    let check = ["check", "--stubs", "--today", "2026-12-02"];
    let said = exits(folder.path(), &check, 0);
    assert!(said.contains("POL-STUB-MISSING snapshot ours v1.0.0 client"), "{said}");
    let lock = folder.path().join("snapshots/LOCK");
    let before = fs::read_to_string(&lock).expect("there is a lock");
    exits(folder.path(), &["accept", "ours", "v1.0.0", "--stubs-only", "--today", "2026-12-02"], 0);
    let after = fs::read_to_string(&lock).expect("there is a lock");
    assert_eq!(after.strip_prefix(&*before).map(|more| more.lines().count()), Some(1));
    let said = exits(folder.path(), &check, 0);
    assert!(!said.contains("POL-STUB"), "{said}");
    let said = exits(folder.path(), &["accept", "ours", "v9.0.0", "--stubs-only"], 2);
    assert!(said.contains("ours v9.0.0 is not frozen"), "{said}");
}

#[test]
fn nothing_to_check_is_4() {
    let folder = folder(&[]);
    exits(folder.path(), &["check"], 4);
    let said = exits(folder.path(), &["check", "ours"], 2);
    assert!(said.contains("policy.toml"), "{said}");
}
