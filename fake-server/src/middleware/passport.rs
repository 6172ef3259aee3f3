//! What a service gets for a bearer token (RFC 8693): a passport, which says for a minute whose the token is and where
//! he may act with it.

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use crate::acl::Acl;
use crate::middleware::access::{self, Asked, Incomputable};
use crate::middleware::authentication::{Account, Caller};
use crate::middleware::bearer::{Introspected, Judge, NotLetIn};
use crate::middleware::impersonation::Acting;
use crate::middleware::principal::Principal;
use crate::store::clock::Ids;
use crate::store::{Kind, Organization, Project, Refusal, Verb};
use crate::token::after;

/// How long a passport is valid, in seconds.
const LIFETIME: i64 = 60;

/// For what a passport is wanted; empty text is none.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Wanted<'a> {
    /// The organization to act in.
    pub(crate) organization: &'a str,
    /// The project to act in.
    pub(crate) project: &'a str,
    /// Who is to read it.
    pub(crate) audience: &'a [String],
}

/// A passport, before it is signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Passport {
    /// Its id.
    pub(crate) id: String,
    /// Whose it is.
    pub(crate) caller: Caller,
    /// When it was issued.
    pub(crate) issued: Timestamp,
    /// Until when it is valid.
    pub(crate) until: Timestamp,
    organization: String,
    project: String,
    audience: Vec<String>,
}

/// Why there is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NoPassport {
    /// The token does not count.
    Denied(&'static str),
    /// He may not act there.
    OutOfScope(&'static str),
    /// The service is in trouble.
    Trouble,
}

impl From<NotLetIn> for NoPassport {
    fn from(why: NotLetIn) -> Self {
        match why {
            NotLetIn::Denied(_) => Self::Denied("token validation failed"),
            NotLetIn::Trouble => Self::Trouble,
        }
    }
}

impl From<Incomputable> for NoPassport {
    fn from(why: Incomputable) -> Self {
        match why {
            Incomputable::NotInOrganization => Self::OutOfScope("organization not in scope"),
            Incomputable::Trouble => Self::Trouble,
        }
    }
}

impl From<Refusal> for NoPassport {
    fn from(_: Refusal) -> Self {
        Self::Trouble
    }
}

/// Exchanges a bearer token for a passport.
pub(crate) fn exchange(
    judge: &mut Judge<'_>,
    ids: &mut Ids,
    token: &str,
    wanted: Wanted<'_>,
) -> Result<Passport, NoPassport> {
    let Introspected { caller, claims } = judge.introspect(token)?;
    if let Account::Service { organization } = &caller.account
        && !wanted.organization.is_empty()
        && wanted.organization != organization
    {
        return Err(NoPassport::OutOfScope("organization not in scope"));
    }
    let asked = Asked {
        caller: &caller,
        principal: &Principal::default(),
        acting: Acting::AsItself,
        organization: wanted.organization,
    };
    let acl = access::compute(judge.world, judge.store, asked)?;
    if !wanted.project.is_empty() && !covers(judge, &acl, wanted)? {
        return Err(NoPassport::OutOfScope("project not in scope"));
    }
    judge.store.ask(Verb::Get, Kind::SigningKey)?;
    // It does not outlive what it was got for.
    let ends = Timestamp::from_second(claims.exp).unwrap_or(judge.now);
    let until = after(judge.now, LIFETIME).min(ends);
    if until <= judge.now {
        return Err(NoPassport::Denied("token validation failed"));
    }
    Ok(Passport {
        id: ids.resource(),
        caller,
        issued: judge.now,
        until,
        organization: wanted.organization.to_owned(),
        project: wanted.project.to_owned(),
        audience: wanted.audience.to_vec(),
    })
}

/// Whether somebody may act in a project: by a grant in it or by a wider one, and it is of that organization.
fn covers(judge: &mut Judge<'_>, acl: &Acl, wanted: Wanted<'_>) -> Result<bool, Refusal> {
    if !acl.reaches_project(wanted.organization, wanted.project) {
        return Ok(false);
    }
    let organization: Option<Organization> = if_there(judge.store.get(wanted.organization))?;
    if !organization.is_some_and(|organization| organization.provisioned) {
        return Ok(false);
    }
    let project: Option<Project> = if_there(judge.store.get(wanted.project))?;
    Ok(project.is_some_and(|project| project.organization == wanted.organization))
}

fn if_there<T>(read: Result<T, Refusal>) -> Result<Option<T>, Refusal> {
    match read {
        Ok(thing) => Ok(Some(thing)),
        Err(Refusal::NotFound) => Ok(None),
        Err(trouble @ (Refusal::Conflict | Refusal::Internal | Refusal::Exists)) => Err(trouble),
    }
}

impl Passport {
    /// For how many seconds it is valid.
    pub(crate) fn lifetime(&self) -> i64 {
        self.until.as_second() - self.issued.as_second()
    }

    /// What it says.
    pub(crate) fn claims(&self) -> Value {
        let (kind, organizations) = self.caller.account.json();
        let mut claims = Map::new();
        let mut say = |name: &str, value: Value| claims.insert(name.to_owned(), value);
        say("jti", json!(self.id));
        say("iss", json!("uni-identity"));
        say("sub", json!(self.caller.subject));
        say("iat", json!(self.issued.as_second()));
        say("nbf", json!(self.issued.as_second()));
        say("exp", json!(self.until.as_second()));
        say("typ", json!("passport"));
        say("source", json!("uni"));
        say("acctype", json!(kind));
        say("org_ids", json!(organizations));
        let texts = [("org_id", &self.organization), ("project_id", &self.project)];
        for (name, text) in texts.into_iter().filter(|(_, text)| !text.is_empty()) {
            say(name, json!(text));
        }
        if let Some(email) = &self.caller.email {
            say("email", json!(email));
        }
        match self.audience.as_slice() {
            [] => {}
            // RFC 7519 §4.1.3: one audience may stand by itself.
            [only] => drop(say("aud", json!(only))),
            several => drop(say("aud", json!(several))),
        }
        Value::Object(claims)
    }
}
