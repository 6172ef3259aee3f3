//! What an answer says of, and what it grants to, those who hold a credential.

use serde_json::Value;

use super::Judged;
use crate::vector::{Content, Principal, Request};

/// Shorter values stand in any sentence by chance.
const TELLING: usize = 6;

/// An error says nothing that the caller said: who reads logs and pages of errors is not who sent it.
pub(super) fn quotes_nothing(judged: &Judged<'_>) -> Option<String> {
    let reply = judged.exchange.reply.as_ref().filter(|reply| reply.status >= 400)?;
    if reply.quotes_value {
        return Some("the error goes on with the value that was refused".to_owned());
    }
    let quoted = told(judged.exchange.request())
        .into_iter()
        .any(|value| value.len() >= TELLING && !is_vocabulary(&value) && reply.description.contains(&value));
    quoted.then(|| "the error quotes a value of the request's body or credentials".to_owned())
}

/// Words of the platform's own: kinds of quotas, members' names, grant types.
fn is_vocabulary(value: &str) -> bool {
    value.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_')
}

/// Every text that the caller sent in the body or as a credential.
fn told(request: &Request) -> Vec<String> {
    let mut told = Vec::new();
    match &request.content {
        Content::None => {}
        Content::Json(value) => texts(value, &mut told),
        Content::Text(text) => told.push(text.clone()),
        Content::Form(pairs) => told.extend(pairs.iter().map(|(_, value)| value.clone())),
        Content::Repeat(repeat) => texts(&repeat.base, &mut told),
    }
    match &request.principal {
        Some(Principal::Plain(value) | Principal::Padded(value) | Principal::Signed { value, .. }) => {
            // A claim that also stands in the path is no secret of the principal's.
            let mut claims = Vec::new();
            texts(value, &mut claims);
            told.extend(claims.into_iter().filter(|claim| !request.path.contains(claim.as_str())));
        }
        Some(Principal::Raw(text)) => told.push(text.clone()),
        None => {}
    }
    told
}

fn texts(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::String(text) => found.push(text.clone()),
        Value::Array(values) => values.iter().for_each(|value| texts(value, found)),
        Value::Object(members) => members.values().for_each(|value| texts(value, found)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// The services of the recorded world that depend on something, and the group of what is theirs.
const DEPENDANTS: [(&str, &str); 4] = [
    ("region", "region.unikorn-cloud.org"),
    ("compute", "compute.unikorn-cloud.org"),
    ("kubernetes", "kubernetes.unikorn-cloud.org"),
    ("storage", "storage.unikorn-cloud.org"),
];

/// A reference is given back by whom it is of: otherwise what somebody still uses can be deleted under him.
pub(super) fn own_references_only(judged: &Judged<'_>) -> Option<String> {
    let exchange = judged.exchange;
    let request = exchange.request();
    if request.method != "DELETE" || !exchange.is_done() || request.bearer.is_some() {
        return None;
    }
    let reference = request.path.split("/references/").nth(1)?;
    let reference = reference.replace("%252F", "/").replace("%252f", "/");
    let (_, group) = reference.split_once('/')?.0.split_once('.')?;
    let peer = request.peer.as_deref()?;
    let (_, own) = DEPENDANTS.iter().find(|(name, _)| *name == peer)?;
    (group != *own).then(|| format!("`{peer}` let go of what is held by `{group}`"))
}
