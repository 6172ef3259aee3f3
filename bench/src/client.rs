//! The client that every server is measured with.

use std::net::SocketAddr;
use std::sync::Arc;

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_util::rt::TokioIo;
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use tokio::net::TcpStream;
use tokio::task::{JoinHandle, JoinSet};
use tokio_rustls::TlsConnector;

use crate::BenchError;

/// A server as its clients see it.
#[derive(Clone)]
pub(crate) struct Place {
    /// Where it listens.
    pub(crate) address: SocketAddr,
    /// How to shake hands with it; none: it speaks HTTP without TLS.
    pub(crate) tls: Option<Arc<ClientConfig>>,
}

/// A request, ready to be sent again and again.
pub(crate) type Request = http::Request<Full<Bytes>>;

/// A connection that requests travel on.
pub(crate) struct Connection {
    sender: SendRequest<Full<Bytes>>,
    task: JoinHandle<()>,
}

impl Connection {
    /// Connects, and shakes hands.
    pub(crate) async fn open(place: &Place) -> Result<Self, BenchError> {
        let tcp = TcpStream::connect(place.address).await?;
        tcp.set_nodelay(true)?;
        match &place.tls {
            None => Self::over(tcp).await,
            Some(config) => {
                let name = ServerName::try_from("localhost").expect("a name that is a name");
                let connector = TlsConnector::from(Arc::clone(config));
                Self::over(Box::pin(connector.connect(name, tcp)).await?).await
            }
        }
    }

    async fn over<S>(stream: S) -> Result<Self, BenchError>
    where
        S: tokio::io::AsyncRead + tokio::io::AsyncWrite + Send + Unpin + 'static,
    {
        let (sender, connection) = handshake(TokioIo::new(stream)).await?;
        // How a connection ends is of no interest: every answer has arrived by then.
        let task = tokio::spawn(async move { drop(connection.await) });
        Ok(Self { sender, task })
    }

    /// Sends a request and reads the answer whole.
    pub(crate) async fn exchange(
        &mut self,
        request: Request,
    ) -> Result<(http::StatusCode, Bytes), BenchError> {
        self.sender.ready().await?;
        let answer = self.sender.send_request(request).await?;
        let status = answer.status();
        Ok((status, answer.into_body().collect().await?.to_bytes()))
    }

    /// Closes it in good order.
    pub(crate) async fn close(self) {
        drop(self.sender);
        // A task that only awaits a connection neither panics nor is aborted.
        let _ = self.task.await;
    }
}

/// How exchanges share connections.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Keeping {
    /// Each has one of its own.
    OneEach,
    /// Connections stay open.
    Alive,
}

/// Makes `count` exchanges over so many lanes at once, and wants that status of each.
pub(crate) async fn load(
    place: &Place,
    request: &Request,
    keeping: Keeping,
    lanes: usize,
    count: usize,
    status: u16,
) -> Result<(), BenchError> {
    let mut tasks = JoinSet::new();
    for _ in 0..lanes {
        let (place, request) = (place.clone(), request.clone());
        tasks.spawn(async move {
            match keeping {
                Keeping::OneEach => one_each(&place, &request, count / lanes, status).await,
                Keeping::Alive => alive(&place, &request, count / lanes, status).await,
            }
        });
    }
    while let Some(ended) = tasks.join_next().await {
        ended.map_err(|_panicked| BenchError::Lane)??;
    }
    Ok(())
}

async fn one_each(place: &Place, request: &Request, count: usize, status: u16) -> Result<(), BenchError> {
    for _ in 0..count {
        let mut connection = Connection::open(place).await?;
        expect(connection.exchange(request.clone()).await?.0, status)?;
        connection.close().await;
    }
    Ok(())
}

async fn alive(place: &Place, request: &Request, count: usize, status: u16) -> Result<(), BenchError> {
    let mut connection = Connection::open(place).await?;
    for _ in 0..count {
        expect(connection.exchange(request.clone()).await?.0, status)?;
    }
    connection.close().await;
    Ok(())
}

fn expect(seen: http::StatusCode, expected: u16) -> Result<(), BenchError> {
    if seen.as_u16() == expected { Ok(()) } else { Err(BenchError::Status { seen: seen.as_u16(), expected }) }
}
