//! What a lifecycle works with.

use std::pin::Pin;
use std::time::Duration;

use plumbline_protocol::{self as protocol, Desk, DriverError, Goal, Lifecycle, Stored};
use plumbline_reference::identity::Amount;
use plumbline_reference::{CallContext, ClientSet, Error, Resource};

use crate::perform::left;
use crate::work::Patience;

/// A lifecycle that runs.
pub struct Task<'a> {
    /// Which one.
    pub lifecycle: Lifecycle,
    /// Where it is to end.
    pub goal: Goal,
    /// The clients that run it.
    pub clients: &'a ClientSet,
    /// What the caller has at hand.
    pub context: CallContext,
    /// The network that is referred to; none for other lifecycles.
    pub network: Option<String>,
    /// What is allocated; empty for other lifecycles.
    pub amounts: Vec<Amount>,
    /// The resource as it is now, in this process.
    pub resource: Resource,
    /// Why the resource was not stored whose allocation has to be deleted again; none: there is nothing to undo.
    pub refused: Option<String>,
    /// Where things are stored and waited for.
    pub desk: &'a dyn Store,
    pub(super) given: protocol::Resource,
    pub(super) patience: Patience,
    pub(super) limit: Duration,
}

/// Why an attempt is over.
#[derive(Debug)]
pub enum Stop {
    /// The client failed.
    Client(Error),
    /// The resource was not stored, and why.
    NotStored(String),
    /// Nobody is there to store it any more.
    Driver(DriverError),
}

impl Task<'_> {
    /// Waits for a call of the client, unless it is given up: then its time limit has passed.
    ///
    /// # Errors
    ///
    /// The client's own.
    pub async fn within<T>(
        &self,
        operation: &'static str,
        call: impl Future<Output = Result<T, Error>>,
    ) -> Result<T, Error> {
        let timeout = Error::Timeout { operation, limit: self.limit };
        self.patience.wait_for(call).await.unwrap_or(Err(timeout))
    }

    /// Persists the resource as it is now.
    ///
    /// # Errors
    ///
    /// It was refused, or there is nobody to do it.
    pub async fn store(&self) -> Result<(), Stop> {
        let resource = left(self.given.clone(), Some(self.resource.clone()));
        match self.desk.store(resource).await {
            Ok(Stored::Kept) => Ok(()),
            Ok(Stored::Refused(why)) => Err(Stop::NotStored(why)),
            Err(error) => Err(Stop::Driver(error)),
        }
    }
}

/// What [`Store::store`] returns.
pub type Storing<'a> = Pin<Box<dyn Future<Output = Result<Stored, DriverError>> + Send + 'a>>;

/// A [`Desk`] of whatever type.
pub trait Store: Send + Sync {
    /// As [`Desk::store`].
    fn store(&self, resource: protocol::Resource) -> Storing<'_>;

    /// As [`Desk::waits`].
    fn waits(&self, milliseconds: u64);
}

impl<D: Desk> Store for D {
    fn store(&self, resource: protocol::Resource) -> Storing<'_> {
        Box::pin(Desk::store(self, resource))
    }

    fn waits(&self, milliseconds: u64) {
        Desk::waits(self, milliseconds);
    }
}
