//! Servers to measure, each on a thread of its own.

mod axum;
mod fake;
mod wiremock;

use std::net::SocketAddr;
use std::thread::JoinHandle;

use bytes::Bytes;
use tokio::sync::oneshot;

pub(crate) use self::axum::bare;
pub(crate) use fake::fake;
pub(crate) use wiremock::mock;

use crate::BenchError;

/// An answer that a peer gives to everything.
#[derive(Debug, Clone)]
pub(crate) struct Canned {
    pub(crate) status: http::StatusCode,
    pub(crate) headers: http::HeaderMap,
    pub(crate) body: Bytes,
}

/// A server on a thread of its own, which ends when this is dropped.
pub(crate) struct Hosted {
    pub(crate) address: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

/// Runs a server on a thread of its own, by which name a profiler finds it: `start` makes it and says where it listens; what it returns is kept until
/// the end.
pub(crate) fn host<S, T>(name: &str, start: S) -> Result<Hosted, BenchError>
where
    S: AsyncFnOnce() -> Result<(SocketAddr, T), BenchError> + Send + 'static,
{
    let (stop, stopped) = oneshot::channel();
    let (started, starting) = std::sync::mpsc::channel();
    let serve = async move || {
        let server = match start().await {
            Ok((address, server)) => {
                // Nobody waits any more: then nobody will stop it either, and it ends at once.
                let _ = started.send(Ok(address));
                server
            }
            Err(error) => return drop(started.send(Err(error))),
        };
        let _ = stopped.await;
        drop(server);
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let thread =
        std::thread::Builder::new().name(name.to_owned()).spawn(move || runtime.block_on(serve()))?;
    let address = starting.recv().map_err(|_hung_up| BenchError::Lane)??;
    Ok(Hosted { address, stop: Some(stop), thread: Some(thread) })
}

impl Drop for Hosted {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            // What it panicked with is on the standard error already.
            let _ = thread.join();
        }
    }
}
