//! What a driver writes: any bytes give lines, and any line a message or an error that points into it.
#![no_main]

use libfuzzer_sys::fuzz_target;
use plumbline_protocol::codec::{Lines, decode, encode};
use plumbline_protocol::{FromDriver, ToDriver};

fuzz_target!(|bytes: &[u8]| {
    let mut lines = Lines::with_limit(4096);
    let mut found = lines.feed(bytes);
    found.extend(lines.finish());
    for line in &found {
        if let Ok(message) = decode::<FromDriver>(line) {
            assert!(!encode(&message).contains('\n'), "a message is one line");
        }
        let _ = decode::<ToDriver>(line).map_err(|error| error.to_string());
    }
});
