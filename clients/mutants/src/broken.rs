//! What the rows of the tables are built with: one function for each seam.

use std::fmt;
use std::sync::Arc;

use plumbline_protocol::{Call, Outcome, Session};
use plumbline_reference::{
    Clock, Credentials, Judge, Layer, Outgoing, PrincipalCodec, Received, SecretStore, Settings,
};
use plumbline_reference_driver::{Assemble, Assembly, Conduct};

use crate::layers::{Reread, Rewrite};

/// The part that a mutant is made with.
pub struct Broken {
    pub(crate) assemble: Box<Assemble>,
    pub(crate) habits: Habits,
    /// How lifecycles are run; none: as they should be.
    pub(crate) conduct: Option<Arc<dyn Conduct>>,
}

/// What a mutant does between the harness and its clients.
#[derive(Default)]
pub(crate) struct Habits {
    /// Changes what clients are built from.
    pub(crate) session: Option<fn(&mut Session)>,
    /// Changes what a call is given.
    pub(crate) call: Option<fn(&Session, &mut Call)>,
    /// Changes what came of a call.
    pub(crate) outcome: Option<fn(&Call, &mut Outcome)>,
    /// What happens when secrets change.
    pub(crate) secrets: WhenSecretsChange,
    /// What happens when a call is cancelled.
    pub(crate) cancel: WhenCancelled,
    /// What happens when clients are closed.
    pub(crate) close: WhenClosed,
}

#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum WhenSecretsChange {
    #[default]
    TellTheStore,
    BuildAnew,
}

#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum WhenCancelled {
    #[default]
    Stop,
    GoOn,
}

#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum WhenClosed {
    #[default]
    Close,
    Forget,
}

impl Broken {
    fn assembled(assemble: impl Fn(Assembly) -> Assembly + Send + Sync + 'static) -> Self {
        Self { assemble: Box::new(assemble), habits: Habits::default(), conduct: None }
    }

    fn habit(habits: Habits) -> Self {
        Self { assemble: Box::new(|usual| usual), habits, conduct: None }
    }

    /// Other steps of lifecycles.
    pub(crate) fn conduct(conduct: impl Conduct) -> Self {
        Self { conduct: Some(Arc::new(conduct)), ..Self::habit(Habits::default()) }
    }

    /// A layer around every exchange, one for each session.
    pub(crate) fn layer<L: Layer>(layer: fn() -> L) -> Self {
        Self::assembled(move |mut usual| {
            usual.parts.layers.push(Arc::new(layer()));
            usual
        })
    }

    /// A change of every request.
    pub(crate) fn request(change: fn(&mut Outgoing)) -> Self {
        Self::assembled(move |mut usual| {
            usual.parts.layers.push(Arc::new(Rewrite(change)));
            usual
        })
    }

    /// A change of every answer. The first argument is the verb and the path.
    pub(crate) fn answer(change: fn(&str, &mut Received)) -> Self {
        Self::assembled(move |mut usual| {
            usual.parts.layers.push(Arc::new(Reread(change)));
            usual
        })
    }

    pub(crate) fn principals(codec: impl PrincipalCodec) -> Self {
        let codec = Arc::new(codec);
        Self::assembled(move |mut usual| {
            usual.parts.principals = codec.clone();
            usual
        })
    }

    pub(crate) fn credentials(credentials: impl Credentials) -> Self {
        let credentials = Arc::new(credentials);
        Self::assembled(move |mut usual| {
            usual.parts.credentials = credentials.clone();
            usual
        })
    }

    pub(crate) fn judge(judge: impl Judge) -> Self {
        let judge = Arc::new(judge);
        Self::assembled(move |mut usual| {
            usual.parts.judge = judge.clone();
            usual
        })
    }

    pub(crate) fn settings(change: fn(&mut Settings)) -> Self {
        Self::assembled(move |mut usual| {
            change(&mut usual.settings);
            usual
        })
    }

    /// Another store of secrets, made from the usual one, for each session.
    pub(crate) fn secrets<S: SecretStore>(wrap: fn(Arc<dyn SecretStore>) -> S) -> Self {
        Self::assembled(move |mut usual| {
            usual.platform.secrets = Arc::new(wrap(usual.platform.secrets));
            usual
        })
    }

    /// Another clock, made from the usual one, for each session.
    pub(crate) fn clock<C: Clock>(wrap: fn(Arc<dyn Clock>) -> C) -> Self {
        Self::assembled(move |mut usual| {
            usual.platform.clock = Arc::new(wrap(usual.platform.clock));
            usual
        })
    }

    /// A layer that asks the store of secrets.
    pub(crate) fn layer_with_secrets<L: Layer>(layer: fn(&Assembly) -> L) -> Self {
        Self::assembled(move |mut usual| {
            let layer = layer(&usual);
            usual.parts.layers.push(Arc::new(layer));
            usual
        })
    }

    pub(crate) fn session(change: fn(&mut Session)) -> Self {
        Self::habit(Habits { session: Some(change), ..Habits::default() })
    }

    pub(crate) fn call(change: fn(&Session, &mut Call)) -> Self {
        Self::habit(Habits { call: Some(change), ..Habits::default() })
    }

    pub(crate) fn outcome(change: fn(&Call, &mut Outcome)) -> Self {
        Self::habit(Habits { outcome: Some(change), ..Habits::default() })
    }

    pub(crate) fn when_secrets_change(secrets: WhenSecretsChange) -> Self {
        Self::habit(Habits { secrets, ..Habits::default() })
    }

    pub(crate) fn when_cancelled(cancel: WhenCancelled) -> Self {
        Self::habit(Habits { cancel, ..Habits::default() })
    }

    pub(crate) fn when_closed(close: WhenClosed) -> Self {
        Self::habit(Habits { close, ..Habits::default() })
    }
}

impl fmt::Debug for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Broken").finish_non_exhaustive()
    }
}
