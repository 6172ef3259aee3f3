//! Bearer tokens at region: what it keeps of a passport, and for how long.

#![allow(clippy::unwrap_used, reason = "the helpers of tests fail as tests do")]

mod support;

use bytes::Bytes;
use jiff::SignedDuration;
use plumbline_fake_server::engine::{Engine, Options};
use plumbline_fake_server::exchange::{Answer, Incoming, Service};
use plumbline_fake_server::store::{Clock, Kind, Refusal, StoreFault, Verb};
use plumbline_fake_server::token;
use plumbline_fake_server::world::World;
use rstest::rstest;

const NETWORKS: &str = "/api/v2/networks";
const OF_ACME: &str = "/api/v1/organizations/000000a0-0000-4000-8000-000000000001/regions";
const OF_GLOBEX: &str = "/api/v1/organizations/000000a0-0000-4000-8000-000000000002/regions";

fn engine() -> Engine {
    Engine::new(World::shared(), Options::default())
}

/// Status and description of what that holder of a token is answered.
fn get(engine: &mut Engine, holder: &str, target: &str) -> (u16, String) {
    let token = token::named(&World::shared(), &support::pki(), holder).unwrap();
    let incoming = Incoming {
        service: Service::Region,
        method: "GET".to_owned(),
        target: target.to_owned(),
        headers: vec![("Authorization".to_owned(), Bytes::from(format!("Bearer {token}")))],
        body: Bytes::new(),
    };
    let Answer::Response(response) = engine.decide(&incoming).answer else { panic!("no answer") };
    let body: serde_json::Value = serde_json::from_slice(&response.body).unwrap();
    (response.status, body["error_description"].as_str().unwrap_or_default().to_owned())
}

/// From then on identity's roles cannot be read, once.
fn no_roles(engine: &mut Engine) {
    engine.refuse(StoreFault { verb: Verb::List, kind: Kind::Role, nth: 1, error: Refusal::Internal });
}

fn later(engine: &mut Engine, seconds: i64) {
    let now = engine.world().epoch + SignedDuration::from_secs(seconds);
    engine.set_clock(Clock::at(now));
}

#[rstest]
#[case::until_shortly_before_its_end(49, (200, ""))]
#[case::and_not_longer(50, (401, "token exchange failed"))]
fn a_passport_is_used_again(#[case] seconds: i64, #[case] answer: (u16, &str)) {
    let mut engine = engine();
    assert_eq!(get(&mut engine, "bob", NETWORKS).0, 200);
    no_roles(&mut engine);
    later(&mut engine, seconds);
    let (status, description) = get(&mut engine, "bob", NETWORKS);
    assert_eq!((status, description.as_str()), answer);
}

#[test]
fn a_restart_forgets_passports() {
    let mut engine = engine();
    assert_eq!(get(&mut engine, "bob", NETWORKS).0, 200);
    engine.restart();
    no_roles(&mut engine);
    assert_eq!(get(&mut engine, "bob", NETWORKS), (401, "token exchange failed".to_owned()));
}

#[test]
fn a_passport_is_good_for_where_it_was_got_for() {
    let mut engine = engine();
    assert_eq!(get(&mut engine, "bob", OF_ACME).0, 200);
    let refused = (403, "not authorized for the requested scope".to_owned());
    assert_eq!(get(&mut engine, "bob", OF_GLOBEX), refused);
    assert_eq!(get(&mut engine, "dave", OF_ACME), refused);
    assert_eq!(get(&mut engine, "dave", OF_GLOBEX).0, 200);
}
