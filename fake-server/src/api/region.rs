//! Region's operations, and which function is which.

use crate::acl::Operation;
use crate::api::{
    Answered, Call, cloud_identities, file_storage, images, load_balancers, networks, networks_v1, regions,
    security_groups, server_actions, servers, servers_v1, service, ssh_certificate_authorities,
};

/// Carries out an operation of region's; none when the fake does not serve it.
pub(super) fn serve(operation: &str, call: &mut Call<'_>) -> Option<Answered> {
    if let Some(operation) = operation.strip_prefix("region.v1.organizations.") {
        return serve_first(operation, call);
    }
    let answered = match operation.strip_prefix("region.")? {
        "version.list" => service::version(call),
        "v2.regions.images.list" => images::query(call),
        "networks.list" => networks::list(call),
        "networks.create" => networks::create(call),
        "networks.read" => networks::read(call),
        "networks.update" => networks::update(call),
        "networks.delete" => networks::delete(call),
        "references.add" => networks::add_reference(call),
        "references.remove" => networks::remove_reference(call),
        "securitygroups.list" => security_groups::list(call),
        "securitygroups.create" => security_groups::create(call),
        "securitygroups.read" => security_groups::read(call),
        "securitygroups.update" => security_groups::update(call),
        "securitygroups.delete" => security_groups::delete(call),
        "loadbalancers.list" => load_balancers::list(call),
        "loadbalancers.create" => load_balancers::create(call),
        "loadbalancers.read" => load_balancers::read(call),
        "loadbalancers.update" => load_balancers::update(call),
        "loadbalancers.delete" => load_balancers::delete(call),
        "sshcertificateauthorities.list" => ssh_certificate_authorities::list(call),
        "sshcertificateauthorities.create" => ssh_certificate_authorities::create(call),
        "sshcertificateauthorities.read" => ssh_certificate_authorities::read(call),
        "sshcertificateauthorities.delete" => ssh_certificate_authorities::delete(call),
        "servers.list" => servers::list(call),
        "servers.create" => servers::create(call),
        "servers.read" => servers::read(call),
        "servers.update" => servers::update(call),
        "servers.delete" => servers::delete(call),
        "servers.sshkey.list" => server_actions::ssh_key(call),
        "servers.start.create"
        | "servers.stop.create"
        | "servers.softreboot.create"
        | "servers.hardreboot.create"
        | "servers.consolesessions.list"
        | "servers.consoleoutput.list" => server_actions::act(call),
        "servers.snapshot.create" => server_actions::snapshot(call),
        "filestorage.list" => file_storage::list(call),
        "filestorage.create" => file_storage::create(call),
        "filestorage.read" => file_storage::read(call),
        "filestorage.update" => file_storage::update(call),
        "filestorage.delete" => file_storage::delete(call),
        "filestorageclasses.list" => file_storage::list_classes(call),
        _ => return None,
    };
    Some(answered)
}

/// The same, of its first API.
fn serve_first(operation: &str, call: &mut Call<'_>) -> Option<Answered> {
    let answered = match operation {
        "regions.list" => regions::list(call),
        "regions.detail.list" => regions::detail(call),
        "regions.flavors.list" => regions::flavors(call),
        "regions.externalnetworks.list" => regions::external_networks(call),
        "regions.images.list" => images::list(call),
        "regions.images.create" => images::create(call),
        "regions.images.delete" => images::delete(call),
        "identities.list" => cloud_identities::list(call),
        "projects.identities.create" => cloud_identities::create(call),
        "projects.identities.read" => cloud_identities::read(call),
        "projects.identities.delete" => cloud_identities::delete(call),
        "networks.list" => networks_v1::list(call),
        "projects.identities.networks.create" => networks_v1::create(call),
        "projects.identities.networks.read" => networks_v1::read(call),
        "projects.identities.networks.delete" => networks_v1::delete(call),
        "securitygroups.list" => security_groups::first_list(call),
        "projects.identities.securitygroups.create" => security_groups::first_create(call),
        "projects.identities.securitygroups.read" => security_groups::first_read(call),
        "projects.identities.securitygroups.update" => security_groups::first_update(call),
        "projects.identities.securitygroups.delete" => security_groups::first_delete(call),
        "servers.list" => servers_v1::list(call),
        "projects.identities.servers.create" => servers_v1::create(call),
        "projects.identities.servers.read" => servers_v1::read(call),
        "projects.identities.servers.update" => servers_v1::update(call),
        "projects.identities.servers.delete" => servers_v1::delete(call),
        "projects.identities.servers.start.create"
        | "projects.identities.servers.stop.create"
        | "projects.identities.servers.softreboot.create"
        | "projects.identities.servers.hardreboot.create" => {
            server_actions::first_act(call, Operation::Update)
        }
        "projects.identities.servers.consolesessions.list"
        | "projects.identities.servers.consoleoutput.list" => {
            server_actions::first_act(call, Operation::Read)
        }
        _ => return None,
    };
    Some(answered)
}
