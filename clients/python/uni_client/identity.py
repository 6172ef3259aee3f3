"""The identity service: organizations, projects, quotas, allocations, and references to projects."""

from __future__ import annotations

from typing import Any

from .callers import ORGANIZATION, PROJECT, Context, Resource, principal_of
from .errors import ApiError, NoPrincipal, ResourceInconsistent
from .references import escaped, halves
from .rest import Mutator, Operation, Service, canonical, document, is_thing, is_things

ALLOCATION = "unikorn-cloud.org/allocation-id"

_ALL = "/api/v1/organizations"
_ONE = _ALL + "/{organizationID}"
_PROJECTS = _ONE + "/projects"
_PROJECT = _PROJECTS + "/{projectID}"
_QUOTAS = _ONE + "/quotas"
_ALLOCATIONS = _PROJECT + "/allocations"
_ALLOCATION = _ALLOCATIONS + "/{allocationID}"
_REFERENCE = _PROJECT + "/references/{reference}"

OPERATIONS = [
    Operation("identity.organizations.list", "GET", _ALL, 200, (401, 403, 404, 500)),
    Operation("identity.organizations.create", "POST", _ALL, 202, (400, 401, 403, 500)),
    Operation("identity.organizations.read", "GET", _ONE, 200, (401, 403, 500)),
    Operation("identity.organizations.update", "PUT", _ONE, 200, (401, 403, 409, 500)),
    Operation("identity.organizations.delete", "DELETE", _ONE, 202, (401, 403, 404, 500)),
    Operation("identity.projects.list", "GET", _PROJECTS, 200, (401, 403, 500)),
    Operation("identity.projects.create", "POST", _PROJECTS, 202, (400, 401, 403, 409, 500)),
    Operation("identity.projects.read", "GET", _PROJECT, 200, (400, 401, 403, 404, 500)),
    Operation("identity.projects.update", "PUT", _PROJECT, 200, (400, 401, 403, 404, 409, 500)),
    Operation("identity.projects.delete", "DELETE", _PROJECT, 202, (400, 401, 403, 404, 500)),
    Operation("identity.quotas.read", "GET", _QUOTAS, 200, (401, 403, 500)),
    Operation("identity.quotas.update", "PUT", _QUOTAS, 200, (400, 401, 403, 409, 500)),
    Operation("identity.allocations.create", "POST", _ALLOCATIONS, 201, (400, 401, 403, 409, 500)),
    Operation("identity.allocations.read", "GET", _ALLOCATION, 200, (401, 403, 404, 500)),
    Operation("identity.allocations.update", "PUT", _ALLOCATION, 200, (400, 401, 403, 404, 409, 500)),
    Operation("identity.allocations.delete", "DELETE", _ALLOCATION, 202, (401, 403, 404, 500)),
    Operation("identity.references.add", "PUT", _REFERENCE, 201, (400, 401, 403, 404, 409, 500)),
    Operation("identity.references.remove", "DELETE", _REFERENCE, 204, (401, 403, 404, 500)),
]
_BY_NAME = {operation.name.removeprefix("identity."): operation for operation in OPERATIONS}


class Identity:
    """The identity service. `caller` says for whom a call is made."""

    def __init__(self, service: Service):
        self._service = service

    async def list_organizations(self, caller: Mutator) -> list[dict[str, Any]]:
        return await self._read(caller, "organizations.list", is_things)

    async def create_organization(self, caller: Mutator, body: dict[str, Any]) -> dict[str, Any]:
        return await self._read(caller, "organizations.create", is_thing, body=body)

    async def read_organization(self, caller: Mutator, organization: str) -> dict[str, Any]:
        return await self._read(caller, "organizations.read", is_thing, _organization(organization))

    async def update_organization(self, caller: Mutator, organization: str, body: dict[str, Any]) -> None:
        await self._do(caller, "organizations.update", _organization(organization), body=body)

    async def delete_organization(self, caller: Mutator, organization: str) -> None:
        await self._do(caller, "organizations.delete", _organization(organization))

    async def list_projects(self, caller: Mutator, organization: str) -> list[dict[str, Any]]:
        return await self._read(caller, "projects.list", is_things, _organization(organization))

    async def create_project(
        self, caller: Mutator, organization: str, body: dict[str, Any]
    ) -> dict[str, Any]:
        return await self._read(caller, "projects.create", is_thing, _organization(organization), body=body)

    async def read_project(self, caller: Mutator, organization: str, project: str) -> dict[str, Any]:
        return await self._read(caller, "projects.read", is_thing, *_project(organization, project))

    async def update_project(
        self, caller: Mutator, organization: str, project: str, body: dict[str, Any]
    ) -> None:
        await self._do(caller, "projects.update", *_project(organization, project), body=body)

    async def delete_project(self, caller: Mutator, organization: str, project: str) -> None:
        await self._do(caller, "projects.delete", *_project(organization, project))

    async def read_quotas(self, caller: Mutator, organization: str) -> dict[str, Any]:
        return await self._read(caller, "quotas.read", _is_quotas, _organization(organization))

    async def update_quotas(self, caller: Mutator, organization: str, body: dict[str, Any]) -> dict[str, Any]:
        return await self._read(caller, "quotas.update", _is_quotas, _organization(organization), body=body)

    async def create_allocation(
        self, caller: Mutator, context: Context, resource: Resource, amounts: list[dict[str, Any]]
    ) -> dict[str, Any]:
        """Charges the live request's project; the id is left on the resource, for the caller to persist."""
        if context.principal is None:
            raise NoPrincipal("the context holds no principal, so there is nobody to charge")
        places = _project(context.principal.organization_id, context.principal.project_id)
        body = _allocation(resource, amounts)
        created = await self._read(caller, "allocations.create", is_thing, *places, body=body)
        resource.annotations = {**(resource.annotations or {}), ALLOCATION: created["metadata"]["id"]}
        return created

    async def read_allocation(
        self, caller: Mutator, organization: str, project: str, allocation: str
    ) -> dict[str, Any]:
        places = (*_project(organization, project), canonical("allocation", allocation))
        return await self._read(caller, "allocations.read", is_thing, *places)

    async def update_allocation(
        self, caller: Mutator, resource: Resource, amounts: list[dict[str, Any]]
    ) -> dict[str, Any]:
        """Changes the allocation that the resource names."""
        body = _allocation(resource, amounts)
        return await self._read(caller, "allocations.update", is_thing, *_allocation_of(resource), body=body)

    async def delete_allocation(self, caller: Mutator, resource: Resource) -> None:
        """Gives back what the resource's allocation holds; one that is gone has given it back."""
        await self._gone(caller, "allocations.delete", *_allocation_of(resource))

    async def add_reference(self, caller: Mutator, resource: Resource) -> None:
        """From now on the resource's project cannot go before it."""
        await self._do(caller, "references.add", *_project_of(resource), escaped(resource))

    async def remove_reference(self, caller: Mutator, resource: Resource) -> None:
        """Lets go of the project; one that is gone holds no reference."""
        await self._gone(caller, "references.remove", *_project_of(resource), escaped(resource))

    async def _read(self, caller: Mutator, name: str, check: Any, *places: str, body: Any = None) -> Any:
        response = await self._service.call(caller, _BY_NAME[name], *places, body=body)
        return document(_BY_NAME[name], response, check)

    async def _do(self, caller: Mutator, name: str, *places: str, body: Any = None) -> None:
        await self._service.call(caller, _BY_NAME[name], *places, body=body)

    async def _gone(self, caller: Mutator, name: str, *places: str) -> None:
        try:
            await self._do(caller, name, *places)
        except ApiError as error:
            # In the platform's envelope: a page that an ingress makes up says nothing about the thing.
            if error.answer.status != 404:
                raise


def _organization(organization: str) -> str:
    return canonical("organization", organization)


def _project(organization: str, project: str) -> tuple[str, str]:
    return _organization(organization), canonical("project", project)


def _project_of(resource: Resource) -> tuple[str, str]:
    """By the plain labels: the resource lives there, for whomever it acts."""
    labels = resource.labels or {}
    for label in (ORGANIZATION, PROJECT):
        if label not in labels:
            raise ResourceInconsistent(f"the resource has no label `{label}`")
    return _project(labels[ORGANIZATION], labels[PROJECT])


def _allocation_of(resource: Resource) -> tuple[str, str, str]:
    """By the principal's labels: the allocation was charged there."""
    principal = principal_of(resource)
    if ALLOCATION not in (resource.annotations or {}):
        raise ResourceInconsistent(f"the resource has no annotation `{ALLOCATION}`")
    places = _project(principal.organization_id, principal.project_id)
    return *places, canonical("allocation", resource.annotations[ALLOCATION])


def _allocation(resource: Resource, amounts: list[dict[str, Any]]) -> dict[str, Any]:
    kind, name = halves(resource)
    return {"metadata": {"name": "undefined"}, "spec": {"kind": kind, "id": name, "allocations": amounts}}


def _is_quotas(value: Any) -> bool:
    return isinstance(value, dict) and isinstance(value.get("quotas"), list)
