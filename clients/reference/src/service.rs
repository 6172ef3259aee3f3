//! What the typed clients have in common.

use crate::context::CallContext;
use crate::error::Error;
use crate::rest::{Answer, Request, Rest, Subject};

/// One service, and for whom it is called.
#[derive(Clone)]
pub(crate) struct Service {
    pub(crate) rest: Rest,
    pub(crate) subject: Subject,
}

impl Service {
    pub(crate) async fn send(&self, context: &CallContext, request: Request) -> Result<Answer, Error> {
        self.rest.send(context, &self.subject, request).await
    }

    /// Whether a removal that ended so found nothing to remove.
    pub(crate) fn is_gone(&self, error: &Error) -> bool {
        self.rest.parts.judge.is_gone(error)
    }
}

impl std::fmt::Debug for Service {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Service")
            .field("endpoint", &self.rest.endpoint)
            .field("subject", &self.subject)
            .finish_non_exhaustive()
    }
}
