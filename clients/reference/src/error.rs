//! What can go wrong, told apart by what its reader can do about it.

use std::time::Duration;

use crate::rest::Answer;
use crate::secrets::SecretName;

/// A cause whose type is somebody else's.
pub type Cause = Box<dyn std::error::Error + Send + Sync>;

/// Any failure of a client.
///
/// The first group ends a call before anything is sent; the second says what became of the connection; the third
/// says what came back, and keeps status, body and `Retry-After` of it.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The platform has no secret of that name.
    #[error("read secret {secret}: there is no such secret")]
    SecretNotFound {
        /// Its name.
        secret: SecretName,
    },
    /// A principal must be signed, and no client secret is configured to sign it with.
    #[error("sign a principal: no client secret is configured")]
    NoClientSecret,
    /// The store of secrets did not answer.
    #[error("read secret {secret}")]
    SecretUnavailable {
        /// The secret that was asked for.
        secret: SecretName,
        /// What the store said.
        #[source]
        source: Cause,
    },
    /// A secret is of the wrong type, lacks a key, or a key does not hold what it should.
    #[error("use secret {secret}")]
    SecretFormat {
        /// Its name.
        secret: SecretName,
        /// What is wrong with it.
        #[source]
        source: SecretFormat,
    },
    /// The client's key cannot sign a principal: only RSA keys can.
    #[error("sign a principal with the key of secret {secret}: it is not an RSA key")]
    KeyType {
        /// The client's secret.
        secret: SecretName,
    },
    /// The call's context holds no principal.
    #[error("{operation}: the context holds no principal")]
    NoPrincipal {
        /// What was attempted.
        operation: &'static str,
    },
    /// The resource lacks what the call takes from it.
    #[error("{operation}: the resource has no {missing}")]
    ResourceInconsistent {
        /// What was attempted.
        operation: &'static str,
        /// What it lacks, e.g. `labels` or the name of one label.
        missing: &'static str,
    },
    /// A setting, an argument or a member of the context cannot be sent as it is.
    #[error("{operation}: {argument} {problem}")]
    InvalidArgument {
        /// What was attempted.
        operation: &'static str,
        /// Which argument.
        argument: &'static str,
        /// What is wrong with it; never its value, which may be somebody's secret.
        problem: &'static str,
    },
    /// The clients were closed before the call, or while it was under way.
    #[error("{operation}: the clients are closed")]
    Closed {
        /// What was attempted.
        operation: &'static str,
    },

    /// Nothing answers at the address.
    #[error("{operation}: connect")]
    Connect {
        /// What was attempted.
        operation: &'static str,
        /// What the network said.
        #[source]
        source: Cause,
    },
    /// The server's certificate does not verify: unknown authority, wrong name, expired or not yet valid.
    #[error("{operation}: verify the server's certificate")]
    ServerUntrusted {
        /// What was attempted.
        operation: &'static str,
        /// What is wrong with the certificate.
        #[source]
        source: Cause,
    },
    /// TLS was not established for another reason: no version in common, or the server refused our certificate.
    #[error("{operation}: establish TLS")]
    Tls {
        /// What was attempted.
        operation: &'static str,
        /// The alert, or what was seen instead of TLS.
        #[source]
        source: Cause,
    },
    /// The connection ended before the answer was whole. The server may have done what was asked, or not.
    #[error("{operation}: the connection was lost before the answer was whole")]
    ConnectionLost {
        /// What was attempted.
        operation: &'static str,
        /// What the connection said.
        #[source]
        source: Cause,
    },
    /// The time limit of the call passed. The server may have done what was asked, or not.
    #[error("{operation}: no whole answer within {limit:?}")]
    Timeout {
        /// What was attempted.
        operation: &'static str,
        /// The limit.
        limit: Duration,
    },
    /// What came is not an HTTP answer.
    #[error("{operation}: read the answer's head")]
    Protocol {
        /// What was attempted.
        operation: &'static str,
        /// What the parser stumbled over.
        #[source]
        source: Cause,
    },
    /// The answer's head is larger than a client is willing to read.
    #[error("{operation}: the answer's head is too large")]
    HeadTooLarge {
        /// What was attempted.
        operation: &'static str,
        /// What the parser said.
        #[source]
        source: Cause,
    },

    /// The platform refused, in its own error envelope, with a status that the operation declares.
    #[error("{0}")]
    Api(Box<Answer>),
    /// A status that is neither the expected one nor a declared refusal, redirects aside.
    #[error("{0}, which the operation does not declare")]
    UnexpectedStatus(Box<Answer>),
    /// The answer is a redirect. None is followed: the principal and the certificate would travel with it.
    #[error("{0}, a redirect, which is not followed")]
    Redirect(Box<Answer>),
    /// The status is as expected or declared, but the body cannot be read as what it should be.
    #[error("{answer}: read the body")]
    MalformedAnswer {
        /// The answer.
        answer: Box<Answer>,
        /// What is wrong with its body.
        #[source]
        source: Malformed,
    },
    /// The answer's body passes the size that the client is willing to read.
    #[error("{answer}: the body is larger than {limit} bytes")]
    TooLarge {
        /// The answer, with the beginning of its body.
        answer: Box<Answer>,
        /// The limit, in bytes.
        limit: usize,
    },
}

impl Error {
    /// The same without the body of the answer: it may hold what an error must not.
    pub(crate) fn without_body(mut self) -> Self {
        if let Self::Api(answer)
        | Self::UnexpectedStatus(answer)
        | Self::Redirect(answer)
        | Self::MalformedAnswer { answer, .. }
        | Self::TooLarge { answer, .. } = &mut self
        {
            answer.body = bytes::Bytes::new();
            // A redirect may have been made with what was sent.
            answer.location = None;
        }
        debug_assert!(self.answer().is_none_or(|answer| answer.body.is_empty()), "no error keeps its body");
        self
    }

    /// The answer that the error tells of, if one came.
    #[must_use]
    pub fn answer(&self) -> Option<&Answer> {
        match self {
            Self::Api(answer)
            | Self::UnexpectedStatus(answer)
            | Self::Redirect(answer)
            | Self::MalformedAnswer { answer, .. }
            | Self::TooLarge { answer, .. } => Some(answer),
            Self::SecretNotFound { .. }
            | Self::NoClientSecret
            | Self::SecretUnavailable { .. }
            | Self::SecretFormat { .. }
            | Self::KeyType { .. }
            | Self::NoPrincipal { .. }
            | Self::ResourceInconsistent { .. }
            | Self::InvalidArgument { .. }
            | Self::Closed { .. }
            | Self::Connect { .. }
            | Self::ServerUntrusted { .. }
            | Self::Tls { .. }
            | Self::ConnectionLost { .. }
            | Self::Timeout { .. }
            | Self::Protocol { .. }
            | Self::HeadTooLarge { .. } => None,
        }
    }
}

/// What is wrong with a secret.
#[derive(Debug, thiserror::Error)]
pub enum SecretFormat {
    /// It is of another type.
    #[error("expected type `kubernetes.io/tls`, saw `{seen}`")]
    Type {
        /// Its type.
        seen: String,
    },
    /// It lacks a key.
    #[error("there is no key `{key}`")]
    Key {
        /// The key.
        key: &'static str,
    },
    /// A key holds no certificate, or one that cannot be read.
    #[error("key `{key}` holds no certificate in PEM")]
    Certificate {
        /// The key.
        key: &'static str,
    },
    /// A key holds no private key, or one that cannot be read. What was seen is never told.
    #[error("key `{key}` holds no private key in PEM")]
    PrivateKey {
        /// The key.
        key: &'static str,
    },
    /// Certificate and key cannot be used together: the key is another's, or of a type that TLS does not know.
    #[error("the key does not belong to the certificate, or is of an unknown type")]
    Pair(#[source] rustls::Error),
}

/// What is wrong with a body.
#[derive(Debug, thiserror::Error)]
pub enum Malformed {
    /// Its content type says that it is something else.
    #[error("expected JSON, saw content type `{seen}`")]
    ContentType {
        /// The content type; empty when there is none.
        seen: String,
    },
    /// It is not JSON, or not of the expected shape.
    #[error("expected {expected}")]
    Json {
        /// What it should be.
        expected: &'static str,
        /// What the parser stumbled over.
        #[source]
        source: serde_json::Error,
    },
    /// It is of the expected shape, but says something that cannot be.
    #[error("{0}")]
    Meaning(&'static str),
}
