//! For whom a request is made.

use serde::{Deserialize, Serialize};

/// Whom a service acts for. Members that are empty do not travel; values travel as they are.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Principal {
    /// The organization acted in.
    #[serde(default, skip_serializing_if = "is_empty")]
    pub organization_id: Option<String>,
    /// Every organization that the actor belongs to.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub organization_ids: Vec<String>,
    /// The project acted in.
    #[serde(default, skip_serializing_if = "is_empty")]
    pub project_id: Option<String>,
    /// What the actor is.
    #[serde(rename = "type", default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<PrincipalKind>,
    /// Who acts: a user's subject, a service account's id.
    #[serde(default, skip_serializing_if = "is_empty")]
    pub actor: Option<String>,
}

/// What an actor is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PrincipalKind {
    /// A person.
    User,
    /// A service account.
    Service,
    /// A service of the platform.
    System,
}

impl Principal {
    /// Whether somebody acts.
    pub(crate) fn has_actor(&self) -> bool {
        !is_empty(&self.actor)
    }

    /// Compact JSON, with those characters escaped that the platform's other clients escape, so that all of them
    /// send (and sign) the same bytes for the same principal.
    pub(crate) fn to_json(&self) -> String {
        let json = serde_json::to_string(self).expect("a principal is text all through");
        // In JSON these stand inside strings only.
        let escaped = [
            ('<', "\\u003c"),
            ('>', "\\u003e"),
            ('&', "\\u0026"),
            ('\u{2028}', "\\u2028"),
            ('\u{2029}', "\\u2029"),
        ];
        escaped.into_iter().fold(json, |json, (character, escape)| json.replace(character, escape))
    }
}

fn is_empty(text: &Option<String>) -> bool {
    text.as_ref().is_none_or(String::is_empty)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[track_caller]
    fn check(principal: &Principal, json: &str) {
        assert_eq!(principal.to_json(), json);
    }

    fn actor(actor: &str) -> Principal {
        Principal { actor: Some(actor.to_owned()), ..Principal::default() }
    }

    #[test]
    fn members_travel_in_this_order() {
        let principal = Principal {
            organization_id: Some("O".to_owned()),
            organization_ids: vec!["O".to_owned(), "Q".to_owned()],
            project_id: Some("P".to_owned()),
            kind: Some(PrincipalKind::User),
            actor: Some("carol@example.test".to_owned()),
        };
        check(
            &principal,
            r#"{"organizationId":"O","organizationIds":["O","Q"],"projectId":"P","type":"user","actor":"carol@example.test"}"#,
        );
    }

    #[test]
    fn empty_members_do_not_travel() {
        check(&Principal::default(), "{}");
        check(&actor(""), "{}");
        let organizations = Principal { organization_ids: vec![String::new()], ..Principal::default() };
        check(&organizations, r#"{"organizationIds":[""]}"#);
    }

    #[test]
    fn unicode_and_controls_are_escaped_as_the_platform_does() {
        check(
            &actor("zoë 日本 😀 \"<&>\u{2028}\u{1}\n\\/"),
            "{\"actor\":\"zoë 日本 😀 \\\"\\u003c\\u0026\\u003e\\u2028\\u0001\\n\\\\/\"}",
        );
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(
            organization in proptest::option::of(".+"),
            organizations in proptest::collection::vec(any::<String>(), 0..4),
            actor in proptest::option::of(".+"),
        ) {
            let principal = Principal {
                organization_id: organization,
                organization_ids: organizations,
                actor,
                ..Principal::default()
            };
            prop_assert_eq!(serde_json::from_str::<Principal>(&principal.to_json()).unwrap(), principal);
        }
    }
}
