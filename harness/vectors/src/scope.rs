//! Which vectors a server can be held to: by operation and by form of credential. A rule, not a list of ids.

use crate::vector::{Expected, Service, Step, Vector};

/// Whether a vector is played.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Scope {
    /// It is.
    Played,
    /// It is not, and why.
    NotServed(String),
}

/// One operation of a service: a verb on a path with `{parameters}`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Route {
    /// The service.
    pub service: Service,
    /// The verb, in capitals.
    pub method: String,
    /// The path as OpenAPI documents write it.
    pub template: String,
}

impl Route {
    /// Whether a request's path, not unescaped, is of this one's form.
    #[must_use]
    pub fn has_path(&self, path: &str) -> bool {
        let (mut ours, mut theirs) = (self.template.split('/'), path.split('/'));
        loop {
            match (ours.next(), theirs.next()) {
                (None, None) => return true,
                (Some(part), Some(segment)) if part.starts_with('{') && !segment.is_empty() => {}
                (Some(part), Some(segment)) if part == segment => {}
                _ => return false,
            }
        }
    }
}

/// What a server serves.
#[derive(Debug, Clone)]
pub struct Served {
    /// Operations that are served.
    pub routes: Vec<Route>,
    /// Services that understand bearer tokens; of the others, vectors with a token are left out.
    pub bearer: Vec<Service>,
}

impl Served {
    /// Whether that vector is among what is served.
    #[must_use]
    pub fn scope(&self, vector: &Vector) -> Scope {
        let reason = vector.steps.iter().find_map(|step| self.refuses(vector.service, step));
        reason.map_or(Scope::Played, Scope::NotServed)
    }

    /// Why a step is not among what is served.
    fn refuses(&self, service: Service, step: &Step) -> Option<String> {
        if !self.bearer.contains(&service) && has_token(step) {
            return Some("with a bearer token".to_owned());
        }
        let served = self.serves(service, &step.request.method, &step.request.path);
        (!served && !is_unrouted(step)).then(|| "of an operation that is not served".to_owned())
    }

    fn serves(&self, service: Service, method: &str, target: &str) -> bool {
        let path = target.split('?').next().unwrap_or_default();
        self.routes
            .iter()
            .filter(|route| route.service == service && route.has_path(path))
            .any(|route| route.method == method || method == "OPTIONS")
    }
}

/// Whether a token of any kind goes with the request.
fn has_token(step: &Step) -> bool {
    let request = &step.request;
    let named = |value: &Option<String>| {
        value.as_deref().is_some_and(|value| value.contains("{token:") || value.contains("<jwe:"))
    };
    request.bearer.is_some() || request.headers.values().any(named)
}

/// Whether the real service knows no such operation either: any server knows as little. Such a refusal comes before
/// the layer that allows other origins, so its answer lacks that header, and a resource that is not found has it.
fn is_unrouted(step: &Step) -> bool {
    match &step.response {
        Expected::Response(response) => {
            response.status == 404 && !response.headers.contains_key("Access-Control-Allow-Origin")
        }
        Expected::Aborted => false,
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::needless_pass_by_value, reason = "a literal reads best without an ampersand")]

    use serde_json::json;

    use super::*;

    fn served() -> Served {
        let route = |method: &str, template: &str| Route {
            service: Service::Identity,
            method: method.to_owned(),
            template: template.to_owned(),
        };
        Served {
            routes: vec![route("GET", "/api/v1/things"), route("DELETE", "/api/v1/things/{id}")],
            bearer: Vec::new(),
        }
    }

    fn vector(request: serde_json::Value, response: serde_json::Value) -> Vector {
        serde_json::from_value(json!({
            "id": "x", "service": "identity", "group": "auth", "world": "base",
            "steps": [{ "request": request, "response": response }],
        }))
        .unwrap()
    }

    #[track_caller]
    fn check(request: serde_json::Value, reason: Option<&str>) {
        let scope = served().scope(&vector(request, json!({ "status": 200 })));
        assert_eq!(scope, reason.map_or(Scope::Played, |reason| Scope::NotServed(reason.to_owned())));
    }

    #[test]
    fn operations_are_told_apart_by_verb_and_path() {
        let unserved = Some("of an operation that is not served");
        check(json!({ "method": "GET", "path": "/api/v1/things?a=/b" }), None);
        check(json!({ "method": "OPTIONS", "path": "/api/v1/things" }), None);
        check(json!({ "method": "DELETE", "path": "/api/v1/things/a%2Fb" }), None);
        check(json!({ "method": "DELETE", "path": "/api/v1/things" }), unserved);
        check(json!({ "method": "DELETE", "path": "/api/v1/things/" }), unserved);
        check(json!({ "method": "DELETE", "path": "/api/v1/things/a/b" }), unserved);
        check(json!({ "method": "OPTIONS", "path": "/api/v1/others" }), unserved);
    }

    #[test]
    fn tokens_are_left_out_and_malformed_headers_are_not() {
        let get = |headers| json!({ "method": "GET", "path": "/api/v1/things", "headers": headers });
        check(
            json!({ "method": "GET", "path": "/api/v1/things", "bearer": "alice" }),
            Some("with a bearer token"),
        );
        check(get(json!({ "Authorization": "bearer {token:alice}" })), Some("with a bearer token"));
        check(get(json!({ "Authorization": "garbage" })), None);
    }

    #[test]
    fn what_no_service_knows_is_served_by_all() {
        let unknown = json!({ "method": "GET", "path": "/nope" });
        let of =
            |headers| served().scope(&vector(unknown.clone(), json!({ "status": 404, "headers": headers })));
        assert_eq!(of(json!({})), Scope::Played);
        assert_ne!(of(json!({ "Access-Control-Allow-Origin": "*" })), Scope::Played);
    }
}
