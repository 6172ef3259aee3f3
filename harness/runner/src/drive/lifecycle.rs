//! A lifecycle in a process: between the question and its answer the process has things stored, and waits.

use std::time::Duration;

use plumbline_protocol::{Converge, Desk, FromDriver, Resource, Stored, ToDriver};
use tokio::sync::{mpsc, oneshot};
use tokio::time::timeout;

use super::broken::Broken;
use super::conversation::{Ask, Conversation};

/// What a lifecycle says before it is done.
#[derive(Debug)]
pub(super) enum Event {
    /// Something to be stored; it goes on when it is.
    Store(Resource),
    /// It waits so many milliseconds.
    Waits(u64),
}

/// Where the reader of the process puts what a lifecycle says.
#[derive(Debug)]
pub(super) struct Running {
    events: mpsc::UnboundedSender<Event>,
    /// Whether it has to wait for `stored`.
    pub(super) storing: bool,
}

impl Running {
    /// Hands something on that the lifecycle said.
    pub(super) fn says(&mut self, event: Event) {
        self.storing |= matches!(event, Event::Store(_));
        // Whoever asked may have stopped waiting.
        let _ = self.events.send(event);
    }
}

/// Whatever comes next of a lifecycle.
enum Next {
    Event(Event),
    Ended(Result<FromDriver, Broken>),
}

impl Conversation {
    /// Has a lifecycle run and waits for its end; `limit` is for the time from one thing that it says to the next.
    pub(super) async fn converge(
        &self,
        converge: Converge,
        desk: &impl Desk,
        limit: Duration,
    ) -> Result<FromDriver, Broken> {
        let _permit = self.permit().await;
        let id = converge.id;
        let (events, queue) = mpsc::unbounded_channel();
        let answer = self.desk().expect_lifecycle(id, Running { events, storing: false })?;
        self.tell(&ToDriver::Converge(converge));
        let ended = self.serve((id, limit), desk, queue, answer).await;
        self.desk().ended(id);
        self.or_end(ended).await
    }

    async fn serve(
        &self,
        (id, limit): (u64, Duration),
        desk: &impl Desk,
        mut events: mpsc::UnboundedReceiver<Event>,
        mut answer: oneshot::Receiver<Result<FromDriver, Broken>>,
    ) -> Result<FromDriver, Broken> {
        let asked = Ask::Call(id);
        let gone = || Err(Broken::Exited { status: None, waiting: asked.to_string() });
        loop {
            let next = async {
                tokio::select! {
                    // What was said before the end is taken before it.
                    biased;
                    Some(event) = events.recv() => Next::Event(event),
                    ended = &mut answer => Next::Ended(ended.unwrap_or_else(|_dropped| gone())),
                }
            };
            match timeout(limit, next).await {
                Err(_elapsed) => {
                    return Err(self.desk().break_off(Broken::Late { asked: asked.to_string(), limit }));
                }
                Ok(Next::Ended(ended)) => return ended,
                Ok(Next::Event(Event::Waits(milliseconds))) => desk.waits(milliseconds),
                Ok(Next::Event(Event::Store(resource))) => {
                    let stored = tokio::select! {
                        biased;
                        // A crash, or the end of the process.
                        ended = &mut answer => return ended.unwrap_or_else(|_dropped| gone()),
                        stored = desk.store(resource) => stored,
                    };
                    let refused = match stored {
                        Ok(Stored::Kept) => None,
                        Ok(Stored::Refused(why)) => Some(why),
                        Err(error) => return Err(self.desk().break_off(Broken::NotStored(error.0))),
                    };
                    self.desk().stored(id);
                    self.tell(&ToDriver::Stored { id, refused });
                }
            }
        }
    }
}
