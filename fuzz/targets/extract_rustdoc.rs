//! rustdoc's JSON: any text gives facts or an error, whether it is all of a document or its items only.
#![no_main]

use std::collections::BTreeMap;

use libfuzzer_sys::fuzz_target;
use plumbline_interface::extract::rust::manifest::Manifest;
use plumbline_interface::extract::rust::{Documented, extract};

fuzz_target!(|text: &str| {
    let whole = format!(
        r#"{{"root":0,"crate_version":null,"includes_private":true,"index":{text},"paths":{{}},"external_crates":{{}},"target":{{"triple":"x","target_features":[]}},"format_version":57}}"#
    );
    for document in [text.to_owned(), whole] {
        let documented = Documented { document, file: "fuzzed.json".to_owned(), packages: BTreeMap::new() };
        let _ = extract(&Manifest::unknown("fuzzed"), &documented, None).map_err(|error| error.to_string());
    }
});
