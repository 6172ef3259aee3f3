//! The tasks that connections live in, and their end.

use std::time::Duration;

use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// How long connections may take to say goodbye.
const GOODBYE: Duration = Duration::from_millis(500);

/// Owns every task that a set of clients has begun.
#[derive(Clone, Default)]
pub(crate) struct Tasks {
    tracker: TaskTracker,
    calls: CancellationToken,
    connections: CancellationToken,
}

impl Tasks {
    /// Begins a task that ends by itself, or at the latest with [`Tasks::finish`].
    pub(crate) fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        let ending = self.connections.clone();
        self.tracker.spawn(async move {
            ending.run_until_cancelled(task).await;
        });
    }

    /// Does `call` unless the clients are closed, before or meanwhile: then nothing.
    pub(crate) async fn while_open<T>(&self, call: impl Future<Output = T>) -> Option<T> {
        if self.calls.is_cancelled() {
            return None;
        }
        self.calls.run_until_cancelled(call).await
    }

    /// Ends calls in flight; later ones do nothing.
    pub(crate) fn refuse_new(&self) {
        self.calls.cancel();
    }

    /// Ends every task, those that are begun later too.
    pub(crate) fn end(&self) {
        self.connections.cancel();
    }

    /// Waits until every task is gone, and ends those that take too long.
    pub(crate) async fn finish(&self) {
        self.tracker.close();
        if tokio::time::timeout(GOODBYE, self.tracker.wait()).await.is_err() {
            self.connections.cancel();
            self.tracker.wait().await;
        }
    }
}
