//! From a session to clients.

use std::sync::Arc;
use std::time::Duration;

use plumbline_protocol::{Secret, SecretName, Session};
use plumbline_reference as client;
use plumbline_reference::{
    ClientSet, Endpoint, Error, Limits, ManualClock, MemorySecrets, Parts, Platform, Reload, ServiceSettings,
    Settings, TlsSettings,
};

use crate::{Assemble, Assembly};

/// The clients of one session, and the world around them.
pub(crate) struct Clients {
    pub(crate) set: ClientSet,
    pub(crate) clock: Arc<ManualClock>,
    /// How long a call may take.
    pub(crate) limit: Duration,
    secrets: Arc<MemorySecrets>,
}

impl Clients {
    pub(crate) async fn open(session: Session, assemble: &Assemble) -> Result<Self, Error> {
        let clock = Arc::new(ManualClock::default());
        let secrets: Arc<MemorySecrets> = Arc::new(session.secrets.into_iter().map(secret).collect());
        let tls = TlsSettings {
            authority: session.ca.map(secret_name),
            client: session.client.map(secret_name),
            reload: reload(session.reload_seconds),
        };
        let mut limits = Limits::default();
        if let Some(milliseconds) = session.timeouts.call_ms {
            limits.call = Duration::from_millis(milliseconds);
        }
        let settings = Settings {
            identity: ServiceSettings {
                endpoint: Endpoint::parse(&session.endpoints.identity)?,
                tls: tls.clone(),
            },
            region: ServiceSettings { endpoint: Endpoint::parse(&session.endpoints.region)?, tls },
            limits,
        };
        let platform = Platform { secrets: secrets.clone(), clock: clock.clone() };
        let Assembly { settings, platform, parts } =
            assemble(Assembly { settings, platform, parts: Parts::default() });
        let limit = settings.limits.call;
        let set = ClientSet::open_with(settings, platform, parts).await?;
        Ok(Self { set, clock, limit, secrets })
    }

    pub(crate) fn replace_secrets(&self, secrets: Vec<Secret>) {
        self.secrets.replace(secrets.into_iter().map(secret));
    }
}

fn reload(seconds: Option<u64>) -> Reload {
    match seconds {
        None => Reload::default(),
        Some(0) => Reload::Never,
        Some(seconds) => Reload::After(Duration::from_secs(seconds)),
    }
}

fn secret_name(name: SecretName) -> client::SecretName {
    client::SecretName { namespace: name.namespace, name: name.name }
}

fn secret(secret: Secret) -> (client::SecretName, client::Secret) {
    let name = client::SecretName { namespace: secret.namespace, name: secret.name };
    let data = secret.data.into_iter().map(|(key, text)| (key, text.into_bytes())).collect();
    (name, client::Secret { kind: secret.kind, data })
}
