//! Requests: any method, target, headers and body get a decision; the principal, certificate, trace and body parsers are
//! all behind it.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::arbitrary::{self, Arbitrary};
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

#[derive(Debug, Arbitrary)]
struct Input {
    region: bool,
    method: String,
    target: String,
    headers: Vec<(u8, Vec<u8>)>,
    body: Vec<u8>,
}

static FRESH: LazyLock<Engine> = LazyLock::new(|| Engine::new(World::shared(), Options::default()));

fuzz_target!(|input: Input| {
    let headers = input
        .headers
        .into_iter()
        .map(|(name, value)| (NAMES[usize::from(name) % NAMES.len()].to_owned(), value.into()))
        .collect();
    let incoming = Incoming {
        service: if input.region { Service::Region } else { Service::Identity },
        method: input.method,
        target: input.target,
        headers,
        body: input.body.into(),
    };
    FRESH.clone().decide(&incoming);
});
