//! How the rules about lifecycles, crashes and time limits are tried.

use std::sync::{Arc, Mutex, MutexGuard};

use bytes::Bytes;
use plumbline_fake_server::exchange::Response;
use plumbline_fake_server::fault::{self, Fault, Gate};
use plumbline_fake_server::record::Recording;
use plumbline_protocol::{
    Capability, Converge, Desk as Harness, Driver, DriverError, ErrorClass, Goal, Outcome, Resource, Stored,
};

use super::Ruling;
use super::desk::{Desk, PATIENCE, failed};
use super::rules::{interrupted, reached, shown};

/// So many attempts a lifecycle gets that cannot succeed.
const ATTEMPTS: u32 = 3;

/// Stores everything, and notes what was said.
#[derive(Clone, Default)]
struct Notes(Arc<Mutex<Noted>>);

#[derive(Default)]
struct Noted {
    stores: usize,
    waits: usize,
}

impl Notes {
    fn noted(&self) -> MutexGuard<'_, Noted> {
        self.0.lock().expect("nothing panics while it takes notes")
    }
}

impl Harness for Notes {
    async fn store(&self, _: Resource) -> Result<Stored, DriverError> {
        self.noted().stores += 1;
        Ok(Stored::Kept)
    }

    fn waits(&self, _: u64) {
        self.noted().waits += 1;
    }
}

pub(super) async fn converges(desk: &mut Desk) -> Result<(), Ruling> {
    desk.can(Capability::Converge)?;
    let mark = desk.server.mark();
    let (outcome, _) = run(desk, Goal::Present).await?;
    match (outcome, desk.server.since(mark).exchanges.len()) {
        (Outcome::Ok { .. }, 0) => Err(broken("outcome `ok`, but no request reached the service")),
        (Outcome::Ok { .. }, _) => Ok(()),
        (other, sent) => Err(broken(&format!("{}, and {sent} requests at the service", shown(&other)))),
    }
}

pub(super) async fn stores(desk: &mut Desk) -> Result<(), Ruling> {
    desk.can(Capability::Converge)?;
    let (outcome, notes) = run(desk, Goal::Absent).await?;
    let stores = notes.noted().stores;
    match outcome {
        Outcome::Ok { .. } if stores == 1 => Ok(()),
        other => Err(broken(&format!("{}, and the resource was stored {stores} times", shown(&other)))),
    }
}

pub(super) async fn tries_again(desk: &mut Desk) -> Result<(), Ruling> {
    desk.can(Capability::Converge)?;
    let (requests, _) = in_vain(desk).await?;
    // Whoever makes no second attempt is not asked for a lifecycle's sake.
    if (2..=ATTEMPTS as usize).contains(&requests) {
        Ok(())
    } else {
        Err(broken(&format!("{requests} requests at the service, with a budget of {ATTEMPTS} attempts")))
    }
}

pub(super) async fn waits_virtually(desk: &mut Desk) -> Result<(), Ruling> {
    desk.can(Capability::Converge)?;
    desk.can(Capability::VirtualWait)?;
    let (requests, waits) = in_vain(desk).await?;
    if waits + 1 == requests {
        Ok(())
    } else {
        Err(broken(&format!("{requests} requests at the service, and `waits` {waits} times")))
    }
}

pub(super) async fn gives_up(desk: &mut Desk) -> Result<(), Ruling> {
    desk.can(Capability::GiveUp)?;
    match interrupted(desk, async |driver, call| driver.give_up(call).await).await? {
        None => Err(broken("no answer to the call that was given up")),
        Some(Outcome::Error(failure)) if failure.class == ErrorClass::Timeout => Ok(()),
        Some(other) => Err(broken(&shown(&other))),
    }
}

pub(super) async fn crashes(desk: &mut Desk) -> Result<(), Ruling> {
    desk.can(Capability::Crash)?;
    let before = desk.server.recording().connections.len();
    let session = desk.open(desk.setup()).await?;
    let call = desk.call(session)?;
    let gate = Gate::new();
    let rule = desk.server.inject(fault::Rule::nth(1, Fault::hold_answer(&gate)));
    let seen = async {
        let mut held = Box::pin(desk.driver.call(call));
        {
            let mut judged = Box::pin(async { (&mut held).await.map_err(failed) });
            reached(&gate, &mut judged).await?;
        }
        desk.driver.crash(session).await.map_err(failed)?;
        match held.await {
            Err(error) if error == DriverError::crashed(session) => {}
            Err(error) => return Err(failed(error)),
            Ok(outcome) => return Err(broken(&format!("`done` before `closed`: {}", shown(&outcome)))),
        }
        // Those of sessions before are another rule's business.
        let cut = |recording: &Recording| recording.connections.iter().skip(before).all(|one| !one.open);
        let left = desk.server.until("the session's connections to be cut", PATIENCE, cut).await;
        left.map_err(|_waited| broken("a connection is still open after `closed`"))
    }
    .await;
    gate.release();
    desk.server.withdraw(rule);
    desk.forget(session);
    seen?;
    // Here it shows if something is said too much, unless it showed before.
    let next = desk.open(desk.setup()).await?;
    desk.close(next).await?;
    match desk.driver.said_too_much() {
        Some(seen) => Err(broken(&seen.to_string())),
        None => Ok(()),
    }
}

/// Runs a lifecycle to a goal that nothing is in the way of.
async fn run(desk: &mut Desk, goal: Goal) -> Result<(Outcome, Notes), Ruling> {
    let session = desk.open(desk.setup()).await?;
    let converge = desk.lifecycle(session, goal)?;
    converge_with_notes(desk, converge).await
}

/// Runs a lifecycle that cannot succeed: how many requests there were, and how many waits.
async fn in_vain(desk: &mut Desk) -> Result<(usize, usize), Ruling> {
    let session = desk.open(desk.setup()).await?;
    let converge = Converge { attempts: ATTEMPTS, ..desk.lifecycle(session, Goal::Present)? };
    let mark = desk.server.mark();
    let unavailable = Response { status: 503, headers: Vec::new(), body: Bytes::new() };
    let rule = desk.server.inject(fault::Rule::each(Fault::reply(unavailable)));
    let ran = converge_with_notes(desk, converge).await;
    desk.server.withdraw(rule);
    let (outcome, notes) = ran?;
    let requests = desk.server.since(mark).exchanges.len();
    let waits = notes.noted().waits;
    match outcome {
        Outcome::Error(_) => Ok((requests, waits)),
        other => Err(broken(&format!("{}, although the service answered 503 each time", shown(&other)))),
    }
}

async fn converge_with_notes(desk: &Desk, converge: Converge) -> Result<(Outcome, Notes), Ruling> {
    let notes = Notes::default();
    let outcome = desk.driver.converge(converge, notes.clone()).await.map_err(failed)?;
    Ok((outcome, notes))
}

fn broken(seen: &str) -> Ruling {
    Ruling::Broken(seen.to_owned())
}
