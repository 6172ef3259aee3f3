//! From the protocol's contexts and resources to the client's.

use plumbline_protocol as protocol;
use plumbline_reference::{
    CallContext, Error, Impersonation, Principal, PrincipalKind, Purpose, Resource, ServedRequest,
    TraceContext,
};

/// What a call's context holds: what the protocol says, or what the client finds in the request being served.
pub(crate) fn context(context: protocol::Context) -> Result<CallContext, Error> {
    match context.serving {
        Some(serving) => CallContext::serving(&served(serving, context.principal.map(principal))),
        None => Ok(said(context)),
    }
}

fn served(serving: protocol::Serving, bearer: Option<Principal>) -> ServedRequest {
    ServedRequest {
        headers: serving.headers,
        bearer,
        span: serving.span.and_then(|span| u64::from_str_radix(&span, 16).ok()),
        purpose: match serving.purpose {
            protocol::Purpose::Authorization => Purpose::Authorization,
            protocol::Purpose::Handler => Purpose::Handler,
        },
    }
}

fn said(context: protocol::Context) -> CallContext {
    let trace = context.traceparent.and_then(|parent| trace(&parent, context.tracestate.as_deref()));
    CallContext {
        principal: context.principal.map(principal),
        impersonation: match context.impersonate {
            protocol::Impersonation::No => Impersonation::No,
            protocol::Impersonation::Yes => Impersonation::Yes,
        },
        trace,
        certificate: context.certificate,
    }
}

pub(crate) fn resource(resource: &protocol::Resource) -> Resource {
    Resource {
        group: resource.group.clone(),
        plural: resource.plural.clone(),
        name: resource.name.clone(),
        labels: resource.labels.clone(),
        annotations: resource.annotations.clone(),
    }
}

/// The caller's span. As in any service that traces, what is no trace context is none, and breaks no call; and a
/// state that is none leaves the span as it is.
fn trace(parent: &str, state: Option<&str>) -> Option<TraceContext> {
    let trace: TraceContext = parent.parse().ok()?;
    match state.map(|state| trace.clone().with_state(state)) {
        Some(Ok(with_state)) => Some(with_state),
        Some(Err(_)) | None => Some(trace),
    }
}

fn principal(principal: protocol::Principal) -> Principal {
    Principal {
        organization_id: principal.organization_id,
        organization_ids: principal.organization_ids,
        project_id: principal.project_id,
        kind: principal.kind.map(|kind| match kind {
            protocol::PrincipalType::User => PrincipalKind::User,
            protocol::PrincipalType::Service => PrincipalKind::Service,
            protocol::PrincipalType::System => PrincipalKind::System,
        }),
        actor: principal.actor,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PARENT: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

    #[test]
    fn what_is_no_trace_context_is_none() {
        assert_eq!(trace("nonsense", Some("a=1")), None);
        assert_eq!(trace(PARENT, Some("a\n")), Some(PARENT.parse().unwrap()));
        assert!(trace(PARENT, Some("a=1")).is_some_and(|with_state| with_state != PARENT.parse().unwrap()));
    }
}
