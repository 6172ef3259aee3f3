//! One step: something is done, things settle, and what was seen is held to what was expected.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use plumbline_fake_server::contract::Contract;
use plumbline_fake_server::exchange::{ChangeVerb, Service};
use plumbline_fake_server::fault::Gate;
use plumbline_fake_server::record::{Connection, Exchange, Recording};
use plumbline_fake_server::server::Mark;
use plumbline_fake_server::store::StoreFault;
use plumbline_protocol::{Call, Converge, Driver, DriverError, Lifecycle, Outcome};
use serde_json::Value;
use tokio::task::JoinSet;

use super::calls::{self, Prepared, Sources};
use super::disturb;
use super::faults::{self, Places};
use super::{LIMIT, PATIENCE, Play, SETTLING, canonical, in_time, off_thread};
use crate::case::{Finding, Told};
use crate::check::{self, Made, Observation, standing};
use crate::fault::ROTATED_ROLE;
use crate::run::Trouble;
use crate::scenario::expect::Count;
use crate::scenario::operation::Known;
use crate::scenario::setup::ClientSetup;
use crate::scenario::step::{Action, CallStep, ServerAction, Step, convergence};
use crate::scenario::words::{Cancel, Hold};

/// What was done in a step.
#[derive(Default)]
pub(super) struct Done {
    pub(super) known: Option<&'static Known>,
    pub(super) made: Vec<Made>,
    pub(super) concurrent: bool,
    findings: Vec<Finding>,
    /// When every call had ended.
    ended: Option<Mark>,
}

/// What was seen of a step.
pub(super) struct Seen {
    pub(super) done: Done,
    /// Exchanges, in an order that does not depend on chance.
    pub(super) exchanges: Vec<Exchange>,
    /// How many of them began before every call had ended.
    pub(super) in_time: usize,
    /// Connections that were opened.
    pub(super) connections: Vec<Connection>,
}

/// What the client made of the calls of a step, without the words that it has for people.
fn told(done: &Done) -> Vec<Told> {
    let told = done.made.iter().map(|made| {
        let outcome = if done.concurrent { ending(&made.outcome) } else { without_words(&made.outcome) };
        Told { operation: made.call.operation, outcome }
    });
    let mut told: Vec<Told> = told.collect();
    if done.concurrent {
        told.sort_by_key(|told| told.outcome.to_string());
    }
    told
}

fn without_words(outcome: &Outcome) -> Value {
    let mut value =
        serde_json::to_value(outcome).expect("an outcome has string keys only, so it is always JSON");
    if let Some(members) = value.as_object_mut() {
        members.shift_remove("message");
    }
    value
}

/// How a call ended, which does not depend on who came first.
fn ending(outcome: &Outcome) -> Value {
    let class = match outcome {
        Outcome::Error(failure) => serde_json::to_value(failure.class).unwrap_or_default(),
        Outcome::Ok { .. }
        | Outcome::Cancelled
        | Outcome::CouldNotAttempt { .. }
        | Outcome::Unsupported { .. } => Value::Null,
    };
    let kind = without_words(outcome)["kind"].take();
    serde_json::json!({ "kind": kind, "class": class })
}

impl<D: Driver> Play<'_, D> {
    /// Does a step, and holds what was seen to what was expected.
    pub(super) async fn step(&mut self, step: &Step) -> Result<(), Trouble> {
        let seen = self.see(step, step.expect.open_connections.as_ref()).await?;
        if self.lacks.is_some() {
            return Ok(());
        }
        self.judge(step, &seen);
        self.keep(step, seen);
        Ok(())
    }

    /// Does a step, and waits until things have settled.
    pub(super) async fn see(&mut self, step: &Step, open: Option<&Count>) -> Result<Seen, Trouble> {
        let mark = self.server.mark();
        let done = self.act(step).await?;
        if let Some(expected) = open {
            let count = |recording: &Recording| {
                let open = recording.connections.iter().filter(|connection| connection.open).count();
                u64::try_from(open).is_ok_and(|open| (expected.at_least..=expected.at_most).contains(&open))
            };
            // Not reached in time is what the expectation then says.
            let _ = self.server.until("as many open connections as expected", SETTLING, count).await;
        }
        self.server.settled(PATIENCE).await.map_err(|e| Trouble::with("wait for the servers", &e))?;
        let Recording { mut connections, mut exchanges } = self.server.since(mark);
        // What calls made at once had sent when another of them ended may still be on its way.
        let ended = done.ended.filter(|_| !done.concurrent);
        let late = ended.map_or(0, |ended| self.server.since(ended).exchanges.len());
        let in_time = exchanges.len().saturating_sub(late);
        if done.concurrent {
            canonical::sort(&mut exchanges);
            self.numbers.renumber_mixed(&mut exchanges, &mut connections);
        } else {
            self.numbers.renumber(&mut exchanges, &mut connections);
        }
        self.connections.extend(connections.iter().cloned());
        let changes = exchanges.iter().flat_map(|exchange| &exchange.changes);
        let created = changes.filter(|change| change.verb == ChangeVerb::Created);
        self.created.extend(created.map(|change| change.id.clone()));
        Ok(Seen { done, exchanges, in_time, connections })
    }

    /// What of a step later ones, and the record, need.
    pub(super) fn keep(&mut self, step: &Step, seen: Seen) {
        let Seen { done, mut exchanges, .. } = seen;
        let lifecycle = step.call().is_some_and(|call| call.attempts.is_some());
        self.left = done
            .made
            .iter()
            .rev()
            .find_map(|made| {
                // Of a lifecycle's resource only that is left which was persisted.
                let said = made.left().filter(|_| !lifecycle);
                said.or(made.stored.last()).or(made.call.resource.as_ref())
            })
            .cloned()
            .or(self.left.take());
        self.told.extend(told(&done));
        if done.concurrent {
            canonical::forget_race(&mut exchanges);
        }
        self.exchanges.extend(exchanges);
    }

    fn judge(&mut self, step: &Step, seen: &Seen) {
        let found = check::step(&step.expect, self.observation(seen));
        self.stand(step, seen, found);
    }

    /// Holds what was seen of a step to what must hold of any, beside what its own expectations found.
    pub(super) fn stand(&mut self, step: &Step, seen: &Seen, expected: Vec<Finding>) {
        let scenario = &self.planned.scenario;
        let waived: Vec<&str> = scenario.waives.iter().map(|at| at.value.as_str()).collect();
        let found = standing::check(&waived, self.observation(seen));
        let doing = seen.done.findings.iter().cloned().map(|mut finding| {
            finding.location = Some(scenario.source().locate(&step.span));
            finding
        });
        self.findings.extend(doing.chain(expected).collect::<Vec<_>>());
        self.findings.extend(found);
    }

    fn observation<'s>(&'s self, seen: &'s Seen) -> Observation<'s> {
        Observation {
            source: self.planned.scenario.source(),
            fixtures: &self.planned.fixtures,
            created: &self.created,
            known: seen.done.known,
            calls: &seen.done.made,
            exchanges: &seen.exchanges,
            earlier: &self.exchanges,
            opened: &seen.connections,
            connections: &self.connections,
            open: u64::try_from(self.server.open_connections()).unwrap_or(u64::MAX),
            role: &self.identity.role,
            contract: self.planned.served(),
        }
    }

    async fn act(&mut self, step: &Step) -> Result<Done, Trouble> {
        match &step.action {
            Action::Call(call) => return self.call(call).await,
            Action::Secrets(change) => self.rotate(change).await?,
            Action::Advance(by) => {
                if let Some(session) = self.usable() {
                    in_time("advance the clock", self.bench.driver().advance(session, by.value / 1_000))
                        .await?;
                }
                self.server.advance(Duration::from_millis(by.value));
                self.advanced += Duration::from_millis(by.value);
            }
            Action::Server(ServerAction::CloseConnections) => {
                let closed = self.server.close_all(PATIENCE).await;
                closed.map_err(|e| Trouble::with("close the connections", &e))?;
            }
            Action::Server(ServerAction::Refuse { verb, kind, with, nth }) => {
                let fault = StoreFault {
                    verb: verb.value,
                    kind: kind.value,
                    nth: u32::try_from(*nth).unwrap_or(u32::MAX),
                    error: with.value,
                };
                self.server.refuse(fault);
            }
            Action::Reopen(change) => {
                self.close().await?;
                self.change(change);
                self.open().await?;
            }
            Action::Close => self.close().await?,
        }
        Ok(Done::default())
    }

    /// The open session, if its client could be built.
    pub(super) fn usable(&self) -> Option<u64> {
        self.session.as_ref().filter(|session| session.refused.is_none()).map(|session| session.id)
    }

    fn change(&mut self, change: &ClientSetup) {
        self.identity = self.identity.changed(change, &self.planned.fixtures);
        let before = std::mem::take(&mut self.client);
        self.client = ClientSetup {
            address: change.address.clone().or(before.address),
            reload: change.reload.clone().or(before.reload),
            call_timeout: change.call_timeout.clone().or(before.call_timeout),
            ..before
        };
    }

    async fn rotate(&mut self, change: &ClientSetup) -> Result<(), Trouble> {
        let common_name = self.identity.common_name.clone();
        self.change(change);
        if change.role.is_none()
            && (change.certificate.is_some() || change.key.is_some() || change.secret.is_none())
        {
            ROTATED_ROLE.clone_into(&mut self.identity.role);
            self.identity.common_name = common_name;
        }
        let secrets = self.secrets().await?;
        match self.usable() {
            Some(session) => {
                in_time("replace the secrets", self.bench.driver().secrets(session, secrets)).await
            }
            None => Ok(()),
        }
    }

    async fn call(&mut self, step: &CallStep) -> Result<Done, Trouble> {
        let known = step.called.value.on(self.planned.api);
        let (certificates, fixtures) = (step.certificates.clone(), Arc::clone(&self.planned.fixtures));
        let pki = Arc::clone(self.bench.pki());
        off_thread("issue certificates", move || calls::issue(&certificates, &pki, &fixtures)).await?;
        let from = Sources {
            fixtures: &self.planned.fixtures,
            pki: self.bench.pki(),
            api: self.planned.api,
            created: &self.created,
            left: self.left.as_ref(),
        };
        let mut prepared =
            calls::prepare(step, &from).map_err(|e| Trouble::with("issue certificates", &e))?;
        let concurrent = prepared.len() > 1;
        let done = Done { known: Some(known), concurrent, ..Done::default() };
        let Some(session) = &self.session else {
            return Err(Trouble::with(
                "call",
                &"the session is closed; a scenario must not call after `close`",
            ));
        };
        if let Some(failure) = &session.refused {
            let refuse = |prepared: Prepared| Made {
                call: prepared.call,
                certificate: prepared.certificate,
                served: None,
                outcome: Outcome::Error(failure.clone()),
                stored: Vec::new(),
                writes: 0,
                waits_ms: Vec::new(),
            };
            return Ok(Done { made: prepared.into_iter().map(refuse).collect(), ..done });
        }
        let session = session.id;
        let mut waiting = None;
        if let (Some(serving), [only]) = (&step.serving, prepared.as_mut_slice()) {
            waiting = Some(self.serve(serving, known.purpose(), only).await?);
        }
        for prepared in &mut prepared {
            prepared.call.id = self.bench.number();
            prepared.call.session = session;
            let resource = prepared.call.resource.as_ref();
            if let Some(persisted) = resource.and_then(|resource| self.persisted.get(&resource.name)) {
                prepared.call.resource = Some(persisted.clone());
            }
        }
        let performed = self.perform(step, known, prepared, done).await;
        self.served(waiting).await?;
        performed
    }

    async fn perform(
        &mut self,
        step: &CallStep,
        known: &'static Known,
        prepared: Vec<Prepared>,
        mut done: Done,
    ) -> Result<Done, Trouble> {
        let fill = |value: &Value| self.planned.fixtures.fill(value, &self.created);
        let places = self.places(known, &prepared);
        let callers = callers(&prepared);
        let rules: Vec<_> = step
            .answer
            .iter()
            .map(|answer| faults::prepare(&answer.filled(&fill), known.service, &callers, &places))
            .collect();
        let injected: Vec<_> =
            rules.iter().map(|prepared| self.server.inject(prepared.rule.clone())).collect();
        let gates: Vec<(Gate, Hold)> = rules.into_iter().filter_map(|prepared| prepared.gate).collect();
        let mut watchers = self.watch(step, &prepared, &gates);
        let held = gates.iter().any(|(_, hold)| *hold != Hold::UntilAll) && step.cancel.is_none();
        let ids: Vec<u64> = prepared.iter().map(|prepared| prepared.call.id).collect();
        let ended = tokio::select! {
            biased;
            ended = self.make(step, &prepared, &gates, held, &mut done) => ended,
            trouble = self.disturb(&ids) => Err(trouble),
        };
        watchers.abort_all();
        while watchers.join_next().await.is_some() {}
        // Every call has ended: whoever still waits there has nobody to answer.
        gates.iter().for_each(|(gate, _)| gate.dismiss());
        self.armed.iter().for_each(disturb::Armed::dismiss);
        for rule in injected {
            self.server.withdraw(rule);
        }
        done.ended = Some(self.server.mark());
        for (prepared, outcome) in prepared.into_iter().zip(ended?) {
            match &outcome {
                Outcome::CouldNotAttempt { reason } => return Err(Trouble::with("make the call", reason)),
                Outcome::Unsupported { reason } => self.lacks = Some(reason.clone()),
                Outcome::Ok { .. } | Outcome::Error(_) | Outcome::Cancelled => {}
            }
            let (stored, writes, waits_ms) = self.desk.take();
            done.made.push(Made {
                call: prepared.call,
                outcome,
                certificate: prepared.certificate,
                served: prepared.served,
                stored,
                writes,
                waits_ms,
            });
        }
        Ok(done)
    }

    /// Makes the calls, all at once. A call that waits for ever for a held answer is the client's fault, every other
    /// one that does not end the driver's.
    async fn make(
        &self,
        step: &CallStep,
        prepared: &[Prepared],
        gates: &[(Gate, Hold)],
        held: bool,
        done: &mut Done,
    ) -> Result<Vec<Outcome>, Trouble> {
        let mut calls: JoinSet<(usize, Result<Outcome, DriverError>)> = JoinSet::new();
        for (place, prepared) in prepared.iter().enumerate() {
            let (driver, call) = (self.bench.driver().clone(), prepared.asked());
            let (attempts, desk) = (step.attempts, self.desk.clone());
            let contract = self.planned.contract();
            let crashes = Arc::clone(&self.crashes);
            calls.spawn(async move {
                let outcome = match attempts {
                    Some(attempts) => driver.converge(run_of(attempts, call, contract), desk).await,
                    None => driver.call(call).await,
                };
                // What was in flight when the session crashed ends in no way that anybody sees.
                let crashed = crashes.load(Ordering::SeqCst) > 0;
                (place, outcome.or_else(|error| if crashed { Ok(Outcome::Cancelled) } else { Err(error) }))
            });
        }
        let mut outcomes: Vec<Option<Outcome>> = vec![None; prepared.len()];
        let collect = async move {
            while let Some(ended) = calls.join_next().await {
                let (place, outcome) = ended.map_err(|e| Trouble::with("make the call", &e))?;
                outcomes[place] = Some(outcome.map_err(|e| Trouble::with("make the call", &e))?);
            }
            Ok::<_, Trouble>(outcomes)
        };
        tokio::pin!(collect);
        let limit = if held { LIMIT } else { PATIENCE };
        let mut ended = tokio::time::timeout(limit, &mut collect).await;
        if ended.is_err() && held {
            let message = format!(
                "the call still waited after {} seconds for an answer that never came",
                limit.as_secs()
            );
            let mut finding = Finding::new("time-limit", message);
            finding.help =
                Some("a client without a time limit waits for ever when a server does not answer".to_owned());
            done.findings.push(finding);
            gates.iter().for_each(|(gate, _)| gate.release());
            ended = tokio::time::timeout(PATIENCE, &mut collect).await;
        }
        let outcomes = ended.unwrap_or_else(|_| {
            let seconds = limit.as_secs();
            Err(Trouble::with(
                "make the call",
                &format!("the driver had not answered after {seconds} seconds"),
            ))
        })?;
        Ok(outcomes.into_iter().map(|outcome| outcome.expect("every call has ended")).collect())
    }

    /// Tasks that act once requests are being held.
    fn watch(&self, step: &CallStep, prepared: &[Prepared], gates: &[(Gate, Hold)]) -> JoinSet<()> {
        let mut watchers = JoinSet::new();
        let all = u64::try_from(prepared.len()).unwrap_or(u64::MAX);
        for (gate, hold) in gates {
            let gate = gate.clone();
            let ids: Vec<u64> = prepared.iter().map(|prepared| prepared.call.id).collect();
            let driver = self.bench.driver().clone();
            match (hold, step.cancel.as_ref().map(|at| at.value)) {
                // One that a fault takes does not come.
                (Hold::UntilAll, _) if self.is_faulted => gate.release(),
                (Hold::UntilAll, _) => drop(watchers.spawn(async move {
                    gate.reached_by(all).await;
                    gate.release();
                })),
                (Hold::Forever | Hold::InBody, Some(Cancel::WhenHeld)) => drop(watchers.spawn(async move {
                    gate.reached_by(all).await;
                    for id in ids {
                        // A driver that cannot cancel is found by the call not ending.
                        let _ = driver.cancel(id).await;
                    }
                })),
                (Hold::Forever | Hold::InBody, None) => {}
            }
        }
        watchers
    }

    fn places(&self, known: &'static Known, prepared: &[Prepared]) -> Places {
        let own = prepared.first().and_then(|prepared| check::own_target(known, &prepared.call));
        self.places_of(known.service, own.unwrap_or_else(|| "/".to_owned()))
    }

    /// Where requests to a service can be led, for one with that path.
    pub(super) fn places_of(&self, service: Service, path: String) -> Places {
        let other = match service {
            Service::Identity => Service::Region,
            Service::Region => Service::Identity,
        };
        let base = |port: u16| format!("https://localhost:{port}");
        Places {
            same: base(self.port(service)),
            other: base(self.port(other)),
            closed: base(self.silent.1),
            plain: format!("http://localhost:{}", self.port(service)),
            path,
            everybody: Gate::new(),
        }
    }
}

/// A lifecycle that does what a call would do once.
fn run_of(attempts: u32, call: Call, contract: Contract) -> Converge {
    let (lifecycle, goal) = convergence(call.operation).expect("a step is read only where there is one");
    let lifecycle = match (lifecycle, contract) {
        (Lifecycle::Allocation, Contract::Keyed) => Lifecycle::KeyedAllocation,
        (other, Contract::Keyed | Contract::Published) => other,
    };
    Converge {
        id: call.id,
        session: call.session,
        lifecycle,
        goal,
        arguments: call.arguments,
        context: call.context,
        resource: call.resource.expect("lint refuses a lifecycle without a resource"),
        attempts,
    }
}

/// The principals of calls made at once; none unless every call has its own.
fn callers(prepared: &[Prepared]) -> Vec<Value> {
    let principals = prepared.iter().filter_map(|prepared| prepared.call.context.principal.as_ref());
    let principals: Vec<Value> =
        principals.filter_map(|principal| serde_json::to_value(principal).ok()).collect();
    let distinct = |(place, principal): (usize, &Value)| !principals[..place].contains(principal);
    let own = prepared.len() > 1
        && principals.len() == prepared.len()
        && principals.iter().enumerate().all(distinct);
    if own { principals } else { Vec::new() }
}
