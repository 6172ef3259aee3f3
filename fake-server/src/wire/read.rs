//! Reading requests off a stream.

use std::io;

use bytes::{Buf, Bytes, BytesMut};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

use super::head::{BodyLength, Head, Malformed, parse};

/// The longest head that is read: well beyond what clients were seen to send (2.7 MB in one header line).
const HEAD_LIMIT: usize = 16 << 20;
/// The longest body that is read.
const BODY_LIMIT: usize = 64 << 20;
/// The longest line that announces a chunk, or follows the last one.
const LINE_LIMIT: usize = 16 << 10;

/// A stream and what of it was read ahead.
pub(crate) struct Reader<S> {
    stream: S,
    ahead: BytesMut,
}

/// Why no request could be read.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Unreadable {
    /// The connection broke, or ended within a request.
    #[error("the connection ended within a request")]
    Io(#[source] io::Error),
    /// What came is no request.
    #[error(transparent)]
    Malformed(#[from] Malformed),
    /// A head or body beyond any use.
    #[error("the {0} is longer than the ingress takes")]
    TooLarge(&'static str),
}

impl<S: AsyncRead + AsyncWrite + Unpin> Reader<S> {
    pub(crate) fn new(stream: S) -> Self {
        Self::resume(stream, BytesMut::new())
    }

    /// A stream of which something was read before.
    pub(crate) fn resume(stream: S, ahead: BytesMut) -> Self {
        Self { stream, ahead }
    }

    /// The stream, to write to.
    pub(crate) fn stream(&mut self) -> &mut S {
        &mut self.stream
    }

    pub(crate) fn into_stream(self) -> S {
        self.stream
    }

    /// The stream, and what of it was read ahead.
    pub(crate) fn into_parts(self) -> (S, BytesMut) {
        (self.stream, self.ahead)
    }

    /// Reads the next request whole; none: the client is done.
    pub(crate) async fn next(&mut self) -> Result<Option<(Head, Bytes)>, Unreadable> {
        let Some(head) = self.head().await? else { return Ok(None) };
        let head = parse(&head)?;
        if expects_continue(&head) && !self.has_begun_body(&head) {
            let go_on = self.stream.write_all(b"HTTP/1.1 100 Continue\r\n\r\n").await;
            go_on.map_err(Unreadable::Io)?;
            self.stream.flush().await.map_err(Unreadable::Io)?;
        }
        let body = match head.body {
            BodyLength::Exact(length) => self.exact(length).await?,
            BodyLength::Chunked => self.chunked().await?,
        };
        Ok(Some((head, body)))
    }

    /// Waits until the client ends the connection; what it sends meanwhile is kept for the next request.
    pub(crate) async fn gone(&mut self) {
        while let Ok(1..) = self.stream.read_buf(&mut self.ahead).await {
            if self.ahead.len() > HEAD_LIMIT {
                return;
            }
        }
    }

    async fn head(&mut self) -> Result<Option<Bytes>, Unreadable> {
        let mut searched = 0;
        loop {
            if let Some(end) = find(&self.ahead[searched..], b"\r\n\r\n") {
                return Ok(Some(self.ahead.split_to(searched + end + 4).freeze()));
            }
            if self.ahead.first().is_some_and(|byte| !byte.is_ascii_graphic() && !b"\r\n".contains(byte)) {
                // A TLS hello, say: it has no end of a head that one could wait for.
                return Err(Malformed::Syntax("it begins with no method".to_owned()).into());
            }
            // The end mark may straddle two reads.
            searched = self.ahead.len().saturating_sub(3);
            if self.ahead.len() > HEAD_LIMIT {
                return Err(Unreadable::TooLarge("head"));
            }
            match self.more().await {
                Ok(1..) => {}
                // Between two requests a client may end the connection as roughly as it likes.
                Ok(0) | Err(_) if self.ahead.is_empty() => return Ok(None),
                Ok(0) => return Err(ended()),
                Err(error) => return Err(error),
            }
        }
    }

    fn has_begun_body(&self, head: &Head) -> bool {
        !self.ahead.is_empty() || head.body == BodyLength::Exact(0)
    }

    async fn exact(&mut self, length: u64) -> Result<Bytes, Unreadable> {
        let length = usize::try_from(length).ok().filter(|length| *length <= BODY_LIMIT);
        let length = length.ok_or(Unreadable::TooLarge("body"))?;
        while self.ahead.len() < length {
            if self.more().await? == 0 {
                return Err(ended());
            }
        }
        // A copy: whoever keeps a body, even an empty one, would keep the buffer that it was read into.
        let body = Bytes::copy_from_slice(&self.ahead[..length]);
        self.ahead.advance(length);
        Ok(body)
    }

    /// RFC 9112 §7.1; extensions and trailers are read over.
    async fn chunked(&mut self) -> Result<Bytes, Unreadable> {
        let mut body = BytesMut::new();
        loop {
            let size = chunk_size(&self.line().await?)?;
            if size == 0 {
                while !self.line().await?.is_empty() {}
                return Ok(body.freeze());
            }
            if body.len() as u64 + size > BODY_LIMIT as u64 {
                return Err(Unreadable::TooLarge("body"));
            }
            body.extend_from_slice(&self.exact(size).await?);
            if !self.line().await?.is_empty() {
                return Err(Malformed::Framing.into());
            }
        }
    }

    async fn line(&mut self) -> Result<Bytes, Unreadable> {
        loop {
            if let Some(end) = find(&self.ahead, b"\r\n") {
                let line = self.ahead.split_to(end).freeze();
                self.ahead.advance(2);
                return Ok(line);
            }
            if self.ahead.len() > LINE_LIMIT {
                return Err(Malformed::Framing.into());
            }
            if self.more().await? == 0 {
                return Err(ended());
            }
        }
    }

    async fn more(&mut self) -> Result<usize, Unreadable> {
        self.ahead.reserve(16 << 10);
        self.stream.read_buf(&mut self.ahead).await.map_err(Unreadable::Io)
    }
}

fn expects_continue(head: &Head) -> bool {
    head.version == 1
        && head.headers.iter().any(|(name, value)| {
            name.eq_ignore_ascii_case("expect") && value.eq_ignore_ascii_case(b"100-continue")
        })
}

fn chunk_size(line: &[u8]) -> Result<u64, Malformed> {
    let text = std::str::from_utf8(line).map_err(|_not_text| Malformed::Framing)?;
    let digits = text.split(';').next().unwrap_or_default().trim();
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Err(Malformed::Framing);
    }
    u64::from_str_radix(digits, 16).map_err(|_too_long| Malformed::Framing)
}

fn find(bytes: &[u8], pattern: &[u8]) -> Option<usize> {
    bytes.windows(pattern.len()).position(|window| window == pattern)
}

fn ended() -> Unreadable {
    Unreadable::Io(io::ErrorKind::UnexpectedEof.into())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use tokio::io::{DuplexStream, duplex};

    use super::*;

    /// What a reader makes of bytes that come in pieces, and whether it asked the client to go on.
    async fn read(pieces: &[&[u8]]) -> Vec<Result<(Head, Bytes), String>> {
        let (mut client, server) = duplex(1 << 20);
        let send = async {
            for piece in pieces {
                client.write_all(piece).await.unwrap();
                tokio::task::yield_now().await;
            }
            client.shutdown().await.unwrap();
            client
        };
        // The client's end is kept open for what the server may want to say.
        let (read, _client): (_, DuplexStream) = tokio::join!(all(Reader::new(server)), send);
        read
    }

    async fn all(mut reader: Reader<DuplexStream>) -> Vec<Result<(Head, Bytes), String>> {
        let mut read = Vec::new();
        loop {
            match reader.next().await {
                Ok(Some(request)) => read.push(Ok(request)),
                Ok(None) => return read,
                Err(error) => {
                    read.push(Err(error.to_string()));
                    return read;
                }
            }
        }
    }

    fn bodies(read: &[Result<(Head, Bytes), String>]) -> Vec<Result<&[u8], &str>> {
        read.iter().map(|one| one.as_ref().map(|(_, body)| &body[..]).map_err(String::as_str)).collect()
    }

    fn runtime() -> tokio::runtime::Runtime {
        tokio::runtime::Builder::new_current_thread().build().unwrap()
    }

    #[track_caller]
    fn reads(text: &str, expected: &[Result<&[u8], &str>]) {
        let read = runtime().block_on(read(&[text.as_bytes()]));
        assert_eq!(bodies(&read), expected);
    }

    const CHUNKED: &str = "PUT / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n";

    #[test]
    fn bodies_end_where_they_say() {
        reads("PUT / HTTP/1.1\r\nContent-Length: 2\r\n\r\nabGET / HTTP/1.1\r\n\r\n", &[Ok(b"ab"), Ok(b"")]);
        reads(
            &format!("{CHUNKED}3;a=b\r\nabc\r\nA\r\n0123456789\r\n0\r\nT: 1\r\n\r\n"),
            &[Ok(b"abc0123456789")],
        );
        reads("", &[]);
    }

    #[test]
    fn what_breaks_off_or_makes_no_sense_is_told() {
        let ended = Err("the connection ended within a request");
        reads("GET / HTTP/1.1\r\n", &[ended]);
        reads("PUT / HTTP/1.1\r\nContent-Length: 2\r\n\r\na", &[ended]);
        reads(&format!("{CHUNKED}3\r\nab"), &[ended]);
        let framing = Err("contradictory or unreadable framing of the body");
        reads(&format!("{CHUNKED}3\r\nabcd\r\n"), &[framing]);
        reads(&format!("{CHUNKED}x\r\n"), &[framing]);
        reads(&format!("{CHUNKED}fffffffffffffffff\r\n"), &[framing]);
        reads(&format!("{CHUNKED}ffffffff\r\n"), &[Err("the body is longer than the ingress takes")]);
        reads(
            "PUT / HTTP/1.1\r\nContent-Length: 99999999999\r\n\r\n",
            &[Err("the body is longer than the ingress takes")],
        );
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn how_bytes_arrive_changes_nothing(body in "[a-z]{0,40}", cuts in proptest::collection::vec(0_usize..200, 0..6)) {
            let chunk = format!("{:x}\r\n{body}\r\n", body.len());
            let chunk = if body.is_empty() { String::new() } else { chunk };
            let text = format!(
                "{CHUNKED}{chunk}0\r\n\r\nPUT / HTTP/1.1\r\nContent-Length: {}\r\n\r\n{body}",
                body.len()
            );
            let mut cuts: Vec<_> = cuts.into_iter().filter(|cut| *cut < text.len()).collect();
            cuts.sort_unstable();
            let mut pieces = Vec::new();
            let mut begin = 0;
            for cut in cuts {
                pieces.push(&text.as_bytes()[begin..cut]);
                begin = cut;
            }
            pieces.push(&text.as_bytes()[begin..]);
            let read = runtime().block_on(read(&pieces));
            prop_assert_eq!(bodies(&read), [Ok(body.as_bytes()), Ok(body.as_bytes())]);
        }

        #[test]
        fn no_bytes_make_it_panic_or_wait(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = runtime().block_on(read(&[&bytes]));
            let _ = runtime().block_on(read(&[CHUNKED.as_bytes(), &bytes]));
        }
    }
}
