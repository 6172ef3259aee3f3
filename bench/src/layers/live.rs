//! What the fake's thread spends on whole connections and exchanges.

use std::sync::Arc;

use plumbline_fake_server::pki::KeyType;
use plumbline_fake_server::{Pki, Setup};

use super::Costs;
use crate::client::{Connection, Keeping, Place, load};
use crate::measure::{Watch, median};
use crate::peers::fake;
use crate::{BenchError, tls, usual};

const COUNT: usize = 400;

/// A connection without an exchange, for each kind of key, and an exchange on a connection that is there.
pub(crate) fn measure(rounds: usize) -> Result<Costs, BenchError> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let pki = Pki::new(Vec::new())?;
    let keys = [("handshake, ecdsa-p256", KeyType::EcdsaP256), ("handshake, rsa-2048", KeyType::Rsa2048)];
    let mut costs = Costs::new();
    for (name, key) in keys {
        let config = tls::client(&pki, &*pki.issue(&tls::client_leaf(key))?)?;
        let mut spent = Vec::new();
        for _ in 0..rounds {
            let server = fake(Setup::new(Arc::clone(&pki)), None)?;
            let place = Place { address: server.address, tls: Some(Arc::clone(&config)) };
            runtime.block_on(connect(&place, 20))?;
            let watch = Watch::start();
            runtime.block_on(connect(&place, COUNT))?;
            spent.push(watch.spent().each(COUNT).elsewhere());
        }
        costs.insert(name, median(&spent));
    }
    let config = tls::client(&pki, &*pki.issue(&tls::client_leaf(KeyType::Rsa2048))?)?;
    let mut spent = Vec::new();
    for _ in 0..rounds {
        let server = fake(Setup::new(Arc::clone(&pki)), None)?;
        let place = Place { address: server.address, tls: Some(Arc::clone(&config)) };
        let request = usual::request();
        runtime.block_on(load(&place, &request, Keeping::Alive, 1, 20, 200))?;
        let watch = Watch::start();
        runtime.block_on(load(&place, &request, Keeping::Alive, 1, COUNT * 10, 200))?;
        spent.push(watch.spent().each(COUNT * 10).elsewhere());
    }
    costs.insert("exchange", median(&spent));
    Ok(costs)
}

async fn connect(place: &Place, count: usize) -> Result<(), BenchError> {
    for _ in 0..count {
        Connection::open(place).await?.close().await;
    }
    Ok(())
}
