"""Paths, bodies and the meaning of answers, by a transport that answers as told; and the documents."""

import asyncio
import json
from pathlib import Path

import httpx
import pytest
import yaml

from uni_client import Caller, Context, Principal, errors, identity, region
from uni_client.references import escaped, halves
from uni_client.rest import BODY_LIMIT, Operation, Service, canonical, document, is_thing

from .test_callers import ORGANIZATION, PROJECT, Resource

DOCUMENTS = Path(__file__).parent / "../../../fake-server/openapi"
ORG = "11111111-1111-4111-8111-111111111111"
PRJ = "22222222-2222-4222-8222-222222222222"
CALLER = Caller(Context(Principal(ORG, (), PRJ)))
READ = Operation("read", "GET", "/things/{name}", 200, (403, 500))
ENVELOPE = {"error": "conflict", "error_description": "it changed", "trace_id": "4bf9"}


def make(answer: httpx.Response, call):
    """What comes of a call that is so answered, and the requests that it made."""
    seen = []

    def respond(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return answer

    service = Service("https://host:1/base", httpx.MockTransport(respond), None)
    return asyncio.run(call(service)), seen


def judge(answer: httpx.Response):
    return make(answer, lambda service: service.call(CALLER, READ, "a/b"))


@pytest.mark.parametrize(
    ("answer", "error", "code"),
    [
        (httpx.Response(403, json=ENVELOPE), errors.ApiError, "conflict"),
        (httpx.Response(403, json={**ENVELOPE, "new": 1}), errors.ApiError, "conflict"),
        (httpx.Response(403, json={"error": 5}), errors.MalformedAnswer, None),
        (httpx.Response(403, json=[]), errors.MalformedAnswer, None),
        (httpx.Response(403, text="<html>"), errors.MalformedAnswer, None),
        (httpx.Response(403), errors.MalformedAnswer, None),
        (httpx.Response(404, json=ENVELOPE), errors.UnexpectedStatus, "conflict"),
        (httpx.Response(204), errors.UnexpectedStatus, None),
        (httpx.Response(304), errors.UnexpectedStatus, None),
        (httpx.Response(599, text="busy"), errors.UnexpectedStatus, None),
        (httpx.Response(307, headers={"Location": "https://other/"}), errors.RedirectRefused, None),
        (httpx.Response(302), errors.RedirectRefused, None),
        (httpx.Response(200, content=b"x" * (BODY_LIMIT + 1)), errors.TooLarge, None),
        (httpx.Response(500, content=b"x" * (BODY_LIMIT + 1)), errors.TooLarge, None),
    ],
)
def test_every_answer_but_the_expected_one_is_an_error_that_keeps_it(answer, error, code):
    with pytest.raises(errors.AnswerError) as raised:
        judge(answer)
    assert type(raised.value) is error
    assert (raised.value.answer.status, raised.value.answer.code) == (answer.status_code, code)


def test_a_place_in_a_path_is_one_segment():
    _, [request] = judge(httpx.Response(200, json={}))
    assert request.url.raw_path == b"/base/things/a%2Fb"


@pytest.mark.parametrize("text", ["", "[] [", "nul", "[" * 100_000, '{"metadata": NaN}', '{"metadata": {}}'])
def test_a_success_of_another_shape_is_malformed(text):
    answer = httpx.Response(200, text=text, headers={"Content-Type": "application/json"})
    with pytest.raises(errors.MalformedAnswer):
        document(READ, answer, is_thing)


@pytest.mark.parametrize(
    "address", ["", "h:1", "localhost:40001", "http://h:1", "https://", "https://a:b@h", "https://h/?x"]
)
def test_an_address_that_would_be_guessed_at_is_refused(address):
    with pytest.raises(errors.InvalidArgument):
        Service(address, httpx.MockTransport(lambda request: httpx.Response(200)), None)


@pytest.mark.parametrize("text", ["", "..", "net 1/x", "1111", None])
def test_what_is_no_uuid_is_refused(text):
    with pytest.raises(errors.InvalidArgument):
        canonical("network", text)


def test_uuids_have_one_spelling():
    for text in (ORG.upper(), ORG.replace("-", ""), "urn:uuid:" + ORG):
        assert canonical("network", text) == ORG


@pytest.mark.parametrize(
    ("group", "name", "kind", "path"),
    [
        ("unikorn-cloud.org", "n", "computeclusters.kubernetes.unikorn-cloud.org", "%252Fn"),
        ("a.unikorn-cloud.org", "a b", "computeclusters.a.unikorn-cloud.org", "%252Fa%2520b"),
        ("", "../x", "computeclusters.", "%252F..%252Fx"),
        ("g", "100%", "computeclusters.g", "%252F100%2525"),
        ("g", "日", "computeclusters.g", "%252F%25E6%2597%25A5"),
    ],
)
def test_a_reference_travels_escaped_twice(group, name, kind, path):
    resource = Resource({ORGANIZATION: ORG, PROJECT: PRJ}, group=group, name=name)
    assert halves(resource) == (kind, name)
    _, [request] = make(
        httpx.Response(201), lambda service: identity.Identity(service).add_reference(CALLER, resource)
    )
    reference = request.url.raw_path.decode().rsplit("/", 1)[1]
    assert (request.method, reference) == ("PUT", kind + path)
    assert escaped(resource) == reference.replace("%25", "%")


def test_a_creation_leaves_the_id_on_the_resource_and_a_failure_leaves_it_alone():
    created = {"metadata": {"id": "i", "name": "undefined"}, "spec": {}}
    resource = Resource(None, None)
    amounts = [{"kind": "clusters", "committed": 2**53 + 1, "reserved": 0}]

    def create(service):
        return identity.Identity(service).create_allocation(CALLER, CALLER.context, resource, amounts)

    with pytest.raises(errors.MalformedAnswer):
        make(httpx.Response(201, json={**created, "metadata": {"id": "", "name": "n"}}), create)
    assert resource.annotations is None
    _, [request] = make(httpx.Response(201, json=created), create)
    assert resource.annotations == {identity.ALLOCATION: "i"}
    spec = {"kind": "computeclusters.compute.unikorn-cloud.org", "id": "one", "allocations": amounts}
    assert json.loads(request.content) == {"metadata": {"name": "undefined"}, "spec": spec}


def test_cookies_are_not_kept():
    cookie = {"Set-Cookie": "session=alice; Path=/"}

    async def twice(service):
        await service.call(CALLER, READ, "a")
        await service.call(CALLER, READ, "b")

    _, [_, second] = make(httpx.Response(200, json={}, headers=cookie), twice)
    assert "Cookie" not in second.headers


@pytest.mark.parametrize("name", ["identity", "region"])
def test_operations_are_those_of_the_documents(name):
    declared = {}
    for path, item in yaml.safe_load((DOCUMENTS / f"{name}.yaml").read_text())["paths"].items():
        for method, operation in item.items():
            if method != "parameters":
                statuses = {int(status) for status in operation["responses"] if status != "default"}
                declared[operation["operationId"]] = (method.upper(), path, statuses)
    for ours in {"identity": identity, "region": region}[name].OPERATIONS:
        assert (ours.method, ours.path, {ours.success, *ours.refusals}) == declared[ours.name], ours.name
