//! What clients send again, and what they do not.

use plumbline_fake_server::exchange::{ChangeVerb, seconds_ahead};
use plumbline_fake_server::record::{Exchange, Handshake, HeaderValue};

use super::effects::changes;
use super::{Attempt, History, Judgement, about, found};
use crate::check::{header_values, is_redirected, own_target, same_target};
use crate::fault::{ROTATED_ROLE, Rotates, What};

/// How many requests a call may send that needs one.
const ATTEMPTS: usize = 4;
/// How many requests one try of a lifecycle may send: it makes something and takes it back, or finds it and deletes it.
const TRIES: usize = 2;
/// How many redirects one call may follow.
const REDIRECTS: usize = 20;

/// The principal of a request, whichever way it travels.
fn principal(exchange: &Exchange) -> Option<&str> {
    header_values(exchange, "X-Principal").find_map(|value| match value {
        HeaderValue::PlainPrincipal { payload } | HeaderValue::SignedPrincipal { payload, .. } => {
            Some(payload.as_str())
        }
        HeaderValue::Text { .. }
        | HeaderValue::Certificate { .. }
        | HeaderValue::Secret { .. }
        | HeaderValue::Bytes { .. } => None,
    })
}

fn impersonates(exchange: &Exchange) -> bool {
    header_values(exchange, "X-Impersonate").next().is_some()
}

/// Requests for the same thing, each with the one before it: of one call, and of the same call made again; and what takes
/// back what a call has made, with what made it.
fn repeated<'a>(history: History<'a>) -> impl Iterator<Item = (&'a Exchange, &'a Exchange)> {
    let single = history.attempts.iter().filter(|attempt| attempt.calls.len() == 1);
    let steps: Vec<(usize, Vec<&Exchange>)> =
        single.map(|attempt| (attempt.step, attempt.all().collect())).collect();
    let mut pairs = Vec::new();
    for (place, (step, exchanges)) in steps.iter().enumerate() {
        let before = steps[..place].iter().rev().find(|(other, _)| other == step);
        let earlier = before.into_iter().flat_map(|(_, exchanges)| exchanges.iter().copied());
        let all: Vec<&Exchange> = earlier.chain(exchanges.iter().copied()).collect();
        pairs.extend(all.windows(2).map(|pair| (pair[0], pair[1])).filter(|(one, other)| same(one, other)));
        pairs.extend(taken_back(exchanges));
    }
    pairs.into_iter()
}

/// What a lifecycle has made, each with what deletes it in the same one.
fn taken_back<'a>(exchanges: &[&'a Exchange]) -> Vec<(&'a Exchange, &'a Exchange)> {
    let deletes = |made: &str, exchange: &Exchange| {
        exchange.request.method == "DELETE" && exchange.request.target.ends_with(made)
    };
    let created = exchanges.iter().flat_map(|exchange| {
        let made = exchange.changes.iter().filter(|change| change.verb == ChangeVerb::Created);
        made.map(|change| (*exchange, change.id.as_str()))
    });
    created
        .flat_map(|(making, id)| {
            exchanges.iter().filter(move |exchange| deletes(id, exchange)).map(move |back| (making, *back))
        })
        .collect()
}

fn same(one: &Exchange, other: &Exchange) -> bool {
    (one.service, &one.request.method, &one.request.target)
        == (other.service, &other.request.method, &other.request.target)
}

fn again(one: &Exchange, other: &Exchange) -> &'static str {
    if same(one, other) { "repeats" } else { "takes back" }
}

pub(super) fn same_principal(history: History<'_>) -> Judgement {
    let told =
        repeated(history).filter(|(one, other)| principal(one) != principal(other)).map(|(one, other)| {
            let mut finding = about(
                format!(
                    "request {} {} request {} for another principal",
                    other.number,
                    again(one, other),
                    one.number
                ),
                [one, other],
            );
            finding.expected = Some(principal(one).unwrap_or("no principal").to_owned());
            finding.seen = Some(principal(other).unwrap_or("no principal").to_owned());
            finding
        });
    found(told.collect())
}

pub(super) fn same_impersonation(history: History<'_>) -> Judgement {
    let told = repeated(history).filter(|(one, other)| impersonates(one) != impersonates(other));
    let told = told.map(|(one, other)| {
        let what = if impersonates(other) { "asks to act as its principal" } else { "no longer asks to" };
        let again = again(one, other);
        about(format!("request {} {again} request {} and {what}", other.number, one.number), [one, other])
    });
    found(told.collect())
}

pub(super) fn bounded(history: History<'_>) -> Judgement {
    let mut before = None;
    let told = history.attempts.iter().filter_map(|attempt| {
        let strays = before.replace(attempt).is_some_and(|before| history.cuts_short(before));
        if strays && attempt.calls.is_empty() {
            return None;
        }
        let redirects = attempt.all().filter(|exchange| is_redirected(exchange)).count();
        let (most, sent) = (most(attempt) + redirects.min(REDIRECTS), attempt.all().count());
        (sent > most).then(|| about(format!("expected at most {most} requests, saw {sent}"), attempt.all()))
    });
    found(told.collect())
}

/// How many requests a step may send, redirects aside. What a client does without faults is no measure: it may be too much.
fn most(attempt: &Attempt) -> usize {
    match attempt.budget {
        Some(budget) => usize::try_from(budget).unwrap_or(usize::MAX).saturating_mul(TRIES),
        None => attempt.calls.len() * ATTEMPTS,
    }
}

/// Seconds after which a client was told to come back.
fn told_to_wait(history: History<'_>, exchange: &Exchange) -> Option<u64> {
    let answer = exchange.answer.as_ref().filter(|answer| matches!(answer.status, 429 | 503))?;
    let header = answer.headers.iter().find(|header| header.name.eq_ignore_ascii_case("retry-after"))?;
    match &header.value {
        // A client whose own clock was moved is past the date already.
        HeaderValue::Text { text } => {
            text.parse().ok().or_else(|| seconds_ahead(text).filter(|_| !history.rotates_client()))
        }
        HeaderValue::Certificate { .. }
        | HeaderValue::PlainPrincipal { .. }
        | HeaderValue::SignedPrincipal { .. }
        | HeaderValue::Secret { .. }
        | HeaderValue::Bytes { .. } => None,
    }
}

pub(super) fn patient(history: History<'_>) -> Judgement {
    let mut findings = Vec::new();
    for attempt in history.attempts.iter().filter(|attempt| attempt.calls.len() == 1) {
        let all: Vec<&Exchange> = attempt.all().collect();
        let due: u64 = all
            .windows(2)
            .filter(|pair| same(pair[0], pair[1]))
            .filter_map(|pair| told_to_wait(history, pair[0]))
            .sum::<u64>()
            * 1_000;
        let waits = &attempt.calls[0].waits_ms;
        let waited = attempt.elapsed_ms + waits.iter().sum::<u64>();
        if waited < due {
            findings.push(about(
                format!("the client was told to wait {due} ms in all, and came back after {waited} ms"),
                all.iter().copied(),
            ));
        }
        // What the client was told to wait may stand between two of its own waits.
        if due == 0 && waits.windows(2).any(|pair| pair[1] < pair[0]) {
            let waits: Vec<String> = waits.iter().map(u64::to_string).collect();
            let message = format!("the client waits shorter each time: {} ms", waits.join(", "));
            findings.push(about(message, all.iter().copied()));
        }
    }
    found(findings)
}

pub(super) fn silent(history: History<'_>) -> Judgement {
    let ended = history.attempts.iter().filter(|attempt| !history.cuts_short(attempt));
    let told = ended.flat_map(|attempt| &attempt.late).map(|exchange| {
        about(format!("request {} was sent after its call had ended", exchange.number), [exchange])
    });
    found(told.collect())
}

/// Whether a client that got this knows that nothing was done.
fn nothing_done(exchange: &Exchange) -> bool {
    exchange.answer.as_ref().is_some_and(|answer| matches!(answer.status, 300..500 | 503))
}

pub(super) fn not_blind(history: History<'_>) -> Judgement {
    if history.is_keyed() {
        return Judgement::default();
    }
    let told =
        history.attempts.iter().filter(|attempt| attempt.calls.len() == 1).flat_map(|attempt: &Attempt| {
            let creations: Vec<&Exchange> =
                attempt.all().filter(|exchange| exchange.request.method == "POST").collect();
            let blind = creations.windows(2).filter(|pair| same(pair[0], pair[1]) && !nothing_done(pair[0]));
            let found: Vec<_> = blind
                .map(|pair| {
                    let message = format!(
                        "request {} creates again what request {} may have created",
                        pair[1].number, pair[0].number
                    );
                    about(message, [pair[0], pair[1]])
                })
                .collect();
            found
        });
    found(told.collect())
}

pub(super) fn its_own(history: History<'_>) -> Judgement {
    let single = history.attempts.iter().filter(|attempt| attempt.calls.len() == 1);
    let told = single.filter_map(|attempt| {
        let known = attempt.known?;
        let target = own_target(known, &attempt.calls[0].call)?;
        let mut own = attempt.all().take_while(|exchange| !is_redirected(exchange));
        let other = own.find(|exchange| {
            let method = exchange.request.method.as_str();
            (method != known.method || !same_path(&target, &exchange.request.target))
                && !takes_back(history, exchange)
        })?;
        let mut finding = about(format!("request {} is not the call's", other.number), [other]);
        finding.expected = Some(format!("{} {target}", known.method));
        finding.seen = Some(format!("{} {}", other.request.method, other.request.target));
        Some(finding)
    });
    found(told.collect())
}

/// Whether a request deletes what was made before.
fn takes_back(history: History<'_>, exchange: &Exchange) -> bool {
    exchange.request.method == "DELETE"
        && changes(history.attempts)
            .any(|change| change.verb == ChangeVerb::Created && exchange.request.target.ends_with(&change.id))
}

/// Whether a target is the expected one; what is asked for in a query is another matter.
fn same_path(expected: &str, seen: &str) -> bool {
    let seen = seen.split('?').next().unwrap_or(seen);
    // Ids may be written in either case.
    same_target(&expected.to_lowercase(), &seen.to_lowercase())
}

pub(super) fn renewed(history: History<'_>) -> Judgement {
    let all: Vec<&Exchange> = history.attempts.iter().flat_map(Attempt::all).collect();
    // The only requests that are held and answered all the same are those during which something is rotated.
    let mut held = all.iter().filter(|exchange| {
        exchange.answer.is_some() && exchange.fault.as_ref().is_some_and(|fault| fault.contains("held"))
    });
    let first = history.faults.first().is_some_and(|placed| placed.row.what == What::Rotate(Rotates::Client));
    let held = if first { held.next() } else { held.next_back() };
    // A scenario that changes secrets, time or connections itself says itself what is presented when; and of calls made at
    // once, nobody knows which connections were begun before.
    let plain = history.rehearsal.iter().all(|attempt| attempt.calls.len() == 1);
    let Some(held) = held.filter(|_| history.rotates_client() && plain) else {
        return Judgement::default();
    };
    // Connections are numbered as they are used first, so those that were there by then have lower numbers.
    let there = all.iter().take_while(|exchange| exchange.number != held.number);
    let last = there.map(|exchange| exchange.connection).max().unwrap_or(0).max(held.connection);
    let opened = history.attempts.iter().flat_map(|attempt| &attempt.connections);
    let later = opened.filter(|connection| connection.number > last && connection.service == held.service);
    let old = later.filter_map(|connection| match &connection.handshake {
        Handshake::Done { peer: Some(peer), .. } if peer != ROTATED_ROLE => Some((connection.number, peer)),
        Handshake::Done { .. } | Handshake::Pending | Handshake::Plain | Handshake::Failed { .. } => None,
    });
    let told = old.map(|(number, peer)| {
        about(format!("connection {number} presents the certificate `{peer}`, which was replaced"), [*held])
    });
    found(told.collect())
}

pub(super) fn not_abroad(history: History<'_>) -> Judgement {
    let told = history.attempts.iter().flat_map(|attempt| {
        let service = attempt.known.map(|known| known.service);
        attempt.all().filter(move |exchange| service.is_some_and(|service| exchange.service != service))
    });
    let carrying = ["X-Principal", "X-Impersonate", "Unikorn-Client-Certificate"];
    let told = told.filter_map(|exchange| {
        let carried: Vec<&str> =
            carrying.into_iter().filter(|name| header_values(exchange, name).next().is_some()).collect();
        (!carried.is_empty()).then(|| {
            about(
                format!("request {} carries `{}` to another host", exchange.number, carried.join("`, `")),
                [exchange],
            )
        })
    });
    found(told.collect())
}
