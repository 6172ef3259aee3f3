//! The protocol as a JSON Schema, for those who write a driver in another language.

use schemars::generate::SchemaSettings;
use serde_json::{Value, json};

use crate::{FromDriver, ToDriver, VERSION};

/// The schema of both directions; `schema.json` beside this crate's manifest holds it.
#[must_use]
pub fn schema() -> Value {
    let mut generator = SchemaSettings::draft2020_12().into_generator();
    generator.subschema_for::<ToDriver>();
    generator.subschema_for::<FromDriver>();
    let definitions = generator.take_definitions(true);
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": format!("Driver protocol, version {VERSION}"),
        "description": "One JSON object a line. On a driver's standard output: FromDriver; on its standard input: ToDriver.",
        "oneOf": [{"$ref": "#/$defs/FromDriver"}, {"$ref": "#/$defs/ToDriver"}],
        "$defs": definitions,
    })
}
