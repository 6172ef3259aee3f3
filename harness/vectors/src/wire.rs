//! HTTP/1.1 by hand: one request on one connection.
//!
//! No ordinary client would send `get`, `CONNECTX`, a target with `#` in it, or `*`; the recording did.

use std::io;

use bytes::Bytes;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

use crate::message::Message;
use crate::target::{Answer, Response};

/// Why an answer could not be had.
#[derive(Debug, thiserror::Error)]
pub enum WireError {
    /// Nothing more could be read, and what there was is no whole answer.
    #[error("read an answer")]
    Read(#[source] io::Error),
    /// It is no HTTP.
    #[error("parse an answer of {length} bytes")]
    Parse {
        /// How many there were.
        length: usize,
        /// What is wrong with them.
        #[source]
        source: httparse::Error,
    },
    /// The connection ended within it.
    #[error("read an answer: the connection ended after {length} bytes")]
    Cut {
        /// How many there were.
        length: usize,
    },
}

/// More lines than any answer of the services has.
const MAX_HEADERS: usize = 64;

/// Sends a request and reads what comes until the connection ends.
///
/// # Errors
///
/// When what comes is no whole HTTP answer; a connection that ends without a byte is an [`Answer::Aborted`].
pub async fn exchange<S>(stream: &mut S, message: &Message) -> Result<Answer, WireError>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    // A server may answer and close before it has read everything: what it said counts, not that we could not go on.
    let sent = send(stream, message).await;
    let mut bytes = Vec::new();
    let read = stream.read_to_end(&mut bytes).await;
    match (bytes.is_empty(), read, sent) {
        (true, Err(error), _) if is_closed(&error) => Ok(Answer::Aborted),
        (true, Err(error), _) | (true, Ok(_), Err(error)) if !is_closed(&error) => {
            Err(WireError::Read(error))
        }
        (true, ..) => Ok(Answer::Aborted),
        (false, ..) => parse(&bytes, &message.method).map(Answer::Response),
    }
}

async fn send<S: AsyncWrite + Unpin>(stream: &mut S, message: &Message) -> io::Result<()> {
    stream.write_all(&head(message)).await?;
    stream.write_all(&message.body).await?;
    stream.flush().await
}

fn head(message: &Message) -> Vec<u8> {
    let mut head = format!("{} {} HTTP/1.1\r\n", message.method, message.target);
    for (name, value) in &message.headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    let expects_body = matches!(message.method.as_str(), "POST" | "PUT" | "PATCH");
    if expects_body || !message.body.is_empty() {
        head.push_str(&format!("Content-Length: {}\r\n", message.body.len()));
    }
    head.push_str("Connection: close\r\n\r\n");
    head.into_bytes()
}

/// Whether the other side hung up, with or without a goodbye.
fn is_closed(error: &io::Error) -> bool {
    use io::ErrorKind::{BrokenPipe, ConnectionAborted, ConnectionReset, UnexpectedEof};
    matches!(error.kind(), BrokenPipe | ConnectionAborted | ConnectionReset | UnexpectedEof)
}

fn parse(bytes: &[u8], method: &str) -> Result<Response, WireError> {
    let mut headers = [httparse::EMPTY_HEADER; MAX_HEADERS];
    let mut response = httparse::Response::new(&mut headers);
    let cut = || WireError::Cut { length: bytes.len() };
    let parsed = response.parse(bytes).map_err(|source| WireError::Parse { length: bytes.len(), source })?;
    let httparse::Status::Complete(start) = parsed else { return Err(cut()) };
    let status = response.code.ok_or_else(cut)?;
    let headers: Vec<(String, String)> = response
        .headers
        .iter()
        .map(|header| (header.name.to_owned(), String::from_utf8_lossy(header.value).into_owned()))
        .collect();
    let body = if method == "HEAD" || matches!(status, 204 | 304) {
        Bytes::new()
    } else {
        body(&headers, &bytes[start..]).ok_or_else(cut)?
    };
    Ok(Response { status, headers, body })
}

/// The body as it is framed (RFC 9112 §6.3); none: it is not whole.
fn body(headers: &[(String, String)], bytes: &[u8]) -> Option<Bytes> {
    let header =
        |name: &str| headers.iter().find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, value)| value);
    if header("transfer-encoding").is_some_and(|value| value.eq_ignore_ascii_case("chunked")) {
        return chunks(bytes);
    }
    match header("content-length") {
        Some(length) => bytes.get(..length.parse().ok()?).map(Bytes::copy_from_slice),
        None => Some(Bytes::copy_from_slice(bytes)),
    }
}

fn chunks(mut bytes: &[u8]) -> Option<Bytes> {
    let mut body = Vec::new();
    loop {
        let Ok(httparse::Status::Complete((start, length))) = httparse::parse_chunk_size(bytes) else {
            return None;
        };
        if length == 0 {
            return Some(body.into());
        }
        let end = start.checked_add(usize::try_from(length).ok()?)?;
        body.extend_from_slice(bytes.get(start..end)?);
        bytes = bytes.get(end..)?.strip_prefix(b"\r\n")?;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use tokio::io::duplex;

    use super::*;

    fn message(method: &str, target: &str, body: &str) -> Message {
        Message {
            method: method.to_owned(),
            target: target.to_owned(),
            headers: vec![("Host".to_owned(), "a".to_owned()), ("X".to_owned(), String::new())],
            body: body.to_owned().into(),
        }
    }

    /// What a request looks like on the wire, and what an answer is read as.
    async fn exchanged(message: Message, answer: &[u8]) -> (String, Result<Answer, WireError>) {
        let (mut client, mut server) = duplex(1 << 16);
        server.write_all(answer).await.unwrap();
        server.shutdown().await.unwrap();
        let answer = exchange(&mut client, &message).await;
        drop(client);
        let mut request = String::new();
        server.read_to_string(&mut request).await.unwrap();
        (request, answer)
    }

    #[track_caller]
    fn run<F: Future>(future: F) -> F::Output {
        tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(future)
    }

    fn response(answer: Result<Answer, WireError>) -> Response {
        match answer.unwrap() {
            Answer::Response(response) => response,
            Answer::Aborted => panic!("there is an answer"),
        }
    }

    #[test]
    fn odd_request_lines_go_out_as_they_are() {
        let answer = b"HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\n{}";
        let (request, answer) = run(exchanged(message("CONNECTX", "/a#b c", ""), answer));
        assert_eq!(request, "CONNECTX /a#b c HTTP/1.1\r\nHost: a\r\nX: \r\nConnection: close\r\n\r\n");
        let response = response(answer);
        assert_eq!((response.status, &*response.body), (404, &b"{}"[..]));
    }

    #[test]
    fn a_body_is_framed_by_its_length() {
        let answer = b"HTTP/1.1 204 No Content\r\n\r\n";
        let (request, _) = run(exchanged(message("PUT", "/", "{}"), answer));
        assert!(request.ends_with("Content-Length: 2\r\nConnection: close\r\n\r\n{}"), "{request}");
        let (request, _) = run(exchanged(message("POST", "/", ""), answer));
        assert!(request.ends_with("Content-Length: 0\r\nConnection: close\r\n\r\n"), "{request}");
    }

    #[test]
    fn a_connection_that_ends_at_once_is_an_abort() {
        let (_, answer) = run(exchanged(message("GET", "/", ""), b""));
        assert_eq!(answer.unwrap(), Answer::Aborted);
    }

    #[test]
    fn an_answer_that_is_cut_is_an_error() {
        let read = |bytes: &[u8]| parse(bytes, "GET").map_err(|error| error.to_string());
        assert_eq!(
            read(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabc").expect_err("two bytes are missing"),
            "read an answer: the connection ended after 41 bytes"
        );
        assert!(read(b"HTTP/1.1 200 OK\r\nA:").is_err());
        assert_eq!(read(b"garbage").expect_err("it is garbage"), "parse an answer of 7 bytes");
    }

    #[test]
    fn bodies_end_by_length_by_chunks_or_with_the_connection() {
        let body = |bytes: &[u8], method| parse(bytes, method).unwrap().body;
        assert_eq!(body(b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nab", "GET"), "a");
        assert_eq!(body(b"HTTP/1.1 200 OK\r\n\r\nab", "GET"), "ab");
        assert_eq!(body(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n", "HEAD"), "");
        let chunked = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n1\r\nc\r\n0\r\n\r\n";
        assert_eq!(body(chunked, "GET"), "abc");
    }

    proptest! {
        #[test]
        fn no_bytes_make_the_reader_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = parse(&bytes, "GET");
            let _ = chunks(&bytes);
        }
    }
}
