//! The client certificate over time.

use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use rustls::crypto::CryptoProvider;

use super::identity::Identity;
use super::{Platform, Reload};
use crate::error::Error;
use crate::parts::Parts;
use crate::secrets::{Secret, SecretName};

/// A store of secrets that hangs must not hold up a handshake for which a certificate is at hand.
const RELOAD_LIMIT: Duration = Duration::from_secs(5);

/// The client certificate that a secret holds, looked up again as time passes.
pub(crate) struct ClientCertificate {
    platform: Platform,
    provider: Arc<CryptoProvider>,
    parts: Arc<Parts>,
    name: SecretName,
    reload: Reload,
    state: Mutex<State>,
}

struct State {
    /// What handshakes present.
    presented: Arc<Identity>,
    /// When a handshake looks the secret up again, on the platform's clock.
    next_check: Option<Duration>,
    /// The secret read last and what it became, so that reading the same again costs nothing.
    parsed: (Secret, Arc<Identity>),
}

impl ClientCertificate {
    /// Reads the secret for the first time.
    pub(crate) async fn load(
        platform: Platform,
        provider: Arc<CryptoProvider>,
        parts: Arc<Parts>,
        (name, reload): (SecretName, Reload),
    ) -> Result<Self, Error> {
        let secret = platform.secret(&name).await?;
        let identity = parse(&secret, &parts, &provider, &name)?;
        let next_check = next_check(&platform, reload);
        let state = State { presented: Arc::clone(&identity), next_check, parsed: (secret, identity) };
        Ok(Self { platform, provider, parts, name, reload, state: Mutex::new(state) })
    }

    /// The secret's name.
    pub(crate) fn name(&self) -> &SecretName {
        &self.name
    }

    /// What handshakes present at the moment.
    pub(crate) fn presented(&self) -> Arc<Identity> {
        Arc::clone(&self.lock().presented)
    }

    /// What a handshake that begins now presents: looked up again once the reload interval has passed. When that
    /// fails the old one stays, and the next handshake tries again.
    pub(crate) async fn for_handshake(&self) -> Arc<Identity> {
        if !self.is_due() {
            return self.presented();
        }
        let Ok(Ok(identity)) = tokio::time::timeout(RELOAD_LIMIT, self.read_anew()).await else {
            return self.presented();
        };
        let mut state = self.lock();
        state.presented = Arc::clone(&identity);
        state.next_check = next_check(&self.platform, self.reload);
        identity
    }

    /// What the secret holds now, whatever handshakes present.
    pub(crate) async fn read_anew(&self) -> Result<Arc<Identity>, Error> {
        let secret = self.platform.secret(&self.name).await?;
        {
            let state = self.lock();
            if state.parsed.0 == secret {
                return Ok(Arc::clone(&state.parsed.1));
            }
        }
        let identity = parse(&secret, &self.parts, &self.provider, &self.name)?;
        self.lock().parsed = (secret, Arc::clone(&identity));
        Ok(identity)
    }

    fn is_due(&self) -> bool {
        let next_check = self.lock().next_check;
        next_check.is_some_and(|at| self.platform.clock.now() >= at)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("no holder of this lock panics")
    }
}

fn parse(
    secret: &Secret,
    parts: &Parts,
    provider: &CryptoProvider,
    name: &SecretName,
) -> Result<Arc<Identity>, Error> {
    match parts.credentials.pair(secret, provider) {
        Ok(pair) => Ok(Arc::new(Identity::new(pair))),
        Err(source) => Err(Error::SecretFormat { secret: name.clone(), source }),
    }
}

fn next_check(platform: &Platform, reload: Reload) -> Option<Duration> {
    match reload {
        Reload::Never => None,
        Reload::After(interval) => Some(platform.clock.now().saturating_add(interval)),
    }
}
