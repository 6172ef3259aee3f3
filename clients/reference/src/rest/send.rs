//! From a request to its answer.

use std::sync::Arc;

use bytes::Bytes;
use http::header::{HeaderMap, HeaderName, HeaderValue, LOCATION, RETRY_AFTER};

use super::{Answer, Endpoint, Limits, Operation, Request, Subject, headers};
use crate::context::CallContext;
use crate::error::Error;
use crate::parts::{Next, Parts};
use crate::transport::{Extent, Outgoing, Presents, Received, Transport};

const USER_AGENT: HeaderValue =
    HeaderValue::from_static(concat!("plumbline-reference/", env!("CARGO_PKG_VERSION")));

/// One service at one address.
#[derive(Clone)]
pub(crate) struct Rest {
    pub(crate) transport: Arc<Transport>,
    pub(crate) endpoint: Endpoint,
    pub(crate) limits: Limits,
    pub(crate) parts: Arc<Parts>,
}

impl Rest {
    /// Makes a request for `subject` and returns the answer if it is the expected one.
    pub(crate) async fn send(
        &self,
        context: &CallContext,
        subject: &Subject,
        request: Request,
    ) -> Result<Answer, Error> {
        let operation = request.operation.name;
        let limit = self.limits.call;
        let call = tokio::time::timeout(limit, self.attempt(context, subject, request));
        // Kept on the heap: a call is large, and its caller's own future should not be.
        match self.transport.tasks().while_open(Box::pin(call)).await {
            Some(Ok(done)) => done,
            Some(Err(_elapsed)) => Err(Error::Timeout { operation, limit }),
            None => Err(Error::Closed { operation }),
        }
    }

    async fn attempt(
        &self,
        context: &CallContext,
        subject: &Subject,
        request: Request,
    ) -> Result<Answer, Error> {
        let operation = request.operation;
        let mut headers = HeaderMap::new();
        headers.insert(http::header::HOST, self.endpoint.host_header());
        headers.insert(http::header::USER_AGENT, USER_AGENT);
        headers::trace(context, &mut headers, operation.name)?;
        headers::certificate(context, &mut headers, operation.name)?;
        let signer = (&*self.parts.principals, &*self.transport);
        let presents = headers::principal(context, subject, signer, &mut headers, operation.name).await?;

        let request = self.assemble(request, headers, presents)?;
        let received =
            Next::new(context, &self.parts.layers, (&self.transport, self.limits.body)).send(request).await?;
        let (answer, extent) = answer(operation, received);
        self.parts.judge.judge(operation, answer, extent, self.limits.body)
    }

    fn assemble(
        &self,
        request: Request,
        mut headers: HeaderMap,
        presents: Presents,
    ) -> Result<Outgoing, Error> {
        let operation = request.operation;
        let target = self.endpoint.target(&request).map_err(|_too_long| Error::InvalidArgument {
            operation: operation.name,
            argument: "request target",
            problem: "is longer than a request line may be",
        })?;
        let body = match request.body {
            Some(body) => {
                headers.insert(http::header::CONTENT_TYPE, HeaderValue::from_static(request.media_type));
                body
            }
            None => {
                // RFC 9110 §8.6: a method that anticipates content says so when there is none.
                if matches!(operation.method, http::Method::PUT | http::Method::POST) {
                    headers.insert(http::header::CONTENT_LENGTH, HeaderValue::from_static("0"));
                }
                Bytes::new()
            }
        };
        Ok(Outgoing {
            operation,
            endpoint: self.endpoint.clone(),
            method: operation.method.clone(),
            target,
            headers,
            body,
            presents,
        })
    }
}

fn answer(operation: &'static Operation, received: Received) -> (Answer, Extent) {
    let text = |name: HeaderName| {
        let value = received.head.headers.get(name)?;
        Some(String::from_utf8_lossy(value.as_bytes()).into_owned())
    };
    let answer = Answer {
        operation: operation.name,
        status: received.head.status.as_u16(),
        content_type: text(http::header::CONTENT_TYPE).unwrap_or_default(),
        retry_after: text(RETRY_AFTER),
        location: text(LOCATION),
        refusal: None,
        body: received.body,
    };
    (answer, received.extent)
}
