//! The client's errors in the protocol's words.

use plumbline_protocol::{ErrorClass, Failure, Resource};
use plumbline_reference::Error;

/// An error of the client, and the call's resource as it left it.
pub(crate) fn failure(error: &Error, resource: Option<Resource>) -> Failure {
    let answer = error.answer();
    let refusal = answer.and_then(|answer| answer.refusal.as_ref());
    Failure {
        class: class(error),
        status: answer.map(|answer| answer.status),
        code: refusal.map(|refusal| refusal.code.clone()),
        description: refusal.map(|refusal| refusal.description.clone()),
        trace_id: refusal.and_then(|refusal| refusal.trace_id.clone()),
        retry_after: answer.and_then(|answer| answer.retry_after.clone()),
        body: answer.map(|answer| String::from_utf8_lossy(&answer.body).into_owned()),
        message: in_full(error),
        resource,
    }
}

fn class(error: &Error) -> ErrorClass {
    match error {
        Error::SecretNotFound { .. } | Error::NoClientSecret => ErrorClass::SecretNotFound,
        Error::SecretFormat { .. } => ErrorClass::SecretFormat,
        Error::KeyType { .. } => ErrorClass::KeyType,
        Error::NoPrincipal { .. } => ErrorClass::NoPrincipal,
        Error::ResourceInconsistent { .. } => ErrorClass::ResourceInconsistent,
        Error::InvalidArgument { .. } => ErrorClass::InvalidArgument,
        Error::Connect { .. } => ErrorClass::Connect,
        Error::ServerUntrusted { .. } => ErrorClass::ServerUntrusted,
        Error::Tls { .. } => ErrorClass::Tls,
        Error::ConnectionLost { .. } => ErrorClass::ConnectionLost,
        Error::Timeout { .. } => ErrorClass::Timeout,
        Error::Protocol { .. } => ErrorClass::Protocol,
        Error::Api(_) => ErrorClass::Api,
        Error::UnexpectedStatus(_) => ErrorClass::UnexpectedStatus,
        Error::MalformedAnswer { .. } => ErrorClass::MalformedAnswer,
        Error::Redirect(_) => ErrorClass::Redirect,
        Error::HeadTooLarge { .. } | Error::TooLarge { .. } => ErrorClass::TooLarge,
        Error::SecretUnavailable { .. } | Error::Closed { .. } => ErrorClass::Other,
    }
}

/// An error with all its causes, the outermost first.
fn in_full(error: &Error) -> String {
    let mut message = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(error) = cause {
        message.push_str(": ");
        message.push_str(&error.to_string());
        cause = error.source();
    }
    message
}
