//! Writing answers.

use bytes::{BufMut, Bytes, BytesMut};
use http::StatusCode;

use crate::exchange::Response;

/// How an answer's body is framed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Framing {
    /// By its length.
    Length,
    /// In one chunk and an end.
    Chunked,
    /// No body follows, whatever the head says: the answer to `HEAD`.
    HeadOnly,
}

/// An answer as bytes, and where its head ends. Header names are written as they are.
pub(crate) fn encode(response: &Response, framing: Framing) -> (Bytes, usize) {
    let mut out = BytesMut::with_capacity(512 + response.body.len());
    put(&mut out, &["HTTP/1.1 ", &response.status.to_string(), " ", reason_phrase(response.status), "\r\n"]);
    for (name, value) in &response.headers {
        put(&mut out, &[name, ": ", value, "\r\n"]);
    }
    let framed = |name| response.headers.iter().any(|(n, _)| n.eq_ignore_ascii_case(name));
    let has_body = may_have_body(response.status);
    if has_body && !framed("content-length") && !framed("transfer-encoding") {
        match framing {
            Framing::Chunked => out.put_slice(b"Transfer-Encoding: chunked\r\n"),
            Framing::Length | Framing::HeadOnly => {
                put(&mut out, &["Content-Length: ", &response.body.len().to_string(), "\r\n"]);
            }
        }
    }
    out.put_slice(b"\r\n");
    let head = out.len();
    if has_body {
        match framing {
            Framing::Length => out.put_slice(&response.body),
            Framing::Chunked => {
                out.put_slice(format!("{:x}\r\n", response.body.len()).as_bytes());
                out.put_slice(&response.body);
                out.put_slice(if response.body.is_empty() { b"\r\n" } else { b"\r\n0\r\n\r\n" });
            }
            Framing::HeadOnly => {}
        }
    }
    (out.freeze(), head)
}

fn put(out: &mut BytesMut, parts: &[&str]) {
    parts.iter().for_each(|part| out.put_slice(part.as_bytes()));
}

/// The words that go with a status; none for those that have no name.
fn reason_phrase(status: u16) -> &'static str {
    StatusCode::from_u16(status).ok().and_then(|status| status.canonical_reason()).unwrap_or_default()
}

/// RFC 9110 §6.4.1.
fn may_have_body(status: u16) -> bool {
    !matches!(status, 100..200 | 204 | 304)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn writes(status: u16, body: &'static str, framing: Framing, expected: &str) {
        let headers = vec![("x-Trace".to_owned(), "1".to_owned())];
        let response = Response { status, headers, body: Bytes::from_static(body.as_bytes()) };
        let (bytes, _) = encode(&response, framing);
        assert_eq!(String::from_utf8_lossy(&bytes), expected);
    }

    #[test]
    fn answers_are_framed_by_length() {
        writes(
            201,
            "{}",
            Framing::Length,
            "HTTP/1.1 201 Created\r\nx-Trace: 1\r\nContent-Length: 2\r\n\r\n{}",
        );
        writes(202, "", Framing::Length, "HTTP/1.1 202 Accepted\r\nx-Trace: 1\r\nContent-Length: 0\r\n\r\n");
        writes(204, "", Framing::Length, "HTTP/1.1 204 No Content\r\nx-Trace: 1\r\n\r\n");
        writes(799, "", Framing::Length, "HTTP/1.1 799 \r\nx-Trace: 1\r\nContent-Length: 0\r\n\r\n");
    }

    #[test]
    fn or_in_chunks() {
        writes(
            200,
            "{}",
            Framing::Chunked,
            "HTTP/1.1 200 OK\r\nx-Trace: 1\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
        );
        writes(
            200,
            "",
            Framing::Chunked,
            "HTTP/1.1 200 OK\r\nx-Trace: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        );
    }

    #[test]
    fn the_answer_to_head_has_the_length_only() {
        writes(200, "{}", Framing::HeadOnly, "HTTP/1.1 200 OK\r\nx-Trace: 1\r\nContent-Length: 2\r\n\r\n");
    }
}
