//! Time and ids: both are given, so that the same requests always get the same answers.

use std::time::{Duration, SystemTime};

use aws_lc_rs::digest::{Context, SHA1_FOR_LEGACY_USE_ONLY};
use jiff::Timestamp;

/// The time of every request until somebody sets it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Clock {
    now: Timestamp,
}

impl Clock {
    /// A clock that stands at a time.
    #[must_use]
    pub fn at(now: Timestamp) -> Self {
        Self { now }
    }

    /// The time.
    #[must_use]
    pub fn now(self) -> Timestamp {
        self.now
    }
}

/// A date at least so many seconds ahead, for clients that compare it with the clock of the machine. Dates have no parts
/// of a second: one more is added, so that none is lost.
#[expect(clippy::disallowed_methods, reason = "this module is the door through which time comes")]
pub(crate) fn http_date_ahead(seconds: u64) -> String {
    httpdate::fmt_http_date(SystemTime::now() + Duration::from_secs(seconds.saturating_add(1)))
}

/// Ids from a seed (SplitMix64): the same seed gives the same ones, in the same order.
#[derive(Debug, Clone)]
pub(crate) struct Ids {
    state: u64,
}

impl Ids {
    pub(crate) fn seeded(seed: u64) -> Self {
        Self { state: seed }
    }

    /// A UUID of version 4 that begins with a letter, as names of things in the platform must.
    pub(crate) fn resource(&mut self) -> String {
        let mut bytes = self.bytes();
        // A first digit from `a` to `f`; the second one stays.
        bytes[0] = (0xa0 + 0x10 * ((bytes[0] >> 4) % 6)) | (bytes[0] & 0x0f);
        uuid::Builder::from_random_bytes(bytes).into_uuid().to_string()
    }

    /// A trace id: 32 digits, not all zeros.
    pub(crate) fn trace(&mut self) -> String {
        format!("{:016x}{:016x}", self.next() | 1, self.next())
    }

    fn bytes(&mut self) -> [u8; 16] {
        (u128::from(self.next()) << 64 | u128::from(self.next())).to_be_bytes()
    }

    fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }
}

/// The id of what is known by its name within something: a UUID of version 5 (RFC 9562 §5.5) that begins with a letter,
/// made again from the last one until it does. None: that something has no id.
pub(crate) fn named_id(within: &str, name: &str) -> Option<String> {
    let namespace = uuid::Uuid::parse_str(within).ok()?;
    let mut id = hashed(namespace, name.as_bytes());
    while !id.to_string().starts_with(|first: char| first.is_ascii_alphabetic()) {
        id = hashed(namespace, id.as_bytes());
    }
    Some(id.to_string())
}

fn hashed(namespace: uuid::Uuid, name: &[u8]) -> uuid::Uuid {
    let mut context = Context::new(&SHA1_FOR_LEGACY_USE_ONLY);
    context.update(namespace.as_bytes());
    context.update(name);
    let digest = context.finish();
    let bytes = digest.as_ref().first_chunk::<16>().expect("a SHA-1 digest has 20 bytes");
    uuid::Builder::from_sha1_bytes(*bytes).into_uuid()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_begin_with_a_letter_and_repeat_with_the_seed() {
        let (mut one, mut other) = (Ids::seeded(7), Ids::seeded(7));
        for _ in 0..1000 {
            let id = one.resource();
            assert!(id.starts_with(|first: char| first.is_ascii_lowercase()), "{id}");
            assert_eq!(id.len(), 36);
            assert_eq!(id, other.resource());
        }
        assert_ne!(one.trace(), one.trace());
    }

    #[test]
    fn a_name_within_something_always_has_the_same_id() {
        const DNS: &str = "6ba7b810-9dad-11d1-80b4-00c04fd430c8";
        // The example of RFC 9562 A.4 does not begin with a letter, so another one is made of it.
        let example = hashed(uuid::Uuid::parse_str(DNS).unwrap(), b"www.example.com");
        assert_eq!(example.to_string(), "2ed6657d-e927-568b-95e1-2665a8aea6a2");
        let id = named_id(DNS, "www.example.com").unwrap();
        assert!(id.starts_with(|first: char| first.is_ascii_lowercase()), "{id}");
        assert_eq!(named_id(DNS, "www.example.com"), Some(id));
        assert_eq!(named_id("nothing", "x"), None);
    }
}
