//! The browser's way in (RFC 6749 §4.1), as far as a login page. The fake reaches no identity provider, so that nobody
//! comes further.

use serde::{Deserialize, Serialize};

use crate::api::Reply;
use crate::api::public::{Fields, Visit, query};
use crate::store::Organization;
use crate::store::Provider;
use crate::token::sealed::{self, Use};
use crate::world::TokenKey;

/// What the login page keeps of the request that it was shown for.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Login {
    query: String,
}

/// The login page, or back to the client with an error; a page for people where the client cannot be trusted.
pub(super) fn begin(visit: &mut Visit<'_>) -> Reply {
    let asked = visit.fields();
    let back = match client(visit, &asked) {
        Ok(uri) => Back { uri, state: asked.get("state").to_owned(), method: visit.incoming.method.clone() },
        Err(text) => return refused(text),
    };
    if let Some((error, text)) = unsupported(&asked) {
        return back.with(error, text);
    }
    if asked.get("prompt") == "none" {
        return back.with("interaction_required", "login required but no prompt requested");
    }
    let state = sealed::seal(TokenKey::Current, Use::Login, &Login { query: asked.query() });
    Reply::html(200, page(&state))
}

/// From the login page on to an identity provider, if there were one.
pub(super) fn log_in(visit: &mut Visit<'_>) -> Reply {
    let entered = visit.fields();
    let Some(login) = sealed::open::<Login>(Use::Login, entered.get("state")) else {
        return refused("login state failed to decode");
    };
    let asked = Fields::parse(&login.query);
    let back = Back {
        uri: asked.get("redirect_uri").to_owned(),
        state: asked.get("state").to_owned(),
        method: visit.incoming.method.clone(),
    };
    let unknown =
        match (entered.get("provider"), entered.get("email")) {
            ("", "") => Some("email query parameter not specified"),
            ("", email) => {
                let domain = email.split('@').nth(1).unwrap_or_default();
                let known =
                    visit.judge.store.list::<Organization>().unwrap_or_default().into_iter().any(|it| {
                        it.domain.and_then(|domain| domain.name).is_some_and(|name| name == domain)
                    });
                (!known).then_some("user is not domain mapped to an organization")
            }
            (kind, _) => {
                let known = visit
                    .judge
                    .store
                    .list::<Provider>()
                    .unwrap_or_default()
                    .into_iter()
                    .any(|it| it.organization.is_none() && it.kind.as_deref() == Some(kind));
                (!known).then_some("unhandled provider type")
            }
        };
    back.with("server_error", unknown.unwrap_or("unable to create oauth2 config"))
}

/// Back from an identity provider, where the fake has sent nobody.
pub(super) fn come_back(visit: &mut Visit<'_>) -> Reply {
    let has_state = Fields::parse(&visit.target.query).has("state");
    refused(if has_state { "oidc state failed to decode" } else { "oidc state is required" })
}

/// Where the client is sent back to, if it is one.
fn client(visit: &Visit<'_>, asked: &Fields) -> Result<String, &'static str> {
    if !asked.has("client_id") {
        return Err("client_id is not specified");
    }
    if !asked.has("redirect_uri") {
        return Err("redirect_uri is not specified");
    }
    let known = visit.judge.world.oauth2_clients.iter().find(|known| known.id == asked.get("client_id"));
    let known = known.ok_or("client_id does not exist")?;
    if known.redirect_uri != asked.get("redirect_uri") {
        return Err("redirect_uri is invalid");
    }
    Ok(known.redirect_uri.clone())
}

/// What is asked for and not supported.
fn unsupported(asked: &Fields) -> Option<(&'static str, &'static str)> {
    let refusals = [
        (asked.has("request"), "request_not_supported", "request object by value not supported"),
        (asked.has("request_uri"), "request_uri_not_supported", "request object by URI not supported"),
        (asked.has("registration"), "registration_not_supported", "registration not supported"),
        (
            asked.get("response_type") != "code",
            "unsupported_response_type",
            "response_type must be one of code",
        ),
        (
            asked.has("response_mode") && asked.get("response_mode") != "query",
            "request_not_supported",
            "response_mode must be one of query",
        ),
        (
            asked.has("code_challenge_method")
                && !["plain", "S256"].contains(&asked.get("code_challenge_method")),
            "invalid_request",
            "code_challenge_method must be one of plain, S256",
        ),
    ];
    let (_, error, text) = refusals.into_iter().find(|(holds, _, _)| *holds)?;
    Some((error, text))
}

/// The way back to a client.
struct Back {
    uri: String,
    state: String,
    method: String,
}

impl Back {
    fn with(&self, error: &str, text: &str) -> Reply {
        let mut pairs = vec![("error", error), ("error_description", text)];
        if !self.state.is_empty() {
            pairs.push(("state", &self.state));
        }
        let location = format!("{}?{}", self.uri, query(&pairs));
        // Browsers that do not follow get a link; RFC 9110 §15.4.3 asks for one, after GET.
        let link = matches!(self.method.as_str(), "GET" | "HEAD")
            .then(|| format!("<a href=\"{}\">Found</a>.\n\n", escape(&location)));
        Reply::redirect(location, link)
    }
}

fn escape(text: &str) -> String {
    let named = [('&', "&amp;"), ('<', "&lt;"), ('>', "&gt;"), ('"', "&#34;"), ('\'', "&#39;")];
    text.chars().fold(String::new(), |mut out, letter| {
        match named.iter().find(|(known, _)| *known == letter) {
            Some((_, name)) => out.push_str(name),
            None => out.push(letter),
        }
        out
    })
}

fn refused(text: &str) -> Reply {
    let text = escape(text);
    let page = format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n\t<title>Unikorn Identity</title>\n</head>\n<body>\n\t<main>\n\
         \t\t<h1>Oops! Something went wrong</h1>\n\t\t<dl>\n\t\t\t<dt>Error</dt>\n\t\t\t<dd>oauth2 error</dd>\n\
         \t\t\t<dt>Description:</dt>\n\t\t\t<dd>{text}</dd>\n\t\t</dl>\n\t</main>\n</body>\n</html>\n"
    );
    Reply::html(400, page)
}

fn page(state: &str) -> String {
    let state = escape(state);
    format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<title>Log in</title>\n\
         <form method=\"post\" action=\"/oauth2/v2/login\">\n\
         <input type=\"hidden\" name=\"state\" value=\"{state}\">\n\
         <label>Email <input type=\"email\" name=\"email\"></label>\n<button>Log in</button>\n</form>\n</html>\n"
    )
}
