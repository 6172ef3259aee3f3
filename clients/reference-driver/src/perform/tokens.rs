//! Calls that ask for tokens. What they return is shown without the tokens themselves.

use plumbline_reference::identity::TokenScope;
use serde_json::json;

use super::{Attempt, Work, shown};

impl Work<'_> {
    pub(super) async fn tokens_exchange(&mut self) -> Attempt {
        let token: String = self.arguments.take("token")?;
        let scope = TokenScope {
            organization: self.arguments.take_or_default("scope_organization")?,
            project: self.arguments.take_or_default("scope_project")?,
        };
        self.arguments.finish()?;
        shown(self.identity()?.exchange_token(&self.context, &token, &scope).await)
    }

    pub(super) async fn tokens_issue(&mut self) -> Attempt {
        self.arguments.finish()?;
        let issued = self.identity()?.issue_token(&self.context).await;
        let said = |token: plumbline_reference::identity::AccessToken| json!({ "tokenType": token.token_type, "expiresIn": token.expires_in.as_secs() });
        shown(issued.map(said))
    }
}
