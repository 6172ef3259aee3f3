//! What is called: layers by themselves, and requests that stop at one layer after another.

use std::cell::{Cell, RefCell};
use std::hint::black_box;
use std::pin::pin;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use aws_lc_rs::signature::RsaKeyPair;
use bytes::Bytes;
use plumbline_fake_server::Pki;
use plumbline_fake_server::contract;
use plumbline_fake_server::engine::{Engine, Options};
use plumbline_fake_server::exchange::{Answer, Incoming, Layer, Service};
use plumbline_fake_server::pki::{KeyType, Leaf};
use plumbline_fake_server::world::World;

use super::{redact, trace, wire};
use crate::{BenchError, tls, usual};

/// Something to call, many times over.
pub(crate) struct Probe {
    pub(crate) name: &'static str,
    pub(crate) call: Box<dyn Fn()>,
}

const ORGANIZATION: &str = "000000a0-0000-4000-8000-000000000001";
const ALLOCATION: &str = "/api/v1/organizations/000000a0-0000-4000-8000-000000000001/projects/\
                          000000b0-0000-4000-8000-000000000001/allocations/000000c0-0000-4000-8000-000000000001";
const AMOUNTS: &str = r#"{"metadata":{"name":"cluster"},"spec":{"kind":"kubernetesclusters.kubernetes.unikorn-cloud.org","id":"11111111-1111-4111-8111-111111111111","allocations":[{"kind":"clusters","committed":1,"reserved":0},{"kind":"servers","committed":2,"reserved":1}]}}"#;

/// All of them.
pub(crate) fn all(pki: &Arc<Pki>) -> Result<Vec<Probe>, BenchError> {
    let mut probes = around(pki)?;
    probes.extend(stops(pki)?);
    Ok(probes)
}

/// The layers around the decision.
fn around(pki: &Arc<Pki>) -> Result<Vec<Probe>, BenchError> {
    let credential = pki.issue(&tls::client_leaf(KeyType::Rsa2048))?;
    let (wired, response) = (on_the_wire(), usual::response(pki)?);
    let (head, _) = read(&wired);
    let incoming = usual::incoming(&credential);
    let list = contract::document(Service::Identity).operation("identity.projects.list");
    let list = list.expect("the document has the operation that is measured");
    let (signed, shown) = (usual::signed(&signer(&credential)), response.clone());
    let (first, second, answered) = (Arc::clone(pki), Arc::clone(pki), response.clone());
    Ok(vec![
        probe("read", move || drop(black_box(read(&wired)))),
        probe("record the request", move || {
            let lines = head.headers.iter().map(|(name, value)| redact::header(&first, name, value));
            black_box((lines.collect::<Vec<_>>(), redact::target(&head.target), redact::body(b"")));
        }),
        probe("record a signed principal", move || {
            black_box(redact::header(&second, "x-principal", signed.as_bytes()));
        }),
        probe("trace", move || drop(black_box(trace::caller_trace(&incoming)))),
        probe("validate the answer", move || {
            black_box(list.check_reply(200, "application/json", &answered.body)).expect("the answer fits");
        }),
        {
            let pki = Arc::clone(pki);
            probe("record the answer", move || {
                let lines =
                    shown.headers.iter().map(|(name, value)| redact::header(&pki, name, value.as_bytes()));
                black_box((lines.collect::<Vec<_>>(), redact::body(&shown.body)));
            })
        },
        probe("write", move || drop(black_box(wire::encode(&response, wire::Framing::Length)))),
    ])
}

/// Requests that the decision stops at one layer after another.
fn stops(pki: &Arc<Pki>) -> Result<Vec<Probe>, BenchError> {
    let known = pki.issue(&tls::client_leaf(KeyType::Rsa2048))?;
    let stranger = pki.issue(&Leaf::client("unregistered", "unikorn-unknown"))?;
    let usual = usual::incoming(&known);
    let strange = usual::incoming(&stranger);
    let elsewhere = |target: &str| Incoming { target: target.to_owned(), ..usual.clone() };
    let update = |body: &'static str| {
        let request = Incoming { method: "PUT".to_owned(), target: ALLOCATION.to_owned(), ..usual.clone() };
        let request = with(request, "content-type", "application/json");
        Incoming { body: Bytes::from_static(body.as_bytes()), ..request }
    };
    let written = update(AMOUNTS);
    let misplaced = Incoming { target: ALLOCATION.replace("000000b0", "00000fff"), ..written.clone() };
    let nowhere = usual.target.replace(ORGANIZATION, "00000fff-0000-4000-8000-000000000001");
    let signed = usual::signed(&signer(&stranger));
    let engine = Rc::new(RefCell::new(Engine::new(World::shared(), Options::default())));
    let stop = |name, layer, status, incoming| stop(&engine, name, layer, status, incoming);
    let mut probes = vec![
        stop("no such path", Layer::Routing, 404, elsewhere("/api/v1/nothing")),
        stop("no id", Layer::PathParameters, 400, elsewhere("/api/v1/organizations/none/projects")),
        stop(
            "no sound certificate",
            Layer::Certificate,
            400,
            with(usual.clone(), "ssl-client-verify", "FAILED:expired"),
        ),
        stop("no principal", Layer::Principal, 400, with(usual.clone(), "x-principal", "")),
        stop("no account", Layer::AccessList, 500, strange.clone()),
        stop("no account, signed", Layer::AccessList, 500, with(strange, "x-principal", &signed)),
        stop("no organization", Layer::AnswerValidation, 404, elsewhere(&nowhere)),
        stop("done", Layer::Handler, 200, usual.clone()),
        stop("no body", Layer::Validation, 400, update("")),
        stop("no project", Layer::Handler, 500, misplaced),
        stop("written", Layer::Handler, 200, written),
    ];
    probes.push(anew(&engine, &usual));
    Ok(probes)
}

/// A request that is answered so by that layer.
fn stop(
    engine: &Rc<RefCell<Engine>>,
    name: &'static str,
    layer: Layer,
    status: u16,
    incoming: Incoming,
) -> Probe {
    let engine = Rc::clone(engine);
    probe(name, move || {
        let decision = engine.borrow_mut().decide(&incoming);
        let (Answer::Response(answer) | Answer::Abort(answer)) = &decision.answer;
        assert_eq!(
            (decision.layer, answer.status),
            (layer, status),
            "the request stops where it is meant to"
        );
        black_box(decision);
    })
}

/// As `no organization`, each time for another one, so that no access list was kept.
fn anew(engine: &Rc<RefCell<Engine>>, usual: &Incoming) -> Probe {
    let (engine, next, usual) = (Rc::clone(engine), Cell::new(0_u32), usual.clone());
    probe("no organization, list computed", move || {
        next.set(next.get() + 1);
        let target =
            usual.target.replace(ORGANIZATION, &format!("00000fff-0000-4000-8000-0000{:08x}", next.get()));
        black_box(engine.borrow_mut().decide(&Incoming { target, ..usual.clone() }));
    })
}

fn probe(name: &'static str, call: impl Fn() + 'static) -> Probe {
    Probe { name, call: Box::new(call) }
}

/// The same request with another value in a header line.
fn with(mut incoming: Incoming, name: &str, value: &str) -> Incoming {
    incoming.headers.retain(|(present, _)| present != name);
    incoming.headers.push((name.to_owned(), Bytes::copy_from_slice(value.as_bytes())));
    incoming
}

fn signer(credential: &plumbline_fake_server::pki::Credential) -> RsaKeyPair {
    RsaKeyPair::from_pkcs8(credential.private_key_der().secret_der()).expect("an RSA key of this run is one")
}

fn on_the_wire() -> Vec<u8> {
    let lines: String = usual::headers().iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    format!("GET {} HTTP/1.1\r\nhost: localhost\r\n{lines}\r\n", usual::TARGET).into_bytes()
}

/// Reads a request that is there already, so that nothing waits.
fn read(bytes: &[u8]) -> (wire::Head, Bytes) {
    let mut reader = wire::Reader::new(tokio::io::join(bytes, tokio::io::sink()));
    match pin!(reader.next()).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(Ok(Some(request))) => request,
        Poll::Ready(_) | Poll::Pending => panic!("the request is there, and is one"),
    }
}
