//! The steps of lifecycles, as services of the platform make them.

use std::pin::Pin;
use std::time::{Duration, SystemTime};

use plumbline_protocol::{Goal, Lifecycle};
use plumbline_reference::Backoff;

use super::task::{Stop, Task};

/// A step, and whether it succeeded.
pub type Step<'a> = Pin<Box<dyn Future<Output = Result<(), Stop>> + Send + 'a>>;

/// Every step of every lifecycle, each as it should be unless it is replaced.
pub trait Conduct: Send + Sync + 'static {
    /// One attempt, from the beginning.
    fn attempt<'a>(&'a self, task: &'a mut Task<'_>) -> Step<'a> {
        Box::pin(async move {
            match (task.lifecycle, task.goal) {
                (Lifecycle::ProjectReference, Goal::Present) => self.add_to_project(task).await,
                (Lifecycle::NetworkReference, Goal::Present) => self.add_to_network(task).await,
                (Lifecycle::Allocation | Lifecycle::KeyedAllocation, Goal::Present) => {
                    self.allocate(task).await
                }
                (lifecycle, Goal::Absent) => {
                    match lifecycle {
                        Lifecycle::ProjectReference => self.remove_from_project(task).await?,
                        Lifecycle::NetworkReference => self.remove_from_network(task).await?,
                        Lifecycle::Allocation => self.release(task).await?,
                        Lifecycle::KeyedAllocation => {
                            self.find(task).await?;
                            self.release(task).await?;
                        }
                    }
                    // Not before the thing is gone: a finalizer that is removed too early leaves it for ever.
                    self.store(task).await
                }
            }
        })
    }

    /// The resource begins to depend on its project.
    fn add_to_project<'a>(&'a self, task: &'a mut Task<'_>) -> Step<'a> {
        Box::pin(async move {
            let references = task.clients.references(&task.resource);
            let call = references.add_to_project(&task.context);
            Ok(task.within("add a reference to a project", call).await?)
        })
    }

    /// It no longer does.
    fn remove_from_project<'a>(&'a self, task: &'a mut Task<'_>) -> Step<'a> {
        Box::pin(async move {
            let references = task.clients.references(&task.resource);
            let call = references.remove_from_project(&task.context);
            Ok(task.within("remove a reference from a project", call).await?)
        })
    }

    /// The resource begins to depend on a network.
    fn add_to_network<'a>(&'a self, task: &'a mut Task<'_>) -> Step<'a> {
        Box::pin(async move {
            let references = task.clients.references(&task.resource);
            let network = task.network.as_deref().unwrap_or_default();
            let call = references.add_to_network(&task.context, network);
            Ok(task.within("add a reference to a network", call).await?)
        })
    }

    /// It no longer does.
    fn remove_from_network<'a>(&'a self, task: &'a mut Task<'_>) -> Step<'a> {
        Box::pin(async move {
            let references = task.clients.references(&task.resource);
            let network = task.network.as_deref().unwrap_or_default();
            let call = references.remove_from_network(&task.context, network);
            Ok(task.within("remove a reference from a network", call).await?)
        })
    }

    /// What a handler does: it creates the allocation, stores the resource that names it, and when that is refused undoes
    /// the first. A resource that was stored with its allocation needs no other.
    fn allocate<'a>(&'a self, task: &'a mut Task<'_>) -> Step<'a> {
        Box::pin(async move {
            if task.refused.is_none() {
                if task.resource.has_allocation() {
                    return Ok(());
                }
                match task.lifecycle {
                    Lifecycle::KeyedAllocation => self.keep(task).await?,
                    Lifecycle::Allocation | Lifecycle::ProjectReference | Lifecycle::NetworkReference => {
                        self.create(task).await?;
                    }
                }
                match self.store(task).await {
                    Err(Stop::NotStored(why)) => task.refused = Some(why),
                    stored => return stored,
                }
            }
            self.undo(task).await?;
            Err(Stop::NotStored(task.refused.clone().unwrap_or_default()))
        })
    }

    /// Creates the allocation, for the context's principal.
    fn create<'a>(&'a self, task: &'a mut Task<'_>) -> Step<'a> {
        Box::pin(async move {
            let mut resource = task.resource.clone();
            let identity = task.clients.identity();
            let call = identity.create_allocation(&task.context, &mut resource, &task.amounts);
            task.within("create an allocation", call).await?;
            task.resource = resource;
            Ok(())
        })
    }

    /// The same on a contract that keys allocations: creates the allocation, or finds the one of an earlier attempt.
    fn keep<'a>(&'a self, task: &'a mut Task<'_>) -> Step<'a> {
        Box::pin(async move {
            let mut resource = task.resource.clone();
            let identity = task.clients.identity();
            let call = identity.keep_allocation(&task.context, &mut resource, &task.amounts);
            task.within("create or find an allocation", call).await?;
            task.resource = resource;
            Ok(())
        })
    }

    /// On that contract, looks for the allocation of a resource that does not remember it: whoever made it may have
    /// crashed before the resource was stored.
    fn find<'a>(&'a self, task: &'a mut Task<'_>) -> Step<'a> {
        Box::pin(async move {
            if task.resource.has_allocation() {
                return Ok(());
            }
            let mut resource = task.resource.clone();
            let identity = task.clients.identity_for(&task.resource);
            let call = identity.find_allocation(&task.context, &mut resource);
            task.within("find an allocation", call).await?;
            task.resource = resource;
            Ok(())
        })
    }

    /// Deletes the allocation that was created in vain, for the principal that it was created for.
    fn undo<'a>(&'a self, task: &'a mut Task<'_>) -> Step<'a> {
        Box::pin(async move {
            let identity = task.clients.identity();
            let call = identity.delete_allocation(&task.context, &task.resource);
            Ok(task.within("delete an allocation", call).await?)
        })
    }

    /// What a controller does: it deletes the allocation, for the principal that the resource remembers.
    fn release<'a>(&'a self, task: &'a mut Task<'_>) -> Step<'a> {
        Box::pin(async move {
            if !task.resource.has_allocation() {
                return Ok(());
            }
            let identity = task.clients.identity_for(&task.resource);
            let call = identity.delete_allocation(&task.context, &task.resource);
            Ok(task.within("delete an allocation", call).await?)
        })
    }

    /// Persists the resource.
    fn store<'a>(&'a self, task: &'a mut Task<'_>) -> Step<'a> {
        Box::pin(task.store())
    }

    /// Whether there is another attempt after one that ended like this.
    fn repeats(&self, task: &Task<'_>, stop: &Stop) -> bool {
        let handles = match task.lifecycle {
            Lifecycle::Allocation | Lifecycle::KeyedAllocation => task.goal == Goal::Present,
            Lifecycle::ProjectReference | Lifecycle::NetworkReference => false,
        };
        let creates_once = handles && task.lifecycle == Lifecycle::Allocation;
        match stop {
            Stop::Driver(_) => false,
            // A handler that stored nothing has undone what it did.
            Stop::NotStored(_) => !handles,
            Stop::Client(error) if error.is_final() => false,
            // Whether a creation happened that failed, nobody knows; to delete is safe to repeat.
            Stop::Client(_) => !creates_once || task.refused.is_some(),
        }
    }

    /// The pauses between attempts.
    fn backoff(&self) -> Backoff {
        Backoff::default()
    }

    /// The pause after an attempt that ended like this.
    fn pause(&self, backoff: &mut Backoff, stop: &Stop, now: SystemTime) -> Duration {
        let asked = match stop {
            Stop::Client(error) => error.retry_after(now),
            Stop::NotStored(_) | Stop::Driver(_) => None,
        };
        backoff.pause(asked)
    }
}

/// Every step as it should be.
#[derive(Debug, Clone, Copy, Default)]
pub struct Usual;

impl Conduct for Usual {}
