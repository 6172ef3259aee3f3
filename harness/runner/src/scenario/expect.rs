//! Expectations: what must hold after a step. Each knows the place that states it.

use std::collections::BTreeMap;

use plumbline_fake_server::exchange::{ChangeVerb, Service};
use plumbline_protocol::ErrorClass;
use serde_json::Value;

use super::answer;
use super::node::{Key, Kind, Node, Span};
use super::problem::{Problem, suggest};
use super::read::{At, Fields, Problems, Word, items, number, text, word};
use super::words::Presence;

/// What must hold after a step; an absent member is not looked at.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Expect {
    pub(crate) outcome: Option<ExpectOutcome>,
    pub(crate) value: Option<Pattern>,
    pub(crate) requests: Option<ExpectRequests>,
    pub(crate) connections: Option<Count>,
    pub(crate) handshakes: Option<At<Vec<ExpectHandshake>>>,
    pub(crate) open_connections: Option<Count>,
    pub(crate) changes: Option<At<Vec<ExpectChange>>>,
    pub(crate) resource: Option<ExpectResource>,
    pub(crate) checks: Vec<At<String>>,
}

/// JSON, and the place of every part of it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Pattern {
    pub(crate) json: Value,
    /// By JSON pointer.
    pub(crate) places: BTreeMap<String, Span>,
    pub(crate) span: Span,
}

/// How many.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Count {
    pub(crate) at_least: u64,
    pub(crate) at_most: u64,
    pub(crate) span: Span,
}

/// What the client must make of a call.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct ExpectOutcome {
    pub(crate) kind: OutcomeKind,
    pub(crate) span: Span,
}

/// The kinds of outcome.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum OutcomeKind {
    /// Success.
    Ok,
    /// The end by cancelling.
    Cancelled,
    /// An error of one of these classes (any, when there are none), with these members.
    Error { classes: Vec<At<ErrorClass>>, status: Option<At<u16>>, texts: Vec<(ErrorText, TextExpect)> },
    /// Whatever; the step is not about that.
    Any,
}

/// The text members of an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ErrorText {
    Code,
    Description,
    TraceId,
    RetryAfter,
    Body,
}

/// What a text must be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum TextExpect {
    /// Exactly this.
    Exact(At<String>),
    /// There, or not.
    Presence(At<Presence>),
}

/// The requests of a step.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum ExpectRequests {
    /// So many, each the call's own.
    Count(Count),
    /// Exactly these, in order.
    Each(At<Vec<ExpectRequest>>),
}

/// One request. What it does not say of method and target is the call's own.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct ExpectRequest {
    pub(crate) service: Option<At<Service>>,
    pub(crate) method: Option<At<String>>,
    pub(crate) target: Option<At<String>>,
    pub(crate) headers: Vec<(At<String>, TextExpect)>,
    pub(crate) principal: Option<ExpectPrincipal>,
    pub(crate) certificate: Option<RoleExpect>,
    pub(crate) peer: Option<RoleExpect>,
    pub(crate) body: Option<ExpectBody>,
    /// The fields of a form; others there must not be.
    pub(crate) form: Option<Vec<(At<String>, TextExpect)>>,
    pub(crate) status: Option<At<u16>>,
    pub(crate) code: Option<At<String>>,
    pub(crate) span: Span,
}

/// The principal that a request carries.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum ExpectPrincipal {
    /// None at all.
    Absent(Span),
    /// In base64url, with exactly these members.
    Plain(PrincipalValue),
    /// As a JWS, with exactly these members, by the key of a role.
    Signed { value: PrincipalValue, by: Option<At<String>> },
}

/// The members of a principal.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum PrincipalValue {
    /// A principal of the fixtures.
    Named(At<String>),
    /// Written here.
    Inline(Pattern),
}

/// Which certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum RoleExpect {
    /// None.
    Absent(Span),
    /// The one of that role.
    Role(At<String>),
}

/// What a request's body must be.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum ExpectBody {
    /// None.
    Empty(Span),
    /// Exactly this JSON.
    Json(Pattern),
}

/// A change in the server's store.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct ExpectChange {
    pub(crate) verb: At<ChangeVerb>,
    pub(crate) kind: At<String>,
    pub(crate) id: Option<At<String>>,
    pub(crate) after: Option<Pattern>,
    pub(crate) span: Span,
}

/// A TLS handshake.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct ExpectHandshake {
    pub(crate) completed: Option<At<super::words::YesNo>>,
    pub(crate) service: Option<At<Service>>,
    pub(crate) version: Option<At<String>>,
    pub(crate) alpn: Option<TextExpect>,
    pub(crate) sni: Option<TextExpect>,
    pub(crate) peer: Option<RoleExpect>,
    pub(crate) span: Span,
}

/// The resource as the client left it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum ExpectResource {
    /// As it was.
    Unchanged(Span),
    /// With these labels and annotations, whatever else.
    With { labels: Vec<(At<String>, TextExpect)>, annotations: Vec<(At<String>, TextExpect)>, span: Span },
}

/// Reads `expect`.
pub(crate) fn read(key: &Key, node: &Node, problems: &mut Problems) -> Expect {
    let _ = key;
    let Some(mut fields) = Fields::of(node, "`expect`", problems) else { return Expect::default() };
    let expect = Expect {
        outcome: fields.node("outcome").and_then(|node| outcome(node, problems)),
        value: fields.node("value").map(Pattern::of),
        requests: fields.node("requests").and_then(|node| requests(node, problems)),
        connections: fields.entry("connections").and_then(|(key, node)| count(key, node, problems)),
        handshakes: fields.entry("handshakes").map(|(key, node)| At {
            value: none_or_items(node, problems, handshake),
            span: key.span.clone(),
        }),
        open_connections: fields.entry("open-connections").and_then(|(key, node)| count(key, node, problems)),
        changes: fields
            .entry("changes")
            .map(|(key, node)| At { value: none_or_items(node, problems, change), span: key.span.clone() }),
        resource: fields.node("resource").and_then(|node| resource(node, problems)),
        checks: fields.node("checks").map(|node| items(node, problems, text)).unwrap_or_default(),
    };
    fields.finish(problems);
    expect
}

impl Pattern {
    /// The JSON of a node, with the places of its parts.
    pub(crate) fn of(node: &Node) -> Self {
        let mut places = BTreeMap::new();
        walk(node, "", &mut places);
        Self { json: node.to_json(), places, span: node.span.clone() }
    }

    /// The place of the part at a JSON pointer, or of the nearest part around it.
    pub(crate) fn place(&self, pointer: &str) -> &Span {
        let mut pointer = pointer;
        loop {
            match (self.places.get(pointer), pointer.rfind('/')) {
                (Some(span), _) => return span,
                (None, Some(at)) => pointer = &pointer[..at],
                (None, None) => return &self.span,
            }
        }
    }
}

/// A name as a step of a JSON pointer (RFC 6901 §3).
pub(crate) fn pointer_step(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}

fn walk(node: &Node, pointer: &str, places: &mut BTreeMap<String, Span>) {
    match &node.kind {
        Kind::List(items) => {
            for (place, item) in items.iter().enumerate() {
                let pointer = format!("{pointer}/{place}");
                places.insert(pointer.clone(), item.span.clone());
                walk(item, &pointer, places);
            }
        }
        Kind::Map(entries) => {
            for (key, value) in entries {
                let pointer = format!("{pointer}/{}", pointer_step(&key.text));
                places.insert(pointer.clone(), key.span.start..value.span.end);
                walk(value, &pointer, places);
            }
        }
        Kind::Null | Kind::Bool(_) | Kind::Number(_) | Kind::Text(_) => {}
    }
}

fn outcome(node: &Node, problems: &mut Problems) -> Option<ExpectOutcome> {
    let kind = match &node.kind {
        Kind::Text(word) => match word.as_str() {
            "ok" => OutcomeKind::Ok,
            "cancelled" => OutcomeKind::Cancelled,
            "any" => OutcomeKind::Any,
            "error" => OutcomeKind::Error { classes: Vec::new(), status: None, texts: Vec::new() },
            other => {
                let names = ["ok", "cancelled", "any", "error"];
                let problem = Problem::new(&node.span, format!("`{other}` is no outcome"));
                problems.push(problem.help(suggest(other, names)));
                return None;
            }
        },
        Kind::Null | Kind::Bool(_) | Kind::Number(_) | Kind::List(_) | Kind::Map(_) => error(node, problems)?,
    };
    Some(ExpectOutcome { kind, span: node.span.clone() })
}

fn error(node: &Node, problems: &mut Problems) -> Option<OutcomeKind> {
    let mut fields = Fields::of(node, "an outcome", problems)?;
    let classes = fields.required("error", problems).map(|node| match &node.kind {
        Kind::Text(any) if any == "any" => Vec::new(),
        Kind::Null | Kind::Bool(_) | Kind::Number(_) | Kind::Text(_) | Kind::List(_) | Kind::Map(_) => {
            items(node, problems, word::<ErrorClass>)
        }
    });
    let status = fields.node("status").and_then(|node| status(node, problems));
    let names = [
        ("code", ErrorText::Code),
        ("description", ErrorText::Description),
        ("trace-id", ErrorText::TraceId),
        ("retry-after", ErrorText::RetryAfter),
        ("body", ErrorText::Body),
    ];
    let texts = names
        .into_iter()
        .filter_map(|(name, member)| Some((member, text_expect(fields.node(name)?, problems)?)))
        .collect();
    fields.finish(problems);
    Some(OutcomeKind::Error { classes: classes?, status, texts })
}

fn status(node: &Node, problems: &mut Problems) -> Option<At<u16>> {
    answer::status(node, problems).map(|value| At { value, span: node.span.clone() })
}

fn text_expect(node: &Node, problems: &mut Problems) -> Option<TextExpect> {
    if let Kind::Text(found) = &node.kind
        && let Some(value) = Presence::meaning(found)
    {
        return Some(TextExpect::Presence(At { value, span: node.span.clone() }));
    }
    text(node, problems).map(TextExpect::Exact)
}

fn requests(node: &Node, problems: &mut Problems) -> Option<ExpectRequests> {
    match &node.kind {
        Kind::Text(none) if none == "none" => Some(ExpectRequests::Count(Count::exactly(0, &node.span))),
        Kind::Number(_) => {
            number(node, problems).map(|at| ExpectRequests::Count(Count::exactly(at.value, &at.span)))
        }
        Kind::List(_) => {
            let value = items(node, problems, request);
            Some(ExpectRequests::Each(At { value, span: node.span.clone() }))
        }
        Kind::Map(_) => range(node, problems).map(ExpectRequests::Count),
        Kind::Null | Kind::Bool(_) | Kind::Text(_) => {
            let message = format!("expected requests, found {}", node.describe());
            let help = "`none`, a number, `{at-least: 1, at-most: 2}`, or a list with one entry a request";
            problems.push(Problem::new(&node.span, message).help(help));
            None
        }
    }
}

impl Count {
    fn exactly(number: u64, span: &Span) -> Self {
        Self { at_least: number, at_most: number, span: span.clone() }
    }
}

fn count(key: &Key, node: &Node, problems: &mut Problems) -> Option<Count> {
    let mut count = match &node.kind {
        Kind::Map(_) => range(node, problems),
        Kind::Null | Kind::Bool(_) | Kind::Number(_) | Kind::Text(_) | Kind::List(_) => {
            number(node, problems).map(|at| Count::exactly(at.value, &at.span))
        }
    }?;
    count.span = key.span.start..node.span.end.max(key.span.end);
    Some(count)
}

fn range(node: &Node, problems: &mut Problems) -> Option<Count> {
    let mut fields = Fields::of(node, "a number", problems)?;
    let at_least = fields.number("at-least", problems).map_or(0, |at| at.value);
    let at_most = fields.number("at-most", problems).map_or(u64::MAX, |at| at.value);
    let span = fields.span().clone();
    fields.finish(problems);
    Some(Count { at_least, at_most, span })
}

fn request(node: &Node, problems: &mut Problems) -> Option<ExpectRequest> {
    let mut fields = Fields::of(node, "a request", problems)?;
    let request = ExpectRequest {
        service: fields.word("service", problems),
        method: fields.text("method", problems),
        target: fields.text("target", problems),
        headers: fields.node("headers").map(|node| texts(node, problems)).unwrap_or_default(),
        principal: fields.node("principal").and_then(|node| principal(node, problems)),
        certificate: fields.node("certificate").and_then(|node| role(node, problems)),
        peer: fields.node("peer").and_then(|node| role(node, problems)),
        body: fields.node("body").map(body),
        form: fields.node("form").map(|node| texts(node, problems)),
        status: fields.node("status").and_then(|node| status(node, problems)),
        code: fields.text("code", problems),
        span: fields.span().clone(),
    };
    fields.finish(problems);
    Some(request)
}

fn texts(node: &Node, problems: &mut Problems) -> Vec<(At<String>, TextExpect)> {
    let Kind::Map(entries) = &node.kind else {
        problems.push(Problem::new(&node.span, format!("expected a map, found {}", node.describe())));
        return Vec::new();
    };
    let read = entries.iter().map(|(key, node)| {
        Some((At { value: key.text.clone(), span: key.span.clone() }, text_expect(node, problems)?))
    });
    read.flatten().collect()
}

fn principal(node: &Node, problems: &mut Problems) -> Option<ExpectPrincipal> {
    if matches!(&node.kind, Kind::Text(word) if word == "absent") {
        return Some(ExpectPrincipal::Absent(node.span.clone()));
    }
    let mut fields = Fields::of(node, "a principal", problems)?;
    let plain = fields.node("plain").map(principal_value);
    let signed = fields.node("signed").map(principal_value);
    let by = fields.text("by", problems);
    fields.finish(problems);
    match (plain, signed) {
        (Some(value), None) => Some(ExpectPrincipal::Plain(value)),
        (None, Some(value)) => Some(ExpectPrincipal::Signed { value, by }),
        (Some(_), Some(_)) | (None, None) => {
            let problem = Problem::new(&node.span, "a principal is either `plain` or `signed`");
            problems.push(problem.help("`absent`, `{plain: alice}` or `{signed: {…}, by: consumer}`"));
            None
        }
    }
}

fn principal_value(node: &Node) -> PrincipalValue {
    match &node.kind {
        Kind::Text(name) => PrincipalValue::Named(At { value: name.clone(), span: node.span.clone() }),
        Kind::Null | Kind::Bool(_) | Kind::Number(_) | Kind::List(_) | Kind::Map(_) => {
            PrincipalValue::Inline(Pattern::of(node))
        }
    }
}

fn role(node: &Node, problems: &mut Problems) -> Option<RoleExpect> {
    let name = text(node, problems)?;
    if name.value == "absent" { Some(RoleExpect::Absent(name.span)) } else { Some(RoleExpect::Role(name)) }
}

fn body(node: &Node) -> ExpectBody {
    match &node.kind {
        Kind::Text(word) if word == "none" => ExpectBody::Empty(node.span.clone()),
        Kind::Null | Kind::Bool(_) | Kind::Number(_) | Kind::Text(_) | Kind::List(_) | Kind::Map(_) => {
            ExpectBody::Json(Pattern::of(node))
        }
    }
}

fn none_or_items<T>(
    node: &Node,
    problems: &mut Problems,
    read: impl FnMut(&Node, &mut Problems) -> Option<T>,
) -> Vec<T> {
    match &node.kind {
        Kind::Text(word) if word == "none" => Vec::new(),
        Kind::Null | Kind::Bool(_) | Kind::Number(_) | Kind::Text(_) | Kind::List(_) | Kind::Map(_) => {
            items(node, problems, read)
        }
    }
}

fn change(node: &Node, problems: &mut Problems) -> Option<ExpectChange> {
    let mut fields = Fields::of(node, "a change", problems)?;
    let found: Vec<_> =
        ChangeVerb::WORDS.iter().filter_map(|(name, verb)| Some((fields.entry(name)?, *verb))).collect();
    let id = fields.text("id", problems);
    let after = fields.node("after").map(Pattern::of);
    fields.finish(problems);
    let [((key, kind), verb)] = found.as_slice() else {
        let help = "exactly one of `created`, `updated`, `deleted`, with the kind of thing";
        problems.push(Problem::new(&node.span, "a change is one thing").help(help));
        return None;
    };
    let verb = At { value: *verb, span: key.span.clone() };
    Some(ExpectChange { verb, kind: text(kind, problems)?, id, after, span: key.span.start..kind.span.end })
}

fn handshake(node: &Node, problems: &mut Problems) -> Option<ExpectHandshake> {
    let mut fields = Fields::of(node, "a handshake", problems)?;
    let handshake = ExpectHandshake {
        completed: fields.word("completed", problems),
        service: fields.word("service", problems),
        version: fields.text("version", problems),
        alpn: fields.node("alpn").and_then(|node| text_expect(node, problems)),
        sni: fields.node("sni").and_then(|node| text_expect(node, problems)),
        peer: fields.node("peer").and_then(|node| role(node, problems)),
        span: fields.span().clone(),
    };
    fields.finish(problems);
    Some(handshake)
}

fn resource(node: &Node, problems: &mut Problems) -> Option<ExpectResource> {
    if matches!(&node.kind, Kind::Text(word) if word == "unchanged") {
        return Some(ExpectResource::Unchanged(node.span.clone()));
    }
    let mut fields = Fields::of(node, "`unchanged` or labels and annotations", problems)?;
    let labels = fields.node("labels").map(|node| texts(node, problems)).unwrap_or_default();
    let annotations = fields.node("annotations").map(|node| texts(node, problems)).unwrap_or_default();
    fields.finish(problems);
    Some(ExpectResource::With { labels, annotations, span: node.span.clone() })
}
