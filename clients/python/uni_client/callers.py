"""For whom a request is made, and what that adds to it: trace, certificate of the call chain, principal."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from .credentials import Credential
from .errors import InvalidArgument, KeyType, NoPrincipal, ResourceInconsistent

ORGANIZATION = "unikorn-cloud.org/organization"
PROJECT = "unikorn-cloud.org/project"
CREATOR = "unikorn-cloud.org/creator"
# Beside each of these stands, where they differ, the value for the principal.
TWIN = "principal."

_TRACEPARENT = re.compile(r"(?!ff)[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}")
_HEADER_VALUE = re.compile(r"[\x21-\x7e](?:[\x20-\x7e\t]*[\x21-\x7e])?")


@dataclass
class Principal:
    """For whom a live request acts. What is empty is not sent."""

    organization_id: str = ""
    organization_ids: tuple[str, ...] = ()
    project_id: str = ""
    type: str = ""
    actor: str = ""

    def json(self) -> bytes:
        """Compact, in the platform's order."""
        members = {
            "organizationId": self.organization_id,
            "organizationIds": list(self.organization_ids),
            "projectId": self.project_id,
            "type": self.type,
            "actor": self.actor,
        }
        kept = {name: value for name, value in members.items() if value}
        return json.dumps(kept, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")


@dataclass
class Context:
    """What a caller hands on: absent members are not sent."""

    principal: Principal | None = None
    impersonate: bool = False
    traceparent: str | None = None
    tracestate: str | None = None
    # Query-escaped PEM, as it came.
    certificate: str | None = None


class Resource(Protocol):
    """A Kubernetes resource. None is no map at all."""

    group: str
    plural: str
    name: str
    labels: dict[str, str] | None
    annotations: dict[str, str] | None


@dataclass
class Caller:
    """Serves a live request: its principal travels as it is, over whatever certificate handshakes present."""

    context: Context

    def headers(self) -> tuple[dict[str, str], Credential | None]:
        """What is added to the request, and the credential that its connection must present, if it matters."""
        principal = self.context.principal
        if principal is None:
            raise NoPrincipal("the context holds no principal")
        if self.context.impersonate and not principal.actor:
            raise InvalidArgument("the context asks to act as a principal that has no actor")
        headers = _shared(self.context)
        headers["X-Principal"] = _base64(principal.json())
        if self.context.impersonate:
            headers["X-Impersonate"] = "true"
        return headers, None


@dataclass
class Controller:
    """Serves a resource: its principal is rebuilt and signed, by the key that the secret holds at that moment."""

    context: Context
    resource: Resource
    credential: Callable[[], Credential]

    def headers(self) -> tuple[dict[str, str], Credential | None]:
        """As of a `Caller`. The server holds the signature against the certificate of the connection."""
        payload = principal_of(self.resource).json()
        signer = self.credential()
        headers = _shared(self.context)
        headers["X-Principal"] = sign(payload, signer)
        return headers, signer


def principal_of(resource: Resource) -> Principal:
    """The principal that a resource was made for."""
    for what, held in (("labels", resource.labels), ("annotations", resource.annotations)):
        if held is None:
            raise ResourceInconsistent(f"the resource has no {what}")

    def value(held: dict[str, str], key: str) -> str:
        return held.get(TWIN + key, held.get(key, ""))

    return Principal(
        organization_id=value(resource.labels, ORGANIZATION),
        project_id=value(resource.labels, PROJECT),
        actor=value(resource.annotations, CREATOR),
    )


def sign(payload: bytes, signer: Credential) -> str:
    """A compact JWS (RFC 7515), PS512: RSASSA-PSS with SHA-512 and a salt as long as the hash (RFC 7518 §3.5)."""
    if not isinstance(signer.key, rsa.RSAPrivateKey):
        raise KeyType("the client's key is not RSA, so it cannot sign a principal")
    signed = f'{_base64(b"""{"alg":"PS512"}""")}.{_base64(payload)}'
    pss = padding.PSS(mgf=padding.MGF1(hashes.SHA512()), salt_length=padding.PSS.DIGEST_LENGTH)
    return f"{signed}.{_base64(signer.key.sign(signed.encode(), pss, hashes.SHA512()))}"


def _shared(context: Context) -> dict[str, str]:
    headers = {}
    # W3C Trace Context §3.2: state without a valid parent says nothing.
    if context.traceparent and _TRACEPARENT.fullmatch(context.traceparent):
        headers["Traceparent"] = context.traceparent
        if context.tracestate:
            headers["Tracestate"] = _header("trace state", context.tracestate)
    if context.certificate is not None:
        headers["Unikorn-Client-Certificate"] = _header("certificate", context.certificate)
    return headers


def _header(what: str, value: str) -> str:
    if not _HEADER_VALUE.fullmatch(value):
        raise InvalidArgument(f"the context's {what} is no header value")
    return value


def _base64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
