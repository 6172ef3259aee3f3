//! What an answer must be beside another that was asked for almost the same.

use super::Judged;
use crate::requirements::exchange::Exchange;
use crate::requirements::tags::spelling;
use crate::vector::{Content, Principal, Propagated, Request};

/// A certificate is public: whoever quotes one gains nothing that he has not by his own.
pub(super) fn caller_stays_itself(judged: &Judged<'_>) -> Option<String> {
    let (exchange, request) = (judged.exchange, judged.exchange.request());
    let Some(Propagated::Certificate(quoted)) = &request.propagated else { return None };
    let peer = request.peer.as_ref().filter(|peer| *peer != quoted)?;
    let alone = Request { propagated: None, ..request.clone() };
    let alone = judged.neighbors.asked(exchange.vector.service, &alone)?;
    let gained = exchange.index == 0 && exchange.is_done() && alone.is_refused();
    gained.then(|| format!("`{peer}` may not, and may as soon as it quotes the certificate of `{quoted}`"))
}

/// Two who ask the same of the same world get the same, whoever asked something before them.
pub(super) fn same_whoever_asked_before(judged: &Judged<'_>) -> Option<String> {
    let exchange = judged.exchange;
    let before = judged.vector.get(..exchange.index).filter(|before| !before.is_empty())?;
    let only_read = |it: &Exchange<'_>| matches!(it.request().method.as_str(), "GET" | "HEAD");
    if !before.iter().all(only_read) || exchange.step().fault.is_some() {
        return None;
    }
    let fresh = judged.neighbors.asked(exchange.vector.service, exchange.request())?;
    let differs = match (&exchange.reply, &fresh.reply) {
        (Some(now), Some(then)) => now.says() != then.says(),
        (now, then) => now.is_some() != then.is_some(),
    };
    differs.then(|| format!("a fresh server answers this otherwise (as in `{}`)", fresh.vector.id))
}

/// An id is the same id in whatever spelling it is accepted.
pub(super) fn same_in_any_spelling(judged: &Judged<'_>) -> Option<String> {
    let (exchange, request) = (judged.exchange, judged.exchange.request());
    let canonical = canonical(&request.path).filter(|path| *path != request.path && exchange.index == 0)?;
    let same = Request { path: canonical, ..request.clone() };
    let same = judged.neighbors.asked(exchange.vector.service, &same)?;
    // Refused as malformed is not accepted in that spelling.
    let differs = exchange.status() != 400 && exchange.status() != same.status();
    differs
        .then(|| format!("answered {}, and {} in the canonical spelling", exchange.status(), same.status()))
}

/// A path with its ids spelt canonically.
fn canonical(path: &str) -> Option<String> {
    let (bare, query) = path.split_once('?').map_or((path, None), |(bare, query)| (bare, Some(query)));
    let segments: Vec<String> = bare
        .split('/')
        .map(|segment| match spelling(segment) {
            None | Some("canonical") => segment.to_owned(),
            Some(_) => {
                let lower = segment.to_ascii_lowercase();
                let lower = lower.trim_start_matches("urn:uuid:");
                let digits: String = lower.replace("%7b", "").replace("%7d", "");
                let digits: String = digits.chars().filter(char::is_ascii_hexdigit).collect();
                [&digits[..8], &digits[8..12], &digits[12..16], &digits[16..20], &digits[20..]].join("-")
            }
        })
        .collect();
    let bare = segments.join("/");
    Some(query.map_or_else(|| bare.clone(), |query| format!("{bare}?{query}")))
}

/// Whoever leaves out a credential, or a part of what he says of the one he acts as, gains nothing by that. What only
/// narrows (a wish to act as somebody, a user's token beside a service's own certificate) is no credential here.
pub(super) fn leaving_out_opens_nothing(judged: &Judged<'_>) -> Option<String> {
    let (exchange, request) = (judged.exchange, judged.exchange.request());
    let is_denied = matches!(exchange.status(), 401 | 403);
    if exchange.index > 0 || !is_denied || exchange.step().fault.is_some() {
        return None;
    }
    let (what, opened) = less(request).into_iter().find_map(|(what, less)| {
        let less = judged.neighbors.asked(exchange.vector.service, &less)?;
        less.is_done().then_some((what, less))
    })?;
    let (status, other) = (exchange.status(), &opened.vector.id);
    Some(format!("refused with {status}, and done without {what} (`{other}`)"))
}

/// The same request with something left out.
fn less(request: &Request) -> Vec<(&'static str, Request)> {
    let mut less = Vec::new();
    if request.peer.is_some() && request.bearer.is_none() {
        less.push(("the certificate", Request { peer: None, propagated: None, ..request.clone() }));
    }
    // A form may hold another token.
    if request.bearer.is_some() && request.peer.is_none() && !matches!(request.content, Content::Form(_)) {
        less.push(("the token", Request { bearer: None, ..request.clone() }));
    }
    if request.principal.is_some() {
        less.push(("the principal", Request { principal: None, ..request.clone() }));
    }
    if let Some(Principal::Plain(value)) = &request.principal {
        for name in ["actor", "type", "organizationId", "organizationIds", "projectId"] {
            let mut value = value.clone();
            if value.as_object_mut().is_some_and(|claims| claims.shift_remove(name).is_some()) {
                less.push((name, Request { principal: Some(Principal::Plain(value)), ..request.clone() }));
            }
        }
    }
    less
}
