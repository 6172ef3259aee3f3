//! When secrets are read again.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use plumbline_reference::{
    Error, ExchangeFuture, Layer, Next, Outgoing, Reload, Secret, SecretError, SecretFuture, SecretName,
    SecretStore, Settings,
};

use crate::Mutant;
use crate::broken::{Broken, WhenSecretsChange};

pub(super) const TABLE: &[Mutant] = &[
    Mutant {
        id: "certificates-loaded-once",
        story: "reads its secrets when it is built and never again",
        build: || Broken::secrets(|usual| Kept::new(usual, Keeps::First)),
    },
    Mutant {
        id: "rotates-once",
        story: "follows one rotation and no other",
        build: || Broken::secrets(|usual| Kept::new(usual, Keeps::Second)),
    },
    Mutant {
        id: "missing-secret-remembered",
        story: "goes on with what a secret held that is no longer there",
        build: || Broken::secrets(|usual| Kept::new(usual, Keeps::WhenMissing)),
    },
    Mutant {
        id: "failed-reload-is-final",
        story: "does not look a secret up again once that has failed",
        build: || Broken::secrets(|usual| Kept::new(usual, Keeps::Failure)),
    },
    Mutant {
        id: "failed-reload-fails-calls",
        story: "fails calls while its secret cannot be read, although it has a certificate",
        build: || {
            Broken::layer_with_secrets(|assembly| NeedsSecret {
                store: Arc::clone(&assembly.platform.secrets),
                name: assembly.settings.identity.tls.client.clone(),
            })
        },
    },
    Mutant {
        id: "reload-never",
        story: "presents the certificate that it was built with, for ever",
        build: || Broken::settings(|settings| reload(settings, |_| Reload::Never)),
    },
    Mutant {
        id: "reload-every-handshake",
        story: "looks its certificate up on every handshake",
        build: || Broken::settings(|settings| reload(settings, |_| Reload::After(Duration::ZERO))),
    },
    Mutant {
        id: "reload-by-default-only",
        story: "takes no notice of the interval that it was given",
        build: || Broken::settings(|settings| reload(settings, |_| Reload::default())),
    },
    Mutant {
        id: "reload-hourly-by-default",
        story: "looks its certificate up every hour when it was given no interval",
        build: || {
            Broken::settings(|settings| {
                reload(settings, |given| match given == Reload::default() {
                    true => Reload::After(Duration::from_secs(3600)),
                    false => given,
                })
            })
        },
    },
    Mutant {
        id: "reload-zero-is-always",
        story: "takes an interval of zero for always",
        build: || {
            Broken::settings(|settings| {
                reload(settings, |given| match given {
                    Reload::Never => Reload::After(Duration::ZERO),
                    given => given,
                })
            })
        },
    },
    Mutant {
        id: "reload-one-interval-late",
        story: "looks its certificate up after twice the interval",
        build: || {
            Broken::settings(|settings| {
                reload(settings, |given| match given {
                    Reload::After(interval) => Reload::After(interval * 2),
                    Reload::Never => Reload::Never,
                })
            })
        },
    },
    Mutant {
        id: "rebuilt-when-secrets-change",
        story: "builds its clients anew as soon as a secret changes",
        build: || Broken::when_secrets_change(WhenSecretsChange::BuildAnew),
    },
];

fn reload(settings: &mut Settings, change: fn(Reload) -> Reload) {
    for service in [&mut settings.identity, &mut settings.region] {
        service.tls.reload = change(service.tls.reload);
    }
}

/// A store that remembers.
struct Kept {
    usual: Arc<dyn SecretStore>,
    keeps: Keeps,
    known: Mutex<BTreeMap<SecretName, Vec<Secret>>>,
    failed: Mutex<Vec<SecretName>>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Keeps {
    /// What was read first.
    First,
    /// What was read when it had changed once.
    Second,
    /// What was read last, when there is nothing any more.
    WhenMissing,
    /// That there was nothing.
    Failure,
}

impl Kept {
    fn new(usual: Arc<dyn SecretStore>, keeps: Keeps) -> Self {
        Self { usual, keeps, known: Mutex::default(), failed: Mutex::default() }
    }

    fn remembered(&self, name: &SecretName) -> Option<Secret> {
        let known = self.known.lock().expect("no holder of this lock panics");
        let known = known.get(name)?;
        match self.keeps {
            Keeps::First => known.first().cloned(),
            Keeps::Second => known.get(1).cloned(),
            Keeps::WhenMissing | Keeps::Failure => None,
        }
    }

    fn remember(&self, name: &SecretName, secret: &Secret) {
        let mut known = self.known.lock().expect("no holder of this lock panics");
        let known = known.entry(name.clone()).or_default();
        if known.last() != Some(secret) {
            known.push(secret.clone());
        }
    }
}

impl SecretStore for Kept {
    fn get<'a>(&'a self, name: &'a SecretName) -> SecretFuture<'a> {
        Box::pin(async move {
            if let Some(secret) = self.remembered(name) {
                return Ok(secret);
            }
            let failed = self.failed.lock().expect("no holder of this lock panics").contains(name);
            if failed && self.keeps == Keeps::Failure {
                return Err(SecretError::NotFound);
            }
            match self.usual.get(name).await {
                Ok(secret) => {
                    self.remember(name, &secret);
                    Ok(secret)
                }
                Err(error) => {
                    self.failed.lock().expect("no holder of this lock panics").push(name.clone());
                    let known = self.known.lock().expect("no holder of this lock panics");
                    let last = known.get(name).and_then(|known| known.last());
                    match last.filter(|_| self.keeps == Keeps::WhenMissing) {
                        Some(secret) => Ok(secret.clone()),
                        None => Err(error),
                    }
                }
            }
        })
    }
}

struct NeedsSecret {
    store: Arc<dyn SecretStore>,
    name: Option<SecretName>,
}

impl Layer for NeedsSecret {
    fn exchange<'a>(&'a self, request: Outgoing, next: Next<'a>) -> ExchangeFuture<'a> {
        Box::pin(async move {
            if let Some(name) = self.name.as_ref().filter(|name| !name.namespace.is_empty())
                && self.store.get(name).await.is_err()
            {
                return Err(Error::SecretNotFound { secret: name.clone() });
            }
            next.send(request).await
        })
    }
}
