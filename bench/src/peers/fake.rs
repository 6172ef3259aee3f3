//! The fake.

use plumbline_fake_server::exchange::Service;
use plumbline_fake_server::fault::Rule;
use plumbline_fake_server::{FakeServer, Setup};

use super::{Hosted, host};
use crate::BenchError;

/// The fake's identity service, with a rule in force or none.
pub(crate) fn fake(setup: Setup, rule: Option<Rule>) -> Result<Hosted, BenchError> {
    host("fake", async move || {
        let server = FakeServer::start(setup).await?;
        if let Some(rule) = rule {
            server.inject(rule);
        }
        Ok((server.address(Service::Identity), server))
    })
}
