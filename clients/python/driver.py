"""Lets Plumbline judge `uni_client`: `plumbline run -- python3 clients/python/driver.py`."""

import plumbline_driver as plumbline
from uni_client import Caller, Client, Context, Controller, Principal, errors

# fmt: off
CLASSES = {
    errors.SecretNotFound: "secret-not-found", errors.SecretFormat: "secret-format", errors.KeyType: "key-type",
    errors.NoPrincipal: "no-principal", errors.ResourceInconsistent: "resource-inconsistent",
    errors.InvalidArgument: "invalid-argument", errors.ConnectFailed: "connect", errors.TlsFailed: "tls",
    errors.ServerUntrusted: "server-untrusted", errors.ConnectionLost: "connection-lost",
    errors.TimeLimit: "timeout", errors.NotHttp: "protocol", errors.ApiError: "api", errors.TooLarge: "too-large",
    errors.UnexpectedStatus: "unexpected-status", errors.MalformedAnswer: "malformed-answer",
    errors.RedirectRefused: "redirect",
}
# fmt: on


async def build(setup: plumbline.Setup) -> Client:
    where = {"identity": setup.identity, "region": setup.region, "secrets": setup.secret}
    who = {"ca": setup.ca, "certificate": setup.client, "reload_every": setup.reload_seconds}
    limit = None if setup.call_ms is None else setup.call_ms / 1000
    return Client(**where, **who, time_limit=limit, now=setup.now)


def context(given: plumbline.Context) -> Context:
    principal = None
    if (of := given.principal) is not None:
        ids = of.get("organizationId", ""), tuple(of.get("organizationIds", ())), of.get("projectId", "")
        principal = Principal(*ids, of.get("type", ""), of.get("actor", ""))
    return Context(principal, given.impersonate, given.traceparent, given.tracestate, given.certificate)


def caller(client: Client, call: plumbline.Call) -> Caller | Controller:
    if call.client == "controller":
        return client.controller(context(call.context), call.resource)
    return Caller(context(call.context))


def calls(service: str, method: str, *names: str):
    """A method of the client: which one, and what it is given after the caller, by the names of the protocol."""

    async def make(client: Client, call: plumbline.Call):
        if unknown := call.arguments.keys() - set(names):
            raise TypeError(f"{call.operation} takes no argument {unknown}")
        given = {**call.arguments, "context": context(call.context), "resource": call.resource}
        arguments = (given.get(name) for name in names)
        return await getattr(getattr(client, service), method)(caller(client, call), *arguments)

    return make


def failure(error: BaseException) -> plumbline.Failure | None:
    if type(error) not in CLASSES:
        return None
    described = plumbline.Failure(CLASSES[type(error)], str(error))
    if answer := error.answer:
        described.status, described.body = answer.status, answer.body.decode("utf-8", "replace")
        described.code, described.description = answer.code, answer.description
        described.trace_id, described.retry_after = answer.trace_id, answer.retry_after
    return described


OPERATIONS = {
    "identity.organizations.list": calls("identity", "list_organizations"),
    "identity.organizations.create": calls("identity", "create_organization", "body"),
    "identity.organizations.read": calls("identity", "read_organization", "organization"),
    "identity.organizations.update": calls("identity", "update_organization", "organization", "body"),
    "identity.organizations.delete": calls("identity", "delete_organization", "organization"),
    "identity.projects.list": calls("identity", "list_projects", "organization"),
    "identity.projects.create": calls("identity", "create_project", "organization", "body"),
    "identity.projects.read": calls("identity", "read_project", "organization", "project"),
    "identity.projects.update": calls("identity", "update_project", "organization", "project", "body"),
    "identity.projects.delete": calls("identity", "delete_project", "organization", "project"),
    "identity.quotas.read": calls("identity", "read_quotas", "organization"),
    "identity.quotas.update": calls("identity", "update_quotas", "organization", "body"),
    "identity.allocations.create": calls(
        "identity", "create_allocation", "context", "resource", "allocations"
    ),
    "identity.allocations.read": calls(
        "identity", "read_allocation", "organization", "project", "allocation"
    ),
    "identity.allocations.update": calls("identity", "update_allocation", "resource", "allocations"),
    "identity.allocations.delete": calls("identity", "delete_allocation", "resource"),
    "identity.references.add": calls("identity", "add_reference", "resource"),
    "identity.references.remove": calls("identity", "remove_reference", "resource"),
    "region.networks.list": calls("region", "list_networks", "organizations", "projects", "regions"),
    "region.networks.create": calls("region", "create_network", "body"),
    "region.networks.read": calls("region", "read_network", "network"),
    "region.networks.update": calls("region", "update_network", "network", "body"),
    "region.networks.delete": calls("region", "delete_network", "network"),
    "region.references.add": calls("region", "add_reference", "resource", "network"),
    "region.references.remove": calls("region", "remove_reference", "resource", "network"),
}

if __name__ == "__main__":
    names = {"name": "plumbline-python", "version": "1.0.0", "capabilities": plumbline.CAPABILITIES}
    functions = {"open": build, "close": Client.close, "operations": OPERATIONS, "failure": failure}
    plumbline.main(plumbline.Table(**names, **functions))
