//! One process, from its `hello` to its end: what is asked, what is answered, and when it breaks.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::process::ExitStatus;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use plumbline_protocol::codec::{self, LineError, Lines};
use plumbline_protocol::{FromDriver, Hello, ToDriver, VERSION};
use rustix::process::Pid;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::process::{ChildStderr, ChildStdin, ChildStdout};
use tokio::sync::{Semaphore, SemaphorePermit, mpsc, oneshot, watch};
use tokio::task::JoinSet;

use super::Program;
use super::broken::{Broken, NotStarted};
use super::child::Process;
use super::lifecycle::{Event, Running};
use super::said::Said;

/// A process whose output has ended gets so long to end itself before it is ended.
const LAST_BREATH: Duration = Duration::from_secs(1);

/// The longest line of standard error that is kept whole until it is shortened.
const ERROR_LINE: usize = 64 * 1024;

/// Something that has one answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Ask {
    /// `opened` or `refused`, for a session.
    Open(u64),
    /// `ready`, for a session.
    Ready(u64),
    /// `done`, for a call or a lifecycle.
    Call(u64),
    /// `closed`, for a session that closes.
    Close(u64),
    /// `closed`, for a session that crashes.
    Crash(u64),
}

impl fmt::Display for Ask {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Open(session) => write!(f, "`open` of session {session}"),
            Self::Ready(session) => write!(f, "`secrets` or `advance` of session {session}"),
            Self::Call(call) => write!(f, "call {call}"),
            Self::Close(session) => write!(f, "`close` of session {session}"),
            Self::Crash(session) => write!(f, "`crash` of session {session}"),
        }
    }
}

/// A conversation with one process. Dropping it ends the process.
#[derive(Debug)]
pub(super) struct Conversation {
    hello: Hello,
    desk: Arc<Desk>,
    input: mpsc::UnboundedSender<String>,
    said: Said,
    /// Closed once standard error has been read to its end.
    listening: watch::Receiver<()>,
    in_flight: Semaphore,
    process: Mutex<Process>,
    tasks: JoinSet<()>,
}

/// What is asked and not answered, shared with the task that reads.
#[derive(Debug, Default)]
pub(super) struct Desk(Mutex<Asked>);

#[derive(Debug, Default)]
struct Asked {
    waiting: BTreeMap<Ask, oneshot::Sender<Result<FromDriver, Broken>>>,
    answered: BTreeSet<Ask>,
    /// The lifecycles among those that wait.
    running: BTreeMap<u64, Running>,
    /// Calls and lifecycles whose session crashed.
    crashed: BTreeSet<u64>,
    broken: Option<Broken>,
}

impl Conversation {
    /// Starts a process and waits for its `hello`.
    pub(super) async fn start(program: &Program) -> Result<Self, NotStarted> {
        let (mut process, pipes) = Process::start(&program.command)?;
        let said = Said::default();
        let (listens, listening) = watch::channel(());
        let mut tasks = JoinSet::new();
        tasks.spawn(listen(pipes.errors, said.clone(), listens));
        let mut reader = Reader::new(pipes.output);
        let hello = match tokio::time::timeout(program.limits.hello, reader.hello(process.group())).await {
            Ok(hello) => hello,
            Err(_) => Err(Broken::NoHello { limit: program.limits.hello }),
        };
        let hello = match hello {
            Ok(hello) => hello,
            Err(broken) => {
                process.end();
                all_said(listening).await;
                return Err(NotStarted { broken, said: said.lines() });
            }
        };
        let desk = Arc::new(Desk::default());
        tasks.spawn(read(reader, Arc::clone(&desk), process.group()));
        let (input, queue) = mpsc::unbounded_channel();
        tasks.spawn(write(queue, pipes.input));
        let calls = usize::try_from(hello.concurrency).unwrap_or(usize::MAX).min(Semaphore::MAX_PERMITS);
        let in_flight = Semaphore::new(calls);
        let process = Mutex::new(process);
        let conversation = Self { hello, desk, input, said, listening, in_flight, process, tasks };
        conversation.tell(&ToDriver::Welcome { version: VERSION });
        Ok(conversation)
    }

    pub(super) fn hello(&self) -> &Hello {
        &self.hello
    }

    pub(super) fn said(&self) -> &Said {
        &self.said
    }

    /// Whether nothing is wrong with it and nothing is due from it.
    pub(super) fn is_at_rest(&self) -> bool {
        let asked = self.desk.asked();
        asked.broken.is_none() && asked.waiting.is_empty()
    }

    /// What is wrong with it.
    pub(super) fn broken(&self) -> Option<Broken> {
        self.desk.asked().broken.clone()
    }

    /// Says something that has no answer.
    pub(super) fn tell(&self, message: &ToDriver) {
        // When the process has ended, whoever waits for an answer learns it.
        let _ = self.input.send(codec::encode(message));
    }

    /// Says something and waits for its answer. Not more calls are in flight than the driver wants.
    pub(super) async fn ask(
        &self,
        ask: Ask,
        message: &ToDriver,
        limit: Duration,
    ) -> Result<FromDriver, Broken> {
        let exchange = async {
            let _permit = match ask {
                Ask::Call(_) => self.permit().await,
                Ask::Open(_) | Ask::Ready(_) | Ask::Close(_) | Ask::Crash(_) => None,
            };
            let answer = self.desk.expect(ask)?;
            self.tell(message);
            answer.await.unwrap_or_else(|_| Err(Broken::Exited { status: None, waiting: ask.to_string() }))
        };
        let answer = match tokio::time::timeout(limit, exchange).await {
            Ok(answer) => answer,
            Err(_) => Err(self.desk.break_off(Broken::Late { asked: ask.to_string(), limit })),
        };
        self.or_end(answer).await
    }

    pub(super) async fn permit(&self) -> Option<SemaphorePermit<'_>> {
        self.in_flight.acquire().await.ok()
    }

    pub(super) fn desk(&self) -> &Desk {
        &self.desk
    }

    /// Ends the process when it did not answer, so that its last words are there to be shown.
    pub(super) async fn or_end(&self, answer: Result<FromDriver, Broken>) -> Result<FromDriver, Broken> {
        if answer.is_err() {
            self.process.lock().expect("nothing panics while it ends a process").end();
            all_said(self.listening.clone()).await;
        }
        answer
    }

    /// Ends the input and gives the process a while to end by itself; how it did, if it did.
    pub(super) async fn finish(self, limit: Duration) -> Option<ExitStatus> {
        let Self { process, input, tasks, .. } = self;
        drop(input);
        let group = process.lock().expect("nothing panics while it ends a process").group();
        let ended = Process::ended(group, limit).await;
        drop(tasks);
        ended
    }
}

impl Desk {
    fn asked(&self) -> MutexGuard<'_, Asked> {
        self.0.lock().expect("nothing panics while it holds what is asked")
    }

    fn expect(&self, ask: Ask) -> Result<oneshot::Receiver<Result<FromDriver, Broken>>, Broken> {
        let mut asked = self.asked();
        if let Some(broken) = &asked.broken {
            return Err(broken.clone());
        }
        let (sender, receiver) = oneshot::channel();
        asked.answered.remove(&ask);
        asked.waiting.insert(ask, sender);
        Ok(receiver)
    }

    /// As [`Desk::expect`], for something that says more before its answer.
    pub(super) fn expect_lifecycle(
        &self,
        id: u64,
        running: Running,
    ) -> Result<oneshot::Receiver<Result<FromDriver, Broken>>, Broken> {
        let receiver = self.expect(Ask::Call(id))?;
        self.asked().running.insert(id, running);
        Ok(receiver)
    }

    /// A lifecycle may go on.
    pub(super) fn stored(&self, id: u64) {
        if let Some(running) = self.asked().running.get_mut(&id) {
            running.storing = false;
        }
    }

    /// Nobody listens to a lifecycle any more.
    pub(super) fn ended(&self, id: u64) {
        self.asked().running.remove(&id);
    }

    /// A lifecycle says something before its answer.
    fn says(&self, id: u64, said: &'static str, event: Event) -> Result<(), Broken> {
        let mut asked = self.asked();
        let waiting = asked.waiting.contains_key(&Ask::Call(id));
        let asked = &mut *asked;
        match asked.running.get_mut(&id) {
            Some(running) if running.storing => Err(Broken::Hasty { id, said }),
            Some(running) if waiting => {
                running.says(event);
                Ok(())
            }
            Some(_) | None if asked.crashed.contains(&id) => Err(Broken::AfterCrash { id, said }),
            Some(_) | None => Err(Broken::NotRunning { id, said }),
        }
    }

    /// The session has crashed: nothing that is in flight in its process has an answer.
    fn crash(&self, message: &FromDriver) {
        let mut asked = self.asked();
        let (calls, others) = std::mem::take(&mut asked.waiting)
            .into_iter()
            .partition::<BTreeMap<_, _>, _>(|(ask, _)| matches!(ask, Ask::Call(_)));
        asked.waiting = others;
        for (ask, sender) in calls {
            if let Ask::Call(id) = ask {
                asked.crashed.insert(id);
                asked.running.remove(&id);
            }
            let _ = sender.send(Ok(message.clone()));
        }
    }

    fn answer(&self, ask: Ask, message: FromDriver) -> Result<(), Broken> {
        let mut asked = self.asked();
        if let Ask::Call(id) = ask {
            if asked.crashed.contains(&id) {
                return Err(Broken::AfterCrash { id, said: "done" });
            }
            if asked.running.get(&id).is_some_and(|running| running.storing) {
                return Err(Broken::Hasty { id, said: "done" });
            }
        }
        match asked.waiting.remove(&ask) {
            Some(sender) => {
                asked.answered.insert(ask);
                // Whoever asked may have stopped waiting; the answer is in order all the same.
                let _ = sender.send(Ok(message));
                Ok(())
            }
            None if asked.answered.contains(&ask) => Err(Broken::Twice { answer: ask.to_string() }),
            None => Err(Broken::NotAsked { answer: ask.to_string(), waiting: asked.waiting() }),
        }
    }

    /// Everyone who waits, now or later, gets the same error: the first one.
    pub(super) fn break_off(&self, broken: Broken) -> Broken {
        let mut asked = self.asked();
        let first = asked.broken.get_or_insert(broken).clone();
        for (_, sender) in std::mem::take(&mut asked.waiting) {
            let _ = sender.send(Err(first.clone()));
        }
        first
    }
}

impl Asked {
    fn waiting(&self) -> String {
        let mut names: Vec<String> = self.waiting.keys().take(3).map(ToString::to_string).collect();
        if self.waiting.len() > names.len() {
            names.push("…".to_owned());
        }
        if names.is_empty() { "nothing".to_owned() } else { names.join(", ") }
    }
}

struct Reader {
    output: ChildStdout,
    chunk: Vec<u8>,
    lines: Lines,
    heard: Vec<FromDriver>,
    /// What is wrong with a last line that has no end.
    cut: Option<LineError>,
}

impl Reader {
    fn new(output: ChildStdout) -> Self {
        Self { output, chunk: vec![0; 16 * 1024], lines: Lines::default(), heard: Vec::new(), cut: None }
    }

    async fn hello(&mut self, group: Option<Pid>) -> Result<Hello, Broken> {
        while self.heard.is_empty() {
            if !self.more().await? {
                return Err(self.ended(group, "its `hello`".to_owned()).await);
            }
        }
        match self.heard.remove(0) {
            FromDriver::Hello(hello) if !hello.versions.contains(&VERSION) => {
                Err(Broken::Version { offered: hello.versions })
            }
            FromDriver::Hello(Hello { concurrency: 0, .. }) => Err(Broken::NoConcurrency),
            FromDriver::Hello(hello) => Ok(hello),
            other => {
                Err(Broken::NotHello { heard: codec::encode(&other).trim_end().chars().take(80).collect() })
            }
        }
    }

    /// Reads what is there; false at the end.
    async fn more(&mut self) -> Result<bool, Broken> {
        let length = self.output.read(&mut self.chunk).await.unwrap_or(0);
        if length == 0 {
            match self.lines.finish().map(|line| codec::decode(&line)) {
                Some(Ok(message)) => self.heard.push(message),
                Some(Err(cut)) => self.cut = Some(cut),
                None => {}
            }
            // What was heard last is taken before the end is noticed.
            return Ok(!self.heard.is_empty());
        }
        for line in self.lines.feed(&self.chunk[..length]) {
            self.heard.push(codec::decode(&line).map_err(Broken::Line)?);
        }
        Ok(true)
    }

    /// Why there is no more. Half a line is the driver's mistake, unless it was killed while it wrote.
    async fn ended(&mut self, group: Option<Pid>, waiting: String) -> Broken {
        let exited = Broken::Exited { status: Process::ended(group, LAST_BREATH).await, waiting };
        match self.cut.take() {
            Some(cut) if !exited.is_killed() => Broken::Line(cut),
            Some(_) | None => exited,
        }
    }
}

async fn read(mut reader: Reader, desk: Arc<Desk>, group: Option<Pid>) {
    let broken = loop {
        let heard = std::mem::take(&mut reader.heard);
        if let Some(broken) = heard.into_iter().find_map(|message| take(&desk, message).err()) {
            break broken;
        }
        match reader.more().await {
            Ok(true) => {}
            Ok(false) => {
                let waiting = desk.asked().waiting();
                break reader.ended(group, waiting).await;
            }
            Err(broken) => break broken,
        }
    };
    desk.break_off(broken);
}

fn take(desk: &Desk, message: FromDriver) -> Result<(), Broken> {
    let ask = match &message {
        FromDriver::Hello(_) => return Err(Broken::SecondHello),
        FromDriver::Trouble { message } => return Err(Broken::Trouble(message.clone())),
        FromDriver::Opened { session } | FromDriver::Refused { session, .. } => Ask::Open(*session),
        FromDriver::Ready { session } => Ask::Ready(*session),
        FromDriver::Done { id, .. } => Ask::Call(*id),
        FromDriver::Closed { session } if desk.asked().waiting.contains_key(&Ask::Crash(*session)) => {
            desk.crash(&message);
            Ask::Crash(*session)
        }
        FromDriver::Closed { session } => Ask::Close(*session),
        FromDriver::Store { id, resource } => {
            return desk.says(*id, "store", Event::Store(resource.clone()));
        }
        FromDriver::Waits { id, milliseconds } => {
            return desk.says(*id, "waits", Event::Waits(*milliseconds));
        }
    };
    desk.answer(ask, message)
}

async fn write(mut queue: mpsc::UnboundedReceiver<String>, mut input: ChildStdin) {
    while let Some(line) = queue.recv().await {
        // A process that does not read any more has ended or will be late; both are noticed elsewhere.
        if input.write_all(line.as_bytes()).await.is_err() || input.flush().await.is_err() {
            return;
        }
    }
}

/// Reads standard error to its end; then `listens` is closed.
async fn listen(mut errors: ChildStderr, said: Said, listens: watch::Sender<()>) {
    let _listens = listens;
    let mut lines = Lines::with_limit(ERROR_LINE);
    let mut chunk = vec![0; 16 * 1024];
    loop {
        let length = errors.read(&mut chunk).await.unwrap_or(0);
        let whole =
            if length == 0 { lines.finish().into_iter().collect() } else { lines.feed(&chunk[..length]) };
        for line in whole {
            match line.content {
                Ok(bytes) => said.push(&String::from_utf8_lossy(&bytes)),
                Err(limit) => said.push(&format!("(a line of more than {limit} bytes)")),
            }
        }
        if length == 0 {
            return;
        }
    }
}

/// Waits until an ended process's standard error has been read, so that its last words are there to be shown.
async fn all_said(mut listening: watch::Receiver<()>) {
    // Something outside of the group may hold the pipe open; then what was read so far has to do.
    let _ = tokio::time::timeout(LAST_BREATH, listening.changed()).await;
}
