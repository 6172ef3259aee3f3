//! OpenAPI documents: any text gives facts or an error, and facts are those of the same document again.
#![no_main]

use libfuzzer_sys::fuzz_target;
use plumbline_interface::compare::compare;
use plumbline_interface::extract::openapi::extract;
use plumbline_interface::source::archive;
use plumbline_interface::text::{parse, print};
use plumbline_interface::{About, Language};

fuzz_target!(|text: &str| {
    let about = || About::new(Language::OpenApi, "fuzzed");
    match extract(about(), &archive(text, "openapi.yaml"), None) {
        Ok(facts) => {
            let again = parse(&print(&facts)).expect("what is printed can be read");
            assert!(compare(&facts, &again).is_empty());
        }
        Err(error) => drop(error.to_string()),
    }
});
