//! Every breaking finding on a Rust fixture is confirmed by code that compiles on the old side only.

#[path = "fixtures/rust.rs"]
mod rust_fixtures;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::{Mutex, PoisonError};

use plumbline_interface::Language;
use plumbline_interface::compare::compare;
use plumbline_interface::gate::{Comparison, judge};
use plumbline_interface::rules::{Catalogue, Finding, Lane, Level};
use plumbline_interface::waiver::Waivers;
use plumbline_interface::witness::rust::check::{Outcome, check};
use plumbline_interface::witness::rust::{of_finding, stub};
use plumbline_interface::witness::stub::{Stub, untold};

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
    let sound = stub::sound(&old.interface, &old.side).expect("the compiler answers");
    assert!(sound.stub.uses().len() > 100, "{} uses", sound.stub.uses().len());
    assert_eq!(sound.left_out, BTreeMap::new());
    assert_eq!(Stub::parse(&sound.stub.print()), Ok(sound.stub));
}

#[test]
fn a_stub_test_meets_what_no_rule_tells() {
    let _alone = FOLDER.lock().unwrap_or_else(PoisonError::into_inner);
    let (old, new) = rust_fixtures::wholes();
    let sound = stub::sound(&old.interface, &old.side).expect("the compiler answers").stub;
    let broken = stub::broken(&sound, &old.interface, &new.side).expect("the compiler answers");
    assert!(broken.len() > 30, "{} uses are broken", broken.len());
    let comparison = judge(Catalogue::ours(), &old.interface, &new.interface, &mut Waivers::default());
    let found = untold(Catalogue::ours(), &comparison, &sound, &broken);
    let shown: Vec<String> = found.iter().map(|it| format!("{} {}", it.rule, it.key)).collect();
    assert_eq!(shown, Vec::<String>::new(), "the rules tell of all that their fixtures break");
    let silent = Comparison { roots: Vec::new(), ..comparison };
    let all = untold(Catalogue::ours(), &silent, &sound, &broken);
    assert_eq!(all.len(), broken.len());
}
