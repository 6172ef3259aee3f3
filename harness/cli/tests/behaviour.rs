//! The behaviour lane: each client that is broken on purpose, presented as a release of the reference client, differs
//! from it, and a rule says that somebody feels it.

use std::collections::BTreeMap;
use std::sync::Arc;

use plumbline::Suite;
use plumbline::event::Event;
use plumbline::known::Known;
use plumbline::run::{AfterFailure, Bench, RunOptions, run_all};
use plumbline_fake_server::Pki;
use plumbline_interface::compare::compare;
use plumbline_interface::extract::behaviour;
use plumbline_interface::source::SourceFile;
use plumbline_interface::{About, Catalogue, Interface, Language, Level};
use plumbline_mutants::{Mutant, MutantDriver};
use plumbline_protocol::Driver;
use plumbline_reference_driver::ReferenceDriver;

/// What a client does in the cases of a scenario, as a release.
async fn release<D: Driver>(suite: &Suite, scenario: &str, driver: D, pki: &Arc<Pki>) -> Interface {
    let bench = Arc::new(Bench::with_pki(driver, 1, Arc::clone(pki)));
    let options = RunOptions { jobs: 4, after_failure: AfterFailure::GoOn, known: Known::default() };
    let mut events = BTreeMap::new();
    run_all(suite.cases_of(scenario), &bench, &options, |number, result| {
        let event = serde_json::to_string(&Event::judged(number, &result));
        events.insert(number, event.expect("an event is always JSON"));
    })
    .await;
    let text = events.into_values().collect::<Vec<_>>().join("\n");
    let log = SourceFile { path: "events.jsonl".to_owned(), text };
    behaviour::extract(About::new(Language::Behaviour, "client"), &[log]).expect("it is an event log")
}

/// The worst that a rule says about the difference.
fn felt(old: &Interface, new: &Interface) -> Option<Level> {
    let judged = Catalogue::ours().judge(Language::Behaviour, &compare(old, new));
    assert_eq!(judged.unjudged, [], "every difference of behaviour has its rule");
    judged.findings.iter().filter_map(plumbline_interface::Finding::worst).max()
}

/// The scenario that names a mutant.
fn killer<'s>(suite: &'s Suite, mutant: &Mutant) -> &'s str {
    let named = suite.scenarios().iter().find(|scenario| scenario.kills().any(|id| id == mutant.id));
    named.expect("every mutant is named by a scenario").id()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_mutant_is_a_release_whose_users_feel_it() {
    let suite = Suite::embedded();
    let pki = Pki::new(Vec::new()).expect("this machine can make keys");
    let mut references: BTreeMap<&str, Interface> = BTreeMap::new();
    let mut unfelt = Vec::new();
    for mutant in plumbline_mutants::all() {
        let scenario = killer(&suite, mutant);
        if !references.contains_key(scenario) {
            let reference = release(&suite, scenario, ReferenceDriver::new(), &pki).await;
            let again = release(&suite, scenario, ReferenceDriver::new(), &pki).await;
            assert_eq!(reference, again, "{scenario}: the same client does the same");
            references.insert(scenario, reference);
        }
        let broken = release(&suite, scenario, MutantDriver::new(mutant), &pki).await;
        let level = felt(&references[scenario], &broken);
        if level.is_none_or(|level| level < Level::Risky) {
            unfelt.push(format!("{} in {scenario}: {level:?}", mutant.id));
        }
    }
    assert_eq!(unfelt, [""; 0]);
}
