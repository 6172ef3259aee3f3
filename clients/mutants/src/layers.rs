//! Layers that several mutants are made with.

use std::sync::Mutex;

use bytes::Bytes;
use http::header::{CONTENT_TYPE, HeaderName, HeaderValue, LOCATION};
use http::{Method, StatusCode, Uri};
use plumbline_reference::{Endpoint, Error, ExchangeFuture, Layer, Next, Outgoing, Received};

/// Changes every request.
pub(crate) struct Rewrite(pub(crate) fn(&mut Outgoing));

impl Layer for Rewrite {
    fn exchange<'a>(&'a self, mut request: Outgoing, next: Next<'a>) -> ExchangeFuture<'a> {
        (self.0)(&mut request);
        next.send(request)
    }
}

/// Changes every answer.
pub(crate) struct Reread(pub(crate) fn(&str, &mut Received));

impl Layer for Reread {
    fn exchange<'a>(&'a self, request: Outgoing, next: Next<'a>) -> ExchangeFuture<'a> {
        let asked = format!("{} {}", request.method, request.target);
        Box::pin(async move {
            let mut received = next.send(request).await?;
            (self.0)(&asked, &mut received);
            Ok(received)
        })
    }
}

/// Changes every error of the connection.
pub(crate) struct Retell(pub(crate) fn(Error) -> Error);

impl Layer for Retell {
    fn exchange<'a>(&'a self, request: Outgoing, next: Next<'a>) -> ExchangeFuture<'a> {
        Box::pin(async move { next.send(request).await.map_err(self.0) })
    }
}

/// Sends a request again when `when` says so, so many times in all.
pub(crate) struct Resend {
    pub(crate) when: fn(&Method, &Result<Received, Error>) -> bool,
    pub(crate) times: usize,
}

impl Layer for Resend {
    fn exchange<'a>(&'a self, request: Outgoing, next: Next<'a>) -> ExchangeFuture<'a> {
        Box::pin(async move {
            let mut outcome = next.send(request.clone()).await;
            for _ in 1..self.times {
                if !(self.when)(&request.method, &outcome) {
                    break;
                }
                outcome = next.send(request.clone()).await;
            }
            outcome
        })
    }
}

/// Keeps a header of an earlier request for later ones.
pub(crate) struct Sticky {
    pub(crate) header: &'static str,
    pub(crate) kept: Mutex<Option<(Endpoint, HeaderValue)>>,
    pub(crate) given: Given,
}

/// To which later requests a kept header is given.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Given {
    /// To those that have none.
    WhereAbsent,
    /// To those that have none and go to another service than the one it was kept from.
    WhereAbsentElsewhere,
    /// To all of them.
    Always,
}

impl Sticky {
    pub(crate) fn new(header: &'static str, given: Given) -> Self {
        Self { header, kept: Mutex::default(), given }
    }
}

impl Layer for Sticky {
    fn exchange<'a>(&'a self, mut request: Outgoing, next: Next<'a>) -> ExchangeFuture<'a> {
        let name = HeaderName::from_static(self.header);
        {
            let mut kept = self.kept.lock().expect("no holder of this lock panics");
            let own = request.headers.get(&name).cloned();
            match (&*kept, own, self.given) {
                (Some((_, value)), None, Given::WhereAbsent) | (Some((_, value)), _, Given::Always) => {
                    request.headers.insert(name, value.clone());
                }
                (Some((from, value)), None, Given::WhereAbsentElsewhere) if *from != request.endpoint => {
                    request.headers.insert(name, value.clone());
                }
                (None, Some(own), _) => *kept = Some((request.endpoint.clone(), own)),
                (None, None, _) | (Some(_), _, Given::WhereAbsent | Given::WhereAbsentElsewhere) => {}
            }
        }
        next.send(request)
    }
}

/// While requests are under way, later ones get something of the first.
#[derive(Default)]
pub(crate) struct Shared {
    pub(crate) first: Mutex<(usize, Option<Outgoing>)>,
    pub(crate) taken: Taken,
}

/// What is taken from the first request under way.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Taken {
    /// These headers, or their absence.
    #[default]
    Principal,
    /// Trace and certificate.
    Context,
    /// Path and query.
    Target,
}

impl Shared {
    pub(crate) fn new(taken: Taken) -> Self {
        Self { first: Mutex::default(), taken }
    }

    fn begin(&self, request: &mut Outgoing) {
        let mut first = self.first.lock().expect("no holder of this lock panics");
        first.0 += 1;
        let first = first.1.get_or_insert_with(|| request.clone());
        let headers: &[&'static str] = match self.taken {
            Taken::Principal => &["x-principal", "x-impersonate"],
            Taken::Context => &["traceparent", "tracestate", "unikorn-client-certificate"],
            Taken::Target => {
                request.target = first.target.clone();
                &[]
            }
        };
        for name in headers {
            match first.headers.get(*name).cloned() {
                Some(value) => drop(request.headers.insert(*name, value)),
                None => drop(request.headers.remove(*name)),
            }
        }
    }

    fn end(&self) {
        let mut first = self.first.lock().expect("no holder of this lock panics");
        first.0 -= 1;
        if first.0 == 0 {
            first.1 = None;
        }
    }
}

impl Layer for Shared {
    fn exchange<'a>(&'a self, mut request: Outgoing, next: Next<'a>) -> ExchangeFuture<'a> {
        Box::pin(async move {
            self.begin(&mut request);
            let outcome = next.send(request).await;
            self.end();
            outcome
        })
    }
}

/// Answers a read from memory when the same was asked before, by whomever.
#[derive(Default)]
pub(crate) struct Cached(Mutex<Vec<(Endpoint, Uri, Bytes)>>);

impl Layer for Cached {
    fn exchange<'a>(&'a self, request: Outgoing, next: Next<'a>) -> ExchangeFuture<'a> {
        Box::pin(async move {
            if request.method != Method::GET {
                return next.send(request).await;
            }
            let (endpoint, target) = (request.endpoint.clone(), request.target.clone());
            let found = {
                let cache = self.0.lock().expect("no holder of this lock panics");
                cache
                    .iter()
                    .find(|(at, path, _)| *at == endpoint && *path == target)
                    .map(|(.., body)| body.clone())
            };
            if let Some(body) = found {
                return Ok(json(StatusCode::OK, body));
            }
            let received = next.send(request).await?;
            if received.head.status == StatusCode::OK {
                let mut cache = self.0.lock().expect("no holder of this lock panics");
                cache.push((endpoint, target, received.body.clone()));
            }
            Ok(received)
        })
    }
}

/// Gives every answer up once one call has failed.
#[derive(Default)]
pub(crate) struct Breaker {
    open: Mutex<Option<()>>,
}

impl Layer for Breaker {
    fn exchange<'a>(&'a self, request: Outgoing, next: Next<'a>) -> ExchangeFuture<'a> {
        Box::pin(async move {
            let operation = request.operation.name;
            let outcome = next.send(request).await;
            let failed = outcome.as_ref().map_or(true, |received| received.head.status.is_server_error());
            let mut open = self.open.lock().expect("no holder of this lock panics");
            if open.is_some() {
                return Err(Error::Closed { operation });
            }
            *open = failed.then_some(());
            outcome
        })
    }
}

/// Follows redirects.
pub(crate) struct Follow {
    pub(crate) hosts: Hosts,
    pub(crate) verbs: Verbs,
    pub(crate) secrets: SecretsAlong,
    pub(crate) hops: usize,
}

/// Whither redirects are followed.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Hosts {
    Same,
    Any,
    /// To any host, and to one without TLS as if it had it.
    AnyScheme,
}

/// For which verbs.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verbs {
    Reads,
    All,
}

/// Whether headers of trust go along to another host.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum SecretsAlong {
    Kept,
    Dropped,
}

impl Follow {
    fn next(&self, request: &Outgoing, received: &Received) -> Option<Outgoing> {
        let status = received.head.status.as_u16();
        if !matches!(status, 301 | 302 | 303 | 307 | 308)
            || (self.verbs == Verbs::Reads && request.method != Method::GET)
        {
            return None;
        }
        let location = received.head.headers.get(LOCATION)?.to_str().ok()?;
        let location: Uri = location.parse().ok()?;
        let mut next = request.clone();
        if let Some(authority) = location.authority() {
            if location.scheme_str() == Some("http") && self.hosts != Hosts::AnyScheme {
                return None;
            }
            let endpoint = Endpoint::parse(&format!("https://{authority}")).ok()?;
            if endpoint != request.endpoint {
                if self.hosts == Hosts::Same {
                    return None;
                }
                next.headers.insert(http::header::HOST, HeaderValue::from_str(authority.as_str()).ok()?);
                if self.secrets == SecretsAlong::Dropped {
                    for name in ["x-principal", "x-impersonate", "unikorn-client-certificate"] {
                        next.headers.remove(name);
                    }
                }
            }
            next.endpoint = endpoint;
        }
        next.target = location.path_and_query()?.as_str().parse().ok()?;
        if matches!(status, 301..=303) && request.method != Method::GET {
            next.method = Method::GET;
            next.body = Bytes::new();
            next.headers.remove(CONTENT_TYPE);
            next.headers.remove(http::header::CONTENT_LENGTH);
        }
        Some(next)
    }
}

impl Layer for Follow {
    fn exchange<'a>(&'a self, mut request: Outgoing, next: Next<'a>) -> ExchangeFuture<'a> {
        Box::pin(async move {
            let mut received = next.send(request.clone()).await?;
            for _ in 0..self.hops {
                let Some(further) = self.next(&request, &received) else { break };
                received = next.send(further.clone()).await?;
                request = further;
            }
            Ok(received)
        })
    }
}

/// Goes where a permanent redirect once pointed.
#[derive(Default)]
pub(crate) struct Moved(Mutex<Option<Endpoint>>);

impl Layer for Moved {
    fn exchange<'a>(&'a self, mut request: Outgoing, next: Next<'a>) -> ExchangeFuture<'a> {
        Box::pin(async move {
            if let Some(endpoint) = &*self.0.lock().expect("no holder of this lock panics") {
                request.endpoint = endpoint.clone();
            }
            let received = next.send(request).await?;
            let permanent = matches!(received.head.status.as_u16(), 301 | 308);
            let location = received.head.headers.get(LOCATION).and_then(|value| value.to_str().ok());
            let authority = location.and_then(|text| text.parse::<Uri>().ok()?.into_parts().authority);
            if let Some(authority) = authority.filter(|_| permanent)
                && let Ok(endpoint) = Endpoint::parse(&format!("https://{authority}"))
            {
                *self.0.lock().expect("no holder of this lock panics") = Some(endpoint);
            }
            Ok(received)
        })
    }
}

/// An answer of JSON.
pub(crate) fn json(status: StatusCode, body: Bytes) -> Received {
    let (mut head, ()) = http::Response::new(()).into_parts();
    head.status = status;
    head.headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    Received { head, body, extent: plumbline_reference::Extent::Whole }
}
