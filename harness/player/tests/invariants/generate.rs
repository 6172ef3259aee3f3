//! Requests by chance: every operation, with credentials and bodies that are right, nearly right and wrong.

use indexmap::IndexMap;
use plumbline_fake_server::contract;
use plumbline_fake_server::exchange;
use plumbline_fake_server::world::World;
use plumbline_openapi::{Operation, Place};
use plumbline_vectors::vector::{Algorithm, Content, Principal, Propagated, Request, Service, Signature};
use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::{RngAlgorithm, TestRng};
use serde_json::{Value, json};

use crate::choice::{OneOf, maybe, one_of};
use crate::schema::{damaged, fitting};

/// Stands in a path for what an earlier request of the sequence made last.
pub(crate) const MADE: &str = "MADE";

/// A request, and what it is for.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    /// The service.
    pub(crate) service: Service,
    /// The operation that its path was made for; with another method it may be for another.
    pub(crate) operation: String,
    /// The request.
    pub(crate) request: Request,
}

/// The same chance each time.
pub(crate) fn chance() -> TestRng {
    TestRng::deterministic_rng(RngAlgorithm::XorShift)
}

/// What is known to the world, by what paths call it.
struct Known {
    all: Vec<String>,
    organizations: Vec<String>,
    projects: Vec<String>,
    regions: Vec<String>,
    networks: Vec<String>,
    groups: Vec<String>,
    allocations: Vec<String>,
    service_accounts: Vec<String>,
    members: Vec<String>,
    others: Vec<String>,
    certificates: Vec<String>,
    tokens: Vec<String>,
    subjects: Vec<String>,
}

impl Known {
    fn of(world: &World) -> Self {
        let organizations: Vec<String> = world.organizations.iter().map(|it| it.id.clone()).collect();
        let projects: Vec<String> = world.projects.iter().map(|it| it.id.clone()).collect();
        let regions: Vec<String> = world.regions.iter().map(|it| it.id.clone()).collect();
        let networks: Vec<String> = world.networks.iter().map(|it| it.id.clone()).collect();
        let groups: Vec<String> = world.groups.iter().map(|it| it.id.clone()).collect();
        let allocations: Vec<String> = world.allocations.iter().map(|it| it.id.clone()).collect();
        let service_accounts: Vec<String> = world.service_accounts.iter().map(|it| it.id.clone()).collect();
        let memberships = world.users.iter().flat_map(|it| it.member_of.iter().flatten());
        let members: Vec<String> = memberships.map(|it| it.organization_user_id.clone()).collect();
        let others = [&regions, &networks, &groups, &allocations, &service_accounts, &members];
        let others: Vec<String> = others.into_iter().flatten().cloned().collect();
        let nobody = ["nobody@nowhere.test".to_owned(), String::new()];
        Self {
            all: organizations.iter().chain(&projects).chain(&others).cloned().collect(),
            certificates: world.certificates.iter().map(|it| it.name.clone()).collect(),
            tokens: world.tokens.keys().cloned().collect(),
            subjects: world.users.iter().map(|it| it.subject.clone()).chain(nobody).collect(),
            organizations,
            projects,
            regions,
            networks,
            groups,
            allocations,
            service_accounts,
            members,
            others,
        }
    }
}

/// A request.
pub(crate) fn asked(world: &World) -> BoxedStrategy<Asked> {
    let known: &'static Known = Box::leak(Box::new(Known::of(world)));
    let services =
        [(Service::Identity, exchange::Service::Identity), (Service::Region, exchange::Service::Region)];
    let operations: Vec<BoxedStrategy<Asked>> = services
        .into_iter()
        .flat_map(|(service, ours)| {
            contract::document(ours)
                .operations()
                .iter()
                .map(move |operation| for_operation(service, operation, known))
        })
        .collect();
    OneOf::evenly(operations).boxed()
}

fn for_operation(service: Service, operation: &Operation, known: &'static Known) -> BoxedStrategy<Asked> {
    let id = operation.id.clone();
    let method = one_of![30 => Just(operation.method.clone()), 1 => select(vec!["GET", "PUT", "DELETE", "POST", "PATCH", "OPTIONS"]).prop_map(str::to_owned)];
    let parts =
        (method, path(operation, known), query(operation, known), content(operation, known), caller(known));
    parts
        .prop_map(move |(method, path, query, (content, kind), caller)| {
            let Caller { peer, propagated, principal, impersonate, bearer, mut headers } = caller;
            headers.extend(kind.map(|kind| ("Content-Type".to_owned(), Some(kind))));
            let path = format!("{path}{query}");
            let request =
                Request { method, path, headers, peer, propagated, principal, impersonate, bearer, content };
            Asked { service, operation: id.clone(), request }
        })
        .boxed()
}

fn path(operation: &Operation, known: &'static Known) -> BoxedStrategy<String> {
    let segments: Vec<BoxedStrategy<String>> = operation
        .template
        .split('/')
        .map(|segment| match segment.strip_prefix('{') {
            None => Just(segment.to_owned()).boxed(),
            Some(name) => parameter(name.trim_end_matches('}'), known),
        })
        .collect();
    segments.prop_map(|segments| segments.join("/")).boxed()
}

fn parameter(name: &str, known: &'static Known) -> BoxedStrategy<String> {
    let usual = match name {
        "organizationID" => &known.organizations,
        "projectID" => &known.projects,
        "regionID" => &known.regions,
        "networkID" => &known.networks,
        "groupid" => &known.groups,
        "allocationID" => &known.allocations,
        "serviceAccountID" => &known.service_accounts,
        "userID" => &known.members,
        _ => &known.others,
    };
    let reference =
        "computeclusters.compute.unikorn-cloud.org%252F77777777-7777-4777-8777-777777777777".to_owned();
    let right = if name == "reference" { Just(reference).boxed() } else { select(usual.clone()).boxed() };
    let odd = vec![
        "not-a-uuid",
        "%252F",
        "%2F",
        "%00",
        "..",
        "%ff",
        "a%20b",
        "00000000-0000-4000-8000-00000000ffff",
    ];
    one_of![
        12 => right,
        3 => Just(MADE.to_owned()),
        1 => select(known.all.clone()),
        1 => select(known.all.clone()).prop_map(|id| id.to_uppercase()),
        1 => select(known.all.clone()).prop_map(|id| format!("%7B{id}%7D")),
        1 => select(odd).prop_map(str::to_owned),
    ]
    .boxed()
}

fn query(operation: &Operation, known: &'static Known) -> BoxedStrategy<String> {
    let declared: Vec<_> = operation
        .parameters
        .iter()
        .filter(|parameter| parameter.place == Place::Query)
        .map(|parameter| {
            let value = one_of![6 => select(known.all.clone()), 1 => Just("x%3Dy".to_owned()), 1 => Just(String::new())];
            let name = parameter.name.clone();
            let pair = value.prop_map(move |value| format!("{name}={value}"));
            if parameter.required { pair.prop_map(Some).boxed() } else { maybe(0.4, pair).boxed() }
        })
        .collect();
    let odd = maybe(0.05, select(vec!["unknown=1", "a;b", "%zz", "&&"]).prop_map(str::to_owned));
    (declared, odd)
        .prop_map(|(pairs, odd)| {
            let pairs: Vec<String> = pairs.into_iter().flatten().chain(odd).collect();
            if pairs.is_empty() { String::new() } else { format!("?{}", pairs.join("&")) }
        })
        .boxed()
}

/// A body, and its media type where it is not the usual one.
fn content(operation: &Operation, known: &'static Known) -> BoxedStrategy<(Content, Option<String>)> {
    let Some(body) = &operation.body else {
        return one_of![20 => Just((Content::None, None)), 1 => Just((Content::Text("{}".to_owned()), None))]
            .boxed();
    };
    let Some((media, schema)) = body.content.iter().next() else {
        return Just((Content::None, None)).boxed();
    };
    let right = fitting(&schema.source, &known.all);
    if media.contains("form") {
        return right.prop_map(|value| (Content::Form(pairs(&value)), None)).boxed();
    }
    one_of![
        12 => right.clone().prop_map(|value| (Content::Json(value), None)),
        6 => right.clone().prop_flat_map(damaged).prop_map(|value| (Content::Json(value), None)),
        1 => select(vec!["", "{", "null", "[]", "{} {}", "\"\u{0}\""]).prop_map(|text| (Content::Text(text.to_owned()), None)),
        1 => right.prop_map(|value| (Content::Json(value), Some("text/plain".to_owned()))),
        1 => Just((Content::None, None)),
    ]
    .boxed()
}

fn pairs(value: &Value) -> Vec<(String, String)> {
    let members = value.as_object().into_iter().flatten();
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    members.map(|(name, value)| (name.clone(), text(value))).collect()
}

/// Who asks, for whom, and what else the header says.
#[derive(Debug, Clone, Default)]
struct Caller {
    peer: Option<String>,
    propagated: Option<Propagated>,
    principal: Option<Principal>,
    impersonate: Option<String>,
    bearer: Option<String>,
    headers: IndexMap<String, Option<String>>,
}

fn caller(known: &'static Known) -> BoxedStrategy<Caller> {
    let services = ["compute", "kubernetes", "consumer", "operator", "region"];
    let usual: Vec<String> =
        known.certificates.iter().filter(|name| services.contains(&name.as_str())).cloned().collect();
    let usual = if usual.is_empty() { known.certificates.clone() } else { usual };
    let service = (select(usual), principal(known), maybe(0.3, Just("true".to_owned()))).prop_map(
        |(peer, principal, impersonate)| Caller {
            peer: Some(peer),
            principal: Some(principal),
            impersonate,
            ..Caller::default()
        },
    );
    let user =
        select(known.tokens.clone()).prop_map(|bearer| Caller { bearer: Some(bearer), ..Caller::default() });
    let anything = (
        maybe(0.5, select(known.certificates.clone())),
        maybe(0.3, propagated(known)),
        maybe(0.7, principal(known)),
        maybe(0.3, select(vec!["true", "TRUE", "false", "1", ""]).prop_map(str::to_owned)),
        maybe(0.4, select(known.tokens.clone())),
    )
        .prop_map(|(peer, propagated, principal, impersonate, bearer)| Caller {
            peer,
            propagated,
            principal,
            impersonate,
            bearer,
            headers: IndexMap::new(),
        });
    let who = one_of![5 => service, 5 => user, 3 => anything];
    (who, odd_header())
        .prop_map(|(who, headers)| Caller { headers: headers.into_iter().collect(), ..who })
        .boxed()
}

fn principal(known: &'static Known) -> BoxedStrategy<Principal> {
    let value = (
        select(known.subjects.clone()),
        select(vec!["user", "service", "system", ""]),
        select(known.organizations.clone()),
        select(known.projects.clone()),
    )
        .prop_map(|(actor, kind, organization, project)| {
            let mut value = json!({ "organizationId": organization, "projectId": project });
            for (name, text) in [("actor", actor.as_str()), ("type", kind)] {
                if !text.is_empty() {
                    value[name] = json!(text);
                }
            }
            value
        });
    // One signature for each signer is enough, and making them is what takes time.
    let signed = select(known.certificates.clone()).prop_map(|certificate| Principal::Signed {
        value: json!({ "actor": "alice@acme.test", "type": "user" }),
        signature: Signature::By { algorithm: Algorithm::Ps512, certificate },
        tamper: None,
    });
    one_of![
        12 => value.clone().prop_map(Principal::Plain),
        1 => value.prop_map(Principal::Padded),
        2 => signed,
        1 => select(vec!["", "e30", "a.b.c", "\u{e9}", "bnVsbA", "W10"]).prop_map(|text| Principal::Raw(text.to_owned())),
    ]
    .boxed()
}

fn propagated(known: &'static Known) -> BoxedStrategy<Propagated> {
    one_of![
        4 => select(known.certificates.clone()).prop_map(Propagated::Certificate),
        1 => select(known.certificates.clone()).prop_map(Propagated::Base64Der),
        1 => select(vec!["", "x", "%zz", "-----BEGIN+CERTIFICATE-----"]).prop_map(|text| Propagated::Literal(text.to_owned())),
    ]
    .boxed()
}

fn odd_header() -> impl Strategy<Value = Option<(String, Option<String>)>> {
    let lines = vec![
        ("Authorization", "Basic YTpi"),
        ("Authorization", "Bearer "),
        ("Authorization", "bearer x.y.z"),
        ("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"),
        ("traceparent", "ff-zz"),
        ("Accept", "text/html"),
        ("Host", ""),
        ("Origin", "https://elsewhere.test"),
    ];
    let line = select(lines).prop_map(|(name, value)| (name.to_owned(), Some(value.to_owned())));
    maybe(0.15, line)
}
