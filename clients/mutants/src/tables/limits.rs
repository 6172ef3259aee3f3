//! Time limits, endings, and many calls at once.

use std::time::Duration;

use crate::Mutant;
use crate::broken::{Broken, WhenCancelled, WhenClosed};
use crate::layers::{Breaker, Shared, Taken};

pub(super) const TABLE: &[Mutant] = &[
    Mutant {
        id: "time-limit-ignored",
        story: "waits for an answer as long as it takes",
        build: || Broken::settings(|settings| settings.limits.call = Duration::from_secs(3600)),
    },
    Mutant {
        id: "cancellation-ignored",
        story: "goes on with a call that was cancelled",
        build: || Broken::when_cancelled(WhenCancelled::GoOn),
    },
    Mutant {
        id: "connections-left-open",
        story: "leaves its connections open when it is closed",
        build: || Broken::when_closed(WhenClosed::Forget),
    },
    Mutant {
        id: "principals-shared",
        story: "sends the principal of the first call under way for all that come meanwhile",
        build: || Broken::layer(|| Shared::new(Taken::Principal)),
    },
    Mutant {
        id: "contexts-shared",
        story: "sends trace and certificate of the first call under way for all that come meanwhile",
        build: || Broken::layer(|| Shared::new(Taken::Context)),
    },
    Mutant {
        id: "targets-shared",
        story: "asks for what the first call under way asks for, for all that come meanwhile",
        build: || Broken::layer(|| Shared::new(Taken::Target)),
    },
    Mutant {
        id: "failures-shared",
        story: "fails the next call, too, once one has failed",
        build: || Broken::layer(Breaker::default),
    },
];
