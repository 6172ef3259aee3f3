//! Stub tests: any text is one or an error, and what is read is printed as it was.
#![no_main]

use libfuzzer_sys::fuzz_target;
use plumbline_interface::witness::stub::Stub;

fuzz_target!(|text: &str| {
    if let Ok(stub) = Stub::parse(text) {
        assert_eq!(Stub::parse(&stub.print()).as_ref(), Ok(&stub));
        for used in stub.uses() {
            assert!(!stub.code(used).is_empty());
        }
    }
});
