//! Requests: any method, target, headers and body get a decision; the principal, certificate, trace and body parsers are
//! all behind it.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use plumbline_fake_server::engine::{Engine, Options};
use plumbline_fake_server::exchange::{Incoming, Service};
use plumbline_fake_server::world::World;

/// Header lines that some layer parses.
const NAMES: [&str; 9] = [
    "X-Principal",
    "X-Impersonate",
    "Traceparent",
    "Tracestate",
    "Ssl-Client-Cert",
    "Ssl-Client-Verify",
    "Unikorn-Client-Certificate",
    "Authorization",
    "Content-Type",
];

/// Whether it is region's, method, target, headers, body.
type Input = (bool, String, String, Vec<(u8, Vec<u8>)>, Vec<u8>);

static FRESH: LazyLock<Engine> = LazyLock::new(|| Engine::new(World::shared(), Options::default()));

fuzz_target!(|input: Input| {
    let (region, method, target, headers, body) = input;
    let headers = headers
        .into_iter()
        .map(|(name, value)| (NAMES[usize::from(name) % NAMES.len()].to_owned(), value.into()))
        .collect();
    let incoming = Incoming {
        service: if region { Service::Region } else { Service::Identity },
        method,
        target,
        headers,
        body: body.into(),
    };
    FRESH.clone().decide(&incoming);
});
