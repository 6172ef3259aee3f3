//! Rules for the fake, from the answers that a step puts in the place of the server's own.

use bytes::Bytes;
use plumbline_fake_server::exchange::{Response, Service};
use plumbline_fake_server::fault::{Commit, Delivery, Ending, Fault, Gate, Occurrence, Requests, Rule};
use serde_json::{Value, json};

use crate::scenario::answer::{
    AnswerRule, Commit as CommitWord, Deviation, Occurrence as OccurrenceWord, Redirect, Reply, ReplyBody,
};
use crate::scenario::words::{Cut, Hold, Target};

/// The trace id in error envelopes of the test's own.
const TRACE_ID: &str = "0af7651916cd43dd8448eb211c80319c";

/// Where redirects can lead (base addresses), and where those wait that wait for each other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Places {
    pub(super) same: String,
    pub(super) other: String,
    pub(super) closed: String,
    pub(super) plain: String,
    /// The path of the call's own request.
    pub(super) path: String,
    /// The gate at which every call of the step waits for all others.
    pub(super) everybody: Gate,
}

/// A rule, the gate it holds requests at, and until when.
#[derive(Debug, Clone)]
pub(super) struct Prepared {
    pub(super) rule: Rule,
    pub(super) gate: Option<(Gate, Hold)>,
}

/// The rule for an answer; it is about requests to the service that the step calls. Of calls made at once, each for its
/// own principal, the nth request is the nth caller's: in which order they arrive is chance.
pub(super) fn prepare(answer: &AnswerRule, called: Service, callers: &[Value], places: &Places) -> Prepared {
    let gate = answer.hold.map(|hold| match hold {
        Hold::UntilAll => (places.everybody.clone(), hold),
        Hold::Forever | Hold::InBody => (Gate::new(), hold),
    });
    let mut fault =
        answer.deviation.as_ref().map_or_else(Fault::default, |deviation| deviate(deviation, places));
    fault.commit = match answer.commit {
        CommitWord::Yes => Commit::Yes,
        CommitWord::No => Commit::No,
    };
    match &gate {
        Some((gate, Hold::Forever | Hold::UntilAll)) => fault.hold = Some(gate.clone()),
        Some((gate, Hold::InBody)) => fault.delivery = Delivery::BodyStalls(gate.clone()),
        None => {}
    }
    let mut requests = Requests { service: Some(called), ..Requests::default() };
    let occurrence = match answer.at {
        OccurrenceWord::Each => Occurrence::Each,
        OccurrenceWord::Nth(number) => {
            let place = usize::try_from(number - 1).unwrap_or(usize::MAX);
            requests.principal = callers.get(place).cloned();
            Occurrence::Nth(if requests.principal.is_some() { 1 } else { number })
        }
    };
    Prepared { rule: Rule { requests, occurrence, fault }, gate }
}

fn deviate(deviation: &Deviation, places: &Places) -> Fault {
    match deviation {
        Deviation::Reply(reply) => Fault::reply(response(reply)),
        Deviation::Redirect { to, status } => {
            let location = location(to, places).map(|location| ("Location".to_owned(), location));
            let headers = location.into_iter().collect();
            Fault::reply(Response { status: *status, headers, body: Bytes::new() })
        }
        Deviation::Cut(cut) => Fault::deliver(match cut {
            Cut::BeforeAnswer => Delivery::Nothing(Ending::Close),
            Cut::Reset => Delivery::Nothing(Ending::Reset),
            Cut::InHead => Delivery::HeadCut(Ending::Close),
            Cut::InBody => Delivery::BodyCut(Ending::Close),
            Cut::InChunks => Delivery::ChunkedCut(Ending::Close),
        }),
        Deviation::Raw(text) => {
            Fault::deliver(Delivery::Raw(Bytes::copy_from_slice(text.as_bytes()), Ending::Close))
        }
    }
}

fn location(to: &Redirect, places: &Places) -> Option<String> {
    let path = &places.path;
    Some(match to {
        Redirect::Known(Target::Same) => format!("{}{path}", places.same),
        Redirect::Known(Target::Other) => format!("{}{path}", places.other),
        Redirect::Known(Target::Closed) => format!("{}{path}", places.closed),
        Redirect::Known(Target::Plain) => format!("{}{path}", places.plain),
        Redirect::Known(Target::Garbage) => "https://[no-address".to_owned(),
        Redirect::Literal(location) => location.clone(),
        Redirect::None => return None,
    })
}

fn response(reply: &Reply) -> Response {
    let (kind, body) = match &reply.body {
        ReplyBody::Envelope => (Some("application/json"), envelope(reply.status)),
        ReplyBody::Json(value) => (Some("application/json"), value.to_string()),
        ReplyBody::Text(text) => (Some("text/plain"), text.clone()),
        ReplyBody::Size(size) => (Some("application/json"), sized(*size)),
        ReplyBody::Empty => (None, String::new()),
    };
    let mut headers = reply.headers.clone();
    let stated = headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("content-type"));
    if let Some(kind) = kind.filter(|_| !stated) {
        headers.push(("Content-Type".to_owned(), kind.to_owned()));
    }
    // An empty `Content-Type` means that there is none.
    headers.retain(|(name, value)| !(name.eq_ignore_ascii_case("content-type") && value.is_empty()));
    Response { status: reply.status, headers, body: Bytes::from(body) }
}

/// The platform's error envelope for a status.
fn envelope(status: u16) -> String {
    if status < 400 {
        return "{}".to_owned();
    }
    let code = match status {
        400 => "invalid_request",
        401 => "access_denied",
        403 => "forbidden",
        404 => "not_found",
        405 => "method_not_allowed",
        409 => "conflict",
        413 => "request_entity_too_large",
        415 => "unsupported_media_type",
        422 => "unprocessable_content",
        _ => "server_error",
    };
    json!({ "error": code, "error_description": "put there by the scenario", "trace_id": TRACE_ID })
        .to_string()
}

/// A JSON text of so many bytes.
fn sized(size: u64) -> String {
    let frame = r#"{"filling":""}"#.len();
    let filling = usize::try_from(size).unwrap_or(usize::MAX).saturating_sub(frame);
    format!(r#"{{"filling":"{}"}}"#, "x".repeat(filling))
}
