//! What a connection's bytes travel on, and how it ends.

use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::server::TlsStream;

use crate::fault::Ending;

/// A stream over TCP, with or without TLS.
pub(super) trait Stream: AsyncRead + AsyncWrite + Unpin + Send {
    /// What is below.
    fn tcp(&self) -> &TcpStream;
    /// Only what is below.
    fn into_tcp(self) -> TcpStream;
}

impl Stream for TcpStream {
    fn tcp(&self) -> &TcpStream {
        self
    }

    fn into_tcp(self) -> TcpStream {
        self
    }
}

impl Stream for Box<TlsStream<TcpStream>> {
    fn tcp(&self) -> &TcpStream {
        self.get_ref().0
    }

    fn into_tcp(self) -> TcpStream {
        self.into_inner().0
    }
}

/// Ends a connection.
pub(super) async fn end<S: Stream>(mut stream: S, ending: Ending) {
    match ending {
        Ending::Close => {
            // The client may have closed first.
            let _ = stream.shutdown().await;
        }
        Ending::Cut => drop(stream.into_tcp()),
        Ending::Reset => {
            // Without it the connection ends all the same, only more politely.
            let _ = stream.tcp().set_zero_linger();
        }
    }
}
