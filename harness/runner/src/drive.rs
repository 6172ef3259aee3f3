//! A driver in a process of its own.
//!
//! [`ProcessDriver`] keeps one process for each session that is open, and uses a process again once its session has
//! been closed. So whatever a driver does wrong concerns one case: its process is ended, with all that it started, and
//! the next case gets a new one. After three such failures in a row no other process is started. A process that a signal
//! ended does not count as one of them: it may be killed at any moment, and costs the one case that it had.

mod broken;
mod child;
mod conversation;
mod lifecycle;
mod said;

pub use broken::{Broken, NotStarted};

use std::collections::BTreeMap;
use std::process::ExitStatus;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use plumbline_protocol::{
    Call, Converge, Desk, Driver, DriverError, Failure, FromDriver, Hello, Outcome, Secret, Session, ToDriver,
};

use conversation::{Ask, Conversation};
use said::Said;

/// So many failures in a row, and a driver is not started again, unless its limits say otherwise.
const STRIKES: u32 = 3;

/// So often a program is started when it is killed before its `hello`: nothing was asked of it, so nothing is lost.
const STARTS: usize = 3;

/// What a closed session's driver said is kept for so many sessions.
const REMEMBERED: usize = 64;

/// A driver's command and how long it may take.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Program {
    /// The program and its arguments.
    pub command: Vec<String>,
    /// How long it may take.
    pub limits: Limits,
}

/// How long a driver may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// From its start to its `hello`.
    pub hello: Duration,
    /// From any other message to its answer. Longer than any case gives a client.
    pub answer: Duration,
    /// From `close` to `closed`, and from the end of its input to its own.
    pub close: Duration,
    /// After so many failures in a row it is not started again.
    pub failures: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            hello: Duration::from_secs(60),
            answer: Duration::from_secs(60),
            close: Duration::from_secs(60),
            failures: STRIKES,
        }
    }
}

/// A client under test whose driver is a program.
#[derive(Debug)]
pub struct ProcessDriver {
    program: Program,
    hello: Hello,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// Processes without a session.
    idle: Vec<Arc<Conversation>>,
    /// The process of every session that is not closed; or why it has none any more.
    open: BTreeMap<u64, Result<Arc<Conversation>, String>>,
    /// The session of every call in flight.
    calls: BTreeMap<u64, u64>,
    /// What was said in each session.
    said: BTreeMap<u64, Said>,
    /// Failures in a row.
    strikes: u32,
    /// Why the last process was put away that said something between two sessions.
    said_too_much: Option<Broken>,
}

impl ProcessDriver {
    /// Starts the program and waits for its `hello`.
    ///
    /// # Errors
    ///
    /// It cannot be started, or does not say a `hello` that can be worked with.
    pub async fn start(program: Program) -> Result<Self, NotStarted> {
        let first = Box::pin(begin(&program)).await?;
        let hello = first.hello().clone();
        let state = State { idle: vec![Arc::new(first)], ..State::default() };
        Ok(Self { program, hello, state: Mutex::new(state) })
    }

    /// Ends every process that has no session: its input ends, and it is waited for a while. How each ended; none: it
    /// had to be ended.
    pub async fn finish(&self) -> Vec<Option<ExitStatus>> {
        let idle = std::mem::take(&mut self.state().idle);
        let mut ended = Vec::new();
        for conversation in idle.into_iter().filter_map(|conversation| Arc::try_unwrap(conversation).ok()) {
            ended.push(conversation.finish(self.program.limits.close).await);
        }
        ended
    }

    /// Makes a call in the process of a session, whatever session the call names.
    pub(crate) async fn call_in_process_of(&self, session: u64, call: Call) -> Result<Outcome, DriverError> {
        let id = call.id;
        let answer =
            self.ask(session, Ask::Call(id), &ToDriver::Call(call), self.program.limits.answer).await;
        outcome(id, answer?)
    }

    /// What a process said between two sessions, when nothing was due from it, since this was asked last. That process is
    /// put away, and no session is concerned.
    pub(crate) fn said_too_much(&self) -> Option<Broken> {
        self.state().said_too_much.take()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("nothing panics while it holds the state")
    }

    fn session(&self, id: u64) -> Result<Arc<Conversation>, DriverError> {
        match self.state().open.get(&id) {
            Some(Ok(conversation)) => Ok(Arc::clone(conversation)),
            Some(Err(lost)) => Err(DriverError(lost.clone())),
            None => Err(DriverError(format!("session {id} is not open"))),
        }
    }

    /// A process for a new session: one that is idle and well, or a new one.
    async fn process(&self) -> Result<Arc<Conversation>, NotStarted> {
        let idle = {
            let mut state = self.state();
            if state.strikes >= self.program.limits.failures {
                return Err(NotStarted::from(Broken::GivenUp { failures: state.strikes }));
            }
            let mut rested = None;
            while let Some(conversation) = state.idle.pop() {
                match conversation.broken() {
                    None if conversation.is_at_rest() => {
                        rested = Some(conversation);
                        break;
                    }
                    None | Some(Broken::Exited { .. }) => {}
                    Some(broken) => state.said_too_much = Some(broken),
                }
            }
            rested
        };
        if let Some(conversation) = idle {
            return Ok(conversation);
        }
        let conversation = Box::pin(begin(&self.program)).await?;
        if *conversation.hello() == self.hello {
            Ok(Arc::new(conversation))
        } else {
            Err(NotStarted::from(Broken::OtherHello))
        }
    }

    /// A session got no process.
    fn not_started(&self, session: u64, failure: NotStarted) -> DriverError {
        let mut state = self.state();
        match failure.broken {
            Broken::GivenUp { .. } => {}
            _ => state.strikes += 1,
        }
        state.remember(session, Said::from(failure.said));
        DriverError(failure.broken.to_string())
    }

    /// A session's process has no further use. However many calls notice it, it is one failure.
    fn lost(&self, session: u64, broken: &Broken) -> DriverError {
        let said = broken.to_string();
        let mut state = self.state();
        if let Some(open @ Ok(_)) = state.open.get_mut(&session) {
            *open = Err(said.clone());
            state.strikes += u32::from(!broken.is_killed());
        }
        DriverError(said)
    }

    /// Says something about a call in flight that has no answer.
    fn tell_about(&self, call: u64, message: &ToDriver) -> Result<(), DriverError> {
        let session = self.state().calls.get(&call).copied();
        // Without a session it has ended in the meantime.
        if let Some(session) = session {
            self.session(session)?.tell(message);
        }
        Ok(())
    }

    /// A session is over, in one way or the other: its process is free, if it said so.
    fn closed(&self, session: u64, answer: Result<FromDriver, DriverError>) -> Result<(), DriverError> {
        let mut state = self.state();
        state.calls.retain(|_, of| *of != session);
        if let Err(broken) = answer {
            state.open.remove(&session);
            return Err(broken);
        }
        state.strikes = 0;
        state.release(session);
        Ok(())
    }

    async fn ask(
        &self,
        session: u64,
        ask: Ask,
        message: &ToDriver,
        limit: Duration,
    ) -> Result<FromDriver, DriverError> {
        let conversation = self.session(session)?;
        conversation.ask(ask, message, limit).await.map_err(|broken| self.lost(session, &broken))
    }
}

/// What a call or a lifecycle came to.
fn outcome(id: u64, answer: FromDriver) -> Result<Outcome, DriverError> {
    match answer {
        FromDriver::Done { outcome, .. } => Ok(outcome),
        FromDriver::Closed { session } => Err(DriverError::crashed(session)),
        other => Err(DriverError(format!("call {id} was answered by {other:?}"))),
    }
}

/// A process that has said its `hello`.
async fn begin(program: &Program) -> Result<Conversation, NotStarted> {
    let mut starts = 1;
    loop {
        match Conversation::start(program).await {
            Err(failure) if failure.broken.is_killed() && starts < STARTS => starts += 1,
            begun => return begun,
        }
    }
}

impl State {
    /// Takes the process back from a session that is not open, or no longer.
    fn release(&mut self, session: u64) {
        if let Some(Ok(conversation)) = self.open.remove(&session) {
            self.remember(session, conversation.said().copy());
            self.idle.push(conversation);
        }
    }

    fn remember(&mut self, session: u64, said: Said) {
        self.said.insert(session, said);
        while self.said.len() > REMEMBERED {
            self.said.pop_first();
        }
    }
}

impl Driver for ProcessDriver {
    fn hello(&self) -> Hello {
        self.hello.clone()
    }

    async fn open(&self, id: u64, session: Session) -> Result<Result<(), Failure>, DriverError> {
        let conversation = self.process().await.map_err(|failure| self.not_started(id, failure))?;
        conversation.said().clear();
        {
            let mut state = self.state();
            state.remember(id, conversation.said().clone());
            state.open.insert(id, Ok(conversation));
        }
        let message = ToDriver::Open { session: id, setup: session };
        match self.ask(id, Ask::Open(id), &message, self.program.limits.answer).await? {
            FromDriver::Refused { error, .. } => {
                // There is nothing to close: the process is free for another session.
                self.state().release(id);
                Ok(Err(error))
            }
            FromDriver::Opened { .. }
            | FromDriver::Hello(_)
            | FromDriver::Ready { .. }
            | FromDriver::Done { .. }
            | FromDriver::Closed { .. }
            | FromDriver::Store { .. }
            | FromDriver::Waits { .. }
            | FromDriver::Trouble { .. } => Ok(Ok(())),
        }
    }

    async fn secrets(&self, id: u64, secrets: Vec<Secret>) -> Result<(), DriverError> {
        let message = ToDriver::Secrets { session: id, secrets };
        self.ask(id, Ask::Ready(id), &message, self.program.limits.answer).await.map(drop)
    }

    async fn advance(&self, id: u64, seconds: u64) -> Result<(), DriverError> {
        let message = ToDriver::Advance { session: id, seconds };
        self.ask(id, Ask::Ready(id), &message, self.program.limits.answer).await.map(drop)
    }

    async fn call(&self, call: Call) -> Result<Outcome, DriverError> {
        let (id, session) = (call.id, call.session);
        self.state().calls.insert(id, session);
        let outcome = self.call_in_process_of(session, call).await;
        self.state().calls.remove(&id);
        outcome
    }

    async fn converge(&self, converge: Converge, desk: impl Desk) -> Result<Outcome, DriverError> {
        let (id, session) = (converge.id, converge.session);
        let conversation = self.session(session)?;
        self.state().calls.insert(id, session);
        let answer = conversation.converge(converge, &desk, self.program.limits.answer).await;
        self.state().calls.remove(&id);
        outcome(id, answer.map_err(|broken| self.lost(session, &broken))?)
    }

    async fn cancel(&self, call: u64) -> Result<(), DriverError> {
        self.tell_about(call, &ToDriver::Cancel { id: call })
    }

    async fn give_up(&self, call: u64) -> Result<(), DriverError> {
        self.tell_about(call, &ToDriver::GiveUp { id: call })
    }

    async fn close(&self, id: u64) -> Result<(), DriverError> {
        let message = ToDriver::Close { session: id };
        let answer = self.ask(id, Ask::Close(id), &message, self.program.limits.close).await;
        self.closed(id, answer)
    }

    async fn crash(&self, session: u64) -> Result<(), DriverError> {
        let message = ToDriver::Crash { session };
        let answer = self.ask(session, Ask::Crash(session), &message, self.program.limits.close).await;
        self.closed(session, answer)
    }

    fn said(&self, id: u64) -> Vec<String> {
        self.state().said.get(&id).map(Said::lines).unwrap_or_default()
    }
}
