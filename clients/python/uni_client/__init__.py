"""A small client of the platform's identity and region services, on httpx and cryptography."""

from __future__ import annotations

import time
from collections.abc import Callable

from . import errors
from .callers import Caller, Context, Controller, Principal, Resource
from .credentials import DAY, Credential, Latest, Lookup, Rotating, SecretName, authorities
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
        reload_every: float | None = None,
        time_limit: float | None = None,
        now: Callable[[], float] = time.monotonic,
    ):
        # A secret without namespace counts as not named.
        named = certificate is not None and all(certificate)
        roots = authorities(secrets, ca)
        every = DAY if reload_every is None else reload_every
        rotating = Rotating(secrets, certificate, roots, every, now) if named else None
        self._signer = Latest(secrets, certificate, roots) if named else None
        self._transport = Transport(roots, rotating)
        self.identity = Identity(Service(identity, self._transport, time_limit))
        self.region = Region(Service(region, self._transport, time_limit))

    def controller(self, context: Context, resource: Resource) -> Controller:
        """Makes calls for a resource; what it is signed with is read at each call."""
        return Controller(context, resource, self._sign_with)

    async def close(self) -> None:
        """Ends every connection."""
        await self._transport.aclose()

    def _sign_with(self) -> Credential:
        if self._signer is None:
            raise errors.SecretNotFound("no client certificate is configured, so nothing signs a principal")
        return self._signer.current()
