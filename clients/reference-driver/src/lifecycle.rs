//! Lifecycles: what a controller or a handler does with the clients until it is done.

mod conduct;
mod task;

use std::sync::Arc;

use plumbline_protocol::{Converge, Desk, DriverError, ErrorClass, Failure, Goal, Lifecycle, Outcome};
use plumbline_reference::{Clock, Error};
use serde_json::Value;

pub use conduct::{Conduct, Step, Usual};
pub use task::{Stop, Store, Storing, Task};

use crate::arguments::{Arguments, NotAttempted};
use crate::context;
use crate::failure::failure;
use crate::perform::left;
use crate::session::Clients;
use crate::work::Patience;

/// Runs a lifecycle as `conduct` has it, until it is done or its attempts are spent.
pub(crate) async fn converge(
    clients: Arc<Clients>,
    conduct: Arc<dyn Conduct>,
    converge: Converge,
    (desk, patience): (impl Desk, Patience),
) -> Outcome {
    let given = converge.resource.clone();
    let attempts = converge.attempts.max(1);
    let ended = match task(&clients, converge, (&desk, patience)) {
        Ok(mut task) => {
            let ended = run(&mut task, &*conduct, &*clients.clock, attempts).await;
            ended.map_err(|stop| (stop, task.resource.clone())).map(|()| task.resource)
        }
        Err(NotAttempted(reason)) => return Outcome::CouldNotAttempt { reason },
    };
    match ended {
        Ok(resource) => Outcome::Ok { value: Value::Null, resource: Some(left(given, Some(resource))) },
        Err((stop, resource)) => outcome(stop, left(given, Some(resource))),
    }
}

/// One attempt after the other, with a pause in between that does not shrink.
async fn run(
    task: &mut Task<'_>,
    conduct: &dyn Conduct,
    clock: &dyn Clock,
    attempts: u32,
) -> Result<(), Stop> {
    let mut backoff = conduct.backoff();
    let mut left = attempts;
    loop {
        left -= 1;
        let Err(stop) = conduct.attempt(task).await else { return Ok(()) };
        if left == 0 || !conduct.repeats(task, &stop) {
            return Err(stop);
        }
        let pause = conduct.pause(&mut backoff, &stop, clock.date());
        task.desk.waits(u64::try_from(pause.as_millis()).unwrap_or(u64::MAX));
    }
}

fn task<'a>(
    clients: &'a Clients,
    converge: Converge,
    (desk, patience): (&'a dyn Store, Patience),
) -> Result<Task<'a>, NotAttempted> {
    let mut arguments = Arguments::new(converge.arguments);
    let network = match converge.lifecycle {
        Lifecycle::NetworkReference => Some(arguments.take("network")?),
        Lifecycle::ProjectReference | Lifecycle::Allocation | Lifecycle::KeyedAllocation => None,
    };
    let amounts = match (converge.lifecycle, converge.goal) {
        (Lifecycle::Allocation | Lifecycle::KeyedAllocation, Goal::Present) => {
            arguments.take("allocations")?
        }
        (Lifecycle::Allocation | Lifecycle::KeyedAllocation, Goal::Absent)
        | (Lifecycle::ProjectReference | Lifecycle::NetworkReference, _) => Vec::new(),
    };
    arguments.finish()?;
    Ok(Task {
        lifecycle: converge.lifecycle,
        goal: converge.goal,
        clients: &clients.set,
        context: context::context(converge.context).map_err(|error| NotAttempted(error.to_string()))?,
        network,
        amounts,
        resource: context::resource(&converge.resource),
        refused: None,
        given: converge.resource,
        desk,
        patience,
        limit: clients.limit,
    })
}

fn outcome(stop: Stop, resource: plumbline_protocol::Resource) -> Outcome {
    match stop {
        Stop::Client(error) => Outcome::Error(failure(&error, Some(resource))),
        Stop::NotStored(why) => Outcome::Error(Failure {
            class: ErrorClass::Other,
            status: None,
            code: None,
            description: None,
            trace_id: None,
            retry_after: None,
            body: None,
            message: format!("store the resource: {why}"),
            resource: Some(resource),
        }),
        Stop::Driver(DriverError(reason)) => Outcome::CouldNotAttempt { reason },
    }
}

impl From<Error> for Stop {
    fn from(error: Error) -> Self {
        Self::Client(error)
    }
}
