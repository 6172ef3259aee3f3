//! The scenarios of the repository.

use std::path::Path;

#[test]
fn every_scenario_of_the_repository_can_be_used() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scenarios");
    match plumbline::scenario::load(&folder) {
        Ok((scenarios, _)) => assert!(!scenarios.is_empty()),
        Err(error) => panic!("{:?}", miette::Report::new(error)),
    }
}

#[test]
fn the_same_scenarios_come_with_the_crate() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scenarios");
    let (scenarios, fixtures) = plumbline::scenario::load(&folder).expect("every file can be used");
    assert_eq!(plumbline::scenario::embedded().expect("every file can be used"), (scenarios, fixtures));
}
