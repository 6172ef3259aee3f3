//! Plays a sequence: steps in which things go wrong, one after the other, whatever came of those before.
//!
//! Nothing is expected of a step, and no caller makes a call again: what follows is the next step's business.

use std::sync::Arc;

use plumbline_protocol::Driver;

use super::Play;
use super::desk::Desk;
use crate::fault::{Place, Placed, Point, Row};
use crate::history::Attempt;
use crate::plan::ScenarioCase;
use crate::run::{Bench, Performance, Trouble};
use crate::scenario::operation::Known;
use crate::scenario::step::Step;

/// A fault in a step of a sequence.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Mishap {
    /// The step's place, from 0.
    pub(crate) step: usize,
    pub(crate) row: Arc<Row>,
    /// Which of the step's requests, connections or writes it is for, from 1.
    pub(crate) nth: u64,
}

/// What was done in a sequence.
#[derive(Debug)]
pub(crate) struct Performed {
    pub(crate) attempts: Vec<Attempt>,
    /// The faults that were reached.
    pub(crate) met: Vec<Placed>,
    pub(crate) performance: Performance,
}

/// Plays a sequence to its end.
pub(crate) async fn perform<D: Driver>(
    base: &ScenarioCase,
    mishaps: &[Mishap],
    bench: &Bench<D>,
) -> Result<Performed, Trouble> {
    let mut play = Play::start(base, bench).await?;
    play.is_faulted = true;
    let played = Box::pin(play.run_sequence(mishaps)).await;
    let said = play.said();
    match played {
        Ok((attempts, met)) => {
            let lacks = play.lacks.clone();
            let performance = Performance { said, lacks, ..play.finish().await };
            Ok(Performed { attempts, met, performance })
        }
        Err(trouble) => Err(Trouble { said, ..trouble }),
    }
}

impl<D: Driver> Play<'_, D> {
    async fn run_sequence(&mut self, mishaps: &[Mishap]) -> Result<(Vec<Attempt>, Vec<Placed>), Trouble> {
        let (mut attempts, mut met): (Vec<Attempt>, Vec<Placed>) = Default::default();
        self.open().await?;
        let planned = self.planned;
        for (place, step) in planned.scenario.steps.iter().enumerate() {
            if let Some(last) = attempts.last_mut() {
                self.stragglers(last);
            }
            let placed: Vec<Placed> = mishaps
                .iter()
                .filter(|mishap| mishap.step == place)
                .filter_map(|mishap| Some(placed(mishap, step.call()?.called.value.on(None), &self.desk)))
                .collect();
            for placed in &placed {
                self.arm(placed).await?;
            }
            let attempt = self.attempt(place, step).await?;
            self.seen_until = self.server.mark();
            let armed = std::mem::take(&mut self.armed).into_iter().zip(placed);
            met.extend(
                armed
                    .filter_map(|(armed, placed)| armed.withdraw(&self.server, &self.desk).then_some(placed)),
            );
            self.desk.forget_traps();
            if self.lacks.is_some() {
                return Ok((attempts, met));
            }
            if attempt.crashed {
                self.replace_crashed().await?;
            }
            self.persist(step, &attempt);
            attempts.push(attempt);
        }
        self.close().await?;
        self.nothing_left().await?;
        if let Some(last) = attempts.last_mut() {
            self.stragglers(last);
        }
        Ok((attempts, met))
    }

    /// Later steps have resources as these calls left them: of a lifecycle, what it persisted itself.
    fn persist(&mut self, step: &Step, attempt: &Attempt) {
        let persists = step.call().is_some_and(|call| call.attempts.is_some());
        for made in &attempt.calls {
            let left = if persists { made.stored.last() } else { made.left() };
            if let Some(resource) = left {
                self.persisted.insert(resource.name.clone(), resource.clone());
            }
        }
    }
}

/// Where a fault is put, just before its step begins: what is counted is counted from there.
fn placed(mishap: &Mishap, known: &'static Known, desk: &Desk) -> Placed {
    let nth = mishap.nth;
    let point = match mishap.row.place() {
        Place::Connection => Point::Connection { service: known.service, nth },
        Place::Store => Point::Store { nth: desk.count() + nth },
        Place::Request => {
            Point::Exchange { service: known.service, operation: None, method: known.method.to_owned(), nth }
        }
    };
    Placed { point, target: "/".to_owned(), row: Arc::clone(&mishap.row) }
}
