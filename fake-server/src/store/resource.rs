//! What all kinds of things have in common, so that one set of accesses serves them.

use serde::Serialize;
use std::collections::BTreeMap;

use crate::store::Store;
use crate::store::door::Kind;
use crate::store::model::{
    Allocation, CloudIdentity, Group, Image, Meta, Network, Organization, OrganizationUser, Project,
    Provider, Quota, ServiceAccount, User,
};

/// A kind of thing that requests change.
pub(crate) trait Resource: Clone + Serialize + Send + Sync + 'static {
    /// Which kind.
    const KIND: Kind;

    fn meta(&self) -> &Meta;
    fn meta_mut(&mut self) -> &mut Meta;
    /// Text that is kept as labels, the attribution aside.
    fn labels(&self) -> Vec<&str>;
    /// Who must let go before it can go.
    fn holders(&self) -> &[String];
    fn table(store: &Store) -> &BTreeMap<String, Self>;
    fn table_mut(store: &mut Store) -> &mut BTreeMap<String, Self>;
}

macro_rules! resource {
    ($type:ident, $table:ident, labels: |$this:ident| $labels:expr, holders: |$that:ident| $holders:expr) => {
        impl Resource for $type {
            const KIND: Kind = Kind::$type;

            fn meta(&self) -> &Meta {
                &self.meta
            }

            fn meta_mut(&mut self) -> &mut Meta {
                &mut self.meta
            }

            fn labels(&self) -> Vec<&str> {
                let $this = self;
                $labels
            }

            fn holders(&self) -> &[String] {
                let $that = self;
                $holders
            }

            fn table(store: &Store) -> &BTreeMap<String, Self> {
                &store.$table
            }

            fn table_mut(store: &mut Store) -> &mut BTreeMap<String, Self> {
                &mut store.$table
            }
        }
    };
}

resource!(Organization, organizations, labels: |_it| vec![], holders: |it| &it.holders);
resource!(Project, projects, labels: |it| vec![&it.organization], holders: |it| &it.holders);
resource!(Quota, quotas, labels: |it| vec![&it.organization], holders: |_it| &[]);
resource!(Group, groups, labels: |it| vec![&it.organization], holders: |_it| &[]);
resource!(User, users, labels: |_it| vec![], holders: |_it| &[]);
resource!(
    OrganizationUser, organization_users,
    labels: |it| vec![&it.organization, &it.user],
    holders: |_it| &[]
);
resource!(Provider, providers, labels: |it| it.organization.iter().map(String::as_str).collect(), holders: |_it| &[]);
resource!(ServiceAccount, service_accounts, labels: |it| vec![&it.organization], holders: |_it| &[]);
resource!(
    Allocation, allocations,
    labels: |it| vec![&it.organization, &it.project, &it.resource_kind, &it.resource_id],
    holders: |_it| &[]
);
resource!(
    Network, networks,
    labels: |it| vec![&it.organization, &it.project, &it.region, &it.cloud_identity],
    holders: |it| &it.holders
);
resource!(
    CloudIdentity, cloud_identities,
    labels: |it| vec![&it.organization, &it.project, &it.region],
    holders: |it| &it.holders
);
resource!(Image, images, labels: |it| vec![&it.organization, &it.region], holders: |_it| &[]);
