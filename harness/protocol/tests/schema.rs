//! The schema: kept in the repository, true of every message, and as strict as the codec.

use std::path::Path;

use plumbline_protocol::{FromDriver, examples, schema};
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
