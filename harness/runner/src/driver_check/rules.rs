//! The rules, each with what it expects and how it is tried.

use std::net::Ipv4Addr;

use bytes::Bytes;
use plumbline_fake_server::exchange::Response;
use plumbline_fake_server::fault::{self, Fault, Gate};
use plumbline_fake_server::pki::TrustAnchor;
use plumbline_protocol::{Capability, Driver, DriverError, Endpoints, ErrorClass, Outcome};
use tokio::net::TcpSocket;
use tokio::time::timeout;

use super::Ruling;
use super::desk::{Desk, PATIENCE, failed};
use super::lifecycles;
use crate::drive::ProcessDriver;

/// A rule of the driver protocol.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rule {
    /// It says what it is.
    Starts,
    /// It says what it can do.
    Declares,
    /// A session opens.
    Opens,
    /// A call reaches the service and its result comes back.
    Calls,
    /// A refusal by the service is an outcome.
    ReportsRefusals,
    /// So is a service that is not there.
    ReportsNoConnection,
    /// And one that cannot be trusted.
    ReportsNoTrust,
    /// A client that cannot be built is refused, not in trouble.
    RefusesSecrets,
    /// Several calls at once.
    AnswersInAnyOrder,
    /// A call is cancelled.
    Cancels,
    /// Secrets are replaced.
    TakesSecrets,
    /// The clock is moved.
    Advances,
    /// A lifecycle runs.
    Converges,
    /// A lifecycle persists its resource.
    Stores,
    /// A lifecycle is tried again.
    TriesAgain,
    /// Without waiting.
    WaitsVirtually,
    /// A time limit passes.
    GivesUp,
    /// A session crashes.
    Crashes,
    /// A call on no session is no reason to fall over.
    SurvivesNoSession,
    /// A session closes, and another opens.
    Closes,
    /// Nothing is left of a closed session.
    LeavesNothing,
    /// It ends when its input does.
    Ends,
}

impl Rule {
    /// Every rule, in the order in which they are tried.
    pub const ALL: [Self; 22] = [
        Self::Starts,
        Self::Declares,
        Self::Opens,
        Self::Calls,
        Self::ReportsRefusals,
        Self::ReportsNoConnection,
        Self::ReportsNoTrust,
        Self::RefusesSecrets,
        Self::AnswersInAnyOrder,
        Self::Cancels,
        Self::TakesSecrets,
        Self::Advances,
        Self::Converges,
        Self::Stores,
        Self::TriesAgain,
        Self::WaitsVirtually,
        Self::GivesUp,
        Self::Crashes,
        Self::SurvivesNoSession,
        Self::Closes,
        Self::LeavesNothing,
        Self::Ends,
    ];

    /// The rule, as one sentence about a driver that keeps it.
    #[must_use]
    pub fn expected(self) -> &'static str {
        match self {
            Self::Starts => "says `hello` on the first line of its standard output",
            Self::Declares => "declares a client (`api-client`, `controller-client`) and its operations",
            Self::Opens => "answers `open` by `opened`",
            Self::Calls => "makes a call and answers by `done` with outcome `ok`",
            Self::ReportsRefusals => "a refusal by the service is outcome `error` of class `api`",
            Self::ReportsNoConnection => "an address where nothing listens is class `connect`",
            Self::ReportsNoTrust => "a server of another authority is class `server-untrusted`",
            Self::RefusesSecrets => "a secret that is missing is `refused` with class `secret-not-found`",
            Self::AnswersInAnyOrder => "answers a call while another one is still in flight",
            Self::Cancels => "answers a cancelled call by `done`, soon, and not with `ok`",
            Self::TakesSecrets => "answers `secrets` by `ready`, and calls go on",
            Self::Advances => "answers `advance` by `ready`",
            Self::Converges => "runs a lifecycle and answers `converge` by `done` with outcome `ok`",
            Self::Stores => "has the resource stored when its dependency is gone, and waits for `stored`",
            Self::TriesAgain => "makes another attempt after one that failed, and no more than `attempts`",
            Self::WaitsVirtually => "says `waits` before each further attempt",
            Self::GivesUp => "a call that is given up is outcome `error` of class `timeout`",
            Self::Crashes => {
                "answers `crash` by `closed`, cuts connections, and says nothing of what was in flight"
            }
            Self::SurvivesNoSession => "a call on a session that is not open is outcome `could-not-attempt`",
            Self::Closes => "answers `close` by `closed`, and opens another session after it",
            Self::LeavesNothing => "no connection is left once a session is closed",
            Self::Ends => "exits with status 0 soon after its standard input ends",
        }
    }

    /// Whether nothing can be said about it before the driver opens a session.
    pub(super) fn takes_a_session(self) -> bool {
        match self {
            Self::Starts | Self::Declares | Self::Opens | Self::Ends => false,
            Self::Calls
            | Self::ReportsRefusals
            | Self::ReportsNoConnection
            | Self::ReportsNoTrust
            | Self::RefusesSecrets
            | Self::AnswersInAnyOrder
            | Self::Cancels
            | Self::TakesSecrets
            | Self::Advances
            | Self::Converges
            | Self::Stores
            | Self::TriesAgain
            | Self::WaitsVirtually
            | Self::GivesUp
            | Self::Crashes
            | Self::SurvivesNoSession
            | Self::Closes
            | Self::LeavesNothing => true,
        }
    }
}

pub(super) async fn try_one(rule: Rule, desk: &mut Desk) -> Result<(), Ruling> {
    match rule {
        Rule::Starts => Ok(()),
        Rule::Declares => declares(desk),
        Rule::Opens => desk.open(desk.setup()).await.map(drop),
        Rule::Calls => calls(desk).await,
        Rule::ReportsRefusals => reports_refusals(desk).await,
        Rule::ReportsNoConnection => reports_no_connection(desk).await,
        Rule::ReportsNoTrust => reports_no_trust(desk).await,
        Rule::RefusesSecrets => refuses_secrets(desk).await,
        Rule::AnswersInAnyOrder => answers_in_any_order(desk).await,
        Rule::Cancels => cancels(desk).await,
        Rule::TakesSecrets => takes_secrets(desk).await,
        Rule::Advances => advances(desk).await,
        Rule::Converges => lifecycles::converges(desk).await,
        Rule::Stores => lifecycles::stores(desk).await,
        Rule::TriesAgain => lifecycles::tries_again(desk).await,
        Rule::WaitsVirtually => lifecycles::waits_virtually(desk).await,
        Rule::GivesUp => lifecycles::gives_up(desk).await,
        Rule::Crashes => lifecycles::crashes(desk).await,
        Rule::SurvivesNoSession => survives_no_session(desk).await,
        Rule::Closes => closes(desk).await,
        Rule::LeavesNothing => leaves_nothing(desk).await,
        Rule::Ends => ends(desk).await,
    }
}

fn declares(desk: &Desk) -> Result<(), Ruling> {
    let client = [Capability::ApiClient, Capability::ControllerClient];
    if !desk.hello.capabilities.iter().any(|capability| client.contains(capability)) {
        return Err(Ruling::Broken(
            "`capabilities` has no client: every scenario would be unsupported".to_owned(),
        ));
    }
    if desk.hello.operations.is_empty() {
        return Err(Ruling::Broken("`operations` is empty: every scenario would be unsupported".to_owned()));
    }
    Ok(())
}

async fn calls(desk: &mut Desk) -> Result<(), Ruling> {
    let mark = desk.server.mark();
    let session = desk.open(desk.setup()).await?;
    let call = desk.call(session)?;
    let outcome = desk.make(call).await?;
    let sent = desk.server.since(mark).exchanges.len();
    match outcome {
        Outcome::Ok { .. } if sent > 0 => Ok(()),
        Outcome::Ok { .. } => {
            Err(Ruling::Broken("outcome `ok`, but no request reached the service".to_owned()))
        }
        other => Err(Ruling::Broken(format!("{}, and {sent} requests at the service", shown(&other)))),
    }
}

async fn reports_refusals(desk: &mut Desk) -> Result<(), Ruling> {
    let body = r#"{"error":"forbidden","error_description":"not allowed","trace_id":"4bf92f3577b34da6a3ce929d0e0e4736"}"#;
    let response = Response {
        status: 403,
        headers: vec![("Content-Type".to_owned(), "application/json".to_owned())],
        body: Bytes::from_static(body.as_bytes()),
    };
    let rule = desk.server.inject(fault::Rule::each(Fault::reply(response)));
    let session = desk.open(desk.setup()).await;
    let seen = match session {
        Ok(session) => error_class(desk, session, ErrorClass::Api).await,
        Err(ruling) => Err(ruling),
    };
    desk.server.withdraw(rule);
    seen
}

async fn reports_no_connection(desk: &mut Desk) -> Result<(), Ruling> {
    // Bound and not listened on: nobody else can listen there either.
    let silent = TcpSocket::new_v4().and_then(|socket| {
        socket.bind((Ipv4Addr::LOCALHOST, 0).into())?;
        let port = socket.local_addr()?.port();
        Ok((socket, port))
    });
    let (_socket, port) = silent.map_err(|error| Ruling::NotTried(format!("bind a port: {error}")))?;
    let mut setup = desk.setup();
    let nobody = format!("https://localhost:{port}");
    setup.endpoints = Endpoints { identity: nobody.clone(), region: nobody };
    let session = desk.open(setup).await?;
    error_class(desk, session, ErrorClass::Connect).await
}

async fn reports_no_trust(desk: &mut Desk) -> Result<(), Ruling> {
    let mut setup = desk.setup();
    setup.secrets[0] = desk.authority(TrustAnchor::Other);
    let session = desk.open(setup).await?;
    error_class(desk, session, ErrorClass::ServerUntrusted).await
}

async fn refuses_secrets(desk: &mut Desk) -> Result<(), Ruling> {
    desk.can(Capability::PlatformSecrets)?;
    let mut setup = desk.setup();
    setup.secrets.truncate(1);
    match desk.try_open(setup).await? {
        (_, Err(failure)) if failure.class == ErrorClass::SecretNotFound => Ok(()),
        (_, Err(failure)) => Err(Ruling::Broken(format!("`refused` with class {}", word(&failure.class)))),
        (_, Ok(())) => {
            Err(Ruling::Broken("`opened`, although the client's secret does not exist".to_owned()))
        }
    }
}

async fn answers_in_any_order(desk: &mut Desk) -> Result<(), Ruling> {
    desk.can(Capability::Concurrent)?;
    if desk.hello.concurrency < 2 {
        return Err(Ruling::NotTried("`hello` says `concurrency` 1".to_owned()));
    }
    let session = desk.open(desk.setup()).await?;
    let (held, other) = (desk.call(session)?, desk.call(session)?);
    let gate = Gate::new();
    let rule = desk.server.inject(fault::Rule::nth(1, Fault::hold_answer(&gate)));
    let seen = async {
        let mut first = Box::pin(desk.make(held));
        reached(&gate, &mut first).await?;
        let second = timeout(PATIENCE, desk.make(other)).await;
        gate.release();
        match second {
            Err(_) => Err(Ruling::Broken("the second call was answered only after the first".to_owned())),
            Ok(second) => second.and(first.await).map(drop),
        }
    }
    .await;
    gate.release();
    desk.server.withdraw(rule);
    seen
}

async fn cancels(desk: &mut Desk) -> Result<(), Ruling> {
    desk.can(Capability::Cancel)?;
    match interrupted(desk, async |driver, call| driver.cancel(call).await).await? {
        None => Err(Ruling::Broken("no answer to the cancelled call".to_owned())),
        Some(Outcome::Ok { .. }) => Err(Ruling::Broken("outcome `ok`".to_owned())),
        Some(_) => Ok(()),
    }
}

/// What became of a call that something was done about while its answer was held; none: nothing, for long.
pub(super) async fn interrupted(
    desk: &mut Desk,
    interrupt: impl AsyncFnOnce(&ProcessDriver, u64) -> Result<(), DriverError>,
) -> Result<Option<Outcome>, Ruling> {
    let session = desk.open(desk.setup()).await?;
    let call = desk.call(session)?;
    let id = call.id;
    let gate = Gate::new();
    let rule = desk.server.inject(fault::Rule::nth(1, Fault::hold_answer(&gate)));
    let ended = async {
        let mut held = Box::pin(desk.make(call));
        reached(&gate, &mut held).await?;
        interrupt(&desk.driver, id).await.map_err(failed)?;
        timeout(PATIENCE, held).await.ok().transpose()
    }
    .await;
    gate.release();
    desk.server.withdraw(rule);
    ended
}

async fn takes_secrets(desk: &mut Desk) -> Result<(), Ruling> {
    desk.can(Capability::Reload)?;
    let session = desk.open(desk.setup()).await?;
    let secrets = desk.setup().secrets;
    desk.driver.secrets(session, secrets).await.map_err(failed)?;
    let call = desk.call(session)?;
    match desk.make(call).await? {
        Outcome::Ok { .. } => Ok(()),
        other => Err(Ruling::Broken(format!("{} after the same secrets came again", shown(&other)))),
    }
}

async fn advances(desk: &mut Desk) -> Result<(), Ruling> {
    desk.can(Capability::Clock)?;
    let session = desk.open(desk.setup()).await?;
    desk.driver.advance(session, 60).await.map_err(failed)
}

async fn survives_no_session(desk: &mut Desk) -> Result<(), Ruling> {
    let session = desk.open(desk.setup()).await?;
    let nowhere = desk.number();
    let call = desk.call(nowhere)?;
    match desk.driver.call_in_process_of(session, call).await.map_err(failed)? {
        Outcome::CouldNotAttempt { .. } => Ok(()),
        other => Err(Ruling::Broken(shown(&other))),
    }
}

async fn closes(desk: &mut Desk) -> Result<(), Ruling> {
    let first = desk.open(desk.setup()).await?;
    desk.close(first).await?;
    let second = desk.open(desk.setup()).await?;
    desk.close(second).await
}

async fn leaves_nothing(desk: &mut Desk) -> Result<(), Ruling> {
    let session = desk.open(desk.setup()).await?;
    let call = desk.call(session)?;
    desk.make(call).await?;
    desk.close(session).await?;
    let left = desk.server.all_closed(PATIENCE).await;
    left.map_err(|_waited| {
        Ruling::Broken(format!(
            "{} connections are still open after `closed`",
            desk.server.open_connections()
        ))
    })
}

async fn ends(desk: &mut Desk) -> Result<(), Ruling> {
    let limit = desk.limits.close;
    let ended = desk.driver.finish().await;
    if ended.is_empty() {
        return Err(Ruling::NotTried("no process was left".to_owned()));
    }
    for status in ended {
        match status {
            Some(status) if status.success() => {}
            Some(status) => return Err(Ruling::Broken(format!("it ended with {status}"))),
            None => return Err(Ruling::Broken(format!("it still ran after {limit:?}"))),
        }
    }
    Ok(())
}

/// Makes a call that has to fail in that way.
async fn error_class(desk: &mut Desk, session: u64, class: ErrorClass) -> Result<(), Ruling> {
    let call = desk.call(session)?;
    match desk.make(call).await? {
        Outcome::Error(failure) if failure.class == class => Ok(()),
        other => Err(Ruling::Broken(shown(&other))),
    }
}

/// Waits until the held request has arrived; its call must not end before.
pub(super) async fn reached(
    gate: &Gate,
    call: &mut (impl Future<Output = Result<Outcome, Ruling>> + Unpin),
) -> Result<(), Ruling> {
    tokio::select! {
        ended = call => Err(match ended {
            Ok(outcome) => Ruling::Broken(format!("{}, although the service had not answered", shown(&outcome))),
            Err(ruling) => ruling,
        }),
        arrived = timeout(PATIENCE, gate.reached()) => {
            arrived.map_err(|_elapsed| Ruling::Broken("no request reached the service".to_owned()))
        }
    }
}

pub(super) fn shown(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Ok { .. } => "outcome `ok`".to_owned(),
        Outcome::Error(failure) => {
            format!("outcome `error` of class {}: {}", word(&failure.class), failure.message)
        }
        Outcome::Cancelled => "outcome `cancelled`".to_owned(),
        Outcome::CouldNotAttempt { reason } => format!("outcome `could-not-attempt`: {reason}"),
        Outcome::Unsupported { reason } => format!("outcome `unsupported`: {reason}"),
    }
}

fn word(class: &ErrorClass) -> String {
    serde_json::to_string(class).unwrap_or_default().replace('"', "`")
}
