"""What is added to a request: held to the contract, with signatures verified by other code than made them."""

import base64
import json
from dataclasses import dataclass, field

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

from uni_client import Caller, Context, Controller, Principal, errors
from uni_client.callers import principal_of, sign
from uni_client.credentials import Credential

ORGANIZATION = "unikorn-cloud.org/organization"
PROJECT = "unikorn-cloud.org/project"
CREATOR = "unikorn-cloud.org/creator"
TRACE = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
RSA = rsa.generate_private_key(65537, 2048)


@dataclass
class Resource:
    labels: dict | None = field(default_factory=dict)
    annotations: dict | None = field(default_factory=dict)
    group: str = "compute.unikorn-cloud.org"
    plural: str = "computeclusters"
    name: str = "one"


def signer(key=RSA) -> Credential:
    return Credential(b"fingerprint", key, None)


def read(part: str) -> bytes:
    assert "=" not in part
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


@pytest.mark.parametrize(
    ("principal", "text"),
    [
        (Principal(), "{}"),
        (
            Principal("o", ("o", "p"), "q", "user", "a"),
            '{"organizationId":"o","organizationIds":["o","p"],"projectId":"q","type":"user","actor":"a"}',
        ),
        (Principal(organization_ids=("",)), '{"organizationIds":[""]}'),
        (Principal(actor='zoë 日本 😀 "<&>'), '{"actor":"zoë 日本 😀 \\"<&>"}'),
        (Principal(organization_id="../../x"), '{"organizationId":"../../x"}'),
        (Principal(actor="\ud800"), '{"actor":"?"}'),
    ],
)
def test_a_principal_is_compact_json_without_what_is_empty(principal, text):
    assert principal.json().decode() == text


def test_a_caller_sends_its_principal_and_nothing_that_was_not_asked_for():
    headers, credential = Caller(Context(Principal(actor="a"))).headers()
    assert headers == {"X-Principal": base64.urlsafe_b64encode(b'{"actor":"a"}').decode().rstrip("=")}
    assert credential is None


def test_a_caller_hands_on_all_that_its_context_has():
    context = Context(Principal(actor="a"), True, TRACE, "vendor=1", "-----BEGIN%20")
    headers, _ = Caller(context).headers()
    del headers["X-Principal"]
    assert headers == {
        "Traceparent": TRACE,
        "Tracestate": "vendor=1",
        "Unikorn-Client-Certificate": "-----BEGIN%20",
        "X-Impersonate": "true",
    }


@pytest.mark.parametrize(
    "parent",
    [
        "",
        TRACE.upper(),
        TRACE[:-1],
        TRACE + "\r\nX: y",
        "ff" + TRACE[2:],
        f"00-{'0' * 32}-00f067aa0ba902b7-01",
        f"00-4bf92f3577b34da6a3ce929d0e0e4736-{'0' * 16}-01",
    ],
)
def test_what_is_no_trace_is_not_sent_and_neither_is_its_state(parent):
    headers, _ = Caller(Context(Principal(), traceparent=parent, tracestate="a=1")).headers()
    assert set(headers) == {"X-Principal"}


@pytest.mark.parametrize(
    ("context", "error"),
    [
        (Context(), errors.NoPrincipal),
        (Context(impersonate=True, certificate="c", traceparent=TRACE), errors.NoPrincipal),
        (Context(Principal(type="user"), impersonate=True), errors.InvalidArgument),
        (Context(Principal(), certificate="-----BEGIN CERTIFICATE-----\nMII"), errors.InvalidArgument),
        (Context(Principal(), certificate="x\r\nX-Impersonate: true"), errors.InvalidArgument),
        (Context(Principal(), certificate=" x"), errors.InvalidArgument),
        (Context(Principal(), certificate="ë"), errors.InvalidArgument),
        (Context(Principal(), certificate=""), errors.InvalidArgument),
        (Context(Principal(), traceparent=TRACE, tracestate="a=1\nb"), errors.InvalidArgument),
    ],
)
def test_what_cannot_be_sent_is_an_error(context, error):
    with pytest.raises(error):
        Caller(context).headers()


@pytest.mark.parametrize(
    ("labels", "annotations", "members"),
    [
        ({}, {}, {}),
        (
            {ORGANIZATION: "o", PROJECT: "p"},
            {CREATOR: "c"},
            {"organizationId": "o", "projectId": "p", "actor": "c"},
        ),
        ({ORGANIZATION: "o", "principal." + ORGANIZATION: "x"}, {}, {"organizationId": "x"}),
        ({ORGANIZATION: "o", "principal." + ORGANIZATION: ""}, {}, {}),
        ({"principal." + PROJECT: "x"}, {"principal." + CREATOR: "y"}, {"projectId": "x", "actor": "y"}),
        ({}, {"unikorn-cloud.org/modifier": "m"}, {}),
    ],
)
def test_a_principal_is_rebuilt_from_labels_and_their_twins(labels, annotations, members):
    assert json.loads(principal_of(Resource(labels, annotations)).json()) == members


@pytest.mark.parametrize("missing", ["labels", "annotations"])
def test_no_map_at_all_is_an_error(missing):
    with pytest.raises(errors.ResourceInconsistent, match=missing):
        principal_of(Resource(**{missing: None}))


def test_a_controller_signs_what_the_resource_says_and_ignores_who_called():
    resource = Resource({ORGANIZATION: "o"}, {CREATOR: "c"})
    context = Context(Principal(actor="a"), impersonate=True, certificate="c%20")
    one = signer()
    headers, credential = Controller(context, resource, lambda: one).headers()
    assert set(headers) == {"X-Principal", "Unikorn-Client-Certificate"}
    assert credential is one
    head, payload, signature = headers["X-Principal"].split(".")
    assert read(head) == b'{"alg":"PS512"}'
    assert json.loads(read(payload)) == {"organizationId": "o", "actor": "c"}
    pss = padding.PSS(mgf=padding.MGF1(hashes.SHA512()), salt_length=64)
    RSA.public_key().verify(read(signature), f"{head}.{payload}".encode(), pss, hashes.SHA512())


def test_no_two_signatures_are_alike():
    assert sign(b"{}", signer()) != sign(b"{}", signer())


def test_a_key_that_is_not_rsa_cannot_sign():
    with pytest.raises(errors.KeyType):
        sign(b"{}", signer(ec.generate_private_key(ec.SECP256R1())))
