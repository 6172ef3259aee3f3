//! Which operation is meant.
//!
//! The services look twice: a resolver finds the operation in the document by the decoded path, and the router then
//! dispatches on the path as it came. A path that passes the first but not the second is refused after CORS.

use indexmap::IndexMap;
use plumbline_openapi::{Document, Operation};

use crate::exchange::{Incoming, Layer};
use crate::middleware::cors;
use crate::middleware::envelope::{Refusal, Refused};
use crate::middleware::target::Target;

/// What the resolver found.
#[derive(Debug, Clone)]
pub(crate) struct Resolved<'a> {
    /// The operation.
    pub(crate) operation: &'a Operation,
    /// Path parameters of the decoded path, as text.
    pub(crate) parameters: IndexMap<&'a str, String>,
}

/// What the router dispatches to.
#[derive(Debug, Clone)]
pub(crate) struct Dispatched<'a> {
    /// The operation.
    pub(crate) operation: &'a Operation,
    /// Path parameters of the path as it came, as text.
    pub(crate) parameters: IndexMap<&'a str, String>,
}

/// Finds the operation by the decoded path. A preflight stands for the method that it asks about.
pub(crate) fn resolve<'a>(
    document: &'a Document,
    incoming: &Incoming,
    target: &Target,
) -> Result<Resolved<'a>, Refused> {
    let method = if incoming.method == "OPTIONS" {
        cors::requested_method(incoming).ok_or_else(|| {
            let text = "OPTIONS missing Access-Control-Request-Method header";
            Refusal::invalid_request(text).by(Layer::Routing)
        })?
    } else {
        &incoming.method
    };
    let route =
        document.route(method, &target.path).ok_or_else(|| Refusal::not_found().by(Layer::Routing))?;
    Ok(Resolved { operation: route.operation, parameters: route.parameters })
}

/// Dispatches on the path as it came, which is looked at by itself only where it differs from the decoded one.
pub(crate) fn dispatch<'a>(
    document: &'a Document,
    method: &str,
    target: &Target,
    resolved: &Resolved<'a>,
) -> Result<Dispatched<'a>, Refused> {
    if target.dispatch == target.path {
        return Ok(Dispatched { operation: resolved.operation, parameters: resolved.parameters.clone() });
    }
    match document.route(method, &target.dispatch) {
        Some(route) => Ok(Dispatched { operation: route.operation, parameters: route.parameters }),
        None if document.methods(&target.dispatch).is_empty() => Err(Refusal::not_found().by(Layer::Routing)),
        None => Err(Refusal::method_not_allowed().by(Layer::Routing)),
    }
}
