//! A bare server: axum over hyper over rustls, with nothing in between.

use std::net::Ipv4Addr;
use std::sync::Arc;

use axum::Router;
use axum::response::IntoResponse as _;
use bytes::Bytes;
use hyper::server::conn::http1;
use hyper_util::rt::TokioIo;
use hyper_util::service::TowerToHyperService;
use rustls::ServerConfig;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;

use super::{Canned, Hosted, host};
use crate::BenchError;

/// Reads every request whole and gives that answer to it.
pub(crate) fn bare(tls: Arc<ServerConfig>, answer: Canned) -> Result<Hosted, BenchError> {
    let echo = async move |_body: Bytes| (answer.status, answer.headers, answer.body).into_response();
    let router = Router::new().fallback(echo.clone());
    host("axum", async move || {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let mut tasks = JoinSet::new();
        tasks.spawn(accept(listener, tls.into(), router));
        Ok((address, tasks))
    })
}

async fn accept(listener: TcpListener, tls: TlsAcceptor, router: Router) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            Ok((tcp, _)) = listener.accept() => {
                connections.spawn(Box::pin(serve(tcp, tls.clone(), router.clone())));
            }
            Some(_) = connections.join_next() => {}
        }
    }
}

/// What goes wrong on a connection shows at its other end.
async fn serve(tcp: TcpStream, tls: TlsAcceptor, router: Router) {
    let _ = tcp.set_nodelay(true);
    if let Ok(stream) = tls.accept(tcp).await {
        let service = TowerToHyperService::new(router);
        let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
    }
}
