//! What passports said, for as long as they count.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use super::tokens::{Bearer, TokenScope};
use crate::clock::Clock;

/// How long before its end a passport is not relied on any more: what is done with it takes time, too.
const MARGIN: Duration = Duration::from_secs(10);
/// As many as are kept; whoever shows ever new tokens is not to fill the memory with them.
const MOST: usize = 4096;

/// What one passport said.
#[derive(Clone)]
pub(super) struct Kept {
    pub(super) bearer: Bearer,
    /// When it ends, by the clock.
    pub(super) until: Duration,
}

/// What passports said, by the tokens and places that they were got for.
pub(crate) struct Passports {
    clock: Arc<dyn Clock>,
    kept: Mutex<BTreeMap<(String, TokenScope), Kept>>,
}

impl Passports {
    pub(crate) fn new(clock: Arc<dyn Clock>) -> Self {
        Self { clock, kept: Mutex::default() }
    }

    pub(super) fn now(&self) -> Duration {
        self.clock.now()
    }

    pub(super) fn find(&self, token: &str, scope: &TokenScope) -> Option<Bearer> {
        let now = self.now();
        let kept = self.kept();
        let found = kept.get(&(token.to_owned(), scope.clone()));
        found.filter(|kept| now + MARGIN < kept.until).map(|kept| kept.bearer.clone())
    }

    pub(super) fn keep(&self, token: &str, scope: &TokenScope, one: Kept) {
        let now = self.now();
        let mut kept = self.kept();
        if kept.len() >= MOST {
            kept.retain(|_, kept| now + MARGIN < kept.until);
        }
        if kept.len() >= MOST {
            kept.clear();
        }
        kept.insert((token.to_owned(), scope.clone()), one);
    }

    fn kept(&self) -> MutexGuard<'_, BTreeMap<(String, TokenScope), Kept>> {
        self.kept.lock().expect("no holder of this lock panics")
    }
}

impl fmt::Debug for Passports {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Passports").field("kept", &self.kept().len()).finish_non_exhaustive()
    }
}
