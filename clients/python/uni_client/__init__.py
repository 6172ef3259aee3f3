"""A small client of the platform's identity and region services, on httpx and cryptography."""

from __future__ import annotations

import time
from collections.abc import Callable

from . import errors
from .callers import Caller, Context, Controller, Principal, Resource
from .credentials import DAY, Credential, Lookup, Rotating, SecretName, authorities, credential
from .identity import Identity
from .region import Region
from .rest import Service
from .transport import Transport

__all__ = ["Caller", "Client", "Context", "Controller", "Principal", "Resource", "errors"]


class Client:
    """Both services, over one set of connections. Many callers may share it."""

    def __init__(
        self,
        *,
        identity: str,
        region: str,
        secrets: Lookup,
        ca: SecretName | None = None,
        certificate: SecretName | None = None,
        reload_every: float = DAY,
        time_limit: float | None = None,
        now: Callable[[], float] = time.monotonic,
    ):
        # A secret without namespace counts as not named.
        self._certificate = certificate if certificate and all(certificate) else None
        self._secrets, self._roots = secrets, authorities(secrets, ca)
        rotating = None
        if self._certificate:
            rotating = Rotating(secrets, self._certificate, self._roots, reload_every, now)
        self._transport = Transport(self._roots, rotating)
        self.identity = Identity(Service(identity, self._transport, time_limit))
        self.region = Region(Service(region, self._transport, time_limit))

    def controller(self, context: Context, resource: Resource) -> Controller:
        """Makes calls for a resource; what it is signed with is read at each call."""
        return Controller(context, resource, self._sign_with)

    async def close(self) -> None:
        """Ends every connection."""
        await self._transport.aclose()

    def _sign_with(self) -> Credential:
        if self._certificate is None:
            raise errors.SecretNotFound(
                "no client certificate is configured, so there is no key to sign with"
            )
        return credential(self._secrets, self._certificate, self._roots)
