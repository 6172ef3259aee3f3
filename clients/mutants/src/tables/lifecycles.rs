//! How lifecycles are conducted. Nothing of it shows before something goes wrong, so these are not among the mutants that
//! plain scenarios have to kill.

use std::time::{Duration, SystemTime};

use plumbline_protocol::{Goal, Lifecycle};
use plumbline_reference::{Backoff, CallContext, Error, Impersonation};
use plumbline_reference_driver::{Conduct, Step, Stop, Task, Usual};

use crate::Mutant;
use crate::broken::Broken;

pub(super) const TABLE: &[Mutant] = &[
    Mutant {
        id: "creation-repeated",
        story: "creates an allocation again when it does not know whether it did",
        build: || Broken::conduct(CreationRepeated),
    },
    Mutant {
        id: "creation-not-undone",
        story: "leaves an allocation whose resource was not stored",
        build: || Broken::conduct(NotUndone),
    },
    Mutant {
        id: "creation-undone-once",
        story: "does not try again to delete an allocation whose resource was not stored",
        build: || Broken::conduct(UndoneOnce),
    },
    Mutant {
        id: "creation-undone-by-a-controller",
        story: "deletes an allocation whose resource was not stored for the resource's principal",
        build: || Broken::conduct(UndoneByAController),
    },
    Mutant {
        id: "creation-undone-with-its-own-rights",
        story: "deletes an allocation whose resource was not stored without acting as its principal",
        build: || Broken::conduct(UndoneAs(Impersonation::No)),
    },
    Mutant {
        id: "creation-undone-as-the-principal",
        story: "deletes an allocation whose resource was not stored as its principal, although it did not create it so",
        build: || Broken::conduct(UndoneAs(Impersonation::Yes)),
    },
    Mutant {
        id: "allocation-not-stored",
        story: "does not persist the resource that names a new allocation",
        build: || Broken::conduct(NotStored),
    },
    Mutant {
        id: "allocated-again",
        story: "creates an allocation for a resource that has one",
        build: || Broken::conduct(AllocatedAgain),
    },
    Mutant {
        id: "finalizer-first",
        story: "removes the finalizer before what it stands for is gone",
        build: || Broken::conduct(FinalizerFirst),
    },
    Mutant {
        id: "finalizer-anyway",
        story: "removes the finalizer although what it stands for could not be removed",
        build: || Broken::conduct(FinalizerAnyway),
    },
    Mutant {
        id: "finalizer-never",
        story: "does not remove the finalizer when what it stands for is gone",
        build: || Broken::conduct(FinalizerNever),
    },
    Mutant {
        id: "removal-tried-once",
        story: "does not try a removal again that failed",
        build: || Broken::conduct(TriedOnce(Goal::Absent)),
    },
    Mutant {
        id: "addition-tried-once",
        story: "does not try to add a reference again when that failed",
        build: || Broken::conduct(TriedOnce(Goal::Present)),
    },
    Mutant {
        id: "addition-taken-back",
        story: "removes the reference again when adding it failed once",
        build: || Broken::conduct(TakenBack),
    },
    Mutant {
        id: "conflict-is-final",
        story: "does not try again after a conflict",
        build: || Broken::conduct(ConflictIsFinal),
    },
    Mutant {
        id: "attempts-beyond-the-budget",
        story: "makes three attempts where one is counted",
        build: || Broken::conduct(ThreeForOne),
    },
    Mutant {
        id: "pauses-shrink",
        story: "waits half as long each time",
        build: || Broken::conduct(PausesShrink),
    },
    Mutant {
        id: "retry-after-ignored",
        story: "does not wait as long as the server asks for",
        build: || Broken::conduct(RetryAfter(|_, _| None)),
    },
    Mutant {
        id: "retry-after-in-milliseconds",
        story: "takes the seconds that the server asks for as milliseconds",
        build: || Broken::conduct(RetryAfter(|error, now| Some(error.retry_after(now)? / 1000))),
    },
    Mutant {
        id: "retry-after-dates-ignored",
        story: "does not wait for a date that the server names",
        build: || {
            Broken::conduct(RetryAfter(|error, now| {
                let asked = error.answer()?.retry_after.as_deref()?;
                asked.parse::<u64>().is_ok().then(|| error.retry_after(now))?
            }))
        },
    },
    Mutant {
        id: "goes-on-after-giving-up",
        story: "goes on in the background with what was given up, and tries it again there",
        build: || Broken::conduct(GoesOn),
    },
];

fn creates(task: &Task<'_>) -> bool {
    task.lifecycle == Lifecycle::Allocation && task.goal == Goal::Present
}

struct CreationRepeated;

impl Conduct for CreationRepeated {
    fn repeats(&self, task: &Task<'_>, stop: &Stop) -> bool {
        Usual.repeats(task, stop) || creates(task) && matches!(stop, Stop::Client(error) if !error.is_final())
    }
}

struct NotUndone;

impl Conduct for NotUndone {
    fn undo<'a>(&'a self, _: &'a mut Task<'_>) -> Step<'a> {
        Box::pin(async { Ok(()) })
    }
}

struct UndoneOnce;

impl Conduct for UndoneOnce {
    fn repeats(&self, task: &Task<'_>, stop: &Stop) -> bool {
        task.refused.is_none() && Usual.repeats(task, stop)
    }
}

struct UndoneByAController;

impl Conduct for UndoneByAController {
    fn undo<'a>(&'a self, task: &'a mut Task<'_>) -> Step<'a> {
        Usual.release(task)
    }
}

struct UndoneAs(Impersonation);

impl Conduct for UndoneAs {
    fn undo<'a>(&'a self, task: &'a mut Task<'_>) -> Step<'a> {
        Box::pin(async move {
            let given = task.context.clone();
            task.context = CallContext { impersonation: self.0, ..given.clone() };
            let undone = Usual.undo(task).await;
            task.context = given;
            undone
        })
    }
}

struct NotStored;

impl Conduct for NotStored {
    fn store<'a>(&'a self, task: &'a mut Task<'_>) -> Step<'a> {
        Box::pin(async move {
            match task.goal {
                Goal::Present => Ok(()),
                Goal::Absent => Usual.store(task).await,
            }
        })
    }
}

struct AllocatedAgain;

impl Conduct for AllocatedAgain {
    fn attempt<'a>(&'a self, task: &'a mut Task<'_>) -> Step<'a> {
        Box::pin(async move {
            if creates(task) && task.refused.is_none() && task.resource.has_allocation() {
                self.create(task).await?;
                return self.store(task).await;
            }
            Usual.attempt(task).await
        })
    }
}

struct FinalizerFirst;

impl Conduct for FinalizerFirst {
    fn attempt<'a>(&'a self, task: &'a mut Task<'_>) -> Step<'a> {
        Box::pin(async move {
            if task.goal == Goal::Absent {
                task.store().await?;
            }
            FinalizerNever.attempt(task).await
        })
    }
}

struct FinalizerAnyway;

impl Conduct for FinalizerAnyway {
    fn attempt<'a>(&'a self, task: &'a mut Task<'_>) -> Step<'a> {
        Box::pin(async move {
            match (task.goal, FinalizerNever.attempt(task).await) {
                (Goal::Absent, _) => task.store().await,
                (Goal::Present, ended) => ended,
            }
        })
    }
}

struct FinalizerNever;

impl Conduct for FinalizerNever {
    fn store<'a>(&'a self, task: &'a mut Task<'_>) -> Step<'a> {
        Box::pin(async move {
            match task.goal {
                Goal::Absent => Ok(()),
                Goal::Present => Usual.store(task).await,
            }
        })
    }
}

struct TriedOnce(Goal);

impl Conduct for TriedOnce {
    fn repeats(&self, task: &Task<'_>, stop: &Stop) -> bool {
        (task.goal != self.0 || task.refused.is_some()) && Usual.repeats(task, stop)
    }
}

struct TakenBack;

impl Conduct for TakenBack {
    fn attempt<'a>(&'a self, task: &'a mut Task<'_>) -> Step<'a> {
        Box::pin(async move {
            let ended = Usual.attempt(task).await;
            if ended.is_err() && task.goal == Goal::Present {
                // What comes of it is not looked at, as it would be in a `defer` or a `Drop`.
                let _ = match task.lifecycle {
                    Lifecycle::ProjectReference => self.remove_from_project(task).await,
                    Lifecycle::NetworkReference => self.remove_from_network(task).await,
                    Lifecycle::Allocation | Lifecycle::KeyedAllocation => Ok(()),
                };
            }
            ended
        })
    }

    fn repeats(&self, _: &Task<'_>, _: &Stop) -> bool {
        false
    }
}

struct ConflictIsFinal;

impl Conduct for ConflictIsFinal {
    fn repeats(&self, task: &Task<'_>, stop: &Stop) -> bool {
        let conflict =
            matches!(stop, Stop::Client(error) if error.answer().is_some_and(|answer| answer.status == 409));
        !conflict && Usual.repeats(task, stop)
    }
}

struct ThreeForOne;

impl Conduct for ThreeForOne {
    fn attempt<'a>(&'a self, task: &'a mut Task<'_>) -> Step<'a> {
        Box::pin(async move {
            for _ in 0..2 {
                match Usual.attempt(task).await {
                    Err(stop) if Usual.repeats(task, &stop) => {}
                    ended => return ended,
                }
            }
            Usual.attempt(task).await
        })
    }
}

struct PausesShrink;

impl Conduct for PausesShrink {
    fn backoff(&self) -> Backoff {
        Backoff::new(Duration::from_millis(1), Duration::from_millis(512))
    }

    fn pause(&self, backoff: &mut Backoff, _: &Stop, _: SystemTime) -> Duration {
        Duration::from_millis(512) / u32::try_from(backoff.pause(None).as_millis()).unwrap_or(u32::MAX)
    }
}

/// What the server asks for, as it is understood.
struct RetryAfter(fn(&Error, SystemTime) -> Option<Duration>);

impl Conduct for RetryAfter {
    fn pause(&self, backoff: &mut Backoff, stop: &Stop, now: SystemTime) -> Duration {
        let asked = match stop {
            Stop::Client(error) => (self.0)(error, now),
            Stop::NotStored(_) | Stop::Driver(_) => None,
        };
        backoff.pause(asked)
    }
}

struct GoesOn;

impl Conduct for GoesOn {
    fn add_to_project<'a>(&'a self, task: &'a mut Task<'_>) -> Step<'a> {
        Box::pin(async move {
            let (references, context) = (task.clients.references(&task.resource), task.context.clone());
            let call = detached(move || {
                let (references, context) = (references.clone(), context.clone());
                async move { references.add_to_project(&context).await }
            });
            Ok(task.within("add a reference to a project", call).await?)
        })
    }

    fn remove_from_project<'a>(&'a self, task: &'a mut Task<'_>) -> Step<'a> {
        Box::pin(async move {
            let (references, context) = (task.clients.references(&task.resource), task.context.clone());
            let call = detached(move || {
                let (references, context) = (references.clone(), context.clone());
                async move { references.remove_from_project(&context).await }
            });
            Ok(task.within("remove a reference from a project", call).await?)
        })
    }
}

/// Makes a call in a task of its own, which nobody ends: whoever stops waiting for it does not stop it. There it is made
/// again when it failed.
async fn detached<F>(call: impl Fn() -> F + Send + 'static) -> Result<(), Error>
where
    F: Future<Output = Result<(), Error>> + Send + 'static,
{
    let (ended, waits) = tokio::sync::oneshot::channel();
    tokio::spawn(async move {
        let first = call().await;
        let failed = first.is_err();
        if ended.send(first).is_err() && failed {
            let _ = call().await;
        }
    });
    waits.await.expect("the task says how it ended")
}
