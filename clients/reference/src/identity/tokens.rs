//! Tokens: whose one is, and one for oneself.

use std::fmt;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::Method;
use serde::{Deserialize, Serialize};

use super::Identity;
use super::passports::Kept;
use crate::context::CallContext;
use crate::error::{Error, Malformed};
use crate::id::id;
use crate::principal::{Principal, PrincipalKind};
use crate::rest::{Answer, Operation, Request, Subject};
use crate::service::Service;

const EXCHANGE_GRANT: &str = "urn:ietf:params:oauth:grant-type:token-exchange";
const ACCESS_TOKEN: &str = "urn:ietf:params:oauth:token-type:access_token";
const PASSPORT: &str = "urn:nscale:params:oauth:token-type:passport";

pub(super) static EXCHANGE: Operation = Operation {
    name: "exchange a token",
    method: Method::POST,
    path: "/oauth2/v2/token",
    success: 200,
    also: None,
    refusals: &[400, 401, 500],
};
pub(super) static ISSUE: Operation = Operation {
    name: "get a token",
    method: Method::POST,
    path: "/oauth2/v2/token",
    success: 200,
    also: None,
    refusals: &[400, 401, 500],
};

/// Where the bearer of a token wants to act. A project is in an organization.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct TokenScope {
    /// In this organization; none: he does not say.
    pub organization: Option<String>,
    /// In this project of it.
    pub project: Option<String>,
}

/// Whose a token is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Bearer {
    /// His name in the platform: a user's subject, a service account's id.
    pub subject: String,
    /// What he is.
    #[serde(rename = "type")]
    pub kind: PrincipalKind,
    /// The organizations that he counts in.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub organization_ids: Vec<String>,
    /// His mail address, where it is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
}

impl Bearer {
    /// For whom a request is that he makes, where he wants to act.
    #[must_use]
    pub fn principal(&self, scope: &TokenScope) -> Principal {
        Principal {
            organization_id: scope.organization.clone(),
            organization_ids: self.organization_ids.clone(),
            project_id: scope.project.clone(),
            kind: Some(self.kind),
            actor: Some(self.subject.clone()),
        }
    }
}

/// A token to show. It is not printed.
#[derive(Clone, PartialEq, Eq)]
pub struct AccessToken {
    /// The token itself.
    pub text: String,
    /// How it is shown, as a rule `Bearer`.
    pub token_type: String,
    /// For how long it counts.
    pub expires_in: Duration,
}

impl fmt::Debug for AccessToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AccessToken").field("expires_in", &self.expires_in).finish_non_exhaustive()
    }
}

/// Tokens.
impl Identity {
    /// Whose a bearer token is, for whoever wants to act there. The answer is kept until ten seconds before it ends. A
    /// context's certificate goes along, since a token may be bound to it; a principal does not.
    ///
    /// # Errors
    ///
    /// Any [`Error`] that a call can end with; a refusal's code is that of OAuth 2 (RFC 6749 §5.2). No error holds a
    /// token.
    pub async fn exchange_token(
        &self,
        context: &CallContext,
        token: &str,
        scope: &TokenScope,
    ) -> Result<Bearer, Error> {
        let scope = canonical(scope)?;
        if let Some(bearer) = self.passports.find(token, &scope) {
            return Ok(bearer);
        }
        let asked = self.passports.now();
        let mut fields = vec![
            ("grant_type", EXCHANGE_GRANT),
            ("subject_token", token),
            ("subject_token_type", ACCESS_TOKEN),
            ("requested_token_type", PASSPORT),
        ];
        fields.extend(scope.organization.as_deref().map(|id| ("x_organization_id", id)));
        fields.extend(scope.project.as_deref().map(|id| ("x_project_id", id)));
        let answer = self.for_nobody(context, Request::new(&EXCHANGE, &[]).form(&fields)).await?;
        let (bearer, lifetime) = passport(&answer)?;
        self.passports.keep(token, &scope, Kept { bearer: bearer.clone(), until: asked + lifetime });
        Ok(bearer)
    }

    /// A token for the certificate of this client (RFC 8705), which only counts beside it.
    ///
    /// # Errors
    ///
    /// Any [`Error`] that a call can end with. No error holds a token.
    pub async fn issue_token(&self, context: &CallContext) -> Result<AccessToken, Error> {
        let request = Request::new(&ISSUE, &[]).form(&[("grant_type", "client_credentials")]);
        let answer = self.for_nobody(context, request).await?;
        let said = Said::read(&answer)?;
        let expires_in = said.lifetime().ok_or_else(|| malformed(answer, "the token has ended"))?;
        Ok(AccessToken { text: said.access_token, token_type: said.token_type, expires_in })
    }

    /// Sends a request that names no principal, and keeps what comes back out of errors: it may be a token.
    async fn for_nobody(&self, context: &CallContext, request: Request) -> Result<Answer, Error> {
        let service = Service { subject: Subject::Nobody, ..self.service.clone() };
        service.send(context, request).await.map_err(Error::without_body)
    }
}

/// What the token endpoint says.
#[derive(Deserialize)]
struct Said {
    access_token: String,
    #[serde(default)]
    token_type: String,
    expires_in: i64,
}

impl Said {
    fn read(answer: &Answer) -> Result<Self, Error> {
        let said: Option<Self> = serde_json::from_slice(&answer.body).ok();
        let said = said.filter(|said| !said.access_token.is_empty());
        said.ok_or_else(|| malformed(answer.clone(), "it is no answer of a token endpoint"))
    }

    fn lifetime(&self) -> Option<Duration> {
        u64::try_from(self.expires_in).ok().filter(|seconds| *seconds > 0).map(Duration::from_secs)
    }
}

/// What a passport says.
#[derive(Deserialize)]
struct Claims {
    typ: String,
    sub: String,
    acctype: PrincipalKind,
    source: String,
    exp: i64,
    iat: i64,
    #[serde(default)]
    nbf: Option<i64>,
    #[serde(default)]
    email: Option<String>,
    #[serde(default)]
    org_ids: Option<Vec<String>>,
}

#[derive(Deserialize)]
struct Header {
    alg: String,
}

/// Whose a token is, and for how long from when that was asked. The passport comes over the connection on which identity
/// has proved who it is, so its signature proves nothing more. Its dates are compared with each other only: this
/// clock and identity's may differ.
fn passport(answer: &Answer) -> Result<(Bearer, Duration), Error> {
    let said = Said::read(answer)?;
    let refuse = |problem| Err(malformed(answer.clone(), problem));
    let Some(claims) = claims(&said.access_token) else {
        return refuse("it holds no passport");
    };
    if claims.typ != "passport" || claims.sub.is_empty() || claims.source.is_empty() {
        return refuse("it holds another token than a passport");
    }
    if claims.nbf.is_some_and(|begin| begin > claims.iat) {
        return refuse("the passport does not count yet");
    }
    let lifetime = u64::try_from(claims.exp.saturating_sub(claims.iat)).ok().map(Duration::from_secs);
    let lifetime = lifetime.zip(said.lifetime()).map(|(own, told)| own.min(told));
    let Some(lifetime) = lifetime.filter(|lifetime| !lifetime.is_zero()) else {
        return refuse("the passport has ended");
    };
    let bearer = Bearer {
        subject: claims.sub,
        kind: claims.acctype,
        organization_ids: claims.org_ids.unwrap_or_default(),
        email: claims.email.filter(|email| !email.is_empty()),
    };
    Ok((bearer, lifetime))
}

fn claims(passport: &str) -> Option<Claims> {
    let [header, payload, _signature] = passport.split('.').collect::<Vec<_>>()[..] else { return None };
    let header: Header = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(header).ok()?).ok()?;
    let payload = URL_SAFE_NO_PAD.decode(payload).ok()?;
    (header.alg == "ES512").then(|| serde_json::from_slice(&payload).ok())?
}

fn malformed(answer: Answer, problem: &'static str) -> Error {
    answer.malformed(Malformed::Meaning(problem)).without_body()
}

fn canonical(scope: &TokenScope) -> Result<TokenScope, Error> {
    let read = |name, text: &Option<String>| {
        let read = text.as_ref().map(|text| id(EXCHANGE.name, name, text)).transpose();
        read.map(|id| id.map(|id| id.as_str().to_owned()))
    };
    if scope.project.is_some() && scope.organization.is_none() {
        let (argument, problem) = ("project", "is in no organization");
        return Err(Error::InvalidArgument { operation: EXCHANGE.name, argument, problem });
    }
    Ok(TokenScope {
        organization: read("organization", &scope.organization)?,
        project: read("project", &scope.project)?,
    })
}
