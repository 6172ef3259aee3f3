//! Calls on the region client.

use plumbline_reference::region::{NetworkCreate, NetworkFilter, NetworkUpdate};

use super::{Attempt, Work, shown};

impl Work<'_> {
    pub(super) async fn networks_list(&mut self) -> Attempt {
        let filter = NetworkFilter {
            organizations: self.arguments.take_or_default("organizations")?,
            projects: self.arguments.take_or_default("projects")?,
            regions: self.arguments.take_or_default("regions")?,
        };
        self.arguments.finish()?;
        shown(self.region()?.list_networks(&self.context, &filter).await)
    }

    pub(super) async fn networks_create(&mut self) -> Attempt {
        let body: NetworkCreate = self.arguments.take("body")?;
        self.arguments.finish()?;
        shown(self.region()?.create_network(&self.context, &body).await)
    }

    pub(super) async fn networks_read(&mut self) -> Attempt {
        let network: String = self.arguments.take("network")?;
        self.arguments.finish()?;
        shown(self.region()?.read_network(&self.context, &network).await)
    }

    pub(super) async fn networks_update(&mut self) -> Attempt {
        let network: String = self.arguments.take("network")?;
        let body: NetworkUpdate = self.arguments.take("body")?;
        self.arguments.finish()?;
        shown(self.region()?.update_network(&self.context, &network, &body).await)
    }

    pub(super) async fn networks_delete(&mut self) -> Attempt {
        let network: String = self.arguments.take("network")?;
        self.arguments.finish()?;
        shown(self.region()?.delete_network(&self.context, &network).await)
    }
}
