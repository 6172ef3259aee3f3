//! A door beside the services: a POST restores the world. On loopback only, and nothing else is to be had there.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;

use crate::server::FakeServer;

/// Nobody who wants the world restored needs longer to say so.
const PATIENCE: Duration = Duration::from_secs(5);

/// A request to restore the world is no longer than this.
const LONGEST: usize = 8 * 1024;

/// The door.
pub(super) struct Door {
    listener: TcpListener,
    address: SocketAddr,
}

impl Door {
    pub(super) async fn open() -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        Ok(Self { listener, address })
    }

    /// Where it is.
    pub(super) fn url(&self) -> String {
        format!("http://{}/", self.address)
    }

    /// Answers whoever comes, one after another; never ends.
    pub(super) async fn answer(&self, server: &FakeServer) {
        loop {
            // Whoever goes away while he asks, or says nothing, wants nothing.
            if let Ok((stream, _)) = self.listener.accept().await {
                let _ = timeout(PATIENCE, meet(stream, server)).await;
            }
        }
    }
}

async fn meet(mut stream: TcpStream, server: &FakeServer) -> io::Result<()> {
    let mut head = Vec::new();
    while !head.windows(4).any(|end| end == b"\r\n\r\n") && head.len() < LONGEST {
        if stream.read_buf(&mut head).await? == 0 {
            return Ok(());
        }
    }
    let status = if head.starts_with(b"POST / ") {
        server.reset();
        "204 No Content"
    } else {
        "404 Not Found"
    };
    let answer = format!("HTTP/1.1 {status}\r\nConnection: close\r\n\r\n");
    stream.write_all(answer.as_bytes()).await?;
    stream.shutdown().await
}
