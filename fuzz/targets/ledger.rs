//! What people write about releases: locks, policies, waivers and rules are read or refused.
#![no_main]

use libfuzzer_sys::fuzz_target;
use plumbline_interface::policy::Policy;
use plumbline_interface::rules::Catalogue;
use plumbline_interface::snapshot::lock::Lock;
use plumbline_interface::waiver::Waivers;

fuzz_target!(|text: &str| {
    if let Ok(lock) = Lock::parse(text) {
        assert_eq!(Lock::parse(&lock.print()).as_ref(), Ok(&lock));
    }
    let _ = Policy::parse("policy.toml", text).map_err(|error| error.to_string());
    let _ = Waivers::parse("waivers.toml", text).map_err(|error| error.to_string());
    let _ = Catalogue::read(&[("rules/go/X.toml", text)]).map_err(|error| error.to_string());
});
