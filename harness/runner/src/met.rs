//! Exchanges in short: what remains of those that nobody needs to read.

use std::collections::BTreeMap;

use plumbline_fake_server::record::{Exchange, Header, HeaderValue};
use serde::{Deserialize, Serialize};

/// Exchanges that were alike: of one operation, with one status and the same trust headers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Met {
    /// The operation's id.
    pub operation: String,
    /// What was answered; none: nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// The trust headers of the request.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub forms: Vec<Form>,
    /// How many there were.
    pub times: usize,
}

impl Met {
    /// Sums up exchanges; those that were for no operation are left out.
    #[must_use]
    pub fn all(exchanges: &[Exchange]) -> Vec<Self> {
        let mut alike: BTreeMap<_, usize> = BTreeMap::new();
        for exchange in exchanges {
            let Some(operation) = &exchange.operation else { continue };
            let status = exchange.answer.as_ref().map(|answer| answer.status);
            let forms: Vec<Form> = Form::of(&exchange.request.headers).collect();
            *alike.entry((operation.clone(), status, forms)).or_default() += 1;
        }
        let met = alike.into_iter();
        met.map(|((operation, status, forms), times)| Self { operation, status, forms, times }).collect()
    }
}

/// A trust header in one of its forms.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Form {
    /// `Authorization: Bearer`.
    Bearer,
    /// `X-Principal` as plain JSON, of a live request.
    PlainPrincipal,
    /// `X-Principal` as a signed JWS, of a controller.
    SignedPrincipal,
    /// `X-Impersonate`.
    Impersonate,
    /// `Unikorn-Client-Certificate`.
    Certificate,
    /// `traceparent`.
    Trace,
    /// `tracestate`.
    TraceState,
}

impl Form {
    /// Every form.
    pub const ALL: [Self; 7] = [
        Self::Bearer,
        Self::PlainPrincipal,
        Self::SignedPrincipal,
        Self::Impersonate,
        Self::Certificate,
        Self::Trace,
        Self::TraceState,
    ];

    /// What it is called.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Bearer => "Authorization",
            Self::PlainPrincipal => "X-Principal (plain)",
            Self::SignedPrincipal => "X-Principal (signed)",
            Self::Impersonate => "X-Impersonate",
            Self::Certificate => "Unikorn-Client-Certificate",
            Self::Trace => "traceparent",
            Self::TraceState => "tracestate",
        }
    }

    /// Those of a request, each once.
    pub fn of(headers: &[Header]) -> impl Iterator<Item = Self> {
        Self::ALL.into_iter().filter(|form| headers.iter().any(|header| form.is(header)))
    }

    fn is(self, header: &Header) -> bool {
        let named = |name: &str| header.name.eq_ignore_ascii_case(name);
        match self {
            Self::Bearer => named("Authorization"),
            Self::PlainPrincipal => matches!(header.value, HeaderValue::PlainPrincipal { .. }),
            Self::SignedPrincipal => matches!(header.value, HeaderValue::SignedPrincipal { .. }),
            Self::Impersonate => named("X-Impersonate"),
            Self::Certificate => named("Unikorn-Client-Certificate"),
            Self::Trace => named("traceparent"),
            Self::TraceState => named("tracestate"),
        }
    }
}
