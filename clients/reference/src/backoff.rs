//! How long a controller waits before it tries again.

use std::time::{Duration, SystemTime};

use crate::error::Error;

/// Growing pauses, for whoever does something again until it succeeds. None is shorter than the one before, also when
/// a server asked for that one.
#[derive(Debug, Clone)]
pub struct Backoff {
    next: Duration,
    most: Duration,
    last: Duration,
}

impl Default for Backoff {
    /// As Kubernetes' controllers: from 5 ms, twice as long each time, up to 1000 s.
    fn default() -> Self {
        Self::new(Duration::from_millis(5), Duration::from_secs(1000))
    }
}

impl Backoff {
    /// Pauses that begin with `first` and are doubled up to `most`.
    #[must_use]
    pub fn new(first: Duration, most: Duration) -> Self {
        Self { next: first, most, last: Duration::ZERO }
    }

    /// The next pause, which is at least as long as the server asked for, if it did.
    pub fn pause(&mut self, asked: Option<Duration>) -> Duration {
        let own = self.next.min(self.most);
        self.next = own.saturating_mul(2);
        self.last = own.max(self.last).max(asked.unwrap_or_default());
        self.last
    }
}

impl Error {
    /// How long the server asks to wait (`Retry-After`, in seconds or as a date), in whole seconds, rounded up.
    #[must_use]
    pub fn retry_after(&self, now: SystemTime) -> Option<Duration> {
        retry_after(self.answer()?.retry_after.as_deref()?, now)
    }

    /// Whether trying again cannot help before somebody changes the resource, the arguments or the settings.
    #[must_use]
    pub fn is_final(&self) -> bool {
        match self {
            Self::NoClientSecret
            | Self::KeyType { .. }
            | Self::NoPrincipal { .. }
            | Self::ResourceInconsistent { .. }
            | Self::InvalidArgument { .. }
            | Self::Closed { .. } => true,
            // A secret that is missing or odd is being written to, as a rule.
            Self::SecretNotFound { .. }
            | Self::SecretUnavailable { .. }
            | Self::SecretFormat { .. }
            | Self::Connect { .. }
            | Self::ServerUntrusted { .. }
            | Self::Tls { .. }
            | Self::ConnectionLost { .. }
            | Self::Timeout { .. }
            | Self::Protocol { .. }
            | Self::HeadTooLarge { .. }
            | Self::Api(_)
            | Self::UnexpectedStatus(_)
            | Self::Redirect(_)
            | Self::MalformedAnswer { .. }
            | Self::TooLarge { .. } => false,
        }
    }
}

/// RFC 9110 §10.2.3: delay in seconds, or a date. What is neither asks for nothing.
fn retry_after(text: &str, now: SystemTime) -> Option<Duration> {
    let text = text.trim();
    if text.bytes().all(|byte| byte.is_ascii_digit()) {
        return text.parse().ok().map(Duration::from_secs);
    }
    let date = httpdate::parse_http_date(text).ok()?;
    // A date has no parts of a second: without rounding up, a client whose second has begun would come too early.
    let left = date.duration_since(now).unwrap_or_default();
    Some(Duration::from_secs(left.as_secs() + u64::from(left.subsec_nanos() > 0)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_up_to_the_most() {
        let mut backoff = Backoff::new(Duration::from_millis(5), Duration::from_millis(30));
        let pauses: Vec<_> = (0..5).map(|_| backoff.pause(None).as_millis()).collect();
        assert_eq!(pauses, [5, 10, 20, 30, 30]);
    }

    #[test]
    fn what_the_server_asks_for_is_kept_and_nothing_after_it_is_shorter() {
        let mut backoff = Backoff::default();
        assert_eq!(backoff.pause(Some(Duration::from_secs(2))), Duration::from_secs(2));
        assert_eq!(backoff.pause(None), Duration::from_secs(2));
        assert_eq!(backoff.pause(Some(Duration::from_millis(1))), Duration::from_secs(2));
        for _ in 0..20 {
            backoff.pause(None);
        }
        assert_eq!(backoff.pause(None), Duration::from_secs(1000));
    }

    #[track_caller]
    fn asks(text: &str, seconds: Option<u64>) {
        // Half a second past 1994-11-06 08:49:37.
        let now = SystemTime::UNIX_EPOCH + Duration::from_millis(784_111_777_500);
        assert_eq!(retry_after(text, now), seconds.map(Duration::from_secs), "{text}");
    }

    #[test]
    fn seconds_and_dates_of_every_form_are_read() {
        asks("0", Some(0));
        asks(" 120 ", Some(120));
        asks("Sun, 06 Nov 1994 08:49:40 GMT", Some(3));
        asks("Sunday, 06-Nov-94 08:49:40 GMT", Some(3));
        asks("Sun Nov  6 08:49:40 1994", Some(3));
        asks("Sun, 06 Nov 1994 08:49:00 GMT", Some(0));
    }

    #[test]
    fn what_is_neither_asks_for_nothing() {
        asks("-1", None);
        asks("1.5", None);
        asks("soon", None);
        asks("", None);
        asks("99999999999999999999999", None);
    }
}
