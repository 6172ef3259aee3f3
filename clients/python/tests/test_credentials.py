"""Secrets: what is refused and why, and when they are read again."""

import datetime
import functools
from dataclasses import dataclass, replace

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from uni_client import errors
from uni_client.credentials import Latest, Rotating, authorities, credential

NAME = ("platform", "client")


@dataclass
class Secret:
    type: str
    data: dict


@functools.cache
def pair(name: str) -> tuple[str, str]:
    """A certificate that signed itself, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder(subject, subject, key.public_key(), x509.random_serial_number())
        .not_valid_before(now)
        .not_valid_after(now + datetime.timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return certificate.public_bytes(serialization.Encoding.PEM).decode(), private.decode()


def secret(name: str) -> Secret:
    certificate, key = pair(name)
    return Secret("kubernetes.io/tls", {"tls.crt": certificate, "tls.key": key})


def changed(**data) -> Secret:
    data = {**secret("one").data, **{f"tls.{key}": value for key, value in data.items()}}
    return Secret("kubernetes.io/tls", {key: value for key, value in data.items() if value is not None})


@pytest.mark.parametrize(
    ("held", "error", "said"),
    [
        (None, errors.SecretNotFound, "there is no secret `platform/client`"),
        (replace(secret("one"), type="Opaque"), errors.SecretFormat, "saw `Opaque`"),
        (changed(crt=None), errors.SecretFormat, "has no `tls.crt`"),
        (changed(key=None), errors.SecretFormat, "has no `tls.key`"),
        (changed(crt=""), errors.SecretFormat, "holds no certificate"),
        (changed(crt=pair("one")[0].replace("MII", "---")), errors.SecretFormat, "cannot be read"),
        (changed(key="garbage"), errors.SecretFormat, "no private key"),
        (changed(key=pair("two")[1]), errors.SecretFormat, "not the key of the certificate"),
    ],
)
def test_a_secret_that_is_no_credential_is_refused_and_not_quoted(held, error, said):
    with pytest.raises(error) as refused:
        credential(lambda name: held, NAME, None)
    assert said in str(refused.value)
    assert "BEGIN" not in str(refused.value)


def test_authorities_are_all_that_a_bundle_holds():
    bundle = f"rubbish\n{pair('one')[0]}between\n{pair('two')[0]}"
    found = authorities(lambda name: Secret("kubernetes.io/tls", {"tls.crt": bundle}), NAME)
    assert [pair(name)[0].strip() in found for name in ("one", "two")] == [True, True]
    assert "between" not in found


class Platform:
    """A secret that can be replaced, and a clock that can be moved."""

    def __init__(self):
        self.held, self.time = secret("one"), 0.0

    def lookup(self, name):
        return self.held

    def now(self):
        return self.time


def test_the_interval_decides_when_a_secret_is_read_again():
    platform = Platform()
    rotating = Rotating(platform.lookup, NAME, None, 600, platform.now)
    one = rotating.current()
    platform.held, platform.time = secret("two"), 599
    assert rotating.current() is one
    platform.time = 600
    two = rotating.current()
    assert two.fingerprint != one.fingerprint
    platform.held, platform.time = secret("one"), 1199
    assert rotating.current() is two


def test_a_failed_reload_keeps_the_old_and_is_tried_again_at_once():
    platform = Platform()
    rotating = Rotating(platform.lookup, NAME, None, 600, platform.now)
    one = rotating.current()
    platform.held, platform.time = None, 600
    assert rotating.current() is one
    platform.held = secret("two")
    assert rotating.current().fingerprint != one.fingerprint


def test_an_interval_of_zero_means_never():
    platform = Platform()
    rotating = Rotating(platform.lookup, NAME, None, 0, platform.now)
    one = rotating.current()
    platform.held, platform.time = secret("two"), 1e9
    assert rotating.current() is one


def test_what_signs_follows_the_secret_at_once_and_goes_with_it():
    platform = Platform()
    latest = Latest(platform.lookup, NAME, None)
    one = latest.current()
    platform.held = secret("one")
    assert latest.current() is one
    platform.held = secret("two")
    assert latest.current().fingerprint != one.fingerprint
    platform.held = None
    with pytest.raises(errors.SecretNotFound):
        latest.current()
