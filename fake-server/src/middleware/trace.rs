//! The trace that a request belongs to: the caller's, by W3C Trace Context, or a fresh one.

use crate::exchange::Incoming;

/// The caller's trace id, when its `traceparent` is one.
///
/// W3C Trace Context §3.2: version 00 has exactly four fields; a later version may have more, which are not read;
/// version ff is none. Digits are lower case, and neither id is all zeros.
pub(crate) fn caller_trace(incoming: &Incoming) -> Option<String> {
    let value = incoming.header("traceparent")?;
    let mut fields = value.splitn(5, '-');
    let (version, trace, span, flags) = (fields.next()?, fields.next()?, fields.next()?, fields.next()?);
    let rest = fields.next();

    let known =
        hex(version, 2) && version != "ff" && (version != "00" || rest.unwrap_or_default().is_empty());
    let flagged = hex(flags, 2) && (version != "00" || !unknown_flags(flags));
    (known && flagged && id(trace, 32) && id(span, 16)).then(|| trace.to_owned())
}

/// Version 00 defines the sampled flag; the reader of the services also lets the random one by.
fn unknown_flags(flags: &str) -> bool {
    u8::from_str_radix(flags, 16).is_ok_and(|flags| flags > 3)
}

fn id(text: &str, length: usize) -> bool {
    hex(text, length) && text.bytes().any(|digit| digit != b'0')
}

fn hex(text: &str, length: usize) -> bool {
    text.len() == length && text.bytes().all(|digit| matches!(digit, b'0'..=b'9' | b'a'..=b'f'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exchange::Service;
    use bytes::Bytes;

    const TRACE: &str = "0af7651916cd43dd8448eb211c80319c";

    #[track_caller]
    fn reads(value: &str, trace: Option<&str>) {
        let headers = vec![("TraceParent".to_owned(), Bytes::copy_from_slice(value.as_bytes()))];
        let incoming = Incoming {
            service: Service::Identity,
            method: "GET".to_owned(),
            target: "/".to_owned(),
            headers,
            body: Bytes::new(),
        };
        assert_eq!(caller_trace(&incoming).as_deref(), trace);
    }

    #[test]
    fn a_sound_one_is_kept() {
        reads(&format!("00-{TRACE}-b7ad6b7169203331-01"), Some(TRACE));
        reads(&format!("00-{TRACE}-b7ad6b7169203331-03"), Some(TRACE));
        reads(&format!("01-{TRACE}-b7ad6b7169203331-01-more"), Some(TRACE));
    }

    #[test]
    fn anything_else_is_not() {
        reads("", None);
        reads("garbage", None);
        reads(&format!("ff-{TRACE}-b7ad6b7169203331-01"), None);
        reads(&format!("00-{TRACE}-b7ad6b7169203331-ff"), None);
        reads(&format!("00-{TRACE}-b7ad6b7169203331-01-more"), None);
        reads(&format!("00-{TRACE}-0000000000000000-01"), None);
        reads(&format!("00-{}-b7ad6b7169203331-01", TRACE.to_uppercase()), None);
    }
}
