//! The Kubernetes resource that a controller acts for.

use std::collections::BTreeMap;

use crate::error::Error;
use crate::id::{Id, id};
use crate::principal::Principal;

const ORGANIZATION: &str = "unikorn-cloud.org/organization";
const PROJECT: &str = "unikorn-cloud.org/project";
const CREATOR: &str = "unikorn-cloud.org/creator";
const PRINCIPAL_ORGANIZATION: &str = "principal.unikorn-cloud.org/organization";
const PRINCIPAL_PROJECT: &str = "principal.unikorn-cloud.org/project";
const PRINCIPAL_CREATOR: &str = "principal.unikorn-cloud.org/creator";
const ALLOCATION: &str = "unikorn-cloud.org/allocation-id";

/// What the clients need to know of a resource. Labels and annotations are as Kubernetes' own metadata has them:
/// absent is not the same as empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resource {
    /// Its API group, e.g. `compute.unikorn-cloud.org`; empty for Kubernetes' core group.
    pub group: String,
    /// Its kind in the plural, lower case, e.g. `computeclusters`.
    pub plural: String,
    /// Its name.
    pub name: String,
    /// Its labels.
    pub labels: Option<BTreeMap<String, String>>,
    /// Its annotations.
    pub annotations: Option<BTreeMap<String, String>>,
}

impl Resource {
    /// The kind by which other services know the resource: `<plural>.<group>`.
    #[must_use]
    pub fn reference_kind(&self) -> String {
        // The platform's first group is shared by several services, and means this one.
        let group = match self.group.as_str() {
            "unikorn-cloud.org" => "kubernetes.unikorn-cloud.org",
            group => group,
        };
        format!("{}.{group}", self.plural)
    }

    /// The name by which other services know the resource: `<plural>.<group>/<name>`.
    #[must_use]
    pub fn reference(&self) -> String {
        format!("{}/{}", self.reference_kind(), self.name)
    }

    /// Whether an allocation was made for the resource.
    #[must_use]
    pub fn has_allocation(&self) -> bool {
        self.annotations.as_ref().is_some_and(|annotations| annotations.contains_key(ALLOCATION))
    }

    /// The principal on whose behalf the resource was made.
    pub(crate) fn principal(&self, operation: &'static str) -> Result<Principal, Error> {
        let labels =
            self.labels.as_ref().ok_or(Error::ResourceInconsistent { operation, missing: "labels" })?;
        let annotations = self.annotations(operation)?;
        // A twin wins even when it is empty: then there is none.
        let either = |map: &BTreeMap<String, String>, twin: &str, plain: &str| {
            map.get(twin).or_else(|| map.get(plain)).filter(|value| !value.is_empty()).cloned()
        };
        Ok(Principal {
            organization_id: either(labels, PRINCIPAL_ORGANIZATION, ORGANIZATION),
            project_id: either(labels, PRINCIPAL_PROJECT, PROJECT),
            actor: either(annotations, PRINCIPAL_CREATOR, CREATOR),
            ..Principal::default()
        })
    }

    /// The organization and project that the resource itself is in, never those of its principal.
    pub(crate) fn scope(&self, operation: &'static str) -> Result<(Id, Id), Error> {
        let label = |name: &'static str| {
            let value = self.labels.as_ref().and_then(|labels| labels.get(name));
            value.ok_or(Error::ResourceInconsistent { operation, missing: name })
        };
        let (organization, project) = (label(ORGANIZATION)?, label(PROJECT)?);
        Ok((id(operation, ORGANIZATION, organization)?, id(operation, PROJECT, project)?))
    }

    /// The allocation that was made for the resource.
    pub(crate) fn allocation(&self, operation: &'static str) -> Result<Id, Error> {
        let allocation = self.annotations(operation)?.get(ALLOCATION);
        let allocation = allocation.ok_or(Error::ResourceInconsistent { operation, missing: ALLOCATION })?;
        id(operation, ALLOCATION, allocation)
    }

    /// Remembers the allocation that was made for the resource. Persisting it is its owner's part.
    pub(crate) fn set_allocation(&mut self, allocation: &str) {
        self.annotations.get_or_insert_default().insert(ALLOCATION.to_owned(), allocation.to_owned());
    }

    fn annotations(&self, operation: &'static str) -> Result<&BTreeMap<String, String>, Error> {
        self.annotations.as_ref().ok_or(Error::ResourceInconsistent { operation, missing: "annotations" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn map(entries: &[(&str, &str)]) -> Option<BTreeMap<String, String>> {
        Some(entries.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect())
    }

    fn resource(labels: &[(&str, &str)], annotations: &[(&str, &str)]) -> Resource {
        Resource {
            group: "compute.unikorn-cloud.org".to_owned(),
            plural: "computeclusters".to_owned(),
            name: "a".to_owned(),
            labels: map(labels),
            annotations: map(annotations),
        }
    }

    #[track_caller]
    fn rebuilds(labels: &[(&str, &str)], annotations: &[(&str, &str)], json: &str) {
        assert_eq!(resource(labels, annotations).principal("test").unwrap().to_json(), json);
    }

    #[test]
    fn a_principal_is_rebuilt_from_labels_and_annotations() {
        rebuilds(
            &[(ORGANIZATION, "O"), (PROJECT, "P")],
            &[(CREATOR, "carol")],
            r#"{"organizationId":"O","projectId":"P","actor":"carol"}"#,
        );
        rebuilds(&[(PROJECT, "P")], &[], r#"{"projectId":"P"}"#);
        rebuilds(&[("other", "x")], &[("other", "y")], "{}");
        rebuilds(&[(ORGANIZATION, ""), (PROJECT, "")], &[(CREATOR, "")], "{}");
    }

    #[test]
    fn each_twin_replaces_its_plain_value_even_by_nothing() {
        rebuilds(
            &[(ORGANIZATION, "O"), (PRINCIPAL_ORGANIZATION, "Q"), (PROJECT, "P"), (PRINCIPAL_PROJECT, "")],
            &[(CREATOR, "carol"), (PRINCIPAL_CREATOR, "dave")],
            r#"{"organizationId":"Q","actor":"dave"}"#,
        );
    }

    #[test]
    fn a_missing_map_is_an_error_and_labels_are_looked_at_first() {
        let mut resource = resource(&[], &[]);
        resource.annotations = None;
        let missing = |resource: &Resource| match resource.principal("test") {
            Err(Error::ResourceInconsistent { missing, .. }) => missing,
            other => panic!("expected an inconsistent resource, saw {other:?}"),
        };
        assert_eq!(missing(&resource), "annotations");
        resource.labels = None;
        assert_eq!(missing(&resource), "labels");
    }

    #[test]
    fn kinds_are_named_by_plural_and_group() {
        let kind = |group: &str, plural: &str| {
            let named = Resource { group: group.to_owned(), plural: plural.to_owned(), ..resource(&[], &[]) };
            named.reference_kind()
        };
        assert_eq!(kind("region.unikorn-cloud.org", "identities"), "identities.region.unikorn-cloud.org");
        assert_eq!(
            kind("unikorn-cloud.org", "kubernetesclusters"),
            "kubernetesclusters.kubernetes.unikorn-cloud.org"
        );
        assert_eq!(
            kind("unikorn.unikorn-cloud.org", "managedresources"),
            "managedresources.unikorn.unikorn-cloud.org"
        );
        assert_eq!(kind("", "configmaps"), "configmaps.");
    }

    #[test]
    fn scope_is_the_plain_labels_in_canonical_form() {
        let organization = "11111111-2222-4333-8444-AAAAAAAAAAAA";
        let project = "urn:uuid:66666666-2222-4333-8444-555555555555";
        let mut resource =
            resource(&[(ORGANIZATION, organization), (PROJECT, project), (PRINCIPAL_ORGANIZATION, "Q")], &[]);
        let (seen, _) = resource.scope("test").unwrap();
        assert_eq!(seen.as_str(), organization.to_lowercase());
        resource.labels.as_mut().unwrap().remove(PROJECT);
        assert!(matches!(resource.scope("test"), Err(Error::ResourceInconsistent { missing: PROJECT, .. })));
        resource.labels = map(&[(ORGANIZATION, "acme"), (PROJECT, project)]);
        assert!(matches!(resource.scope("test"), Err(Error::InvalidArgument { .. })));
    }
}
