//! Scenario files: any text is a scenario or an error with its place.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    if let Err(invalid) = plumbline::scenario::parse("fuzz/case", text) {
        assert!(!invalid.to_string().is_empty());
    }
});
