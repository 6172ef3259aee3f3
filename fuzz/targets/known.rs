//! Known-failure lists: any text is a list or an error.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let _ = plumbline::known::parse("known.toml", text).map_err(|error| error.to_string());
});
