//! What is in flight: calls and lifecycles that can be cancelled, run out of time, and be lost in a crash.

use std::collections::BTreeMap;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard};
use std::task::Poll;

use plumbline_protocol::{DriverError, Outcome};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

/// Everything in flight, by the number of its call or lifecycle.
#[derive(Default)]
pub(crate) struct Works(Mutex<BTreeMap<u64, Arc<Work>>>);

impl Works {
    /// Does something until it ends, is cancelled, or crashes.
    pub(crate) async fn run(
        &self,
        (id, session): (u64, u64),
        begin: impl FnOnce(Patience) -> Body,
    ) -> Result<Outcome, DriverError> {
        let patience = Patience::default();
        let body = Mutex::new(Some(begin(patience.clone())));
        let (cancelled, crashed) = (CancellationToken::new(), CancellationToken::new());
        let work = Arc::new(Work { session, patience, cancelled, crashed, body });
        self.lock().insert(id, Arc::clone(&work));
        let _listed = Listed { works: self, id };
        tokio::select! {
            // What has crashed does nothing more, not even end.
            biased;
            () = work.crashed.cancelled() => Err(DriverError::crashed(session)),
            () = work.cancelled.cancelled() => Ok(Outcome::Cancelled),
            ended = work.ended() => ended.ok_or_else(|| DriverError::crashed(session)),
        }
    }

    /// Cancels something. That it has ended meanwhile is no mistake of anybody's.
    pub(crate) fn cancel(&self, id: u64) {
        if let Some(work) = self.lock().get(&id) {
            work.cancelled.cancel();
        }
    }

    /// Lets the time limit pass of what something waits for.
    pub(crate) fn give_up(&self, id: u64) {
        if let Some(work) = self.lock().get(&id) {
            work.patience.0.notify_waiters();
        }
    }

    /// Drops everything that a session has in flight.
    pub(crate) fn crash(&self, session: u64) {
        let lost: Vec<_> = self.lock().values().filter(|work| work.session == session).cloned().collect();
        for work in lost {
            work.crash();
        }
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<u64, Arc<Work>>> {
        self.0.lock().expect("no holder of this lock panics")
    }
}

/// What is done.
pub(crate) type Body = Pin<Box<dyn Future<Output = Outcome> + Send>>;

/// Ends what waits when its time limit is said to have passed.
#[derive(Clone, Default)]
pub(crate) struct Patience(Arc<Notify>);

impl Patience {
    /// Waits for something as long as there is patience; none: it was given up.
    pub(crate) async fn wait_for<T>(&self, thing: impl Future<Output = T>) -> Option<T> {
        tokio::select! {
            biased;
            () = self.0.notified() => None,
            done = thing => Some(done),
        }
    }
}

struct Work {
    session: u64,
    patience: Patience,
    cancelled: CancellationToken,
    crashed: CancellationToken,
    /// None: it was lost in a crash.
    body: Mutex<Option<Body>>,
}

impl Work {
    /// Waits for the end; none: it was lost in a crash.
    async fn ended(&self) -> Option<Outcome> {
        std::future::poll_fn(|context| {
            let mut body = self.body.lock().expect("no holder of this lock panics");
            let Some(future) = body.as_mut() else { return Poll::Ready(None) };
            let polled = future.as_mut().poll(context);
            if self.crashed.is_cancelled() {
                // It crashed in the middle of a step, maybe by a step of its own.
                *body = None;
            }
            polled.map(Some)
        })
        .await
    }

    fn crash(&self) {
        self.crashed.cancel();
        // Whoever is in the middle of a step drops it after that.
        if let Ok(mut body) = self.body.try_lock() {
            *body = None;
        }
    }
}

/// Something that is in the list as long as this lives.
struct Listed<'a> {
    works: &'a Works,
    id: u64,
}

impl Drop for Listed<'_> {
    fn drop(&mut self) {
        self.works.lock().remove(&self.id);
    }
}
