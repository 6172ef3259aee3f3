//! The steps of a scenario.

use std::collections::BTreeMap;

use plumbline_fake_server::store::{Kind as StoreKind, Refusal, Verb};
use plumbline_protocol::{ClientKind, Goal, Lifecycle, Operation};
use serde_json::Value;

use super::answer::{self, AnswerRule};
use super::expect::{self, Expect};
use super::node::{Kind, Node, Span};
use super::operation::{Called, Known};
use super::problem::{Problem, suggest};
use super::read::{At, Fields, Problems, duration_ms, items, text, word};
use super::serving::{self, Serving};
use super::setup::{self, CertificateText, ClientSetup};
use super::words::{Cancel, Impersonate, YesNo};

/// One step: something happens, then something must hold.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Step {
    pub(crate) action: Action,
    pub(crate) expect: Expect,
    /// The key that says what the step does.
    pub(crate) span: Span,
}

impl Step {
    /// What it calls, if it calls anything.
    pub(crate) fn call(&self) -> Option<&CallStep> {
        match &self.action {
            Action::Call(call) => Some(call),
            Action::Secrets(_)
            | Action::Advance(_)
            | Action::Server(_)
            | Action::Reopen(_)
            | Action::Close => None,
        }
    }
}

/// What a step does.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Action {
    /// Calls the client.
    Call(Box<CallStep>),
    /// Replaces the client's secrets.
    Secrets(ClientSetup),
    /// Moves the client's clock, in milliseconds.
    Advance(At<u64>),
    /// Does something to the servers.
    Server(ServerAction),
    /// Closes the client and builds it anew, with these changes to its setup.
    Reopen(ClientSetup),
    /// Closes the client.
    Close,
}

/// Something done to the servers.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum ServerAction {
    /// Every idle connection is closed by the server.
    CloseConnections,
    /// The store refuses an access to come.
    Refuse { verb: At<Verb>, kind: At<StoreKind>, with: At<Refusal>, nth: u64 },
}

/// A call, or many at once.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct CallStep {
    pub(crate) called: At<Called>,
    pub(crate) client: Option<At<ClientKind>>,
    pub(crate) principal: Option<Principals>,
    pub(crate) impersonate: Impersonate,
    pub(crate) trace: Option<Trace>,
    /// Taken in turn by several calls; empty: none.
    pub(crate) certificates: Vec<CertificateText>,
    pub(crate) resource: Option<ResourceSource>,
    pub(crate) arguments: BTreeMap<String, At<Value>>,
    pub(crate) answer: Vec<AnswerRule>,
    pub(crate) cancel: Option<At<Cancel>>,
    pub(crate) concurrent: Option<At<u64>>,
    /// How many attempts a lifecycle has to bring about what the call does; none: it is a single call.
    pub(crate) attempts: Option<u32>,
    /// The request that a service of ours serves by making the call; none: the call's context is written in the step.
    pub(crate) serving: Option<Box<Serving>>,
}

/// Attempts of a lifecycle that says nothing of them.
const USUAL_ATTEMPTS: u32 = 8;

/// What can be brought about, by the operation that does it.
const CONVERGENCES: &[(Operation, Lifecycle, Goal)] = &[
    (Operation::ProjectReferencesAdd, Lifecycle::ProjectReference, Goal::Present),
    (Operation::ProjectReferencesRemove, Lifecycle::ProjectReference, Goal::Absent),
    (Operation::NetworkReferencesAdd, Lifecycle::NetworkReference, Goal::Present),
    (Operation::NetworkReferencesRemove, Lifecycle::NetworkReference, Goal::Absent),
    (Operation::AllocationsCreate, Lifecycle::Allocation, Goal::Present),
    (Operation::AllocationsDelete, Lifecycle::Allocation, Goal::Absent),
];

/// The lifecycle that brings about what an operation does once, and where it ends.
pub(crate) fn convergence(operation: Operation) -> Option<(Lifecycle, Goal)> {
    CONVERGENCES.iter().find(|(of, _, _)| *of == operation).map(|(_, lifecycle, goal)| (*lifecycle, *goal))
}

impl CallStep {
    /// The kind of client that makes the call: the one named, or else the operation's usual one.
    pub(crate) fn kind(&self, known: &Known) -> ClientKind {
        let usual = known.clients.first().copied().unwrap_or(ClientKind::Api);
        self.client.as_ref().map_or(usual, |at| at.value)
    }
}

/// For whom a call, or each of several, is made.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Principals {
    /// For nobody.
    None(Span),
    /// For principals of the fixtures; several are taken in turn.
    Named(Vec<At<String>>),
    /// For one written here.
    Inline(At<Value>),
    /// For as many different ones as there are calls.
    Numbered(Span),
}

/// A trace context: one of the fixtures, or written here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Trace {
    /// One of the fixtures.
    Named(At<String>),
    /// Written here.
    Inline { parent: Option<String>, state: Option<String> },
}

/// The resource that a controller acts for.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum ResourceSource {
    /// One of the fixtures.
    Named(At<String>),
    /// As the latest call that had a resource left it.
    AsLeft(Span),
    /// One of the fixtures with changes.
    Like(Box<ResourceChange>),
}

/// Changes to a resource.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct ResourceChange {
    pub(crate) like: At<String>,
    pub(crate) group: Option<String>,
    pub(crate) kind: Option<String>,
    pub(crate) plural: Option<String>,
    pub(crate) name: Option<String>,
    pub(crate) labels: MapChange,
    pub(crate) annotations: MapChange,
}

/// Changes to a map of labels or annotations.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum MapChange {
    /// These keys are set, or taken away.
    Set(BTreeMap<String, Option<String>>),
    /// The map is there and empty.
    Empty,
    /// There is no map at all.
    None,
}

/// Reads a step.
pub(crate) fn read(node: &Node, problems: &mut Problems) -> Option<Step> {
    let mut fields = Fields::of(node, "a step", problems)?;
    let expect = fields.entry("expect").map(|(key, node)| expect::read(key, node, problems));
    let actions = ["call", "converge", "secrets", "advance", "server", "reopen", "close"];
    let found: Vec<_> = actions.iter().filter_map(|name| Some((*name, fields.entry(name)?))).collect();
    let [(name, (key, value))] = found.as_slice() else {
        let help = "exactly one of `call`, `converge`, `secrets`, `advance`, `server`, `reopen`, `close`";
        problems.push(Problem::new(fields.span(), "a step does one thing").help(help));
        return None;
    };
    let action = match *name {
        "call" => call(value, &mut fields, problems).map(|call| Action::Call(Box::new(call))),
        "converge" => converge(value, &mut fields, problems).map(|call| Action::Call(Box::new(call))),
        "secrets" => Some(Action::Secrets(setup::client(value, problems))),
        "advance" => duration_ms(value, problems).map(Action::Advance),
        "server" => server(value, problems).map(Action::Server),
        "reopen" => reopen(value, problems),
        _ => word::<YesNo>(value, problems).map(|_| Action::Close),
    };
    fields.finish(problems);
    Some(Step { action: action?, expect: expect.unwrap_or_default(), span: key.span.clone() })
}

fn reopen(node: &Node, problems: &mut Problems) -> Option<Action> {
    match &node.kind {
        Kind::Map(_) => Some(Action::Reopen(setup::client(node, problems))),
        Kind::Null | Kind::Bool(_) | Kind::Number(_) | Kind::Text(_) | Kind::List(_) => {
            word::<YesNo>(node, problems).map(|_| Action::Reopen(ClientSetup::default()))
        }
    }
}

fn server(node: &Node, problems: &mut Problems) -> Option<ServerAction> {
    if matches!(&node.kind, Kind::Text(word) if word == "close-connections") {
        return Some(ServerAction::CloseConnections);
    }
    let mut fields = Fields::of(node, "`close-connections` or what the store refuses", problems)?;
    let refuse = fields.required("refuse", problems).and_then(|node| word(node, problems));
    let of = fields.required("of", problems).and_then(|node| word(node, problems));
    let with = fields.required("with", problems).and_then(|node| word(node, problems));
    let nth = fields.number("nth", problems).map_or(1, |nth| nth.value);
    fields.finish(problems);
    Some(ServerAction::Refuse { verb: refuse?, kind: of?, with: with?, nth })
}

fn call(node: &Node, fields: &mut Fields<'_>, problems: &mut Problems) -> Option<CallStep> {
    let called = called(node, problems);
    let step = CallStep {
        called: called
            .unwrap_or(At { value: Called::One(Operation::OrganizationsList), span: node.span.clone() }),
        client: fields.word("client", problems),
        principal: principals(fields, problems),
        impersonate: fields.word("impersonate", problems).map_or(Impersonate::No, |word| word.value),
        trace: fields.node("trace").and_then(|node| trace(node, problems)),
        certificates: fields
            .node("certificate")
            .map(|node| items(node, problems, setup::certificate))
            .unwrap_or_default(),
        resource: fields.node("resource").and_then(|node| resource(node, problems)),
        arguments: fields.node("arguments").map(|node| arguments(node, problems)).unwrap_or_default(),
        answer: fields.node("answer").map(|node| answer::read(node, problems)).unwrap_or_default(),
        cancel: fields.word("cancel", problems),
        concurrent: fields.number("concurrent", problems),
        attempts: None,
        serving: fields.node("serving").and_then(|node| serving::read(node, problems)).map(Box::new),
    };
    Some(step)
}

/// What a call says, and how often it may be tried.
fn converge(node: &Node, fields: &mut Fields<'_>, problems: &mut Problems) -> Option<CallStep> {
    let attempts = fields.number("attempts", problems);
    let attempts = attempts.map_or(USUAL_ATTEMPTS, |at| u32::try_from(at.value).unwrap_or(u32::MAX));
    let mut step = call(node, fields, problems)?;
    let operation = step.called.value.on(None).operation;
    step.attempts = Some(attempts);
    if convergence(operation).is_none() {
        let names = CONVERGENCES.iter().map(|(operation, _, _)| super::operation::known(*operation).name);
        let help = format!(
            "`references.add`, `references.remove`, or {}",
            names.map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
        );
        problems.push(Problem::new(&step.called.span, "no lifecycle brings that about").help(help));
    }
    if let Some(concurrent) = &step.concurrent {
        problems.push(Problem::new(&concurrent.span, "a lifecycle runs alone"));
    }
    if operation == Operation::AllocationsDelete {
        step.client = Some(At { value: ClientKind::Controller, span: node.span.clone() });
    }
    Some(step)
}

fn called(node: &Node, problems: &mut Problems) -> Option<At<Called>> {
    let name = text(node, problems)?;
    let called = Called::named(&name.value);
    if called.is_none() {
        let message = format!("no API has the operation `{}`", name.value);
        problems.push(Problem::new(&name.span, message).help(suggest(&name.value, Called::names())));
    }
    called.map(|value| At { value, span: name.span })
}

pub(super) fn principals(fields: &mut Fields<'_>, problems: &mut Problems) -> Option<Principals> {
    let inline = fields
        .node("principal")
        .map(|node| Principals::Inline(At { value: node.to_json(), span: node.span.clone() }));
    let named = fields.node("as").map(|node| match &node.kind {
        Kind::Text(word) if word == "none" => Principals::None(node.span.clone()),
        Kind::Text(word) if word == "numbered" => Principals::Numbered(node.span.clone()),
        Kind::Null | Kind::Bool(_) | Kind::Number(_) | Kind::Text(_) | Kind::List(_) | Kind::Map(_) => {
            Principals::Named(items(node, problems, text))
        }
    });
    if inline.is_some() && named.is_some() {
        problems.push(Problem::new(fields.span(), "a step has either `as` or `principal`"));
    }
    inline.or(named)
}

pub(super) fn trace(node: &Node, problems: &mut Problems) -> Option<Trace> {
    if let Kind::Text(_) = node.kind {
        return text(node, problems).map(Trace::Named);
    }
    let mut fields = Fields::of(node, "a trace context", problems)?;
    let parent = fields.text("parent", problems).map(|at| at.value);
    let state = fields.text("state", problems).map(|at| at.value);
    fields.finish(problems);
    Some(Trace::Inline { parent, state })
}

fn resource(node: &Node, problems: &mut Problems) -> Option<ResourceSource> {
    if matches!(&node.kind, Kind::Text(word) if word == "as-left") {
        return Some(ResourceSource::AsLeft(node.span.clone()));
    }
    if let Kind::Text(_) = node.kind {
        return text(node, problems).map(ResourceSource::Named);
    }
    let mut fields = Fields::of(node, "a resource", problems)?;
    let like = fields.required("like", problems).and_then(|node| text(node, problems));
    let mut word = |name| fields.text(name, problems).map(|at| at.value);
    let (group, kind, plural, name) = (word("group"), word("kind"), word("plural"), word("name"));
    let labels = map_change(fields.node("labels"), problems);
    let annotations = map_change(fields.node("annotations"), problems);
    fields.finish(problems);
    Some(ResourceSource::Like(Box::new(ResourceChange {
        like: like?,
        group,
        kind,
        plural,
        name,
        labels,
        annotations,
    })))
}

fn map_change(node: Option<&Node>, problems: &mut Problems) -> MapChange {
    let Some(node) = node else { return MapChange::Set(BTreeMap::new()) };
    match &node.kind {
        Kind::Text(word) if word == "none" => MapChange::None,
        Kind::Text(word) if word == "empty" => MapChange::Empty,
        Kind::Map(entries) => MapChange::Set(
            entries
                .iter()
                .map(|(key, node)| match &node.kind {
                    Kind::Null => (key.text.clone(), None),
                    Kind::Bool(_) | Kind::Number(_) | Kind::Text(_) | Kind::List(_) | Kind::Map(_) => {
                        (key.text.clone(), text(node, problems).map(|at| at.value))
                    }
                })
                .collect(),
        ),
        Kind::Null | Kind::Bool(_) | Kind::Number(_) | Kind::Text(_) | Kind::List(_) => {
            let message = format!("expected labels or annotations, found {}", node.describe());
            let help = "a map in which null takes a key away; `empty`; or `none` for no map at all";
            problems.push(Problem::new(&node.span, message).help(help));
            MapChange::Set(BTreeMap::new())
        }
    }
}

fn arguments(node: &Node, problems: &mut Problems) -> BTreeMap<String, At<Value>> {
    let Kind::Map(entries) = &node.kind else {
        problems.push(Problem::new(&node.span, format!("expected arguments, found {}", node.describe())));
        return BTreeMap::new();
    };
    let read = entries.iter().map(|(key, node)| {
        (key.text.clone(), At { value: node.to_json(), span: key.span.start..node.span.end })
    });
    read.collect()
}
