//! Go files: any text gives facts or an error.
#![no_main]

use libfuzzer_sys::fuzz_target;
use plumbline_interface::extract::go::{Build, Library, Parsed, Request, extract};
use plumbline_interface::source::archive;

fuzz_target!(|text: &str| {
    let request = Request { packages: "...".to_owned(), release: String::new(), build: Build::default() };
    if let Ok(library) = Library::memory(archive(text, "a.go"), None) {
        let _ = extract(&library, &request, &Parsed::default()).map_err(|error| error.to_string());
    }
});
