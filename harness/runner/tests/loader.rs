//! What the loader refuses, and how it says so.

use miette::{GraphicalReportHandler, GraphicalTheme};
use plumbline::scenario::parse;
use proptest::prelude::*;

/// A scenario that can be used; each test spoils one thing.
const SOUND: &str = "\
requirement: A live request's principal reaches the server exactly.
level: must
source: identity-region §2.3
apis: [identity, region]
setup:
  client: { role: consumer, reload: 24h }
  server: { certificate: valid, other: { listens: plain } }
steps:
  - call: list
    as: eve
    trace: sampled
    certificate: compute
    answer: [{ status: 503, headers: { Retry-After: \"7\" } }]
    expect:
      outcome: { error: unexpected-status, status: 503 }
      requests:
        - principal: { plain: eve }
          headers: { X-Impersonate: absent }
          peer: consumer
          status: 503
      connections: 1
      checks: [continues-trace]
  - call: references.add
    resource: { like: cluster, labels: { unikorn-cloud.org/project: null } }
    expect: { outcome: { error: resource-inconsistent }, requests: none }
  - close: yes
    expect: { open-connections: 0 }
";

/// The diagnostic for the sound scenario with one text replaced.
#[track_caller]
fn refusal(from: &str, to: &str) -> String {
    assert!(SOUND.contains(from), "the sound scenario holds `{from}`");
    refused(&SOUND.replacen(from, to, 1))
}

#[track_caller]
fn refused(text: &str) -> String {
    let error = parse("suite/name", text).expect_err("the text makes no sense");
    let mut shown = String::new();
    let handler = GraphicalReportHandler::new_themed(GraphicalTheme::unicode_nocolor()).with_width(110);
    handler.render_report(&mut shown, &error).expect("a string can be written to");
    shown
}

macro_rules! refuses {
    ($($name:ident: $from:literal => $to:literal;)+) => {
        $(#[test]
        fn $name() {
            insta::assert_snapshot!(refusal($from, $to));
        })+
    };
}

refuses! {
    a_key_that_is_misspelled: "requirement:" => "requierment:";
    a_word_of_no_list: "level: must" => "level: shall";
    a_missing_key: "source: identity-region §2.3\n" => "";
    text_that_is_a_number: "\"7\"" => "7";
    an_operation_of_no_api: "call: list" => "call: lists";
    a_principal_that_nobody_is: "as: eve" => "as: eva";
    a_principal_expected_that_nobody_is: "plain: eve" => "plain: eva";
    a_trace_that_there_is_not: "trace: sampled" => "trace: sample";
    a_role_that_nobody_has: "role: consumer" => "role: konsumer";
    a_resource_that_there_is_not: "like: cluster" => "like: clutser";
    a_check_that_there_is_not: "continues-trace" => "continues-traces";
    a_step_that_does_two_things: "  - close: yes" => "  - close: yes\n    advance: 24h";
    a_step_that_does_nothing: "  - close: yes\n" => "  -\n";
    an_answer_that_does_two_things: "status: 503, headers" => "status: 503, cut: reset, headers";
    a_status_that_there_is_not: "status: 503, headers" => "status: 5030, headers";
    a_time_span_without_a_unit: "24h" => "24";
    a_class_that_there_is_not: "error: unexpected-status" => "error: unexpected";
    success_with_an_error_status: "outcome: { error: unexpected-status, status: 503 }" => "outcome: ok";
    an_error_status_that_was_not_answered: "error: unexpected-status, status: 503" => "error: unexpected-status, status: 500";
    success_without_a_request: "{ outcome: { error: resource-inconsistent }" => "{ outcome: ok";
    a_first_request_without_a_connection: "connections: 1\n" => "connections: 0\n";
    an_argument_of_another_operation: "    as: eve\n" => "    as: eve\n    arguments: { allocation: <allocation:one> }\n";
    an_api_client_for_references: "call: references.add" => "call: references.add\n    client: api";
    an_id_that_there_is_not: "as: eve" => "principal: { organizationId: <org:acne> }";
    a_principal_that_is_none: "as: eve" => "principal: { organisation: x }";
    every_other_of_one: "as: eve" => "impersonate: every-other";
    a_body_that_there_is_not: "status: 503, headers: { Retry-After: \"7\" }" => "cut: in-body";
    a_cancel_of_nothing: "as: eve" => "cancel: when-held";
    a_capability_that_there_is_not: "apis: [identity, region]" => "requires: [telepathy]";
    the_same_api_twice: "[identity, region]" => "[identity, identity]";
    tabs_instead_of_spaces: "    as: eve" => "\tas: eve";
    a_key_twice: "level: must" => "level: must\nlevel: must";
    a_rule_that_cannot_be_waived: "level: must" => "level: must\nwaives: [standing/tls]";
}

#[test]
fn the_sound_scenario_is_sound() {
    if let Err(error) = parse("suite/name", SOUND) {
        panic!("{:?}", miette::Report::new(error));
    }
}

#[test]
fn a_scenario_that_expects_nothing() {
    let text = "requirement: r\nlevel: must\nsource: s\nsteps: [{ call: list }]\n";
    insta::assert_snapshot!(refused(text));
}

#[test]
fn a_call_after_closing() {
    let text = "requirement: r\nlevel: must\nsource: s\nsteps:\n  - close: yes\n  - call: list\n    expect: { requests: 1 }\n";
    insta::assert_snapshot!(refused(text));
}

#[test]
fn a_file_that_is_empty() {
    insta::assert_snapshot!(refused(""));
}

proptest! {
    #[test]
    fn whatever_a_file_holds_it_is_read_or_refused(text in "\\PC{0,200}") {
        let _ = parse("suite/name", &text);
    }

    #[test]
    fn whatever_becomes_of_a_sound_file_it_is_read_or_refused(
        at in 0..SOUND.len(),
        length in 0..40_usize,
        put in "[-:{}\\[\\]<>a-z0-9\"' \n\u{e9}&*!|]{0,12}",
    ) {
        let mut bytes = SOUND.as_bytes().to_vec();
        let end = (at + length).min(bytes.len());
        bytes.splice(at..end, put.bytes());
        let spoiled = String::from_utf8_lossy(&bytes);
        if let Err(error) = parse("suite/name", &spoiled) {
            let mut shown = String::new();
            let handler = GraphicalReportHandler::new_themed(GraphicalTheme::unicode_nocolor());
            handler.render_report(&mut shown, &error).expect("a string can be written to");
            prop_assert!(!error.problems().is_empty());
        }
    }
}
