//! The request that a service between the client and others serves, while it makes a call.

use super::node::{Kind, Node, Span};
use super::problem::Problem;
use super::read::{At, Fields, Problems, text};
use super::setup::{self, CertificateText};
use super::step::{Principals, Trace, principals, trace};
use super::words::YesNo;

/// A request as its caller sends it to the service in the middle.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Serving {
    /// Role of the certificate that its caller shows; none: it shows none.
    pub(crate) peer: Option<At<String>>,
    /// For whom its caller says that it is; none: it does not say.
    pub(crate) principal: Option<Principals>,
    /// How its caller says so.
    pub(crate) form: Form,
    /// A token of the world that it bears.
    pub(crate) bearer: Option<At<String>>,
    /// The certificate that it hands on.
    pub(crate) certificate: Option<CertificateText>,
    /// Its caller's span.
    pub(crate) trace: Option<Trace>,
    /// Its path; none: the usual one.
    pub(crate) target: Option<At<String>>,
    /// Header lines beside those.
    pub(crate) headers: Vec<(String, At<String>)>,
    /// Where it is written.
    pub(crate) span: Span,
}

/// How a principal travels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// As it is: by a service that serves a live request.
    Plain,
    /// Signed by the peer's key: by a controller.
    Signed,
}

/// Reads a request that is served.
pub(super) fn read(node: &Node, problems: &mut Problems) -> Option<Serving> {
    let mut fields = Fields::of(node, "a request that is served", problems)?;
    let signed = fields.word::<YesNo>("signed", problems).map(|at| at.value);
    let serving = Serving {
        peer: fields.text("peer", problems),
        principal: principals(&mut fields, problems),
        form: if signed == Some(YesNo::Yes) { Form::Signed } else { Form::Plain },
        bearer: fields.text("bearer", problems),
        certificate: fields.node("certificate").and_then(|node| setup::certificate(node, problems)),
        trace: fields.node("trace").and_then(|node| trace(node, problems)),
        target: fields.text("target", problems),
        headers: fields.node("headers").map(|node| lines(node, problems)).unwrap_or_default(),
        span: node.span.clone(),
    };
    fields.finish(problems);
    Some(serving)
}

fn lines(node: &Node, problems: &mut Problems) -> Vec<(String, At<String>)> {
    let Kind::Map(entries) = &node.kind else {
        let message = format!("expected header lines, found {}", node.describe());
        problems.push(Problem::new(&node.span, message).help("`{X-Impersonate: \"true\"}`"));
        return Vec::new();
    };
    entries.iter().filter_map(|(key, node)| Some((key.text.clone(), text(node, problems)?))).collect()
}
