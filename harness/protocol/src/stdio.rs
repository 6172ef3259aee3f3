//! Makes a driver process of an in-process [`Driver`]: messages on standard input and output.

mod flight;

use std::io;
use std::sync::Arc;
use std::task::Poll;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use crate::codec::{self, LineError, Lines};
use crate::{Driver, DriverError, FromDriver, Outcome, Stored, ToDriver, VERSION};
use flight::{Far, Flight};

/// Why a driver process ends before its input does.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The harness cannot be heard.
    #[error("read a message")]
    Read(#[source] io::Error),
    /// The harness cannot be told.
    #[error("write a message")]
    Write(#[source] io::Error),
    /// The harness said something that is no message.
    #[error("understand a message")]
    Line(#[source] LineError),
    /// The harness chose a version that this driver does not speak.
    #[error("version {0} of the protocol was chosen; this driver speaks {VERSION}")]
    Version(u32),
}

/// Serves a driver on standard input and output until the input ends. Calls run at once, answers come as they end.
///
/// # Errors
///
/// The conversation broke: the streams, or what the harness said.
pub async fn serve<D: Driver>(driver: D) -> Result<(), ServeError> {
    serve_on(driver, tokio::io::stdin(), tokio::io::stdout()).await
}

/// The same on any pair of streams.
///
/// # Errors
///
/// As [`serve`].
pub async fn serve_on<D, R, W>(driver: D, mut input: R, output: W) -> Result<(), ServeError>
where
    D: Driver,
    R: AsyncRead + Unpin,
    W: AsyncWrite + Unpin + Send + 'static,
{
    let driver = Arc::new(driver);
    let (answers, queue) = mpsc::unbounded_channel();
    let hello = FromDriver::Hello(driver.hello());
    let mut writer = JoinSet::new();
    writer.spawn(write_all(hello, queue, output));

    let flight = Flight::new(answers.clone());
    let mut server = Server { driver, answers, flight, working: JoinSet::new() };
    let read = server.read(&mut input);
    tokio::select! {
        ended = read => ended?,
        Some(written) = writer.join_next() => return written.unwrap_or(Ok(())).map_err(ServeError::Write),
    }
    // The harness has hung up: what is still running has nobody to answer to.
    drop(server);
    match writer.join_next().await {
        Some(Ok(written)) => written.map_err(ServeError::Write),
        Some(Err(_)) | None => Ok(()),
    }
}

/// Takes messages and hands each to the driver in a task of its own; the tasks end with the server.
struct Server<D> {
    driver: Arc<D>,
    answers: mpsc::UnboundedSender<FromDriver>,
    flight: Flight,
    working: JoinSet<()>,
}

impl<D: Driver> Server<D> {
    async fn read<R: AsyncRead + Unpin>(&mut self, input: &mut R) -> Result<(), ServeError> {
        let mut lines = Lines::default();
        let mut chunk = vec![0; 64 * 1024];
        loop {
            let length = tokio::select! {
                length = input.read(&mut chunk) => length.map_err(ServeError::Read)?,
                Some(ended) = self.working.join_next() => {
                    if let Err(error) = ended {
                        self.tell(FromDriver::Trouble { message: format!("the driver panicked: {error}") });
                    }
                    continue;
                }
            };
            let whole =
                if length == 0 { lines.finish().into_iter().collect() } else { lines.feed(&chunk[..length]) };
            for line in whole {
                self.take(codec::decode(&line).map_err(ServeError::Line)?).await?;
            }
            if length == 0 {
                return Ok(());
            }
        }
    }

    async fn take(&mut self, message: ToDriver) -> Result<(), ServeError> {
        if let ToDriver::Welcome { version } = message {
            return if version == VERSION { Ok(()) } else { Err(ServeError::Version(version)) };
        }
        if let ToDriver::Stored { id, refused } = message {
            self.flight.stored(id, refused.map_or(Stored::Kept, Stored::Refused));
            return Ok(());
        }
        let (driver, flight) = (Arc::clone(&self.driver), self.flight.clone());
        let answers = self.answers.clone();
        let mut work = Box::pin(async move {
            if let Some(answer) = answer(&*driver, &flight, message).await {
                // As in `tell`.
                let _ = answers.send(answer);
            }
        });
        // Begun here and now, so that a `cancel` finds the call that came before it.
        let begun = std::future::poll_fn(|context| Poll::Ready(work.as_mut().poll(context))).await;
        if begun.is_pending() {
            self.working.spawn(work);
        }
        Ok(())
    }

    /// Nobody reads any more once the writer has ended; then what is said does not matter.
    fn tell(&self, message: FromDriver) {
        let _ = self.answers.send(message);
    }
}

async fn answer<D: Driver>(driver: &D, flight: &Flight, message: ToDriver) -> Option<FromDriver> {
    Some(match message {
        // Taken before.
        ToDriver::Welcome { .. } | ToDriver::Stored { .. } => return None,
        ToDriver::Open { session, setup } => match driver.open(session, setup).await {
            Ok(Ok(())) => FromDriver::Opened { session },
            Ok(Err(error)) => FromDriver::Refused { session, error },
            Err(error) => trouble(error),
        },
        ToDriver::Secrets { session, secrets } => match driver.secrets(session, secrets).await {
            Ok(()) => FromDriver::Ready { session },
            Err(error) => trouble(error),
        },
        ToDriver::Advance { session, seconds } => match driver.advance(session, seconds).await {
            Ok(()) => FromDriver::Ready { session },
            Err(error) => trouble(error),
        },
        ToDriver::Call(call) => {
            let id = call.id;
            flight.begin(id, call.session);
            flight.end(id, done(id, driver.call(call).await));
            return None;
        }
        ToDriver::Converge(converge) => {
            let id = converge.id;
            flight.begin(id, converge.session);
            let far = Far { id, flight: flight.clone() };
            flight.end(id, done(id, driver.converge(converge, far).await));
            return None;
        }
        ToDriver::Cancel { id } => trouble(driver.cancel(id).await.err()?),
        ToDriver::GiveUp { id } => trouble(driver.give_up(id).await.err()?),
        ToDriver::Crash { session } => {
            flight.crash(session);
            match driver.crash(session).await {
                Ok(()) => FromDriver::Closed { session },
                Err(error) => trouble(error),
            }
        }
        ToDriver::Close { session } => match driver.close(session).await {
            Ok(()) => FromDriver::Closed { session },
            Err(error) => trouble(error),
        },
    })
}

fn done(id: u64, ended: Result<Outcome, DriverError>) -> FromDriver {
    let outcome = ended.unwrap_or_else(|error| Outcome::CouldNotAttempt { reason: error.to_string() });
    FromDriver::Done { id, outcome }
}

fn trouble(DriverError(message): DriverError) -> FromDriver {
    FromDriver::Trouble { message }
}

async fn write_all<W: AsyncWrite + Unpin>(
    hello: FromDriver,
    mut queue: mpsc::UnboundedReceiver<FromDriver>,
    mut output: W,
) -> io::Result<()> {
    let mut next = Some(hello);
    while let Some(message) = next {
        output.write_all(codec::encode(&message).as_bytes()).await?;
        output.flush().await?;
        next = queue.recv().await;
    }
    Ok(())
}
