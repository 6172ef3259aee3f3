//! One value that holds every client.

use std::sync::Arc;

use crate::error::Error;
use crate::identity::{Identity, Passports};
use crate::parts::Parts;
use crate::references::References;
use crate::region::Region;
use crate::resource::Resource;
use crate::rest::{Endpoint, Limits, Rest, Subject};
use crate::service::Service;
use crate::transport::{Platform, TlsSettings, Transports};

/// What clients are built from.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The identity service.
    pub identity: ServiceSettings,
    /// The region service.
    pub region: ServiceSettings,
    /// How long a call may take and how much it may read.
    pub limits: Limits,
}

/// One service.
#[derive(Debug, Clone)]
pub struct ServiceSettings {
    /// Where it is.
    pub endpoint: Endpoint,
    /// What connections to it are made with. Services with equal settings share their connections' settings,
    /// certificate and reloads.
    pub tls: TlsSettings,
}

/// Every client of a service. Made once in its life; what it hands out is cheap.
pub struct ClientSet {
    transports: Transports,
    identity: Rest,
    region: Rest,
    passports: Arc<Passports>,
}

impl ClientSet {
    /// Reads the secrets that are named, authorities first, within the time limit of a call. Connects to nothing yet.
    ///
    /// # Errors
    ///
    /// [`Error::SecretNotFound`], [`Error::SecretUnavailable`], [`Error::SecretFormat`], [`Error::Timeout`].
    pub async fn open(settings: Settings, platform: Platform) -> Result<Self, Error> {
        Self::open_with(settings, platform, Parts::default()).await
    }

    /// The same with other parts than the usual ones.
    ///
    /// # Errors
    ///
    /// Those of [`ClientSet::open`].
    pub async fn open_with(settings: Settings, platform: Platform, parts: Parts) -> Result<Self, Error> {
        let limits = settings.limits;
        let parts = Arc::new(parts);
        let passports = Arc::new(Passports::new(Arc::clone(&platform.clock)));
        let transports = Transports::new(platform, Arc::clone(&parts));
        let both = async {
            let identity = rest(&transports, settings.identity, limits, &parts).await?;
            let region = rest(&transports, settings.region, limits, &parts).await?;
            Ok((identity, region))
        };
        let (identity, region) = match tokio::time::timeout(limits.call, both).await {
            Ok(both) => both?,
            Err(_elapsed) => {
                return Err(Error::Timeout { operation: "read the clients' secrets", limit: limits.call });
            }
        };
        Ok(Self { transports, identity, region, passports })
    }

    /// A client of the identity service for the principal of each call's context.
    #[must_use]
    pub fn identity(&self) -> Identity {
        self.identity_as(Subject::Caller)
    }

    /// A client of the identity service for the principal that a resource remembers. It sees the resource as it is
    /// now: make one for each time that the resource is worked on.
    #[must_use]
    pub fn identity_for(&self, resource: &Resource) -> Identity {
        self.identity_as(for_resource(resource))
    }

    /// A client of the region service for the principal of each call's context.
    #[must_use]
    pub fn region(&self) -> Region {
        Region { service: service(&self.region, Subject::Caller) }
    }

    /// A client of the region service for the principal that a resource remembers; see [`ClientSet::identity_for`].
    #[must_use]
    pub fn region_for(&self, resource: &Resource) -> Region {
        Region { service: service(&self.region, for_resource(resource)) }
    }

    /// The references that a resource holds; see [`ClientSet::identity_for`].
    #[must_use]
    pub fn references(&self, resource: &Resource) -> References {
        References {
            identity: service(&self.identity, for_resource(resource)),
            region: service(&self.region, for_resource(resource)),
            resource: resource.clone(),
        }
    }

    fn identity_as(&self, subject: Subject) -> Identity {
        Identity { service: service(&self.identity, subject), passports: Arc::clone(&self.passports) }
    }

    /// Closes everything: calls in flight end with [`Error::Closed`], as do later ones, and when this returns no
    /// connection and no task is left.
    pub async fn close(&self) {
        self.transports.close().await;
    }

    /// As [`ClientSet::close`], without a goodbye: connections are cut where they stand, as when a process is killed.
    pub async fn abort(&self) {
        self.transports.abort().await;
    }
}

impl std::fmt::Debug for ClientSet {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ClientSet")
            .field("identity", &self.identity.endpoint)
            .field("region", &self.region.endpoint)
            .finish_non_exhaustive()
    }
}

async fn rest(
    transports: &Transports,
    settings: ServiceSettings,
    limits: Limits,
    parts: &Arc<Parts>,
) -> Result<Rest, Error> {
    let transport = transports.transport(&settings.tls).await?;
    Ok(Rest { transport, endpoint: settings.endpoint, limits, parts: Arc::clone(parts) })
}

fn service(rest: &Rest, subject: Subject) -> Service {
    Service { rest: rest.clone(), subject }
}

fn for_resource(resource: &Resource) -> Subject {
    Subject::Resource(Arc::new(resource.clone()))
}
