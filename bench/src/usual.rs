//! The exchange that is measured: a service lists an organization's projects for a user.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bytes::Bytes;
use plumbline_fake_server::Pki;
use plumbline_fake_server::engine::{Engine, Options};
use plumbline_fake_server::exchange::{Answer, Incoming, Response, Service};
use plumbline_fake_server::pki::{Credential, KeyType};
use plumbline_fake_server::world::World;

use crate::client::Request;
use crate::peers::Canned;
use crate::{BenchError, tls};

/// What is asked for.
pub(crate) const TARGET: &str = "/api/v1/organizations/000000a0-0000-4000-8000-000000000001/projects";

const PRINCIPAL: &str = r#"{"organizationId":"000000a0-0000-4000-8000-000000000001","organizationIds":["000000a0-0000-4000-8000-000000000001"],"type":"user","actor":"alice@acme.test"}"#;

/// Header lines as a service sends them, the host aside.
pub(crate) fn headers() -> Vec<(&'static str, String)> {
    vec![
        ("accept", "application/json".to_owned()),
        ("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01".to_owned()),
        ("x-principal", plain()),
    ]
}

/// The principal as a service that serves a live request writes it.
pub(crate) fn plain() -> String {
    URL_SAFE_NO_PAD.encode(PRINCIPAL)
}

/// The principal as a controller writes it.
pub(crate) fn signed(key: &aws_lc_rs::signature::RsaKeyPair) -> String {
    let protected = URL_SAFE_NO_PAD.encode(r#"{"alg":"PS512"}"#);
    let message = format!("{protected}.{}", plain());
    let mut signature = vec![0; key.public_modulus_len()];
    let random = aws_lc_rs::rand::SystemRandom::new();
    key.sign(&aws_lc_rs::signature::RSA_PSS_SHA512, &random, message.as_bytes(), &mut signature)
        .expect("an RSA key signs what it is given");
    format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature))
}

/// The request, on the wire.
pub(crate) fn request() -> Request {
    let mut request = http::Request::get(TARGET).header("host", "localhost");
    for (name, value) in headers() {
        request = request.header(name, value);
    }
    request.body(Bytes::new().into()).expect("a request that is one")
}

/// The request behind the ingress.
pub(crate) fn incoming(credential: &Credential) -> Incoming {
    let ingress = [
        ("ssl-client-cert", credential.ingress_escaped().to_owned()),
        ("ssl-client-verify", "SUCCESS".to_owned()),
    ];
    let host = [("host", "localhost".to_owned())];
    let lines = host.into_iter().chain(headers()).chain(ingress);
    Incoming {
        service: Service::Identity,
        method: "GET".to_owned(),
        target: TARGET.to_owned(),
        headers: lines.map(|(name, value)| (name.to_owned(), Bytes::from(value))).collect(),
        body: Bytes::new(),
    }
}

/// What the fake answers.
pub(crate) fn response(pki: &Pki) -> Result<Response, BenchError> {
    let credential = pki.issue(&tls::client_leaf(KeyType::EcdsaP256))?;
    decided(&incoming(&credential), 200)
}

/// What the fake answers to the same without TLS.
pub(crate) fn refusal(pki: &Pki) -> Result<Response, BenchError> {
    let credential = pki.issue(&tls::client_leaf(KeyType::EcdsaP256))?;
    let mut incoming = incoming(&credential);
    incoming.headers.retain(|(name, _)| !name.starts_with("ssl-client-"));
    decided(&incoming, 401)
}

fn decided(incoming: &Incoming, expected: u16) -> Result<Response, BenchError> {
    let mut engine = Engine::new(World::shared(), Options::default());
    match engine.decide(incoming).answer {
        Answer::Response(response) if response.status == expected => Ok(response),
        Answer::Response(Response { status, .. }) | Answer::Abort(Response { status, .. }) => {
            Err(BenchError::Status { seen: status, expected })
        }
    }
}

/// The same for a peer to give.
pub(crate) fn canned(response: &Response) -> Arc<Canned> {
    let headers = response.headers.iter().map(|(name, value)| {
        let name = http::HeaderName::from_bytes(name.as_bytes()).expect("the fake's headers are headers");
        (name, value.parse().expect("and their values are values"))
    });
    Arc::new(Canned {
        status: http::StatusCode::from_u16(response.status).expect("the fake's statuses are statuses"),
        headers: headers.collect(),
        body: response.body.clone(),
    })
}
