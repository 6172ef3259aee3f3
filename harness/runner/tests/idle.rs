//! A client that does nothing passes no scenario.

use plumbline::Suite;
use plumbline::idle::blind;
use plumbline::plan::Selection;

#[tokio::test(flavor = "multi_thread")]
async fn no_scenario_is_passed_by_a_client_that_does_nothing() {
    let cases = Suite::embedded().cases(&Selection::default());
    let blind = blind(&cases, 8).await.unwrap();
    let told: Vec<_> =
        blind.iter().map(|blind| format!("{}: a client that {}", blind.id, blind.client)).collect();
    assert!(told.is_empty(), "{} passes see nothing:\n{}", told.len(), told.join("\n"));
}
