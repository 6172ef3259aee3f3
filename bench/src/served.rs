//! How many exchanges the fake serves, beside a bare server and beside a mock.

use std::any::Any;
use std::sync::Arc;

use plumbline_fake_server::exchange::Response;
use plumbline_fake_server::fault::{Fault, Rule};
use plumbline_fake_server::ingress::{Protocol, TlsSetup};
use plumbline_fake_server::pki::KeyType;
use plumbline_fake_server::{Pki, Setup};
use tokio::runtime::Runtime;

use crate::client::{Keeping, Place, load};
use crate::measure::{Spent, Watch, median, spread};
use crate::peers::{bare, fake, mock};
use crate::report::{Bar, Report};
use crate::{BenchError, tls, usual};

/// Requests under way at once: enough that a server never waits for the client.
const LANES: usize = 4;
/// Exchanges before the clock is started.
const WARM_UP: usize = 5 * LANES;

/// A server in the comparison: started anew for each round, so that none grows old.
struct Contender<'a> {
    start: Box<dyn Fn() -> Result<Started, BenchError> + 'a>,
}

/// A server that was started, and what keeps it going.
struct Started(Place, Box<dyn Any>);

/// One comparison: the fake and its peer, asked alike.
struct Match<'a> {
    name: String,
    /// None: it is told, and held to nothing.
    bar: Option<Bar>,
    keeping: Keeping,
    count: usize,
    /// The status of every answer.
    status: u16,
    fake: Contender<'a>,
    peer: Contender<'a>,
}

/// Measures the bars whose name holds that text.
pub(crate) fn measure(rounds: usize, only: &str, report: &mut Report) -> Result<(), BenchError> {
    let pki = Pki::new(Vec::new())?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    report.heading("Exchanges served, the fake beside its peers")?;
    let matches = [
        beside_axum(&pki, KeyType::EcdsaP256)?,
        beside_axum(&pki, KeyType::Rsa2048)?,
        mock_with_injected(&pki, &runtime)?,
        mock_with_refused(&pki, &runtime)?,
        mock_with_decided(&pki, &runtime)?,
    ];
    let mut chosen = matches.iter().filter(|matched| matched.name.contains(only));
    chosen.try_for_each(|matched| judge(matched, &runtime, rounds, report))
}

/// One mTLS connection an exchange, both servers with the same certificates.
fn beside_axum(pki: &Arc<Pki>, key: KeyType) -> Result<Match<'_>, BenchError> {
    let answer = usual::canned(&usual::response(pki)?);
    let config = tls::client(pki, &*pki.issue(&tls::client_leaf(key))?)?;
    let (peer_config, server) = (config.clone(), tls::server(pki, key)?);
    Ok(Match {
        name: format!("one mTLS connection an exchange, {key}; peer: axum over rustls"),
        bar: Some(Bar::AtLeast(0.9)),
        keeping: Keeping::OneEach,
        count: 400,
        status: 200,
        fake: Contender {
            start: Box::new(move || {
                let listener = TlsSetup { certificate: tls::server_leaf(key), ..TlsSetup::default() };
                let hosted = fake(Setup { identity: listener, ..Setup::new(Arc::clone(pki)) }, None)?;
                let place = Place { address: hosted.address, tls: Some(config.clone()) };
                Ok(Started(place, Box::new(hosted)))
            }),
        },
        peer: Contender {
            start: Box::new(move || {
                let hosted = bare(server.clone(), (*answer).clone())?;
                let place = Place { address: hosted.address, tls: Some(peer_config.clone()) };
                Ok(Started(place, Box::new(hosted)))
            }),
        },
    })
}

/// The fake as a mock is used: the test says what it answers.
fn mock_with_injected<'a>(pki: &Arc<Pki>, runtime: &'a Runtime) -> Result<Match<'a>, BenchError> {
    let response = usual::response(pki)?;
    let peer = wiremock(&response, runtime);
    let pki = Arc::clone(pki);
    Ok(Match {
        name: "plain HTTP kept alive, the test's answer; peer: wiremock".to_owned(),
        bar: Some(Bar::AtLeast(1.0)),
        keeping: Keeping::Alive,
        count: 4_000,
        status: 200,
        fake: Contender {
            start: Box::new(move || {
                let listener = TlsSetup { protocol: Protocol::Plain, ..TlsSetup::default() };
                let rule = Rule::each(Fault::reply(response.clone()));
                let hosted = fake(Setup { identity: listener, ..Setup::new(Arc::clone(&pki)) }, Some(rule))?;
                Ok(Started(Place { address: hosted.address, tls: None }, Box::new(hosted)))
            }),
        },
        peer,
    })
}

/// The fake as it decides without TLS: it lets in nobody.
fn mock_with_refused<'a>(pki: &Arc<Pki>, runtime: &'a Runtime) -> Result<Match<'a>, BenchError> {
    let peer = wiremock(&usual::refusal(pki)?, runtime);
    let pki = Arc::clone(pki);
    Ok(Match {
        name: "plain HTTP kept alive, the fake decides (401); peer: wiremock".to_owned(),
        bar: None,
        keeping: Keeping::Alive,
        count: 4_000,
        status: 401,
        fake: Contender {
            start: Box::new(move || {
                let listener = TlsSetup { protocol: Protocol::Plain, ..TlsSetup::default() };
                let hosted = fake(Setup { identity: listener, ..Setup::new(Arc::clone(&pki)) }, None)?;
                Ok(Started(Place { address: hosted.address, tls: None }, Box::new(hosted)))
            }),
        },
        peer,
    })
}

/// The fake as it is meant: it decides. Whoever comes without TLS is refused, so it pays for TLS and the mock does not.
fn mock_with_decided<'a>(pki: &Arc<Pki>, runtime: &'a Runtime) -> Result<Match<'a>, BenchError> {
    let config = tls::client(pki, &*pki.issue(&tls::client_leaf(KeyType::EcdsaP256))?)?;
    let peer = wiremock(&usual::response(pki)?, runtime);
    let pki = Arc::clone(pki);
    Ok(Match {
        name: "kept alive, the fake decides, over mTLS; peer: wiremock over plain HTTP".to_owned(),
        bar: None,
        keeping: Keeping::Alive,
        count: 4_000,
        status: 200,
        fake: Contender {
            start: Box::new(move || {
                let hosted = fake(Setup::new(Arc::clone(&pki)), None)?;
                let place = Place { address: hosted.address, tls: Some(config.clone()) };
                Ok(Started(place, Box::new(hosted)))
            }),
        },
        peer,
    })
}

fn wiremock<'a>(answer: &Response, runtime: &'a Runtime) -> Contender<'a> {
    let answer = usual::canned(answer);
    let start = move || {
        let server = runtime.block_on(mock(usual::TARGET, &answer));
        Ok(Started(Place { address: server.address, tls: None }, Box::new(server)))
    };
    Contender { start: Box::new(start) }
}

fn judge(
    matched: &Match<'_>,
    runtime: &Runtime,
    rounds: usize,
    report: &mut Report,
) -> Result<(), BenchError> {
    let mut played = Vec::with_capacity(rounds);
    for round in 0..rounds {
        // Whoever goes first may find the machine cooler.
        played.push(if round % 2 == 0 {
            let fake = play(&matched.fake, matched, runtime)?;
            (fake, play(&matched.peer, matched, runtime)?)
        } else {
            let peer = play(&matched.peer, matched, runtime)?;
            (play(&matched.fake, matched, runtime)?, peer)
        });
    }
    let each = |of: fn(&(Spent, Spent)) -> f64| played.iter().map(of).collect::<Vec<_>>();
    // So many times as many are served in the same time.
    let ratios = each(|(fake, peer)| peer.wall / fake.wall);
    report.ratio(&matched.name, matched.bar, &ratios)?;
    let text = format!(
        "exchanges a second: {:.0} and {:.0}; server's processor time an exchange: {:.1} µs and {:.1} µs, ratio {}",
        1e6 / median(&each(|(fake, _)| fake.wall)),
        1e6 / median(&each(|(_, peer)| peer.wall)),
        median(&each(|(fake, _)| fake.elsewhere())),
        median(&each(|(_, peer)| peer.elsewhere())),
        spread(&each(|(fake, peer)| peer.elsewhere() / fake.elsewhere())),
    );
    Ok(report.note(&text)?)
}

/// What one exchange costs with that server.
fn play(contender: &Contender<'_>, matched: &Match<'_>, runtime: &Runtime) -> Result<Spent, BenchError> {
    let Started(place, server) = (contender.start)()?;
    let request = usual::request();
    let spent = runtime.block_on(async {
        load(&place, &request, matched.keeping, LANES, WARM_UP, matched.status).await?;
        let watch = Watch::start();
        load(&place, &request, matched.keeping, LANES, matched.count, matched.status).await?;
        Ok::<_, BenchError>(watch.spent())
    })?;
    drop(server);
    Ok(spent.each(matched.count))
}
