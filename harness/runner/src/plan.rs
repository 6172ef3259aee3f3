//! The plan: which cases there are, which of them are played, and what each asks of a client.

use std::collections::BTreeSet;
use std::sync::Arc;

use plumbline_fake_server::contract::Contract;
use plumbline_fake_server::exchange::Service;
use plumbline_fake_server::repaired::Defects;
use plumbline_protocol::{Capability, ClientKind, Hello, Operation, Purpose};
use sha2::{Digest, Sha256};

use crate::case::{Axes, Case, Level};
use crate::glob::Glob;
use crate::scenario::operation::Known;
use crate::scenario::read::Word;
use crate::scenario::serving::Serving;
use crate::scenario::setup::ClientSetup;
use crate::scenario::step::{Action, CallStep};
use crate::scenario::words::{ClientCertificate, Impersonate, Key, SecretShape};
use crate::scenario::{Fixtures, Revision, Scenario};

/// A scenario with its axes chosen.
#[derive(Debug, Clone)]
pub struct ScenarioCase {
    /// What it is.
    pub case: Case,
    /// What it asks of a client.
    pub needs: Needs,
    pub(crate) scenario: Arc<Scenario>,
    pub(crate) fixtures: Arc<Fixtures>,
    pub(crate) api: Option<Service>,
    pub(crate) key: Key,
    /// What the servers speak, when it is not what the scenario was written for.
    pub(crate) spoken: Option<Contract>,
    /// Whether the servers have the known defects of the services.
    pub(crate) defects: Defects,
}

impl ScenarioCase {
    /// The contract that the scenario was written for, which is what its client takes the servers to speak.
    #[must_use]
    pub fn contract(&self) -> Contract {
        self.scenario.setup.server.contract()
    }

    /// The same case on servers that speak another contract than the client takes them to.
    #[must_use]
    pub fn spoken(self, contract: Contract) -> Self {
        Self { spoken: Some(contract), ..self }
    }

    /// The same case on servers without the known defects of the services.
    #[must_use]
    pub fn repaired(self) -> Self {
        Self { defects: Defects::Repaired, ..self }
    }

    /// What the servers speak.
    pub(crate) fn served(&self) -> Contract {
        self.spoken.unwrap_or_else(|| self.contract())
    }
}

/// What a case asks of a client.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Needs {
    /// Capabilities.
    pub capabilities: BTreeSet<Capability>,
    /// Operations.
    pub operations: BTreeSet<Operation>,
}

impl Needs {
    /// What a client lacks of it, in words; none: nothing.
    #[must_use]
    pub fn lacking(&self, hello: &Hello) -> Option<String> {
        let capabilities = self.capabilities.iter().filter(|needed| !hello.capabilities.contains(needed));
        let operations = self.operations.iter().filter(|needed| !hello.operations.contains(needed));
        let mut lacks: Vec<String> =
            capabilities.map(|lacking| format!("the capability `{}`", name(*lacking))).collect();
        lacks.extend(
            operations.map(|lacking| {
                format!("the operation `{}`", crate::scenario::operation::known(*lacking).name)
            }),
        );
        (!lacks.is_empty()).then(|| format!("the client lacks {}", lacks.join(", ")))
    }
}

fn name(capability: Capability) -> &'static str {
    Capability::WORDS.iter().find(|(_, value)| *value == capability).map_or("", |(name, _)| name)
}

/// Which cases are played.
#[derive(Debug, Clone)]
pub struct Selection {
    /// Ids to play; none: all.
    pub run: Vec<Glob>,
    /// Ids not to play.
    pub skip: Vec<Glob>,
    /// The contract's revision.
    pub revision: Revision,
    /// Only cases of this level; none: of any.
    pub level: Option<Level>,
    /// Whether the servers have the known defects of the services; without them, nothing is played that rests on one.
    pub defects: Defects,
    /// Only this part of them.
    pub shard: Option<Shard>,
}

impl Default for Selection {
    fn default() -> Self {
        Self {
            run: Vec::new(),
            skip: Vec::new(),
            revision: Revision::S2,
            level: None,
            defects: Defects::Kept,
            shard: None,
        }
    }
}

/// One of several parts into which the hash of their ids divides all cases.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shard {
    index: u64,
    count: u64,
}

/// A part that there cannot be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` names no shard: expected `k/n` with k from 1 to n")]
pub struct ShardError(String);

impl std::str::FromStr for Shard {
    type Err = ShardError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wrong = || ShardError(text.to_owned());
        let (index, count) = text.split_once('/').ok_or_else(wrong)?;
        let number = |text: &str| text.parse::<u64>().map_err(|_no_number| wrong());
        let (index, count) = (number(index)?, number(count)?);
        if (1..=count).contains(&index) { Ok(Self { index, count }) } else { Err(wrong()) }
    }
}

impl Shard {
    pub(crate) fn holds(self, id: &str) -> bool {
        let digest = Sha256::digest(id.as_bytes());
        let hash = digest[..8].iter().fold(0_u64, |hash, byte| hash << 8 | u64::from(*byte));
        hash % self.count == self.index - 1
    }
}

impl Selection {
    /// Whether a case is selected.
    #[must_use]
    pub fn holds(&self, case: &Case) -> bool {
        selects(&self.run, &self.skip, self.shard, &case.id)
            && self.level.is_none_or(|level| level == case.level)
    }
}

/// Whether an id is among those to run, not among those to skip, and in the shard; no globs to run: all are.
pub(crate) fn selects(run: &[Glob], skip: &[Glob], shard: Option<Shard>, id: &str) -> bool {
    let named = |globs: &[Glob]| globs.iter().any(|glob| glob.matches(id));
    (run.is_empty() || named(run)) && !named(skip) && shard.is_none_or(|shard| shard.holds(id))
}

/// The selected cases of some scenarios, in the order of their ids.
#[must_use]
pub fn plan(
    scenarios: &[Arc<Scenario>],
    fixtures: &Arc<Fixtures>,
    selection: &Selection,
) -> Vec<ScenarioCase> {
    let mut cases: Vec<ScenarioCase> = scenarios
        .iter()
        .filter(|scenario| scenario.revisions.contains(&selection.revision))
        .filter(|scenario| scenario.shows.is_empty() || selection.defects == Defects::Kept)
        .flat_map(|scenario| cases_of(scenario, fixtures))
        .map(|planned| ScenarioCase { defects: selection.defects, ..planned })
        .filter(|planned| selection.holds(&planned.case))
        .collect();
    cases.sort_by(|left, right| left.case.id.cmp(&right.case.id));
    cases
}

/// Every case of one scenario.
#[must_use]
pub fn cases_of(scenario: &Arc<Scenario>, fixtures: &Arc<Fixtures>) -> Vec<ScenarioCase> {
    let apis = axis(scenario.apis.iter().map(|at| at.value));
    let keys = axis(scenario.keys.iter().map(|at| at.value));
    let pairs = apis.iter().flat_map(|api| keys.iter().map(move |key| (*api, *key)));
    pairs
        .map(|(api, key)| ScenarioCase {
            case: case(scenario, api, key),
            needs: needs(scenario, api),
            scenario: Arc::clone(scenario),
            fixtures: Arc::clone(fixtures),
            api,
            key: key.unwrap_or(Key::Rsa2048),
            spoken: None,
            defects: Defects::Kept,
        })
        .collect()
}

fn axis<T>(values: impl Iterator<Item = T>) -> Vec<Option<T>> {
    let values: Vec<_> = values.map(Some).collect();
    if values.is_empty() { vec![None] } else { values }
}

fn case(scenario: &Scenario, api: Option<Service>, key: Option<Key>) -> Case {
    let word = |service: Service| match service {
        Service::Identity => "identity",
        Service::Region => "region",
    };
    let parts = [api.map(word), key.map(Key::name)];
    let suffix: String = parts.into_iter().flatten().map(|part| format!("@{part}")).collect();
    Case {
        id: format!("{}{suffix}", scenario.id()),
        scenario: scenario.id().to_owned(),
        suite: scenario.suite().to_owned(),
        requirement: scenario.requirement().to_owned(),
        level: scenario.level(),
        source: scenario.authority().to_owned(),
        file: scenario.source().file.clone(),
        axes: Axes { api, key: key.map(|key| key.name().to_owned()) },
    }
}

fn needs(scenario: &Scenario, api: Option<Service>) -> Needs {
    let mut needs = Needs::default();
    needs.capabilities.extend(scenario.requires.iter().map(|at| at.value));
    of_client(&scenario.setup.client, &mut needs);
    for step in &scenario.steps {
        match &step.action {
            Action::Call(call) => of_call(call, api, &mut needs),
            Action::Secrets(client) => {
                needs.capabilities.insert(Capability::Reload);
                of_client(client, &mut needs);
            }
            Action::Advance(_) => drop(needs.capabilities.insert(Capability::Clock)),
            Action::Reopen(client) => of_client(client, &mut needs),
            Action::Server(_) | Action::Close => {}
        }
    }
    needs
}

fn of_client(client: &ClientSetup, needs: &mut Needs) {
    let shapes = [&client.secret, &client.ca_secret];
    let odd = shapes.into_iter().flatten().any(|shape| match shape.value {
        SecretShape::Valid | SecretShape::Chain => false,
        SecretShape::Absent
        | SecretShape::WrongType
        | SecretShape::NoCertificate
        | SecretShape::NoKey
        | SecretShape::EmptyCertificate
        | SecretShape::GarbageCertificate
        | SecretShape::GarbageKey
        | SecretShape::ForeignKey
        | SecretShape::NoNamespace => true,
    });
    if odd {
        needs.capabilities.insert(Capability::PlatformSecrets);
    }
    if client.certificate.as_ref().is_some_and(|at| at.value == ClientCertificate::None) {
        needs.capabilities.insert(Capability::AnonymousTls);
    }
    if client.call_timeout.is_some() {
        needs.capabilities.insert(Capability::CallTimeout);
    }
    if client.reload.is_some() {
        needs.capabilities.insert(Capability::Reload);
    }
}

fn of_call(call: &CallStep, api: Option<Service>, needs: &mut Needs) {
    let known = call.called.value.on(api);
    needs.operations.insert(known.operation);
    needs.capabilities.insert(match call.kind(known) {
        ClientKind::Api => Capability::ApiClient,
        ClientKind::Controller => Capability::ControllerClient,
    });
    if let Some(serving) = &call.serving {
        of_serving(serving, known, needs);
    }
    let wanted = [
        (call.trace.is_some(), Capability::TraceContext),
        (!call.certificates.is_empty(), Capability::CertificatePropagation),
        (call.impersonate != Impersonate::No, Capability::Impersonation),
        (call.cancel.is_some(), Capability::Cancel),
        (call.attempts.is_some(), Capability::Converge),
        (call.concurrent.as_ref().is_some_and(|at| at.value > 1), Capability::Concurrent),
    ];
    needs
        .capabilities
        .extend(wanted.into_iter().filter(|(wanted, _)| *wanted).map(|(_, capability)| capability));
}

fn of_serving(serving: &Serving, known: &Known, needs: &mut Needs) {
    let handed_on = known.purpose() == Purpose::Authorization
        && (serving.certificate.is_some() || serving.peer.is_some());
    let impersonates = serving.headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("X-Impersonate"));
    let wanted = [
        (serving.trace.is_some(), Capability::TraceContext),
        (handed_on, Capability::CertificatePropagation),
        (impersonates, Capability::Impersonation),
    ];
    let wanted = wanted.into_iter().filter(|(wanted, _)| *wanted);
    needs.capabilities.extend(wanted.map(|(_, capability)| capability));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scenario(text: &str) -> Arc<Scenario> {
        Arc::new(crate::scenario::parse("suite/name", text).unwrap())
    }

    const AXES: &str = "
requirement: A client lists.
level: must
source: x
apis: [identity, region]
keys: [rsa-2048, p-256]
steps: [{ call: list, as: alice, impersonate: yes, expect: { requests: 1 } }]
";

    #[test]
    fn axes_multiply_and_show_in_ids() {
        let cases = cases_of(&scenario(AXES), &Arc::default());
        let ids: Vec<_> = cases.iter().map(|planned| planned.case.id.as_str()).collect();
        let expected = [
            "suite/name@identity@rsa-2048",
            "suite/name@identity@p-256",
            "suite/name@region@rsa-2048",
            "suite/name@region@p-256",
        ];
        assert_eq!(ids, expected);
    }

    #[test]
    fn what_steps_need_is_derived() {
        let cases = cases_of(&scenario(AXES), &Arc::default());
        assert_eq!(cases[0].needs.operations, [Operation::ProjectsList].into());
        assert_eq!(cases[2].needs.operations, [Operation::NetworksList].into());
        assert_eq!(cases[0].needs.capabilities, [Capability::ApiClient, Capability::Impersonation].into());
    }

    #[test]
    fn shards_divide_all_cases_between_them() {
        let parts: Vec<Shard> = (1..=3).map(|k| format!("{k}/3").parse().unwrap()).collect();
        for number in 0..100 {
            let id = format!("suite/case-{number}");
            assert_eq!(parts.iter().filter(|part| part.holds(&id)).count(), 1);
        }
        for wrong in ["", "1", "0/3", "4/3", "1/0", "a/b"] {
            assert!(wrong.parse::<Shard>().is_err(), "{wrong}");
        }
    }
}
