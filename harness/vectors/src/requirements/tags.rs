//! What an exchange is, in words: `method:GET`, `peer:kubernetes`, `answer:403`, … Requirements and known defects say by
//! them what they are about.

use serde_json::Value;

use crate::vector::{Content, Expected, Principal, Propagated, Request, Signature, Step, Tamper, Vector};

/// The words' families; `vectors/README.md` says what each means.
pub const FAMILIES: [&str; 27] = [
    "id",
    "service",
    "group",
    "step",
    "method",
    "path",
    "query",
    "spelling",
    "escaped",
    "peer",
    "propagated",
    "quoted",
    "principal",
    "signature",
    "signed-by",
    "tamper",
    "actor",
    "type",
    "impersonate",
    "token",
    "authorization",
    "header",
    "body",
    "store",
    "answer",
    "code",
    "says",
];

/// The words for one step of a vector.
pub(super) fn of(vector: &Vector, index: usize) -> Vec<String> {
    let step = &vector.steps[index];
    let request = &step.request;
    let mut tags = vec![
        format!("id:{}", vector.id),
        format!("service:{}", vector.service),
        format!("group:{}", vector.group),
        format!("step:{}", if index == 0 { "first" } else { "later" }),
        format!("method:{}", request.method),
    ];
    tags.extend(path(&request.path));
    tags.extend(caller(request));
    tags.extend(principal(request));
    tags.push(format!("body:{}", body(&request.content)));
    tags.extend(request.headers.keys().map(|name| format!("header:{}", name.to_ascii_lowercase())));
    tags.extend(step.fault.iter().map(|fault| format!("store:{}", fault.error)));
    tags.extend(answer(step));
    tags
}

fn path(path: &str) -> Vec<String> {
    let (bare, query) = path.split_once('?').unwrap_or((path, ""));
    let parameters =
        query.split('&').filter_map(|pair| pair.split('=').next()).filter(|name| !name.is_empty());
    let mut segments = Vec::new();
    let mut spellings = Vec::new();
    for segment in bare.split('/') {
        match spelling(segment) {
            Some(name) => {
                segments.push("*");
                spellings.push(format!("spelling:{name}"));
            }
            None => segments.push(segment),
        }
    }
    let escaped = match (path.contains("%252F"), path.contains("%2F")) {
        (true, _) => "twice",
        (false, true) => "once",
        (false, false) => "no",
    };
    spellings.extend(parameters.map(|name| format!("query:{name}")));
    spellings.extend([format!("path:{}", segments.join("/")), format!("escaped:{escaped}")]);
    spellings
}

/// How an id is spelt in a path's segment; none: it is no id.
pub(super) fn spelling(segment: &str) -> Option<&'static str> {
    let text = segment.replace("%7B", "{").replace("%7b", "{").replace("%7D", "}").replace("%7d", "}");
    let is_dashed = |text: &str| {
        text.len() == 36
            && text.bytes().enumerate().all(|(at, byte)| match at {
                8 | 13 | 18 | 23 => byte == b'-',
                _ => byte.is_ascii_hexdigit(),
            })
    };
    let urn = text.get(..9).filter(|start| start.eq_ignore_ascii_case("urn:uuid:"));
    if urn.is_some() && is_dashed(&text[9..]) {
        Some("urn")
    } else if text.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')).is_some_and(is_dashed) {
        Some("braced")
    } else if is_dashed(&text) {
        Some(if text.bytes().any(|byte| byte.is_ascii_uppercase()) { "upper" } else { "canonical" })
    } else if text.len() == 32 && text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        Some("bare")
    } else {
        None
    }
}

fn caller(request: &Request) -> Vec<String> {
    let none = || "none".to_owned();
    let peer = request.peer.clone();
    let (propagated, quoted) = match &request.propagated {
        None => ("none", None),
        Some(Propagated::Certificate(name)) if Some(name) == peer.as_ref() => ("same", Some(name)),
        Some(Propagated::Certificate(name)) => ("other", Some(name)),
        Some(Propagated::Literal(text)) if text.is_empty() => ("empty", None),
        Some(Propagated::Literal(_)) => ("literal", None),
        Some(Propagated::Unescaped(name)) => ("unescaped", Some(name)),
        Some(Propagated::Base64Der(name)) => ("base64-der", Some(name)),
    };
    let by_hand = request.headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("Authorization"));
    let in_hand = by_hand.and_then(|(_, value)| value.as_deref());
    let token = request.bearer.clone().or_else(|| {
        let (_, rest) = in_hand?.split_once("{token:")?;
        Some(rest.split_once('}')?.0.to_owned())
    });
    let mut tags = vec![
        format!("peer:{}", peer.unwrap_or_else(none)),
        format!("propagated:{propagated}"),
        format!("token:{}", token.unwrap_or_else(none)),
    ];
    tags.extend(quoted.map(|name| format!("quoted:{name}")));
    tags.extend(by_hand.map(|_| "authorization:by-hand".to_owned()));
    tags
}

fn principal(request: &Request) -> Vec<String> {
    let mut tags = Vec::new();
    let impersonate = match request.impersonate.as_deref() {
        None => "none",
        Some("true") => "true",
        Some(text) if text.eq_ignore_ascii_case("true") => "other-case",
        Some(_) => "other",
    };
    tags.push(format!("impersonate:{impersonate}"));
    let (form, value) = match &request.principal {
        None => ("none", None),
        Some(Principal::Plain(value)) => ("plain", Some(value)),
        Some(Principal::Padded(value)) => ("padded", Some(value)),
        Some(Principal::Raw(_)) => ("raw", None),
        Some(Principal::Signed { value, signature, tamper }) => {
            tags.extend(signed(request, signature, *tamper));
            ("signed", Some(value))
        }
    };
    tags.push(format!("principal:{form}"));
    let member = |name: &str| value.and_then(|value| value.get(name)).and_then(Value::as_str);
    tags.push(format!("actor:{}", if member("actor").is_some() { "some" } else { "none" }));
    tags.push(format!("type:{}", member("type").unwrap_or("none")));
    tags
}

fn signed(request: &Request, signature: &Signature, tamper: Option<Tamper>) -> Vec<String> {
    let mut tags = Vec::new();
    match signature {
        Signature::None => tags.push("signature:none".to_owned()),
        Signature::By { algorithm, certificate } => {
            let is_quoted =
                matches!(&request.propagated, Some(Propagated::Certificate(name)) if name == certificate);
            let by = match (request.peer.as_ref() == Some(certificate), is_quoted) {
                (true, _) => "peer",
                (false, true) => "quoted",
                (false, false) => "other",
            };
            tags.extend([format!("signature:{}", algorithm.name()), format!("signed-by:{by}")]);
        }
    }
    let tamper = match tamper {
        None => "none",
        Some(Tamper::Payload) => "payload",
        Some(Tamper::Signature) => "signature",
        Some(Tamper::NoSignature) => "no-signature",
    };
    tags.push(format!("tamper:{tamper}"));
    tags
}

fn body(content: &Content) -> &'static str {
    match content {
        Content::None => "none",
        Content::Json(_) => "json",
        Content::Text(_) => "text",
        Content::Form(_) => "form",
        Content::Repeat(_) => "large",
    }
}

/// What was recorded as the answer.
fn answer(step: &Step) -> Vec<String> {
    match &step.response {
        Expected::Aborted => vec!["answer:cut".to_owned()],
        Expected::Response(response) => {
            let mut tags = vec![format!("answer:{}", response.status)];
            tags.extend(response.code.iter().map(|code| format!("code:{code}")));
            tags.extend(response.description.iter().map(|text| format!("says:{text}")));
            tags
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::book::Book;

    #[test]
    fn ids_are_told_by_their_spelling() {
        let id = "000000a0-0000-4000-8000-000000000001";
        assert_eq!(spelling(id), Some("canonical"));
        assert_eq!(spelling(&id.to_uppercase()), Some("upper"));
        assert_eq!(spelling(&id.replace('-', "")), Some("bare"));
        assert_eq!(spelling(&format!("%7B{id}%7D")), Some("braced"));
        assert_eq!(spelling(&format!("urn:uuid:{id}")), Some("urn"));
        assert_eq!(spelling("projects"), None);
    }

    #[test]
    fn every_word_is_of_a_listed_family_and_every_family_has_a_word() {
        let book = Book::open().unwrap();
        let mut seen = BTreeSet::new();
        for line in book.lines() {
            let vector = line.vector().unwrap();
            for index in 0..vector.steps.len() {
                seen.extend(of(&vector, index).iter().map(|tag| tag.split(':').next().unwrap().to_owned()));
            }
        }
        assert_eq!(seen, FAMILIES.iter().map(|family| (*family).to_owned()).collect::<BTreeSet<_>>());
    }
}
