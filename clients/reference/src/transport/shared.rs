//! Transports that several clients share.

use std::sync::{Arc, Mutex};

use super::tasks::Tasks;
use super::{Platform, TlsSettings, Transport};
use crate::error::Error;
use crate::parts::Parts;

/// The transports in use, one for each kind of settings.
pub(crate) struct Transports {
    platform: Platform,
    parts: Arc<Parts>,
    tasks: Tasks,
    open: Mutex<Vec<(TlsSettings, Arc<Transport>)>>,
}

impl Transports {
    pub(crate) fn new(platform: Platform, parts: Arc<Parts>) -> Self {
        Self { platform, parts, tasks: Tasks::default(), open: Mutex::default() }
    }

    /// The transport with those settings, built when there is none yet.
    pub(crate) async fn transport(&self, settings: &TlsSettings) -> Result<Arc<Transport>, Error> {
        if let Some(open) = self.find(settings) {
            return Ok(open);
        }
        let built = Transport::build(&self.platform, &self.parts, settings, self.tasks.clone()).await?;
        let mut open = self.open.lock().expect("no holder of this lock panics");
        // Two may have built one at once: the first stays, and the other has no connection yet.
        if let Some((_, first)) = open.iter().find(|(its, _)| its == settings) {
            return Ok(Arc::clone(first));
        }
        let built = Arc::new(built);
        open.push((settings.clone(), Arc::clone(&built)));
        Ok(built)
    }

    /// Ends every call in flight, closes every connection and waits until they are gone.
    pub(crate) async fn close(&self) {
        self.tasks.refuse_new();
        let open = std::mem::take(&mut *self.open.lock().expect("no holder of this lock panics"));
        for (_, transport) in &open {
            transport.forget_connections();
        }
        self.tasks.finish().await;
    }

    /// Ends every call in flight, cuts every connection and waits until they are gone.
    pub(crate) async fn abort(&self) {
        self.tasks.refuse_new();
        self.tasks.end();
        self.close().await;
    }

    fn find(&self, settings: &TlsSettings) -> Option<Arc<Transport>> {
        let open = self.open.lock().expect("no holder of this lock panics");
        open.iter().find(|(its, _)| its == settings).map(|(_, transport)| Arc::clone(transport))
    }
}
