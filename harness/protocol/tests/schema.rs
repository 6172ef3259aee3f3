//! The schema: kept in the repository, true of every message, and as strict as the codec.

use std::collections::BTreeSet;
use std::path::Path;

use plumbline_protocol::{FromDriver, ToDriver, examples, schema};
use serde_json::{Value, json};

#[test]
fn the_file_is_fresh() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("schema.json");
    let fresh = serde_json::to_string_pretty(&schema()).unwrap() + "\n";
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    if kept != fresh {
        if std::env::var_os("UPDATE").is_some() {
            std::fs::write(&path, &fresh).expect("the crate's folder can be written to");
        }
        panic!(
            "schema.json is not what the types say\nhelp: UPDATE=1 cargo test -p plumbline-protocol --test schema"
        );
    }
}

#[test]
fn it_holds_for_every_message() {
    let validator = jsonschema::validator_for(&schema()).expect("the schema is one");
    let outcomes = examples::outcomes().into_iter().map(|outcome| FromDriver::Done { id: 1, outcome });
    let messages = examples::from_driver().into_iter().chain(outcomes).map(|message| json!(message));
    let messages = messages.chain(examples::to_driver().into_iter().map(|message| json!(message)));
    for message in messages {
        let wrong: Vec<String> = validator.iter_errors(&message).map(|error| error.to_string()).collect();
        assert!(wrong.is_empty(), "{message}: {wrong:?}");
    }
}

#[test]
fn it_refuses_what_the_codec_refuses() {
    let validator = jsonschema::validator_for(&schema()).expect("the schema is one");
    for wrong in [
        json!({"type": "done", "id": 1}),
        json!({"type": "done", "id": 1, "outcome": {"kind": "ok"}, "took": 1}),
        json!({"type": "done", "id": 1, "outcome": {"kind": "fine"}}),
        json!({"type": "done", "id": 1, "outcome": {"kind": "error", "class": "api", "message": "", "state": 1}}),
        json!({"type": "result"}),
        Value::Null,
    ] {
        assert!(serde_json::from_value::<FromDriver>(wrong.clone()).is_err(), "{wrong}");
        assert!(!validator.is_valid(&wrong), "{wrong}");
    }
}

#[test]
fn the_lines_that_the_guide_shows_are_messages() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../clients/README.md");
    let guide = std::fs::read_to_string(path).expect("the guide is there");
    let (mut said, mut heard) = (BTreeSet::new(), BTreeSet::new());
    for line in guide.lines() {
        if let Some(message) = line.strip_prefix("→ ") {
            let message = serde_json::from_str::<ToDriver>(message);
            message.unwrap_or_else(|error| panic!("{line}: {error}"));
            said.insert(kind(line));
        } else if let Some(message) = line.strip_prefix("← ") {
            let message = serde_json::from_str::<FromDriver>(message);
            message.unwrap_or_else(|error| panic!("{line}: {error}"));
            heard.insert(kind(line));
        }
    }
    assert_eq!(said.len(), examples::to_driver().len(), "of these only: {said:?}");
    // `trouble` is told of in passing.
    assert_eq!(heard.len(), examples::from_driver().len() - 1, "of these only: {heard:?}");
}

fn kind(line: &str) -> &str {
    line.split('"').nth(3).expect("a message begins with its type")
}
