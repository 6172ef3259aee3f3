//! Plays a scenario in which something is made to go wrong.
//!
//! The scenario's own expectations do not hold then. What is judged is the history: see [`crate::history`].

use std::sync::Arc;
use std::sync::atomic::Ordering;

use plumbline_fake_server::contract::Contract;
use plumbline_fake_server::record::{Connection, Exchange, Recording};
use plumbline_protocol::{Driver, Operation};

use super::{Play, disturb, step::Seen};
use crate::case::Case;
use crate::clock::Stopwatch;
use crate::fault::{Placed, Point, ROTATED_ROLE, Skipped, exchanges};
use crate::history::{Attempt, History, judge};
use crate::plan::{Needs, ScenarioCase};
use crate::run::{Bench, Performance, Playable, Trouble};
use crate::scenario::step::Step;

/// How often a caller makes a call again that failed and may be repeated.
const REPEATS: usize = 3;

/// A scenario's case with faults in it.
#[derive(Debug, Clone)]
pub struct FaultCase {
    /// What it is; its id says which faults, and where.
    pub case: Case,
    pub(crate) base: Arc<ScenarioCase>,
    pub(crate) placed: Vec<Placed>,
    pub(crate) rehearsal: Arc<Rehearsal>,
}

/// What a client did in a scenario.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Rehearsal {
    pub(crate) attempts: Vec<Attempt>,
    pub(crate) connections: Vec<Connection>,
    /// What the client turned out to lack.
    pub(crate) lacks: Option<String>,
}

impl Rehearsal {
    /// Every exchange in order, and whether it was made at once with others.
    pub(crate) fn exchanges(&self) -> impl Iterator<Item = (&Exchange, bool)> {
        self.attempts.iter().flat_map(|attempt| {
            let at_once = attempt.calls.len() > 1;
            attempt.all().map(move |exchange| (exchange, at_once))
        })
    }

    /// How often a lifecycle persisted its resource.
    pub(crate) fn stores(&self) -> u64 {
        stores(&self.attempts)
    }

    /// What comes before a second fault, if the first is at that point.
    pub(crate) fn after(&self, point: &Point, contract: Contract) -> Skipped {
        let place = |attempts: &[Attempt]| -> usize {
            attempts.iter().map(|attempt| attempt.exchanges.len() + attempt.late.len()).sum()
        };
        let opened =
            |last: u64| self.connections.iter().filter(|connection| connection.number <= last).count();
        match point {
            Point::Exchange { .. } => {
                let made = exchanges(self.exchanges(), contract);
                let at = made.iter().position(|made| made.point == *point).unwrap_or(made.len());
                let used = self.exchanges().take(at + 1).map(|(exchange, _)| exchange.connection);
                let stores = self.stores_before(|attempts| place(attempts) > at);
                Skipped { exchanges: at + 1, connections: opened(used.max().unwrap_or(0)), stores }
            }
            Point::Connection { service, nth } => {
                let mut own = self.connections.iter().filter(|connection| connection.service == *service);
                let nth = usize::try_from(*nth).unwrap_or(usize::MAX);
                let number = own.nth(nth.saturating_sub(1)).map_or(0, |connection| connection.number);
                let before =
                    self.exchanges().take_while(|(exchange, _)| exchange.connection < number).count();
                let stores = self.stores_before(|attempts| place(attempts) > before);
                Skipped { exchanges: before, connections: opened(number), stores }
            }
            Point::Store { nth } => {
                let so_far = |attempts: &[Attempt]| stores(attempts) >= *nth;
                let count = (1..=self.attempts.len()).find(|count| so_far(&self.attempts[..*count]));
                let attempts = &self.attempts[..count.unwrap_or(self.attempts.len())];
                let used = attempts.iter().flat_map(|attempt| &attempt.exchanges);
                // What takes a creation back comes after the write that was refused.
                let taken_back = attempts.last().into_iter().flat_map(|attempt| {
                    let creates = attempt.known.is_some_and(|known| known.method == "POST");
                    attempt
                        .exchanges
                        .iter()
                        .filter(move |exchange| creates && exchange.request.method != "POST")
                });
                let exchanges = place(attempts).saturating_sub(taken_back.count());
                let last = used.map(|exchange| exchange.connection).max().unwrap_or(0);
                Skipped { exchanges, connections: opened(last), stores: *nth }
            }
        }
    }

    /// Writes before the attempt at which something is so; those of that attempt come after, if there is one only.
    fn stores_before(&self, is_reached: impl Fn(&[Attempt]) -> bool) -> u64 {
        let reached = (1..=self.attempts.len()).find(|count| is_reached(&self.attempts[..*count]));
        let count = reached.unwrap_or(self.attempts.len());
        let (before, with) =
            (stores(&self.attempts[..count.saturating_sub(1)]), stores(&self.attempts[..count]));
        if with == before + 1 { before } else { with }
    }
}

impl FaultCase {
    /// Plays it and hands over all that travelled, also where nothing is wrong; nothing is judged.
    ///
    /// # Errors
    ///
    /// When it cannot be played, through no fault of the client.
    pub async fn recording<D: Driver>(&self, bench: &Bench<D>) -> Result<Recording, Trouble> {
        let played = perform(&self.base, &self.placed, Some(&self.rehearsal), bench).await;
        played.map(|(_, performance)| performance.recording)
    }
}

/// How often lifecycles persisted their resource.
fn stores(attempts: &[Attempt]) -> u64 {
    let made = attempts.iter().flat_map(|attempt| &attempt.calls);
    made.map(|made| made.writes).sum()
}

impl Playable for FaultCase {
    fn case(&self) -> &Case {
        &self.case
    }

    fn needs(&self) -> &Needs {
        &self.base.needs
    }

    async fn play<D: Driver>(&self, bench: &Bench<D>) -> Result<Performance, Trouble> {
        let (rehearsal, mut performance) =
            perform(&self.base, &self.placed, Some(&self.rehearsal), bench).await?;
        let judged = judge(History {
            attempts: &rehearsal.attempts,
            rehearsal: &self.rehearsal.attempts,
            faults: &self.placed,
            contract: self.base.contract(),
        });
        performance.ambiguous = judged.reasons();
        performance.findings.extend(judged.findings);
        if performance.findings.is_empty() {
            performance.sum_up();
        }
        Ok(performance)
    }
}

/// Plays a scenario with these faults, of which there may be none, and says what was done.
pub(crate) async fn rehearse<D: Driver>(
    base: &ScenarioCase,
    placed: &[Placed],
    before: Option<&Rehearsal>,
    bench: &Bench<D>,
) -> Result<Rehearsal, Trouble> {
    perform(base, placed, before, bench).await.map(|(rehearsal, _)| rehearsal)
}

async fn perform<D: Driver>(
    base: &ScenarioCase,
    placed: &[Placed],
    before: Option<&Rehearsal>,
    bench: &Bench<D>,
) -> Result<(Rehearsal, Performance), Trouble> {
    let mut play = Play::start(base, bench).await?;
    play.is_faulted = true;
    for placed in placed {
        play.arm(placed).await?;
    }
    let played = Box::pin(play.run_faulted(before)).await;
    let said = play.said();
    let attempts = match played {
        Ok(attempts) => attempts,
        Err(trouble) => return Err(Trouble { said, ..trouble }),
    };
    let armed = std::mem::take(&mut play.armed);
    let unreached = armed.into_iter().zip(placed).filter(|_| play.lacks.is_none());
    let unreached: Vec<String> = unreached
        .filter_map(|(armed, placed)| (!armed.withdraw(&play.server, &play.desk)).then(|| placed.to_string()))
        .collect();
    if let [first, ..] = unreached.as_slice() {
        let message = "the client did something else than without faults, before there was any";
        return Err(Trouble { said, ..Trouble::with(&format!("reach `{first}`"), &message) });
    }
    let lacks = play.lacks.clone();
    let performance = Performance { said, ..play.finish().await };
    let connections = performance.recording.connections.clone();
    Ok((Rehearsal { attempts, connections, lacks }, performance))
}

impl<D: Driver> Play<'_, D> {
    async fn run_faulted(&mut self, before: Option<&Rehearsal>) -> Result<Vec<Attempt>, Trouble> {
        let mut attempts: Vec<Attempt> = Vec::new();
        self.open().await?;
        let planned = self.planned;
        for (place, step) in planned.scenario.steps.iter().enumerate() {
            let rehearsed =
                before.and_then(|before| before.attempts.iter().find(|attempt| attempt.step == place));
            for _ in 0..=REPEATS {
                if let Some(last) = attempts.last_mut() {
                    self.stragglers(last);
                }
                let attempt = self.attempt(place, step).await?;
                self.seen_until = self.server.mark();
                if self.lacks.is_some() {
                    return Ok(attempts);
                }
                if self.armed.iter().any(disturb::Armed::rotated_client) {
                    ROTATED_ROLE.clone_into(&mut self.identity.role);
                }
                if attempt.crashed {
                    self.replace_crashed().await?;
                }
                let again = rehearsed.is_some_and(|rehearsed| is_repeated(&attempt, rehearsed, planned));
                attempts.push(attempt);
                if !again {
                    break;
                }
            }
        }
        self.close().await?;
        self.nothing_left().await?;
        if let Some(last) = attempts.last_mut() {
            self.stragglers(last);
        }
        Ok(attempts)
    }

    /// Does a step, whatever comes of it.
    pub(super) async fn attempt(&mut self, place: usize, step: &Step) -> Result<Attempt, Trouble> {
        let watch = Stopwatch::start();
        let seen = self.see(step, None).await?;
        let elapsed_ms = watch.elapsed_ms();
        self.stand(step, &seen, Vec::new());
        let Seen { done, exchanges, in_time, connections } = &seen;
        let attempt = Attempt {
            step: place,
            known: done.known,
            budget: step.call().and_then(|call| call.attempts),
            calls: done.made.clone(),
            exchanges: exchanges[..*in_time].to_vec(),
            late: exchanges[*in_time..].to_vec(),
            connections: connections.clone(),
            elapsed_ms,
            crashed: self.crashes.load(Ordering::SeqCst) > 0,
        };
        self.keep(step, seen);
        Ok(attempt)
    }

    /// Requests that nobody asked for any more.
    pub(super) fn stragglers(&mut self, last: &mut Attempt) {
        let since = self.server.since(self.seen_until);
        last.late.extend(since.exchanges);
    }
}

/// Whether a caller makes a call again: it fails that otherwise succeeds, or nobody was asked who otherwise is, as over a
/// connection that was closed before the client saw it; and making it twice makes nothing twice.
fn is_repeated(attempt: &Attempt, rehearsed: &Attempt, planned: &ScenarioCase) -> bool {
    let keyed = planned.contract() == Contract::Keyed;
    let repeatable = attempt.known.is_some_and(|known| {
        known.method != "POST" || keyed && known.operation == Operation::AllocationsCreate
    });
    let unheard = attempt.all().next().is_none() && rehearsed.all().next().is_some();
    repeatable && attempt.calls.len() == 1 && !attempt.succeeded() && (rehearsed.succeeded() || unheard)
}
