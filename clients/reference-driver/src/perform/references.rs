//! Calls on the references of a resource.

use plumbline_reference::References;

use super::{Attempt, NotAttempted, Work, shown};

impl Work<'_> {
    pub(super) async fn project_references_add(&mut self) -> Attempt {
        self.arguments.finish()?;
        shown(self.references()?.add_to_project(&self.context).await)
    }

    pub(super) async fn project_references_remove(&mut self) -> Attempt {
        self.arguments.finish()?;
        shown(self.references()?.remove_from_project(&self.context).await)
    }

    pub(super) async fn network_references_add(&mut self) -> Attempt {
        let network: String = self.arguments.take("network")?;
        self.arguments.finish()?;
        shown(self.references()?.add_to_network(&self.context, &network).await)
    }

    pub(super) async fn network_references_remove(&mut self) -> Attempt {
        let network: String = self.arguments.take("network")?;
        self.arguments.finish()?;
        shown(self.references()?.remove_from_network(&self.context, &network).await)
    }

    /// References are a controller's, whichever kind of client the call names.
    fn references(&self) -> Result<References, NotAttempted> {
        Ok(self.clients.references(self.resource()?))
    }
}
