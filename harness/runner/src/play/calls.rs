//! Calls for the driver, from what a step says.

use std::collections::BTreeMap;

use plumbline_fake_server::Pki;
use plumbline_fake_server::exchange::Service;
use plumbline_fake_server::pki::PkiError;
use plumbline_fake_server::token;
use plumbline_protocol::{Call, ClientKind, Context, Impersonation, Principal, Resource};
use serde_json::{Value, json};

use super::credentials::propagated;
use crate::check::Served;
use crate::scenario::Fixtures;
use crate::scenario::operation::{Known, Needs};
use crate::scenario::setup::CertificateText;
use crate::scenario::step::{CallStep, MapChange, Principals, ResourceChange, ResourceSource, Trace};
use crate::scenario::words::Impersonate;
use crate::stage;

/// The principal of an API client's call that names none.
const USUAL_PRINCIPAL: &str = "alice";
/// The resource of a call that needs one and names none.
const USUAL_RESOURCE: &str = "cluster";

/// Stands for the number of a call among those of its step.
const NUMBER: &str = "<number>";

/// What a step's calls are made from, beside the step.
pub(super) struct Sources<'a> {
    pub(super) fixtures: &'a Fixtures,
    pub(super) pki: &'a Pki,
    pub(super) api: Option<Service>,
    pub(super) created: &'a [String],
    /// The resource as the latest call that had one left it.
    pub(super) left: Option<&'a Resource>,
}

/// A call without its numbers, and the role of its context's certificate.
#[derive(Debug, Clone)]
pub(super) struct Prepared {
    pub(super) call: Call,
    pub(super) certificate: Option<String>,
    /// What the driver is given in place of the call's context, which is what it amounts to.
    pub(super) given: Option<Context>,
    /// The request that is being served meanwhile.
    pub(super) served: Option<Served>,
}

impl Prepared {
    /// The call as the driver gets it.
    pub(super) fn asked(&self) -> Call {
        let context = self.given.as_ref().unwrap_or(&self.call.context);
        Call { context: context.clone(), ..self.call.clone() }
    }
}

/// Issues the certificates that a step's contexts hold, so that they are there once its calls are made.
pub(super) fn issue(stated: &[CertificateText], pki: &Pki, fixtures: &Fixtures) -> Result<(), PkiError> {
    stated.iter().try_for_each(|certificate| match certificate {
        CertificateText::Role(role) | CertificateText::Unescaped(role) => {
            propagated(&role.value, pki, fixtures).map(drop)
        }
        CertificateText::Literal(_) | CertificateText::None => Ok(()),
    })
}

/// The calls of a step, in order.
pub(super) fn prepare(step: &CallStep, from: &Sources<'_>) -> Result<Vec<Prepared>, PkiError> {
    let known = step.called.value.on(from.api);
    let kind = step.kind(known);
    let certificates = step.certificates.iter().map(|stated| certificate(stated, from));
    let certificates = certificates.collect::<Result<Vec<_>, _>>()?;
    let (traceparent, tracestate) = trace(step.trace.as_ref(), from.fixtures);
    let count = step.concurrent.as_ref().map_or(1, |at| at.value);
    let one = |place: u64| {
        let (certificate, role) = in_turn(&certificates, place).cloned().unwrap_or_default();
        let call = Call {
            id: 0,
            session: 0,
            operation: known.operation,
            client: kind,
            arguments: arguments(step, known, from),
            context: Context {
                principal: principal(step, kind, place, from),
                impersonate: impersonation(step.impersonate, place),
                traceparent: traceparent.clone(),
                tracestate: tracestate.clone(),
                certificate,
                serving: None,
            },
            resource: resource(step, known, kind, from),
        };
        Prepared { certificate: role, call: numbered(call, place), given: None, served: None }
    };
    Ok((0..count).map(one).collect())
}

/// What a call takes of a list that several calls take in turn.
fn in_turn<T>(list: &[T], place: u64) -> Option<&T> {
    let count = u64::try_from(list.len()).unwrap_or(u64::MAX).max(1);
    list.get(usize::try_from(place % count).unwrap_or(0))
}

/// The call with its number in the step, from `01`, wherever `<number>` stands.
fn numbered(call: Call, place: u64) -> Call {
    let text = serde_json::to_string(&call).expect("a call is JSON");
    if !text.contains(NUMBER) {
        return call;
    }
    let text = text.replace(NUMBER, &format!("{:02}", place + 1));
    serde_json::from_str(&text).expect("digits in place of letters leave JSON what it is")
}

fn arguments(step: &CallStep, known: &Known, from: &Sources<'_>) -> BTreeMap<String, Value> {
    let filters = ["organizations", "projects", "regions", "scope_organization", "scope_project"];
    let mut arguments = BTreeMap::new();
    for name in known.arguments {
        let usual = match *name {
            "body" => from.fixtures.bodies.get(known.name),
            name if filters.contains(&name) => None,
            name => from.fixtures.arguments.get(name),
        };
        let stated = step.arguments.get(*name).map(|at| &at.value);
        if let Some(value) = stated.or(usual) {
            arguments.insert((*name).to_owned(), from.fixtures.fill(value, from.created));
        }
    }
    if let Some(Value::String(name)) = arguments.get_mut("token") {
        *name = token::named(&stage::world(), from.pki, name)
            .expect("lint refuses a token that the world does not have, and its certificates were issued");
    }
    arguments
}

fn principal(step: &CallStep, kind: ClientKind, place: u64, from: &Sources<'_>) -> Option<Principal> {
    let named = |name: &str| from.fixtures.principals.get(name).cloned();
    let value = match &step.principal {
        None if kind == ClientKind::Controller => None,
        None => named(USUAL_PRINCIPAL),
        Some(Principals::None(_)) => None,
        Some(Principals::Inline(at)) => Some(at.value.clone()),
        Some(Principals::Named(names)) => in_turn(names, place).and_then(|name| named(&name.value)),
        Some(Principals::Numbered(_)) => Some(json!({
            "organizationId": "<org:acme>",
            "type": "user",
            "actor": format!("caller-{:03}@acme.test", place + 1),
        })),
    };
    let filled = from.fixtures.fill(&value?, from.created);
    Some(serde_json::from_value(filled).expect("lint refuses a principal that is none"))
}

fn impersonation(stated: Impersonate, place: u64) -> Impersonation {
    let asks = match stated {
        Impersonate::Yes => true,
        Impersonate::No => false,
        Impersonate::EveryOther => place % 2 == 1,
    };
    if asks { Impersonation::Yes } else { Impersonation::No }
}

pub(super) fn trace(stated: Option<&Trace>, fixtures: &Fixtures) -> (Option<String>, Option<String>) {
    match stated {
        None => (None, None),
        Some(Trace::Named(name)) => fixtures
            .traces
            .get(&name.value)
            .map(|trace| (trace.parent.clone(), trace.state.clone()))
            .unwrap_or_default(),
        Some(Trace::Inline { parent, state }) => (parent.clone(), state.clone()),
    }
}

/// A certificate as a header carries it, and its role where it is one of this run's.
fn certificate(
    stated: &CertificateText,
    from: &Sources<'_>,
) -> Result<(Option<String>, Option<String>), PkiError> {
    Ok(match stated {
        CertificateText::None => (None, None),
        CertificateText::Role(role) => {
            let credential = propagated(&role.value, from.pki, from.fixtures)?;
            (Some(credential.query_escaped().to_owned()), Some(role.value.clone()))
        }
        CertificateText::Unescaped(role) => {
            let credential = propagated(&role.value, from.pki, from.fixtures)?;
            (Some(credential.certificate_pem().to_owned()), None)
        }
        CertificateText::Literal(text) => (Some(text.value.clone()), None),
    })
}

fn resource(step: &CallStep, known: &Known, kind: ClientKind, from: &Sources<'_>) -> Option<Resource> {
    let needed = known.resource == Needs::Resource || kind == ClientKind::Controller;
    match &step.resource {
        None => needed.then(|| named(USUAL_RESOURCE, from)),
        Some(ResourceSource::Named(name)) => Some(named(&name.value, from)),
        Some(ResourceSource::AsLeft(_)) => from.left.cloned(),
        Some(ResourceSource::Like(change)) => Some(changed(change, from)),
    }
}

fn named(name: &str, from: &Sources<'_>) -> Resource {
    let value = from.fixtures.resources.get(name).expect("lint refuses a resource that is not there");
    serde_json::from_value(from.fixtures.fill(value, from.created))
        .expect("fixtures are read only when they fit")
}

fn changed(change: &ResourceChange, from: &Sources<'_>) -> Resource {
    let like = named(&change.like.value, from);
    let fill = |text: &Option<String>| text.as_ref().map(|text| from.fixtures.fill_text(text, from.created));
    Resource {
        group: fill(&change.group).unwrap_or(like.group),
        kind: fill(&change.kind).unwrap_or(like.kind),
        plural: fill(&change.plural).unwrap_or(like.plural),
        name: fill(&change.name).unwrap_or(like.name),
        labels: map(&change.labels, like.labels, from),
        annotations: map(&change.annotations, like.annotations, from),
    }
}

fn map(
    change: &MapChange,
    before: Option<BTreeMap<String, String>>,
    from: &Sources<'_>,
) -> Option<BTreeMap<String, String>> {
    match change {
        MapChange::None => None,
        MapChange::Empty => Some(BTreeMap::new()),
        MapChange::Set(changes) => {
            let mut map = before.unwrap_or_default();
            for (key, value) in changes {
                match value {
                    Some(value) => {
                        drop(map.insert(key.clone(), from.fixtures.fill_text(value, from.created)))
                    }
                    None => drop(map.remove(key)),
                }
            }
            Some(map)
        }
    }
}
