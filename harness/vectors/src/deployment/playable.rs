//! What can be played on a deployment, and of the rest why it cannot.

use std::collections::BTreeMap;

use super::description::Description;
use super::route::Route;
use super::spelling::{ids_in, people_in};
use super::{Access, Writes};
use crate::book::{BookError, Line};
use crate::scope::Scope;
use crate::vector::{Content, Expected, Principal, Propagated, Request, Service, Signature, Step, Vector};

/// Every vector with what becomes of it there.
pub(super) struct Plan(BTreeMap<String, Option<String>>);

/// Methods that read (RFC 9110 §9.2.1), spelt as they are: `get` is another method, of which nothing is known.
const READING: [&str; 3] = ["GET", "HEAD", "OPTIONS"];

/// Tokens of the recorded world whose subject reads like the common name of a service's certificate.
const NAMED_LIKE_A_SERVICE: &str = "user-named-like-system";

impl Plan {
    pub(super) fn new(
        description: &Description,
        access: &Access,
        lines: &[Line<'_>],
    ) -> Result<Self, BookError> {
        let mut caches = Caches::default();
        let mut plan = BTreeMap::new();
        for line in lines {
            let vector = line.vector()?;
            let reason = reason(description, access, &vector)
                .or_else(|| if access.door.is_none() { caches.taken(&vector) } else { None });
            plan.insert(line.id.to_owned(), reason);
        }
        Ok(Self(plan))
    }

    pub(super) fn scope(&self, id: &str) -> Scope {
        match self.0.get(id) {
            Some(None) => Scope::Played,
            Some(Some(reason)) => Scope::NotServed(reason.clone()),
            None => Scope::NotServed("it was not planned".to_owned()),
        }
    }
}

/// Why a vector cannot be played there, the reasons that nobody can help first.
fn reason(description: &Description, access: &Access, vector: &Vector) -> Option<String> {
    let steps = || vector.steps.iter();
    if vector.service == Service::Region && access.region.is_none() {
        return Some("there is no region service".to_owned());
    }
    if vector.speaks_for_the_ingress() && !vector.is_derived() {
        return Some("it says by hand what only an ingress says".to_owned());
    }
    if steps().any(|step| step.fault.is_some()) {
        return Some("the store would have to refuse".to_owned());
    }
    if steps().any(|step| is_unserved(description.unserved(), vector.service, step)) {
        return Some("its operation is not served there".to_owned());
    }
    steps()
        .find_map(|step| lacks(description, &step.request))
        .or_else(|| steps().find_map(|step| names_nobody(description, &step.request)))
        .or_else(|| writes(access, vector))
}

fn is_unserved(unserved: &[Route], service: Service, step: &Step) -> bool {
    let path = step.request.path.split('?').next().unwrap_or_default();
    unserved
        .iter()
        .any(|route| route.service == service && route.method == step.request.method && route.has_path(path))
}

/// A credential that the request needs and nobody brought.
fn lacks(description: &Description, request: &Request) -> Option<String> {
    let peer = request.peer.as_deref().and_then(|name| description.cannot_show(name));
    let propagated = request.propagated.as_ref().and_then(|propagated| match propagated {
        Propagated::Certificate(name) | Propagated::Unescaped(name) | Propagated::Base64Der(name) => {
            description.cannot_quote(name)
        }
        Propagated::Literal(_) => None,
    });
    let signed = request.principal.as_ref().and_then(|principal| match principal {
        Principal::Signed { signature: Signature::By { certificate, .. }, .. } => {
            description.cannot_sign(certificate)
        }
        Principal::Signed { .. } | Principal::Plain(_) | Principal::Padded(_) | Principal::Raw(_) => None,
    });
    let bearer = request.bearer.as_deref().and_then(|name| description.has_no_token(name));
    peer.or(propagated).or(signed).or(bearer).or_else(|| {
        let forms = match &request.content {
            Content::Form(pairs) => pairs.as_slice(),
            Content::None | Content::Json(_) | Content::Text(_) | Content::Repeat(_) => &[],
        };
        let values = request.headers.values().flatten().chain(forms.iter().map(|(_, value)| value));
        values.into_iter().find_map(|value| {
            let token = inside(value, "{token:").and_then(|name| description.has_no_token(name));
            token.or_else(|| inside(value, "{cert:").and_then(|name| description.cannot_quote(name)))
        })
    })
}

fn inside<'t>(text: &'t str, open: &str) -> Option<&'t str> {
    Some(text.split_once(open)?.1.split_once('}')?.0)
}

/// A recorded id or person that nothing and nobody there plays.
fn names_nobody(description: &Description, request: &Request) -> Option<String> {
    let mut texts = vec![request.path.clone()];
    texts.extend(request.headers.values().flatten().cloned());
    match &request.principal {
        Some(Principal::Plain(value) | Principal::Padded(value) | Principal::Signed { value, .. }) => {
            texts.push(value.to_string());
        }
        Some(Principal::Raw(_)) | None => {}
    }
    match &request.content {
        Content::Json(value) => texts.push(value.to_string()),
        Content::Text(text) => texts.push(text.clone()),
        Content::Form(pairs) => texts.extend(pairs.iter().map(|(_, value)| value.clone())),
        Content::Repeat(repeat) => texts.push(repeat.base.to_string()),
        Content::None => {}
    }
    let named = texts.iter().flat_map(|text| ids_in(text).into_iter().chain(people_in(text)));
    named
        .filter(|part| !description.plays(part))
        .min()
        .map(|part| format!("nothing there plays the part of `{part}`"))
}

/// Why a vector that does not only read is not played.
fn writes(access: &Access, vector: &Vector) -> Option<String> {
    let reads = |step: &Step| READING.contains(&step.request.method.as_str());
    if vector.steps.iter().all(reads) || access.writes == Writes::Allowed && access.door.is_some() {
        return None;
    }
    if access.writes == Writes::Refused {
        return Some("it does not only read, and writes are not allowed".to_owned());
    }
    // A refusal that was recorded to change nothing needs no fresh world after it. An answer that is not refused may
    // leave what the store's state does not show: a session, a token.
    let refused = |step: &Step| match &step.response {
        Expected::Response(response) => response.status >= 400 && step.state.is_none(),
        Expected::Aborted => false,
    };
    (!vector.steps.iter().all(|step| reads(step) || refused(step)))
        .then(|| "it changes the world, and nothing restores that".to_owned())
}

/// What the services keep of access lists, as far as vectors that follow one another would meet each other there.
///
/// A list is kept by caller, actor and organization, not by what else a principal claims: of two vectors that
/// differ only in that, the second would get the list of the first.
#[derive(Default)]
struct Caches(BTreeMap<(Service, String, String, String), String>);

impl Caches {
    /// Why a vector would not begin with a cold cache; none: it would, as far as that matters to it.
    fn taken(&mut self, vector: &Vector) -> Option<String> {
        let kept: Vec<_> =
            vector.steps.iter().filter_map(|step| Self::entry(vector.service, &step.request)).collect();
        let is_colliding = |(key, claims): &(_, String)| self.0.get(key).is_some_and(|kept| kept != claims);
        let is_named_like_a_service =
            vector.steps.iter().any(|step| step.request.bearer.as_deref() == Some(NAMED_LIKE_A_SERVICE));
        if vector.group == "cache" || is_named_like_a_service || kept.iter().any(is_colliding) {
            return Some("it begins with a cold cache, and nothing there clears one".to_owned());
        }
        self.0.extend(kept);
        None
    }

    fn entry(service: Service, request: &Request) -> Option<((Service, String, String, String), String)> {
        let caller = match (&request.bearer, &request.propagated, &request.peer) {
            (Some(token), _, _) => format!("token {token}"),
            (None, Some(Propagated::Certificate(name)), Some(_)) => name.clone(),
            (None, _, peer) => peer.clone()?,
        };
        let impersonates = request.impersonate.as_deref() == Some("true") && request.bearer.is_none();
        let principal = match &request.principal {
            Some(Principal::Plain(value)) if impersonates => Some(value),
            _ => None,
        };
        let actor = principal.map(|value| value["actor"].to_string()).unwrap_or_default();
        let claims = principal.map(|value| {
            let list = &value["organizationIds"];
            let organizations =
                if list.as_array().is_none_or(Vec::is_empty) { &value["organizationId"] } else { list };
            format!("{} {organizations}", value["type"])
        });
        // What region keeps of a token it keeps whatever certificate came with it.
        let shown = match (service, &request.bearer) {
            (Service::Region, Some(_)) => format!("{:?} {:?}", request.peer, request.propagated),
            (Service::Region | Service::Identity, _) => String::new(),
        };
        let claims = claims.unwrap_or(shown);
        let organization = request.path.split("/organizations/").nth(1).unwrap_or_default();
        let organization = organization.split(['/', '?']).next().unwrap_or_default();
        Some(((service, caller, actor, organization.to_owned()), claims))
    }
}
