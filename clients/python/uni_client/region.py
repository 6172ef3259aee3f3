"""The region service: networks, and references to them."""

from __future__ import annotations

from typing import Any

from .callers import Resource
from .errors import ApiError
from .references import escaped
from .rest import Mutator, Operation, Service, canonical, document, is_thing, is_things

_ALL = "/api/v2/networks"
_ONE = _ALL + "/{networkID}"
_REFERENCE = _ONE + "/references/{reference}"

LIST = Operation("region.networks.list", "GET", _ALL, 200, (400, 401, 403, 500))
CREATE = Operation("region.networks.create", "POST", _ALL, 201, (400, 401, 403, 404, 422, 500))
READ = Operation("region.networks.read", "GET", _ONE, 200, (400, 401, 403, 404, 500))
UPDATE = Operation("region.networks.update", "PUT", _ONE, 202, (400, 401, 403, 404, 409, 422, 500))
DELETE = Operation("region.networks.delete", "DELETE", _ONE, 202, (400, 401, 403, 404, 500))
ADD = Operation("region.references.add", "PUT", _REFERENCE, 201, (400, 401, 403, 404, 500))
REMOVE = Operation("region.references.remove", "DELETE", _REFERENCE, 204, (401, 403, 404, 500))
OPERATIONS = [LIST, CREATE, READ, UPDATE, DELETE, ADD, REMOVE]


class Region:
    """The region service. `caller` says for whom a call is made."""

    def __init__(self, service: Service):
        self._service = service

    async def list_networks(
        self,
        caller: Mutator,
        organizations: list[str] | None = None,
        projects: list[str] | None = None,
        regions: list[str] | None = None,
    ) -> list[dict[str, Any]]:
        """All networks, or those of the organizations, projects and regions."""
        filters = {"organizationID": organizations, "projectID": projects, "regionID": regions}
        query = [(name, canonical(name, value)) for name, values in filters.items() for value in values or []]
        return document(LIST, await self._service.call(caller, LIST, query=query or None), is_things)

    async def create_network(self, caller: Mutator, body: dict[str, Any]) -> dict[str, Any]:
        return document(CREATE, await self._service.call(caller, CREATE, body=body), is_thing)

    async def read_network(self, caller: Mutator, network: str) -> dict[str, Any]:
        return document(READ, await self._service.call(caller, READ, canonical("network", network)), is_thing)

    async def update_network(self, caller: Mutator, network: str, body: dict[str, Any]) -> dict[str, Any]:
        answer = await self._service.call(caller, UPDATE, canonical("network", network), body=body)
        return document(UPDATE, answer, is_thing)

    async def delete_network(self, caller: Mutator, network: str) -> None:
        await self._service.call(caller, DELETE, canonical("network", network))

    async def add_reference(self, caller: Mutator, resource: Resource, network: str) -> None:
        """From now on the network cannot go before the resource."""
        await self._service.call(caller, ADD, canonical("network", network), escaped(resource))

    async def remove_reference(self, caller: Mutator, resource: Resource, network: str) -> None:
        """Lets go of the network; one that is gone holds no reference."""
        try:
            await self._service.call(caller, REMOVE, canonical("network", network), escaped(resource))
        except ApiError as error:
            if error.answer.status != 404:
                raise
