//! Whose a token is (OpenID Connect Core 1.0 §5.3).

use serde_json::json;

use crate::api::public::Visit;
use crate::api::{Answered, Reply};
use crate::middleware::bearer::{self, Introspected, NotLetIn};
use crate::middleware::envelope::Refusal;

/// By the header alone. What is wrong with its form is said as for a bad request, which the document does not declare.
pub(super) fn read(visit: &mut Visit<'_>) -> Answered {
    match authorization(visit) {
        None => Err(visit.denied(NotLetIn::Denied("authorization header not set"))),
        Some(header) => match bearer::token(&header) {
            Ok(token) => introspect(visit, token).map_err(|why| visit.denied(why)),
            Err(NotLetIn::Denied(text)) => Err(Refusal::invalid_request(text)),
            Err(NotLetIn::Trouble) => Err(Refusal::internal()),
        },
    }
}

/// By the header, or else by the form.
pub(super) fn ask(visit: &mut Visit<'_>) -> Answered {
    if let Some(header) = authorization(visit) {
        let introspected = bearer::token(&header).and_then(|token| introspect(visit, token));
        return introspected.map_err(|why| visit.denied(why));
    }
    let fields = visit.fields();
    let invalid = NotLetIn::Denied("access token is invalid");
    introspect(visit, fields.get("access_token")).map_err(|_whatever| visit.denied(invalid))
}

fn authorization(visit: &Visit<'_>) -> Option<String> {
    visit.incoming.header("Authorization").filter(|value| !value.is_empty()).map(str::to_owned)
}

fn introspect(visit: &mut Visit<'_>, token: &str) -> Result<Reply, NotLetIn> {
    let Introspected { caller, .. } = visit.judge.introspect(token)?;
    let (kind, organizations) = caller.account.json();
    let mut said = json!({
        "sub": caller.subject,
        "https://unikorn-cloud.org/authz": { "acctype": kind, "orgIds": organizations },
    });
    if let Some(email) = &caller.email {
        said["email"] = json!(email);
        said["email_verified"] = json!(true);
    }
    Ok(Reply::json(200, said))
}
