//! Frozen interfaces: any text is one or an error, and what is read is printed as it was.
#![no_main]

use libfuzzer_sys::fuzz_target;
use plumbline_interface::text::{parse, print};

fuzz_target!(|text: &str| {
    if let Ok(interface) = parse(text) {
        assert_eq!(parse(&print(&interface)).as_ref(), Ok(&interface));
    }
});
