//! The head of a request: request line and header lines.

use bytes::Bytes;

/// The most header lines that are read.
const HEADER_LINES: usize = 10_000;

/// A request's head.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Head {
    pub(crate) method: String,
    pub(crate) target: String,
    /// The minor version of HTTP/1.
    pub(crate) version: u8,
    /// Header lines in order, names as sent.
    pub(crate) headers: Vec<(String, Bytes)>,
    /// How the body is framed.
    pub(crate) body: BodyLength,
}

/// How a request's body is framed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum BodyLength {
    /// So many bytes; without a word about it, none.
    Exact(u64),
    /// In chunks.
    Chunked,
}

/// Why bytes are no head of a request.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Malformed {
    /// The request line or a header line is not of its form.
    #[error("not an HTTP/1.1 request: {0}")]
    Syntax(String),
    /// The length is no number, or several numbers, or beside another framing.
    #[error("contradictory or unreadable framing of the body")]
    Framing,
}

/// Parses a head that ends with its empty line.
pub(crate) fn parse(bytes: &[u8]) -> Result<Head, Malformed> {
    let lines = bytes.iter().filter(|byte| **byte == b'\n').count().min(HEADER_LINES);
    let mut slots = vec![httparse::EMPTY_HEADER; lines];
    let mut request = httparse::Request::new(&mut slots);
    // One copy for all values, of just this head: the buffer that it was read into goes back to its connection.
    let kept = Bytes::copy_from_slice(bytes);
    let parsed = request.parse(&kept).map_err(|error| Malformed::Syntax(error.to_string()))?;
    let (httparse::Status::Complete(_), Some(method), Some(target), Some(version)) =
        (parsed, request.method, request.path, request.version)
    else {
        return Err(Malformed::Syntax("it ends early".to_owned()));
    };
    let headers: Vec<_> =
        request.headers.iter().map(|header| (header.name.to_owned(), kept.slice_ref(header.value))).collect();
    let body = framing(&headers)?;
    Ok(Head { method: method.to_owned(), target: target.to_owned(), version, headers, body })
}

/// RFC 9112 §6.3, with every contradiction refused.
fn framing(headers: &[(String, Bytes)]) -> Result<BodyLength, Malformed> {
    let mut lengths = values(headers, "content-length");
    let mut codings = values(headers, "transfer-encoding");
    match (lengths.next(), codings.next()) {
        (None, None) => Ok(BodyLength::Exact(0)),
        (Some(length), None) => {
            let exact = decimal(length).ok_or(Malformed::Framing)?;
            if lengths.all(|other| decimal(other) == Some(exact)) {
                Ok(BodyLength::Exact(exact))
            } else {
                Err(Malformed::Framing)
            }
        }
        (None, Some(coding)) if coding.eq_ignore_ascii_case(b"chunked") && codings.next().is_none() => {
            Ok(BodyLength::Chunked)
        }
        (_, Some(_)) => Err(Malformed::Framing),
    }
}

fn values<'a>(headers: &'a [(String, Bytes)], name: &'a str) -> impl Iterator<Item = &'a [u8]> {
    headers.iter().filter(move |(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_ref())
}

fn decimal(text: &[u8]) -> Option<u64> {
    let digits = std::str::from_utf8(text).ok()?;
    // `parse` alone would take a sign.
    if digits.bytes().all(|byte| byte.is_ascii_digit()) { digits.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[track_caller]
    fn rejects(head: &str, expected: &str) {
        assert_eq!(parse(head.as_bytes()).unwrap_err().to_string(), expected);
    }

    #[test]
    fn spelling_and_order_are_kept() {
        let head = parse(
            b"PUT /a%252Fb?x=1 HTTP/1.1\r\nhOST: h\r\nX-A:  1 \r\nX-a: \xff\r\nContent-Length: 3\r\n\r\n",
        );
        let head = head.unwrap();

        assert_eq!((head.method.as_str(), head.target.as_str()), ("PUT", "/a%252Fb?x=1"));
        let names: Vec<_> = head.headers.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["hOST", "X-A", "X-a", "Content-Length"]);
        assert_eq!(head.headers[1].1, "1");
        assert_eq!(head.headers[2].1.as_ref(), b"\xff");
        assert_eq!(head.body, BodyLength::Exact(3));
    }

    #[test]
    fn contradictory_framing_is_refused() {
        let expected = "contradictory or unreadable framing of the body";
        rejects("PUT / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", expected);
        rejects("PUT / HTTP/1.1\r\nContent-Length: +1\r\n\r\n", expected);
        rejects("PUT / HTTP/1.1\r\nContent-Length: \r\n\r\n", expected);
        rejects("PUT / HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", expected);
        rejects("PUT / HTTP/1.1\r\nTransfer-Encoding: gzip\r\n\r\n", expected);
    }

    #[test]
    fn what_is_no_request_is_refused() {
        rejects("\u{16}\u{3}\u{1}\r\n\r\n", "not an HTTP/1.1 request: invalid token");
        rejects("GET / HTTP/2.0\r\n\r\n", "not an HTTP/1.1 request: invalid HTTP version");
        rejects("GET / HTTP/1.1\r\nno colon\r\n\r\n", "not an HTTP/1.1 request: invalid header name");
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = parse(&bytes);
        }

        #[test]
        fn a_head_written_out_reads_back(
            method in "[A-Z]{1,8}",
            target in "/[!-~]{0,40}",
            headers in proptest::collection::vec(("X-[A-Za-z0-9-]{1,12}", "[!-~]([ -~]{0,20}[!-~])?"), 0..8),
        ) {
            let mut text = format!("{method} {target} HTTP/1.1\r\n");
            for (name, value) in &headers {
                text.push_str(&format!("{name}: {value}\r\n"));
            }
            text.push_str("\r\n");
            let head = parse(text.as_bytes()).unwrap();
            let read: Vec<_> = head
                .headers
                .iter()
                .map(|(name, value)| (name.clone(), String::from_utf8(value.to_vec()).unwrap()))
                .collect();
            prop_assert_eq!((head.method, head.target, read), (method, target, headers));
        }
    }
}
