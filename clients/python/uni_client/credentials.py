"""The client's own certificate and the authorities that it trusts, out of the platform's secrets."""

from __future__ import annotations

import os
import re
import secrets as random
import ssl
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes

from .errors import ClientError, SecretFormat, SecretNotFound

SECRET_TYPE = "kubernetes.io/tls"
DAY = 86_400.0
_CERTIFICATE = re.compile(rb"-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----", re.DOTALL)


class Secret(Protocol):
    """A Kubernetes secret: its type, and text by key."""

    type: str
    data: dict[str, str]


SecretName = tuple[str, str]
Lookup = Callable[[SecretName], Secret | None]


@dataclass(frozen=True)
class Credential:
    """A certificate with its key, and the settings of a handshake that presents it."""

    fingerprint: bytes
    key: PrivateKeyTypes = field(repr=False)
    tls: ssl.SSLContext = field(repr=False)


def authorities(lookup: Lookup, name: SecretName | None) -> str | None:
    """The authorities that a secret names, as PEM; None: those of the system."""
    if name is None:
        return None
    return "\n".join(_pem(certificate) for certificate in _certificates(name, _key(lookup, name, "tls.crt")))


def tls_context(roots: str | None) -> ssl.SSLContext:
    """TLS 1.3 and nothing older; the host is looked for where authorities vouch for it, not in the common name."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.hostname_checks_common_name = False
    if roots is None:
        context.load_default_certs(ssl.Purpose.SERVER_AUTH)
    else:
        context.load_verify_locations(cadata=roots)
    return context


def credential(lookup: Lookup, name: SecretName, roots: str | None) -> Credential:
    """The certificate and key that a secret holds now."""
    chain = _certificates(name, _key(lookup, name, "tls.crt"))
    key = _private_key(name, _key(lookup, name, "tls.key"))
    if key.public_key() != chain[0].public_key():
        raise SecretFormat(f"secret {_shown(name)}: `tls.key` is not the key of the certificate")
    context = tls_context(roots)
    try:
        _load(context, chain, key)
    except ssl.SSLError as error:
        raise SecretFormat(f"secret {_shown(name)}: TLS does not take it: {error.reason}") from error
    return Credential(chain[0].fingerprint(hashes.SHA256()), key, context)


class Rotating:
    """The credential for handshakes: looked up again once the interval has passed; a failure keeps the old one."""

    def __init__(
        self, lookup: Lookup, name: SecretName, roots: str | None, every: float, now: Callable[[], float]
    ):
        self._load, self._every, self._now = lambda: credential(lookup, name, roots), every, now
        self._current, self._loaded = self._load(), now()

    def current(self) -> Credential:
        if self._every > 0 and self._now() - self._loaded >= self._every:
            try:
                self._current, self._loaded = self._load(), self._now()
            except ClientError:
                # The secret may be about to be replaced: the next handshake tries again.
                pass
        return self._current


class Latest:
    """The credential that the secret holds at this moment; it is made anew only when the secret has changed."""

    def __init__(self, lookup: Lookup, name: SecretName, roots: str | None):
        self._lookup, self._name, self._roots = lookup, name, roots
        self._held: tuple[str, dict[str, str]] | None = None
        self._made: Credential | None = None

    def current(self) -> Credential:
        secret = self._lookup(self._name)
        held = (secret.type, dict(secret.data)) if secret else None
        if held is None or held != self._held:
            self._made = credential(self._lookup, self._name, self._roots)
            self._held = held
        return self._made


def _key(lookup: Lookup, name: SecretName, key: str) -> bytes:
    secret = lookup(name)
    if secret is None:
        raise SecretNotFound(f"there is no secret {_shown(name)}")
    if secret.type != SECRET_TYPE:
        raise SecretFormat(f"secret {_shown(name)}: expected type `{SECRET_TYPE}`, saw `{secret.type}`")
    if key not in secret.data:
        raise SecretFormat(f"secret {_shown(name)} has no `{key}`")
    return secret.data[key].encode()


def _certificates(name: SecretName, text: bytes) -> list[x509.Certificate]:
    """All certificates, whatever stands between them; at least one."""
    try:
        found = [x509.load_pem_x509_certificate(block) for block in _CERTIFICATE.findall(text)]
    except ValueError as error:
        raise SecretFormat(
            f"secret {_shown(name)}: `tls.crt` holds a certificate that cannot be read"
        ) from error
    if not found:
        raise SecretFormat(f"secret {_shown(name)}: `tls.crt` holds no certificate")
    return found


def _private_key(name: SecretName, text: bytes) -> PrivateKeyTypes:
    try:
        return serialization.load_pem_private_key(text, password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        # Without its cause: parsers quote what they read.
        raise SecretFormat(
            f"secret {_shown(name)}: `tls.key` holds no private key that can be read"
        ) from None


def _load(context: ssl.SSLContext, chain: list[x509.Certificate], key: PrivateKeyTypes) -> None:
    # Python's TLS reads keys from files only, so the file holds it encrypted, for as long as it takes to be read.
    password = random.token_hex(16)
    encrypted = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.BestAvailableEncryption(password.encode()),
    )
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "client.pem")
        with open(path, "wb") as file:
            file.write(encrypted + "".join(_pem(certificate) for certificate in chain).encode())
        context.load_cert_chain(path, password=password)


def _pem(certificate: x509.Certificate) -> str:
    return certificate.public_bytes(serialization.Encoding.PEM).decode()


def _shown(name: SecretName) -> str:
    return f"`{'/'.join(name)}`"
