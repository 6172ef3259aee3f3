//! The same contract without the known defects: what a client is judged against that is to live with tomorrow's server.
//!
//! A defect is repaired at the door, so that no layer and no operation decides in two ways: a request is put in order
//! before it is decided, and a decision after it was. What the repairs are is said at each of them; which defects there
//! are, and what was recorded of them, stands in `vectors/defects.toml`.

use std::borrow::Cow;
use std::collections::BTreeMap;

use bytes::Bytes;
use plumbline_openapi::Operation;
use serde_json::{Value, json};

use crate::exchange::{Incoming, Layer, Response};
use crate::middleware::certificate::{Certificate, Peer, peer};
use crate::middleware::path_parameters;
use crate::middleware::target::{Target, unescape_path};
use crate::store::door;
use crate::world::World;

/// The known defects of the services, all of which are repaired here; `vectors/defects.toml` says what each is.
pub const DEFECTS: [&str; 25] = [
    "S-01", "S-02", "S-03", "S-04", "S-05", "S-06", "S-07", "S-08", "S-09", "S-10", "S-11", "S-12", "S-13",
    "C-01", "C-02", "C-03", "E-01", "Q-01", "Q-02", "W-01", "A-01", "A-02", "A-03", "A-04", "A-05",
];

/// Texts of a request that are shorter stand in many an answer by chance.
const TELLING: usize = 9;

/// Whether the known defects of the services are served.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Defects {
    /// As they were recorded.
    #[default]
    Kept,
    /// Each is repaired.
    Repaired,
}

/// Who holds which reference: its path, and the common name of the service that added it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Holders(BTreeMap<String, String>);

/// The request with every id of its path in the canonical spelling (A-05, S-06).
pub(crate) fn canonical(incoming: &Incoming) -> Cow<'_, Incoming> {
    let (path, query) = match incoming.target.split_once('?') {
        Some((path, query)) => (path, Some(query)),
        None => (incoming.target.as_str(), None),
    };
    let spelt = |segment: &str| {
        let text = unescape_path(segment)?;
        path_parameters::id(&text).filter(|id| id != segment)
    };
    if path.split('/').all(|segment| spelt(segment).is_none()) {
        return Cow::Borrowed(incoming);
    }
    let segments: Vec<String> =
        path.split('/').map(|segment| spelt(segment).unwrap_or_else(|| segment.to_owned())).collect();
    let target = match query {
        Some(query) => format!("{}?{query}", segments.join("/")),
        None => segments.join("/"),
    };
    Cow::Owned(Incoming { target, ..incoming.clone() })
}

/// Whether a request is refused before anything is decided on it.
pub(crate) fn forbids(world: &World, holders: &Holders, incoming: &Incoming) -> bool {
    let peer = peer_name(incoming);
    let account = peer.as_ref().and_then(|peer| world.system_accounts.get(peer));
    let known = account.is_some_and(|account| account.role.is_some());
    // A certificate is no secret: whoever quotes another's must be somebody himself, and is not by a token. Who
    // shows neither certificate nor token is asked for them as ever.
    let quotes = incoming.header("Unikorn-Client-Certificate").is_some_and(|value| !value.is_empty());
    let shows = peer.is_some() || incoming.header("Authorization").is_some();
    if quotes && shows && !known {
        return true;
    }
    let Some(peer) = peer else { return false };
    // A dependant lets go only of what it holds; of what nobody is known to have added, whoever may.
    let holder =
        reference(incoming).filter(|_| incoming.method == "DELETE").and_then(|path| holders.0.get(path));
    holder.is_some_and(|holder| *holder != peer)
}

/// Takes note of who holds what, once a request has succeeded.
pub(crate) fn note(holders: &mut Holders, incoming: &Incoming, status: u16) {
    let (Some(path), Some(peer)) = (reference(incoming), peer_name(incoming)) else { return };
    match incoming.method.as_str() {
        "PUT" if status < 300 => drop(holders.0.entry(path.to_owned()).or_insert(peer)),
        "DELETE" if status < 300 => drop(holders.0.remove(path)),
        _ => {}
    }
}

/// The answer as it should be. `refused` is what the store refused while it was decided.
pub(crate) fn answer(
    incoming: &Incoming,
    layer: Layer,
    operation: Option<&Operation>,
    refused: Option<door::Refusal>,
    mut response: Response,
) -> Response {
    // An empty list is a list (C-01).
    if response.status < 400 && response.body == Bytes::from_static(b"null") {
        response.body = Bytes::from_static(b"[]");
    }
    let status = status(incoming, layer, refused, response.status);
    // A malformed request is one of any operation, and the documents say so once for all.
    let is_malformed = status == 400 && layer < Layer::Handler;
    let status = if is_malformed { status } else { declared(operation, status) };
    if status != response.status {
        response.status = status;
        response.headers.retain(|(name, _)| !name.eq_ignore_ascii_case("Www-Authenticate"));
    }
    if status == 401
        && !response.headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("Www-Authenticate"))
    {
        let challenge = "Bearer error=\"access_denied\"".to_owned();
        response.headers.push(("Www-Authenticate".to_owned(), challenge));
    }
    if status >= 400 {
        reword(incoming, &mut response);
    }
    response
}

/// Blames the caller for what is the caller's (S-01 to S-13), and the store for what is the store's.
fn status(incoming: &Incoming, layer: Layer, refused: Option<door::Refusal>, status: u16) -> u16 {
    if status < 500 {
        return status;
    }
    match (refused, layer) {
        (Some(door::Refusal::Conflict | door::Refusal::Exists), _) => 409,
        (Some(door::Refusal::NotFound), _) => 404,
        (Some(door::Refusal::Internal), _) => status,
        (None, Layer::AccessList) => 403,
        (None, Layer::Handler | Layer::AnswerValidation) => match incoming.method.as_str() {
            "POST" | "PUT" | "PATCH" => 400,
            _ => 404,
        },
        (None, _) => 400,
    }
}

/// The status itself where the document declares it for the operation, else the nearest that it does (C-03). What is
/// not gone is never said to be: dependants let go of what they are told is gone.
fn declared(operation: Option<&Operation>, status: u16) -> u16 {
    let Some(operation) = operation.filter(|_| status >= 400) else { return status };
    let nearest: &[u16] = match status {
        401 => &[403, 400],
        404 => &[403, 400, 422],
        409 => &[500],
        _ => &[400, 422, 403, 401],
    };
    let declares = |status: &u16| operation.replies.contains_key(&status.to_string());
    [status].into_iter().chain(nearest.iter().copied()).find(declares).unwrap_or(status)
}

/// The envelope in words that fit the status and quote nobody.
fn reword(incoming: &Incoming, response: &mut Response) {
    let Ok(Value::Object(mut envelope)) = serde_json::from_slice(&response.body) else { return };
    let said = |member: &str| envelope.get(member).and_then(Value::as_str);
    let (code, usual) = words(response.status);
    let fits = match code {
        Some(code) => said("error") == Some(code),
        // The token endpoint has codes of its own for these.
        None => said("error") != Some("server_error"),
    };
    let first = said("error_description").and_then(|text| text.lines().next()).unwrap_or_default();
    let description = if fits && !quotes(incoming, first) { first } else { usual }.to_owned();
    if !fits {
        envelope.insert("error".to_owned(), json!(code.unwrap_or("invalid_request")));
    }
    envelope.insert("error_description".to_owned(), json!(description));
    response.body = Bytes::from(Value::Object(envelope).to_string());
}

/// A status's code, where it has only one, and what can be said of it in any case.
fn words(status: u16) -> (Option<&'static str>, &'static str) {
    match status {
        400 => (None, "the request is not one that can be served"),
        401 => (Some("access_denied"), "authentication is required"),
        403 => (Some("forbidden"), "the caller may not do this"),
        404 => (Some("not_found"), "resource not found"),
        409 => (Some("conflict"), "the resource was changed meanwhile, or there is one already"),
        422 => (Some("unprocessable_content"), "what was asked for cannot be"),
        _ => (Some("server_error"), "an internal error has occurred, please contact support"),
    }
}

fn quotes(incoming: &Incoming, description: &str) -> bool {
    let body = String::from_utf8_lossy(&incoming.body).into_owned();
    let texts = match serde_json::from_str::<Value>(&body) {
        Ok(value) => texts(&value),
        Err(_no_json) => {
            body.split('&').filter_map(|pair| Some(pair.split_once('=')?.1.to_owned())).collect()
        }
    };
    texts.iter().any(|text| text.len() >= TELLING && description.contains(text.as_str()))
}

/// Every text in a value, names of members included.
fn texts(value: &Value) -> Vec<String> {
    match value {
        Value::String(text) => vec![text.clone()],
        Value::Array(items) => items.iter().flat_map(texts).collect(),
        Value::Object(members) => {
            members.iter().flat_map(|(name, value)| texts(value).into_iter().chain([name.clone()])).collect()
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => Vec::new(),
    }
}

/// The common name that the peer showed and proved.
fn peer_name(incoming: &Incoming) -> Option<String> {
    match peer(incoming) {
        Peer::Verified(escaped) => Some(Certificate::parse(escaped)?.common_name),
        Peer::Absent | Peer::Unverified => None,
    }
}

/// The path of a reference, if the request is for one.
fn reference(incoming: &Incoming) -> Option<&str> {
    let path = incoming.target.split('?').next()?;
    let (_, last) = path.rsplit_once("/references/")?;
    (!last.contains('/') && Target::parse(path).is_ok()).then_some(path)
}
