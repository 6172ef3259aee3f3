//! `plumbline driver new`: what it writes, and when it writes nothing.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

const S1: &str = "module example.test/us\n\nrequire (\n\tgithub.com/unikorn-cloud/identity v1.16.1\n\
                  \tgithub.com/unikorn-cloud/region v1.16.0\n)\n";
const S2: &str = "module example.test/us\n\nrequire (\n\tgithub.com/unikorn-cloud/identity v1.17.8\n\
                  \tgithub.com/unikorn-cloud/region v1.19.0 // indirect\n)\n";

#[test]
fn typed_ids_are_told_from_the_versions() {
    let repository = repository(S2);
    let output = written(repository.path(), &[]);
    assert!(
        text(&output.stdout).contains("plumbline run --revision S2 -- ./driver"),
        "{}",
        text(&output.stdout)
    );
    let main = read(repository.path(), "conformance/judge/main.go");
    assert!(main.contains("\"example.test/us/conformance/judge/kit\""), "{main}");
    assert!(main.contains("go build -o driver ./conformance/judge"), "{main}");
    for file in ["identity_ids.go", "region_ids.go"] {
        let ids = read(repository.path(), &format!("conformance/judge/{file}"));
        assert!(ids.contains("/pkg/ids\""), "{ids}");
    }
}

#[test]
fn older_versions_have_ids_of_text() {
    let repository = repository(S1);
    let output = written(repository.path(), &[]);
    assert!(text(&output.stdout).contains("--revision S1"), "{}", text(&output.stdout));
    for file in ["identity_ids.go", "region_ids.go"] {
        let ids = read(repository.path(), &format!("conformance/judge/{file}"));
        assert!(!ids.contains("/pkg/ids\""), "{ids}");
    }
}

#[test]
fn the_generation_can_be_said() {
    let repository = repository(S1);
    written(repository.path(), &["--revision", "S2"]);
    assert!(read(repository.path(), "conformance/judge/identity_ids.go").contains("/pkg/ids\""));
}

#[test]
fn identity_alone_is_judged_alone() {
    let repository =
        repository("module example.test/us\nrequire github.com/unikorn-cloud/identity v1.17.8\n");
    written(repository.path(), &[]);
    let region = read(repository.path(), "conformance/judge/region.go");
    assert!(!region.contains("unikorn-cloud/region"), "{region}");
    assert!(!repository.path().join("conformance/judge/region_ids.go").exists());
}

#[test]
fn the_kit_comes_with_it() {
    let repository = repository(S2);
    written(repository.path(), &[]);
    let kit = include_str!("../templates/kit.go");
    assert_eq!(read(repository.path(), "conformance/judge/kit/kit.go"), kit);
}

#[test]
fn outside_a_module_nothing_is_written() {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    refuses(folder.path(), "there is no go.mod");
}

#[test]
fn a_module_that_requires_none_of_the_clients_is_refused() {
    let repository = repository("module example.test/us\nrequire example.test/other v1.0.0\n");
    refuses(repository.path(), "requires neither");
}

#[test]
fn a_version_that_says_nothing_is_refused() {
    let repository = repository("module example.test/us\nrequire github.com/unikorn-cloud/identity v0.0.0\n");
    refuses(repository.path(), "--revision S1");
}

#[test]
fn what_is_there_is_not_overwritten() {
    let repository = repository(S2);
    let ours = repository.path().join("conformance/judge/errors.go");
    fs::create_dir_all(ours.parent().expect("it has a folder"))
        .expect("a temporary folder can be written to");
    fs::write(&ours, "package ours\n").expect("a temporary folder can be written to");
    let output = new(repository.path(), &[]);
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("is there already"), "{}", text(&output.stderr));
    assert_eq!(read(repository.path(), "conformance/judge/errors.go"), "package ours\n");
    assert!(!repository.path().join("conformance/judge/main.go").exists());
}

fn repository(go_mod: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    fs::write(folder.path().join("go.mod"), go_mod).expect("a temporary folder can be written to");
    folder
}

fn new(repository: &Path, more: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_plumbline"))
        .args(["driver", "new", "go-unikorn", "conformance/judge"])
        .args(more)
        .current_dir(repository)
        .env("COLUMNS", "300")
        .env("NO_COLOR", "1")
        .output()
        .expect("the command can be started")
}

#[track_caller]
fn written(repository: &Path, more: &[&str]) -> Output {
    let output = new(repository, more);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    output
}

#[track_caller]
fn refuses(repository: &Path, why: &str) {
    let output = new(repository, &[]);
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains(why), "{}", text(&output.stderr));
    assert!(!repository.join("conformance").exists());
}

fn read(repository: &Path, path: &str) -> String {
    fs::read_to_string(repository.join(path)).expect("the command wrote it")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
