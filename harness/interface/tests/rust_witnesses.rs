//! Every breaking finding on a Rust fixture is confirmed by code that compiles on the old side only.

#[path = "fixtures/rust.rs"]
mod rust_fixtures;

use std::fmt::Write as _;
use std::sync::{Mutex, PoisonError};

use plumbline_interface::Language;
use plumbline_interface::compare::compare;
use plumbline_interface::rules::{Catalogue, Finding, Lane, Level};
use plumbline_interface::witness::rust::check::{Outcome, check};
use plumbline_interface::witness::rust::{of_finding, stub};

/// Both tests write consumers into one folder.
static FOLDER: Mutex<()> = Mutex::new(());

fn breaks(finding: &Finding) -> bool {
    let of = |lane| finding.levels.get(&lane) == Some(&Level::Breaking);
    of(Lane::RustSource) || of(Lane::RustImplementers)
}

#[test]
fn breaking_findings_are_confirmed() {
    let _alone = FOLDER.lock().unwrap_or_else(PoisonError::into_inner);
    let (old, new) = rust_fixtures::wholes();
    let changes = compare(&old.interface, &new.interface);
    let judged = Catalogue::ours().judge(Language::Rust, &changes);
    let (mut shown, mut unsound) = (String::new(), String::new());
    let mut uses = Vec::new();
    for finding in judged.findings.iter().filter(|finding| breaks(finding)) {
        match of_finding(finding, (&old.interface, &new.interface), "fixtures") {
            Ok(code) => uses.push((finding, code)),
            Err(why) => {
                writeln!(shown, "{} {}: none, {why}", finding.rule, finding.key).expect("a string takes it")
            }
        }
    }
    let code: Vec<_> = uses.iter().map(|(_, code)| code.clone()).collect();
    let outcomes =
        check((&old.interface, &old.side), (&new.interface, &new.side), &code).expect("the compiler answers");
    for ((finding, code), outcome) in uses.iter().zip(outcomes) {
        match outcome {
            Outcome::Confirmed(_) => {}
            Outcome::Harmless => writeln!(shown, "{} {}: compiles on both", finding.rule, finding.key)
                .expect("a string takes it"),
            Outcome::Unsound(said) => {
                writeln!(unsound, "{} {}: {said}\n{}", finding.rule, finding.key, code.code)
                    .expect("a string takes it");
            }
        }
    }
    assert!(unsound.is_empty(), "{unsound}");
    insta::assert_snapshot!(shown);
}

#[test]
fn a_stub_test_compiles_against_its_own_release() {
    let _alone = FOLDER.lock().unwrap_or_else(PoisonError::into_inner);
    let (old, _) = rust_fixtures::wholes();
    let uses = stub(&old.interface, "fixtures");
    assert!(uses.len() > 100, "{} uses", uses.len());
    let outcomes =
        check((&old.interface, &old.side), (&old.interface, &old.side), &uses).expect("the compiler answers");
    let wrong = uses.iter().zip(outcomes).filter(|(_, outcome)| *outcome != Outcome::Harmless);
    let wrong: Vec<String> = wrong
        .map(|(code, outcome)| format!("{} {}: {outcome:?}\n{}", code.kind, code.key, code.code))
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
