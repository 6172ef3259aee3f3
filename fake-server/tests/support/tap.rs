//! What travels below TLS.

use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

/// A connection that keeps a copy of every byte it receives.
pub(crate) struct Tap {
    tcp: TcpStream,
    received: Arc<Mutex<Vec<u8>>>,
}

impl Tap {
    /// The connection, and where the copies are.
    pub(crate) fn on(tcp: TcpStream) -> (Self, Arc<Mutex<Vec<u8>>>) {
        let received = Arc::default();
        (Self { tcp, received: Arc::clone(&received) }, received)
    }
}

/// How many encrypted records with one byte of content there are among the bytes of a TLS 1.3 connection.
/// RFC 8446 §5.2: a record's type and the tag come on top of its content.
pub(crate) fn single_bytes(mut received: &[u8]) -> usize {
    const APPLICATION_DATA: u8 = 23;
    const TYPE_AND_TAG: usize = 1 + 16;
    let mut found = 0;
    while let [kind, _, _, high, low, rest @ ..] = received {
        let length = usize::from(u16::from_be_bytes([*high, *low]));
        found += usize::from(*kind == APPLICATION_DATA && length == 1 + TYPE_AND_TAG);
        received = &rest[length..];
    }
    found
}

impl AsyncRead for Tap {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        ready!(Pin::new(&mut self.tcp).poll_read(cx, buf))?;
        self.received.lock().unwrap().extend_from_slice(&buf.filled()[before..]);
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Tap {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.tcp).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.tcp).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.tcp).poll_shutdown(cx)
    }
}
