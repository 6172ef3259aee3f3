//! A service of ours between a client of its own and the platform: a request comes in, and while it is being served the
//! client under test makes a call.
//!
//! It is region as the fake serves it, with a listener, an ingress and a state of its own, so that it lets in whom the
//! platform's services let in. A request is held until the call that it caused has ended.

use std::io;
use std::sync::Arc;

use plumbline_fake_server::engine::{Admitted, OnBehalfOf, Options, Remembered, Rights};
use plumbline_fake_server::exchange::Service;
use plumbline_fake_server::fault::{Fault, Gate, Rule, RuleId};
use plumbline_fake_server::pki::{Credential, TrustAnchor};
use plumbline_fake_server::{FakeServer, Pki, Setup};
use plumbline_protocol::{Context, Impersonation, Principal, Purpose};
use rustls::{ClientConfig, RootCertStore};
use sha2::{Digest as _, Sha256};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::task::JoinHandle;
use tokio_rustls::TlsConnector;

use super::{PATIENCE, in_time};
use crate::run::Trouble;
use crate::stage;
use crate::trace::TraceParent;

/// A request as its caller sends it.
pub(super) struct Sent {
    /// What its caller shows in the handshake.
    pub(super) peer: Option<Arc<Credential>>,
    pub(super) target: String,
    /// Name and value of each line.
    pub(super) headers: Vec<(String, String)>,
}

/// The service.
pub(super) struct Middle {
    server: FakeServer,
}

/// A request that was let in and waits for its answer.
pub(super) struct Waiting {
    pub(super) admitted: Admitted,
    gate: Gate,
    rule: RuleId,
    answer: JoinHandle<io::Result<()>>,
}

impl Middle {
    pub(super) async fn start(pki: &Arc<Pki>, seed: u64) -> Result<Self, Trouble> {
        let options = Options { seed, remembered: Remembered::Latest, ..Options::default() };
        let setup = Setup { world: stage::world(), options, ..Setup::new(Arc::clone(pki)) };
        let server = FakeServer::start(setup).await;
        Ok(Self { server: server.map_err(|e| Trouble::with("start the service in the middle", &e))? })
    }

    /// Sends a request, and returns once it has been let in.
    pub(super) async fn receive(&self, pki: &Pki, sent: Sent) -> Result<Waiting, Trouble> {
        let gate = Gate::new();
        let rule = self.server.inject(Rule::each(Fault { hold: Some(gate.clone()), ..Fault::default() }));
        let tls = connector(pki, sent.peer.as_deref())?;
        let address = self.server.address(Service::Region);
        let mut answer = tokio::spawn(async move { send(tls, address, &sent).await });
        let reached = async {
            tokio::select! {
                biased;
                () = gate.reached() => Ok(()),
                ended = &mut answer => Err(match ended {
                    Ok(Ok(())) => "it was answered before it was served".to_owned(),
                    Ok(Err(error)) => error.to_string(),
                    Err(error) => error.to_string(),
                }),
            }
        };
        in_time("send a request to the service in the middle", reached).await?;
        let admitted = self.server.admitted().ok_or_else(|| self.refusal())?;
        Ok(Waiting { admitted, gate, rule, answer })
    }

    fn refusal(&self) -> Trouble {
        let layer = self.server.recording().exchanges.last().map(|exchange| exchange.layer);
        let layer = serde_json::to_string(&layer).unwrap_or_default();
        Trouble::with("serve a request", &format!("the service in the middle does not let it in: {layer}"))
    }

    /// Answers a request.
    pub(super) async fn answer(&self, waiting: Waiting) -> Result<(), Trouble> {
        waiting.gate.release();
        let ended = async { waiting.answer.await.map_err(|e| e.to_string())?.map_err(|e| e.to_string()) };
        in_time("answer a request", ended).await?;
        self.server.withdraw(waiting.rule);
        self.server
            .settled(PATIENCE)
            .await
            .map_err(|e| Trouble::with("wait for the service in the middle", &e))
    }
}

/// What a call's context holds that is made while this request is served.
pub(super) fn context(admitted: &Admitted, purpose: Purpose) -> Context {
    let (traceparent, tracestate) = trace(admitted);
    Context {
        principal: Some(principal(&admitted.principal)),
        impersonate: match admitted.rights {
            Rights::Callers => Impersonation::No,
            Rights::Principals => Impersonation::Yes,
        },
        traceparent,
        tracestate,
        certificate: match purpose {
            Purpose::Authorization => certificate(admitted),
            // What a caller showed is no business of whoever does the work for it.
            Purpose::Handler => None,
        },
        serving: None,
    }
}

/// The same for a client that reads the request itself.
pub(super) fn as_it_came(admitted: &Admitted, purpose: Purpose) -> Context {
    let said = admitted.header("Traceparent").unwrap_or_default();
    let lines = admitted.headers.iter();
    let headers = lines.map(|(name, value)| (name.clone(), String::from_utf8_lossy(value).into_owned()));
    Context {
        // Over mutual TLS the request says for whom it is, and else its token does, which only the service can read.
        principal: admitted.peer.is_none().then(|| principal(&admitted.principal)),
        serving: Some(plumbline_protocol::Serving {
            headers: headers.collect(),
            span: Some(span(said)),
            purpose,
        }),
        ..Context::default()
    }
}

/// The certificate that is handed on: that of whoever began. A caller that has not proved who it is hands nothing on.
fn certificate(admitted: &Admitted) -> Option<String> {
    admitted.peer.as_ref().and(admitted.certificate.clone())
}

fn principal(given: &OnBehalfOf) -> Principal {
    let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    Principal {
        organization_id: some(&given.organization),
        organization_ids: given.organizations.clone(),
        project_id: some(&given.project),
        kind: serde_json::from_value(given.kind.as_str().into()).ok(),
        actor: some(&given.actor),
    }
}

/// The service's own span in its caller's trace, and the state of the trace.
fn trace(admitted: &Admitted) -> (Option<String>, Option<String>) {
    let said = admitted.header("Traceparent").unwrap_or_default();
    match said.parse::<TraceParent>() {
        Ok(parent) => {
            let state = admitted.header("Tracestate").map(str::to_owned);
            (Some(parent.child(&span(said)).to_string()), state)
        }
        Err(_no_trace) => (None, None),
    }
}

/// An id for the span that begins below another one: always the same, so that recordings are.
fn span(parent: &str) -> String {
    let digest = Sha256::digest(parent.as_bytes());
    digest.iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}

fn connector(pki: &Pki, peer: Option<&Credential>) -> Result<TlsConnector, Trouble> {
    let trouble = |e: rustls::Error| Trouble::with("set up TLS for a request", &e);
    let mut roots = RootCertStore::empty();
    roots.add(pki.authority_der(TrustAnchor::Platform).clone()).map_err(trouble)?;
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let builder = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(trouble)?
        .with_root_certificates(roots);
    let config = match peer {
        None => builder.with_no_client_auth(),
        Some(peer) => {
            let chain = vec![peer.certificate_der().clone()];
            builder.with_client_auth_cert(chain, peer.private_key_der()).map_err(trouble)?
        }
    };
    Ok(TlsConnector::from(Arc::new(config)))
}

/// Makes an exchange; what is answered concerns nobody.
async fn send(tls: TlsConnector, address: std::net::SocketAddr, sent: &Sent) -> io::Result<()> {
    let host = "localhost".try_into().expect("it is a host's name");
    let mut stream = tls.connect(host, TcpStream::connect(address).await?).await?;
    let mut head = format!("GET {} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n", sent.target);
    for (name, value) in &sent.headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    head.push_str("\r\n");
    stream.write_all(head.as_bytes()).await?;
    stream.flush().await?;
    match stream.read_to_end(&mut Vec::new()).await {
        // It has been told all; whether it says goodbye is its own affair.
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(()),
        ended => ended.map(drop),
    }
}
