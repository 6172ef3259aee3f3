//! One step: something is done, things settle, and what was seen is held to what was expected.

use std::sync::Arc;

use plumbline_fake_server::exchange::{ChangeVerb, Service};
use plumbline_fake_server::fault::Gate;
use plumbline_fake_server::record::{Connection, Exchange, Recording};
use plumbline_fake_server::store::StoreFault;
use plumbline_protocol::{Driver, DriverError, Outcome};
use serde_json::Value;
use tokio::task::JoinSet;

use super::calls::{self, Prepared, Sources};
use super::credentials::ROTATED_ROLE;
use super::faults::{self, Places};
use super::{LIMIT, PATIENCE, Play, SETTLING, canonical, in_time, off_thread};
use crate::case::Finding;
use crate::check::{self, Made, Observation, standing};
use crate::run::Trouble;
use crate::scenario::operation::Known;
use crate::scenario::setup::ClientSetup;
use crate::scenario::step::{Action, CallStep, ServerAction, Step};
use crate::scenario::words::{Cancel, Hold};

/// What was done in a step.
#[derive(Default)]
struct Done {
    known: Option<&'static Known>,
    made: Vec<Made>,
    concurrent: bool,
    findings: Vec<Finding>,
}

impl<D: Driver> Play<'_, D> {
    pub(super) async fn step(&mut self, step: &Step) -> Result<(), Trouble> {
        let mark = self.server.mark();
        let done = self.act(step).await?;
        if let Some(expected) = &step.expect.open_connections {
            let count = |recording: &Recording| {
                let open = recording.connections.iter().filter(|connection| connection.open).count();
                u64::try_from(open).is_ok_and(|open| (expected.at_least..=expected.at_most).contains(&open))
            };
            // Not reached in time is what the expectation then says.
            let _ = self.server.until("as many open connections as expected", SETTLING, count).await;
        }
        self.server.settled(PATIENCE).await.map_err(|e| Trouble::with("wait for the servers", &e))?;
        if self.lacks.is_some() {
            return Ok(());
        }
        let Recording { mut connections, mut exchanges } = self.server.since(mark);
        if done.concurrent {
            canonical::sort(&mut exchanges);
            self.numbers.renumber_mixed(&mut exchanges, &mut connections);
        } else {
            self.numbers.renumber(&mut exchanges, &mut connections);
        }
        self.connections.extend(connections.iter().cloned());
        self.judge(step, &done, &connections, &exchanges);
        self.left = done
            .made
            .iter()
            .rev()
            .find_map(|made| made.left().or(made.call.resource.as_ref()))
            .cloned()
            .or(self.left.take());
        if done.concurrent {
            canonical::forget_race(&mut exchanges);
        }
        self.exchanges.extend(exchanges);
        Ok(())
    }

    fn judge(&mut self, step: &Step, done: &Done, opened: &[Connection], exchanges: &[Exchange]) {
        let changes = exchanges.iter().flat_map(|exchange| &exchange.changes);
        let created =
            changes.filter(|change| change.verb == ChangeVerb::Created).map(|change| change.id.clone());
        self.created.extend(created);
        let scenario = &self.planned.scenario;
        let seen = Observation {
            source: scenario.source(),
            fixtures: &self.planned.fixtures,
            created: &self.created,
            known: done.known,
            calls: &done.made,
            exchanges,
            earlier: &self.exchanges,
            opened,
            connections: &self.connections,
            open: u64::try_from(self.server.open_connections()).unwrap_or(u64::MAX),
            role: &self.identity.role,
        };
        let waived: Vec<&str> = scenario.waives.iter().map(|at| at.value.as_str()).collect();
        self.findings.extend(done.findings.iter().cloned().map(|mut finding| {
            finding.location = Some(scenario.source().locate(&step.span));
            finding
        }));
        self.findings.extend(check::step(&step.expect, seen));
        self.findings.extend(standing::check(&waived, seen));
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
            }
            Action::Server(ServerAction::CloseConnections) => {
                self.server.close_connections();
                let closed = self.server.all_closed(PATIENCE).await;
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
    fn usable(&self) -> Option<u64> {
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
                outcome: Outcome::Error(failure.clone()),
            };
            return Ok(Done { made: prepared.into_iter().map(refuse).collect(), ..done });
        }
        for prepared in &mut prepared {
            prepared.call.id = self.bench.number();
            prepared.call.session = session.id;
        }
        self.perform(step, known, prepared, done).await
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
        let ended = self.make(&prepared, &gates, held, &mut done).await;
        watchers.abort_all();
        while watchers.join_next().await.is_some() {}
        // Every call has ended: whoever still waits there has nobody to answer.
        gates.iter().for_each(|(gate, _)| gate.dismiss());
        for rule in injected {
            self.server.withdraw(rule);
        }
        for (prepared, outcome) in prepared.into_iter().zip(ended?) {
            match &outcome {
                Outcome::CouldNotAttempt { reason } => return Err(Trouble::with("make the call", reason)),
                Outcome::Unsupported { reason } => self.lacks = Some(reason.clone()),
                Outcome::Ok { .. } | Outcome::Error(_) | Outcome::Cancelled => {}
            }
            done.made.push(Made { call: prepared.call, outcome, certificate: prepared.certificate });
        }
        Ok(done)
    }

    /// Makes the calls, all at once. A call that waits for ever for a held answer is the client's fault, every other
    /// one that does not end the driver's.
    async fn make(
        &self,
        prepared: &[Prepared],
        gates: &[(Gate, Hold)],
        held: bool,
        done: &mut Done,
    ) -> Result<Vec<Outcome>, Trouble> {
        let mut calls: JoinSet<(usize, Result<Outcome, DriverError>)> = JoinSet::new();
        for (place, prepared) in prepared.iter().enumerate() {
            let (driver, call) = (self.bench.driver().clone(), prepared.call.clone());
            calls.spawn(async move { (place, driver.call(call).await) });
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
        let other = match known.service {
            Service::Identity => Service::Region,
            Service::Region => Service::Identity,
        };
        let base = |port: u16| format!("https://localhost:{port}");
        let own = prepared.first().and_then(|prepared| check::own_target(known, &prepared.call));
        Places {
            same: base(self.port(known.service)),
            other: base(self.port(other)),
            closed: base(self.silent.1),
            plain: format!("http://localhost:{}", self.port(known.service)),
            path: own.unwrap_or_else(|| "/".to_owned()),
            everybody: Gate::new(),
        }
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
