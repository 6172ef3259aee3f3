"""Requests, and what their answers mean."""

from __future__ import annotations

import asyncio
import json
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol
from urllib.parse import quote

import httpx

from . import errors
from .credentials import Credential
from .transport import Transport

# No answer of the platform comes near it.
BODY_LIMIT = 8 * 1024 * 1024
# So much of a body an error keeps.
EXCERPT = 8 * 1024
REDIRECTS = (301, 302, 303, 307, 308)


@dataclass(frozen=True)
class Operation:
    """An operation of the documents: what it is, which status is its success, which refusals it declares."""

    name: str
    method: str
    path: str
    success: int
    refusals: tuple[int, ...]


class Mutator(Protocol):
    """For whom a request is made; see `callers`."""

    def headers(self) -> tuple[dict[str, str], Credential | None]: ...


class Service:
    """One service, and the calls that it takes."""

    def __init__(self, address: str, transport: Transport, time_limit: float | None):
        self._base, self._limit = _address(address), time_limit
        self._http = httpx.AsyncClient(
            transport=transport,
            headers={
                "Accept": "application/json",
                "Accept-Encoding": "gzip",
                "User-Agent": "plumbline-python/1.0",
            },
            follow_redirects=False,
            trust_env=False,
            # The limit of a call is our own: httpx has none for a call as a whole.
            timeout=None,
        )
        # Those would go to the caller that comes next.
        self._http.cookies.jar.set_policy(_NoCookies())

    async def call(
        self, caller: Mutator, operation: Operation, *places: str, query: Any = None, body: Any = None
    ) -> httpx.Response:
        """Makes a call; the answer has the operation's success status, and its body is read."""
        headers, credential = caller.headers()
        content = None
        if body is not None:
            headers["Content-Type"] = "application/json"
            content = json.dumps(body, ensure_ascii=False, allow_nan=False).encode()
        url = self._base + _fill(operation.path, places)
        extensions = {"credential": credential}
        request = self._http.build_request(
            operation.method, url, params=query, headers=headers, content=content, extensions=extensions
        )
        try:
            async with asyncio.timeout(self._limit):
                response, answer, whole = await self._send(operation, request)
        except TimeoutError as error:
            raise errors.TimeLimit(f"{operation.name}: not done after {self._limit} s") from error
        _judge(operation, response, answer, whole)
        return response

    async def _send(
        self, operation: Operation, request: httpx.Request
    ) -> tuple[httpx.Response, errors.Answer, bool]:
        response = await self._http.send(request, stream=True)
        answer = errors.Answer(operation.name, response.status_code, response.headers.get("Retry-After"))
        body = bytearray()
        try:
            async for chunk in response.aiter_bytes():
                body += chunk
                if len(body) > BODY_LIMIT:
                    break
        except httpx.DecodingError as error:
            raise errors.MalformedAnswer(answer, ", whose body cannot be unpacked") from error
        finally:
            await response.aclose()
        answer.body = bytes(body[:EXCERPT])
        whole = len(body) <= BODY_LIMIT
        # The same answer, with its body at hand.
        read = httpx.Response(response.status_code, headers=_without_framing(response), content=bytes(body))
        return read, answer, whole


def document(operation: Operation, response: httpx.Response, check: Callable[[Any], bool]) -> Any:
    """The JSON of a success, which has to be of the shape that is checked for."""
    try:
        value = _json(response)
        if check(value):
            return value
        problem = "is not what the operation returns"
    except ValueError as error:
        problem = f"is no JSON: {error}"
    answer = errors.Answer(operation.name, response.status_code, body=response.content[:EXCERPT])
    raise errors.MalformedAnswer(answer, f", whose body {problem}")


def is_thing(value: Any) -> bool:
    """Whether it is one of the platform's things: metadata with an id, and a specification."""
    if not (isinstance(value, dict) and isinstance(value.get("metadata"), dict)):
        return False
    metadata = value["metadata"]
    named = all(isinstance(metadata.get(member), str) for member in ("id", "name"))
    return named and metadata["id"] != "" and isinstance(value.get("spec"), dict)


def is_things(value: Any) -> bool:
    """Whether it is a list of nothing but things."""
    return isinstance(value, list) and all(map(is_thing, value))


def canonical(what: str, text: str) -> str:
    """A UUID in the one spelling that the platform compares by."""
    try:
        return str(uuid.UUID(text))
    except (ValueError, AttributeError, TypeError):
        raise errors.InvalidArgument(f"the {what} is no UUID") from None


def _judge(operation: Operation, response: httpx.Response, answer: errors.Answer, whole: bool) -> None:
    status = response.status_code
    declared = status in operation.refusals
    if not whole and (declared or status == operation.success):
        raise errors.TooLarge(answer, f", whose body passes {BODY_LIMIT} bytes")
    if status == operation.success:
        return
    if status in REDIRECTS:
        raise errors.RedirectRefused(answer, ", a redirect, and none is followed")
    try:
        said = _json(response)
        answer.code, answer.description, answer.trace_id = _envelope(said)
    except ValueError as error:
        if declared:
            raise errors.MalformedAnswer(
                answer, f", whose body is no error of the platform: {error}"
            ) from error
    if declared:
        raise errors.ApiError(answer, "")
    raise errors.UnexpectedStatus(answer, ", which the operation does not declare")


def _envelope(said: Any) -> tuple[str, str, str | None]:
    if not isinstance(said, dict):
        raise ValueError("not an object")
    code, description, trace = (said.get(name) for name in ("error", "error_description", "trace_id"))
    if not (isinstance(code, str) and isinstance(description, str) and isinstance(trace, str | None)):
        raise ValueError("not `error` and `error_description`")
    return code, description, trace


def _json(response: httpx.Response) -> Any:
    # RFC 9110 §8.3.1: names of media types know no case.
    if "json" not in response.headers.get("Content-Type", "").lower():
        raise ValueError("the content type is another")
    try:
        return json.loads(response.content.decode("utf-8"), parse_constant=_refuse)
    except RecursionError:
        raise ValueError("nested too deeply") from None
    except json.JSONDecodeError as error:
        # Its text would quote nothing, but holds on to the whole document.
        raise ValueError(f"{error.msg} at byte {error.pos}") from None


def _refuse(constant: str) -> Any:
    raise ValueError(f"{constant} is no JSON")


def _address(address: str) -> str:
    try:
        url = httpx.URL(address)
    except httpx.InvalidURL:
        raise errors.InvalidArgument("a service's address is no URL") from None
    for wrong, problem in (
        (url.scheme != "https", "does not begin with `https://`"),
        (not url.host, "names no host"),
        (bool(url.userinfo), "names a user"),
        (bool(url.query or url.fragment), "has a query or fragment"),
    ):
        if wrong:
            raise errors.InvalidArgument(f"a service's address {problem}")
    return str(url).rstrip("/")


def _fill(template: str, places: tuple[str, ...]) -> str:
    values = iter(places)
    parts = [_segment(next(values)) if part.startswith("{") else part for part in template.split("/")]
    return "/".join(parts)


def _segment(text: str) -> str:
    return quote(text, safe="")


def _without_framing(response: httpx.Response) -> list[tuple[str, str]]:
    framing = ("content-encoding", "content-length", "transfer-encoding")
    return [(name, value) for name, value in response.headers.multi_items() if name not in framing]


class _NoCookies:
    """Keeps no cookie and sends none."""

    netscape, rfc2965, hide_cookie2 = True, False, False

    def set_ok(self, cookie: Any, request: Any) -> bool:
        return False

    def return_ok(self, cookie: Any, request: Any) -> bool:
        return False

    def domain_return_ok(self, domain: str, request: Any) -> bool:
        return False

    def path_return_ok(self, path: str, request: Any) -> bool:
        return False
