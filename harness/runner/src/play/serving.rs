//! From the request that a step says is being served to what its call is given.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use plumbline_fake_server::pki::{Credential, PkiError};
use plumbline_fake_server::token;
use plumbline_protocol::{Capability, Driver, Principal, Purpose};

use super::calls::{self, Prepared};
use super::credentials::propagated;
use super::middle::{self, Middle, Sent, Waiting};
use super::{Play, off_thread};
use crate::check::Served;
use crate::run::Trouble;
use crate::scenario::Fixtures;
use crate::scenario::serving::{Form, Serving};
use crate::scenario::setup::CertificateText;
use crate::scenario::step::Principals;
use crate::stage;

/// Where a request goes that says nothing of it.
const USUAL_TARGET: &str = "/api/v1/organizations/<org:acme>/regions";

impl<D: Driver> Play<'_, D> {
    /// Has a request served, and gives what it says to the call that is made meanwhile. It waits for its answer.
    pub(super) async fn serve(
        &mut self,
        serving: &Serving,
        purpose: Purpose,
        prepared: &mut Prepared,
    ) -> Result<Waiting, Trouble> {
        let (fixtures, pki) = (Arc::clone(&self.planned.fixtures), Arc::clone(self.bench.pki()));
        let stated = serving.clone();
        let sent = off_thread("make a request", move || sent(&stated, &fixtures, &pki)).await?;
        let names = sent.headers.iter().map(|(name, _)| name.clone()).collect();
        if self.middle.is_none() {
            self.middle = Some(Middle::start(self.bench.pki(), self.bench.seed()).await?);
        }
        let middle = self.middle.as_ref().expect("it was started if it had not been");
        let waiting = middle.receive(self.bench.pki(), sent).await?;
        let admitted = &waiting.admitted;
        let context = middle::context(admitted, purpose);
        let certificate = context.certificate.as_ref();
        prepared.certificate = certificate.and_then(|text| self.bench.pki().role_of_escaped(text));
        prepared.call.context = context;
        let reads = self.bench.hello().capabilities.contains(&Capability::ReadsRequests);
        prepared.given = reads.then(|| middle::as_it_came(admitted, purpose));
        let parent = admitted.header("Traceparent").map(str::to_owned);
        prepared.served = Some(Served { headers: names, parent });
        Ok(waiting)
    }

    /// Answers the request that was served.
    pub(super) async fn served(&self, waiting: Option<Waiting>) -> Result<(), Trouble> {
        match (waiting, &self.middle) {
            (Some(waiting), Some(middle)) => middle.answer(waiting).await,
            (Some(_) | None, None) | (None, Some(_)) => Ok(()),
        }
    }
}

/// A request cannot be made as it is written.
#[derive(Debug, thiserror::Error)]
enum Unmade {
    #[error("issue a certificate")]
    Certificate(#[from] PkiError),
    #[error("make a token")]
    Token(#[from] token::UnknownToken),
    #[error("a request without a peer cannot be signed by it")]
    Unsigned,
}

fn sent(serving: &Serving, fixtures: &Fixtures, pki: &plumbline_fake_server::Pki) -> Result<Sent, Unmade> {
    let peer = serving.peer.as_ref().map(|role| propagated(&role.value, pki, fixtures)).transpose()?;
    let fill = |text: &str| fixtures.fill_text(text, &[]);
    let mut headers: Vec<(String, String)> = Vec::new();
    let mut say = |name: &str, value: String| headers.push((name.to_owned(), value));
    if let Some(principal) = principal(serving, fixtures) {
        say("X-Principal", in_form(serving.form, &principal, peer.as_deref())?);
    }
    if let Some(bearer) = &serving.bearer {
        say("Authorization", format!("Bearer {}", token::named(&stage::world(), pki, &bearer.value)?));
    }
    if let Some(text) = handed_on(serving.certificate.as_ref(), fixtures, pki)? {
        say("Unikorn-Client-Certificate", text);
    }
    let (parent, state) = calls::trace(serving.trace.as_ref(), fixtures);
    parent.into_iter().for_each(|parent| say("Traceparent", parent));
    state.into_iter().for_each(|state| say("Tracestate", state));
    serving.headers.iter().for_each(|(name, value)| say(name, fill(&value.value)));
    let target = serving.target.as_ref().map_or(USUAL_TARGET, |target| target.value.as_str());
    Ok(Sent { peer, target: fill(target), headers })
}

fn principal(serving: &Serving, fixtures: &Fixtures) -> Option<Principal> {
    let value = match serving.principal.as_ref()? {
        Principals::Inline(at) => at.value.clone(),
        Principals::Named(names) => fixtures.principals.get(&names.first()?.value)?.clone(),
        Principals::None(_) | Principals::Numbered(_) => return None,
    };
    let filled = fixtures.fill(&value, &[]);
    Some(serde_json::from_value(filled).expect("lint refuses a principal that is none"))
}

fn in_form(form: Form, principal: &Principal, peer: Option<&Credential>) -> Result<String, Unmade> {
    let json = serde_json::to_string(principal).expect("a principal is text all through");
    match form {
        Form::Plain => Ok(URL_SAFE_NO_PAD.encode(json)),
        Form::Signed => peer.and_then(|peer| peer.sign(&json)).ok_or(Unmade::Unsigned),
    }
}

fn handed_on(
    stated: Option<&CertificateText>,
    fixtures: &Fixtures,
    pki: &plumbline_fake_server::Pki,
) -> Result<Option<String>, PkiError> {
    Ok(match stated {
        None | Some(CertificateText::None) => None,
        Some(CertificateText::Literal(text)) => Some(text.value.clone()),
        Some(CertificateText::Unescaped(role) | CertificateText::Role(role)) => {
            Some(propagated(&role.value, pki, fixtures)?.query_escaped().to_owned())
        }
    })
}
