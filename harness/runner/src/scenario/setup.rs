//! What a case starts from: the client's certificates and settings, and how the servers meet it.

use plumbline_fake_server::contract::Contract;

use super::node::{Kind, Node};
use super::problem::Problem;
use super::read::{At, Fields, Problems, duration_ms, text};
use super::words::{
    Address, ClientCertificate, ClientCertificates, Contract as ContractWord, Key, Listens, SecretShape,
    ServerCertificate, Trust,
};

/// What a case starts from.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Setup {
    pub(crate) client: ClientSetup,
    pub(crate) server: ServerSetup,
}

/// What the client is built from. Absent members are as usual.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct ClientSetup {
    pub(crate) certificate: Option<At<ClientCertificate>>,
    pub(crate) role: Option<At<String>>,
    pub(crate) key: Option<At<Key>>,
    pub(crate) secret: Option<At<SecretShape>>,
    pub(crate) ca: Option<At<Trust>>,
    pub(crate) ca_secret: Option<At<SecretShape>>,
    pub(crate) address: Option<At<Address>>,
    /// Milliseconds; zero: never.
    pub(crate) reload: Option<At<u64>>,
    /// Milliseconds.
    pub(crate) call_timeout: Option<At<u64>>,
}

/// How the two servers meet clients; `other` is the one that the case does not call.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct ServerSetup {
    pub(crate) contract: Option<At<ContractWord>>,
    pub(crate) both: ListenerSetup,
    pub(crate) identity: Option<ListenerSetup>,
    pub(crate) region: Option<ListenerSetup>,
    pub(crate) other: Option<ListenerSetup>,
}

impl ServerSetup {
    /// What the services promise.
    pub(crate) fn contract(&self) -> Contract {
        match self.contract.as_ref().map(|at| at.value) {
            None | Some(ContractWord::Published) => Contract::Published,
            Some(ContractWord::Keyed) => Contract::Keyed,
        }
    }
}

/// How one server meets clients. Absent members are as usual.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct ListenerSetup {
    pub(crate) certificate: Option<At<ServerCertificate>>,
    pub(crate) key: Option<At<Key>>,
    pub(crate) listens: Option<At<Listens>>,
    pub(crate) client_certificates: Option<At<ClientCertificates>>,
}

/// Reads `setup`.
pub(crate) fn read(node: &Node, problems: &mut Problems) -> Setup {
    let Some(mut fields) = Fields::of(node, "`setup`", problems) else { return Setup::default() };
    let client = fields.node("client").map(|node| client(node, problems)).unwrap_or_default();
    let server = fields.node("server").map(|node| server(node, problems)).unwrap_or_default();
    fields.finish(problems);
    Setup { client, server }
}

/// Reads what a client is built from; steps that build it anew or replace its secrets say it in the same words.
pub(crate) fn client(node: &Node, problems: &mut Problems) -> ClientSetup {
    let Some(mut fields) = Fields::of(node, "the client's setup", problems) else {
        return ClientSetup::default();
    };
    let setup = ClientSetup {
        certificate: fields.word("certificate", problems),
        role: fields.text("role", problems),
        key: fields.word("key", problems),
        secret: fields.word("secret", problems),
        ca: fields.word("ca", problems),
        ca_secret: fields.word("ca-secret", problems),
        address: fields.word("address", problems),
        reload: fields.node("reload").and_then(|node| duration_ms(node, problems)),
        call_timeout: fields.node("call-timeout").and_then(|node| duration_ms(node, problems)),
    };
    fields.finish(problems);
    setup
}

fn server(node: &Node, problems: &mut Problems) -> ServerSetup {
    let Some(mut fields) = Fields::of(node, "the server's setup", problems) else {
        return ServerSetup::default();
    };
    let mut one = |name| fields.node(name).map(|node| listener(node, problems));
    let (identity, region, other) = (one("identity"), one("region"), one("other"));
    let contract = fields.word("contract", problems);
    let both = listener_fields(&mut fields, problems);
    fields.finish(problems);
    ServerSetup { contract, both, identity, region, other }
}

fn listener(node: &Node, problems: &mut Problems) -> ListenerSetup {
    let Some(mut fields) = Fields::of(node, "a listener's setup", problems) else {
        return ListenerSetup::default();
    };
    let setup = listener_fields(&mut fields, problems);
    fields.finish(problems);
    setup
}

fn listener_fields(fields: &mut Fields<'_>, problems: &mut Problems) -> ListenerSetup {
    ListenerSetup {
        certificate: fields.word("certificate", problems),
        key: fields.word("key", problems),
        listens: fields.word("listens", problems),
        client_certificates: fields.word("client-certificates", problems),
    }
}

/// A certificate to put into a context: one of this run by role, or text as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum CertificateText {
    /// None.
    None,
    /// Escaped as it travels.
    Role(At<String>),
    /// Not escaped: PEM with its line breaks.
    Unescaped(At<String>),
    /// Something else.
    Literal(At<String>),
}

/// Reads a certificate for a context.
pub(crate) fn certificate(node: &Node, problems: &mut Problems) -> Option<CertificateText> {
    if let Kind::Text(word) = &node.kind {
        let role = text(node, problems).map(CertificateText::Role);
        return if word == "none" { Some(CertificateText::None) } else { role };
    }
    let mut fields = Fields::of(node, "`certificate`", problems)?;
    let unescaped = fields.text("unescaped", problems).map(CertificateText::Unescaped);
    let literal = fields.text("literal", problems).map(CertificateText::Literal);
    fields.finish(problems);
    let found = unescaped.or(literal);
    if found.is_none() {
        let help = "a role, `{unescaped: role}` or `{literal: text}`";
        problems.push(Problem::new(&node.span, "no certificate is named").help(help));
    }
    found
}
