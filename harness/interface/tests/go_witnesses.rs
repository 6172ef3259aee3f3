//! Every breaking finding on the fixtures of the Go rules has code that shows it: it compiles against the old side and
//! not against the new one. Fixtures are packages of one module, so that Go is run twice.

use std::collections::BTreeMap;
use std::path::Path;

use plumbline_interface::gate::judge;
use plumbline_interface::rules::{Expect, Form, Group};
use plumbline_interface::waiver::Waivers;
use plumbline_interface::witness::go::{Checker, Workspace};
use plumbline_interface::witness::proof;
use plumbline_interface::{Catalogue, Interface, Lane, Language, Level, extract, fingerprint, source};

/// Fixtures with a `go.mod` or other modules of their own cannot share one.
fn can_be_a_package(text: &str) -> bool {
    !text.contains("-- go.mod --") && !text.contains("vendor/")
}

/// All fixtures of one side, each a folder of a module, by the names of their rules.
fn module(texts: &BTreeMap<String, String>, root: &Path) -> Interface {
    let write = |path: &str, text: &str| {
        let path = root.join(path);
        std::fs::create_dir_all(path.parent().expect("it stands in a folder")).expect("a folder");
        std::fs::write(path, text).expect("a file");
    };
    write("go.mod", "module example.com/module\n\ngo 1.24\n");
    for (name, text) in texts {
        let moved = text.replace("\"example.com/module", &format!("\"example.com/module/{name}"));
        for file in source::archive(&moved, "a.go") {
            write(&format!("{name}/{}", file.path), &file.text);
        }
    }
    let source = root.display().to_string().parse().expect("a path is a source");
    extract::extract(&extract::Request::new(source)).expect("it is Go")
}

#[test]
fn breaking_findings_are_shown_by_code() {
    let mut sides = [BTreeMap::new(), BTreeMap::new()];
    for rule in Catalogue::ours().rules().iter().filter(|rule| rule.group == Group::Go) {
        let fits = |text: &str| can_be_a_package(text);
        for (fixture, number) in rule.fixtures.iter().zip(1..) {
            let source = fixture.form == Form::Source && fixture.language == Language::Go;
            if source && fixture.expect == Expect::Notice && fits(&fixture.old) && fits(&fixture.new) {
                let name = format!("{}-{number}", rule.id.to_lowercase());
                sides[0].insert(name.clone(), fixture.old.clone());
                sides[1].insert(name, fixture.new.clone());
            }
        }
    }
    let folder = tempfile::tempdir().expect("a temporary folder");
    let [old, new] = ["old", "new"].map(|side| folder.path().join(side));
    let (before, now) = (module(&sides[0], &old), module(&sides[1], &new));
    let comparison = judge(Catalogue::ours(), &before, &now, &mut Waivers::default());
    let checker = Checker::in_folder(folder.path());
    let workspaces = (&Workspace::Module(old), &Workspace::Module(new));
    let proofs = proof::go(&comparison, &before, workspaces, &checker).expect("Go is there");
    let breaks = |finding: &&plumbline_interface::Finding| {
        [Lane::GoSource, Lane::GoImplementers]
            .iter()
            .any(|lane| finding.levels.get(lane) == Some(&Level::Breaking))
    };
    let findings: Vec<_> =
        comparison.roots.iter().flat_map(|root| &root.root.findings).filter(breaks).collect();
    let mut open: Vec<String> = findings
        .iter()
        .map(|finding| {
            let verdict =
                proofs.get(&fingerprint::of_finding(finding)).map_or("no code", |it| it.verdict.name());
            (finding, verdict)
        })
        .filter(|(_, verdict)| *verdict != "confirmed")
        .map(|(finding, verdict)| format!("{} {}: {verdict}", finding.rule, finding.key))
        .collect();
    open.sort();
    assert!(findings.len() > 30, "{} breaking findings", findings.len());
    insta::assert_snapshot!(open.join("\n"));
}
