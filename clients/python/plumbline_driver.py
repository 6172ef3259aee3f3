"""Turns a table of functions into a Plumbline driver: copy this file beside yours, it needs Python 3.11 only.

    import plumbline_driver as plumbline

    plumbline.main(plumbline.Table(
        name="my-client",
        version="1.2.3",
        capabilities=["api-client"],
        open=lambda setup: MyClient(setup.identity, setup.secret(setup.ca)),
        close=lambda client: client.close(),
        operations={
            "identity.projects.list": lambda client, call: client.projects(call.arguments["organization"]),
        },
        failure=lambda error: plumbline.Failure("api", str(error)) if isinstance(error, MyError) else None,
    ))

Functions may be plain or `async`; plain ones run in a thread each, so a client that blocks holds up no other call. What
an operation returns is the outcome's value. What it raises is shown to `failure`, which describes the client's own
errors; for anything else it returns None, and then the call counts as not made, since the driver is at fault.

The kit keeps the platform's secrets and the clock: `setup.secret` gives what the platform holds at that moment, and
`setup.now` moves when the harness says so. The call's resource goes back as the function left it. From `main` on
standard output belongs to the harness; what is printed goes to standard error.
"""

from __future__ import annotations

import asyncio
import difflib
import inspect
import json
import os
import sys
import threading
import time
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

VERSION = 1
LINE_LIMIT = 8 * 1024 * 1024

CAPABILITIES = (
    "api-client controller-client trace-context certificate-propagation impersonation platform-secrets anonymous-tls "
    "reload clock call-timeout cancel concurrent"
).split()
# What the protocol has, and this kit does not: it runs no lifecycles, and hands no request on that is being served.
NOT_SERVED = "converge crash give-up virtual-wait reads-requests".split()
OPERATIONS = (
    "identity.organizations.list identity.organizations.create identity.organizations.read "
    "identity.organizations.update identity.organizations.delete identity.projects.list identity.projects.create "
    "identity.projects.read identity.projects.update identity.projects.delete identity.quotas.read "
    "identity.quotas.update identity.allocations.create identity.allocations.read identity.allocations.update "
    "identity.allocations.delete identity.references.add identity.references.remove identity.tokens.exchange "
    "identity.tokens.issue region.networks.list region.networks.create region.networks.read region.networks.update "
    "region.networks.delete region.references.add region.references.remove"
).split()
ERROR_CLASSES = (
    "secret-not-found secret-format key-type no-principal resource-inconsistent invalid-argument connect "
    "server-untrusted tls connection-lost timeout protocol api unexpected-status malformed-answer redirect too-large "
    "other"
).split()


@dataclass(kw_only=True)
class Table:
    """What a driver is made of."""

    name: str
    version: str
    capabilities: list[str]
    # Builds the clients of a session; what it returns is handed to every function below.
    open: Callable[[Setup], Any]
    # By the operation's name: makes a call and returns its value.
    operations: Mapping[str, Callable[[Any, Call], Any]]
    # Describes an error of the client's own; None for any other.
    failure: Callable[[BaseException], Failure | None]
    close: Callable[[Any], Any] | None = None
    # How many calls can be in flight.
    concurrency: int = 64


@dataclass
class Failure:
    """The client's own error, as far as its user can tell it apart."""

    kind: str
    message: str
    status: int | None = None
    code: str | None = None
    description: str | None = None
    trace_id: str | None = None
    retry_after: str | None = None
    body: str | None = None


class Unsupported(Exception):
    """Raised by a function when the client lacks what the call needs."""


@dataclass
class Secret:
    """A secret as the platform keeps it: `type`, and text by key."""

    namespace: str
    name: str
    type: str
    data: dict[str, str] = field(repr=False)


@dataclass
class Setup:
    """What the clients of a session are built from."""

    identity: str
    region: str
    # (namespace, name) of the secrets; None: not configured.
    ca: tuple[str, str] | None
    client: tuple[str, str] | None
    # None: the client's default; 0: never.
    reload_seconds: int | None
    call_ms: int | None
    directory: str | None
    secrets: dict[tuple[str, str], Secret] = field(repr=False)
    advanced: float = 0.0

    def secret(self, name: tuple[str, str]) -> Secret | None:
        """The secret as the platform holds it now; None when it has none of that name."""
        return self.secrets.get(name)

    def now(self) -> float:
        """Seconds on a clock that only goes forward, and jumps when the harness moves it."""
        return time.monotonic() + self.advanced


@dataclass
class Context:
    """What the caller's context holds. `principal` has the members of the protocol, by their names there."""

    principal: dict[str, Any] | None
    impersonate: bool
    traceparent: str | None
    tracestate: str | None
    certificate: str | None


@dataclass
class Resource:
    """The Kubernetes resource that a controller acts for. No map is not the same as an empty one."""

    group: str
    kind: str
    plural: str
    name: str
    labels: dict[str, str] | None
    annotations: dict[str, str] | None


@dataclass
class Call:
    """One call."""

    id: int
    session: int
    operation: str
    # `api` or `controller`.
    client: str
    arguments: dict[str, Any]
    context: Context
    resource: Resource | None


def main(table: Table) -> None:
    """Serves the table on standard input and output until the input ends, and exits."""
    # A library that prints would otherwise speak to the harness.
    output = os.dup(1)
    os.dup2(2, 1)
    try:
        check(table)
        asyncio.run(_Desk(table, output).serve(0))
    except (ProtocolError, TableError) as error:
        print(f"plumbline_driver: {error}", file=sys.stderr)
        raise SystemExit(2) from None
    except BrokenPipeError:
        print("plumbline_driver: nobody reads the answers any more", file=sys.stderr)
        raise SystemExit(1) from None


class TableError(ValueError):
    """The table has a name that the protocol has not."""


class ProtocolError(ValueError):
    """The harness said something that is no message."""


def check(table: Table) -> None:
    """Refuses names that the protocol has not, before the harness does."""
    for what, given, known in (
        ("capability", table.capabilities, CAPABILITIES),
        ("operation", table.operations, OPERATIONS),
    ):
        for name in given:
            if what == "capability" and name in NOT_SERVED:
                raise TableError(f"the kit does not serve the capability `{name}`")
            _one_of(what, name, known)
    if table.concurrency < 1:
        raise TableError(f"`concurrency` is {table.concurrency}, and must be 1 or more")


def encode(message: dict[str, Any]) -> bytes:
    """A message as one line. A half of a surrogate pair, which is no text, becomes `?`."""
    text = json.dumps(message, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    line = text.encode("utf-8", "replace") + b"\n"
    if len(line) > LINE_LIMIT:
        raise ValueError(f"a line of {len(line)} bytes; the protocol allows {LINE_LIMIT}")
    return line


def decode(line: bytes, number: int = 1) -> dict[str, Any]:
    """The message that a line holds; its `setup` and `call` as the classes above.

    Members that this version does not know are passed over: a later harness may send them.
    """
    try:
        return _message(_json(line))
    except ProtocolError as error:
        raise ProtocolError(f"line {number} of standard input: {error}") from None


def _one_of(what: str, name: str, known: list[str]) -> None:
    if name not in known:
        near = difflib.get_close_matches(name, known, n=1)
        help_ = f"did you mean `{near[0]}`?" if near else f"one of {', '.join(known)}"
        raise TableError(f"the protocol has no {what} `{name}`\nhelp: {help_}")


def _json(line: bytes) -> Any:
    try:
        return json.loads(line.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise ProtocolError(f"byte {error.start + 1} is not UTF-8") from None
    except json.JSONDecodeError as error:
        raise ProtocolError(
            f"column {error.colno}: not JSON: {error.msg}\n"
            "help: a driver is spoken to by `plumbline run -- COMMAND` or `plumbline driver check -- COMMAND`"
        ) from None
    except (RecursionError, ValueError) as error:
        raise ProtocolError(f"not JSON: {error}") from None


class _Members:
    """A JSON object, read member by member; says which one is wrong."""

    def __init__(self, value: Any, path: str):
        if not isinstance(value, dict):
            raise ProtocolError(f"expected {path} to be an object, saw {_kind(value)}")
        self.value, self.path = value, path

    def get(self, name: str, kind: type, default: Any = ...) -> Any:
        value = self.value.get(name)
        if value is None and default is not ...:
            return default
        # To Python, True is an int.
        right = isinstance(value, kind) and not (kind is int and isinstance(value, bool))
        if not right or (kind is int and value < 0):
            wanted = {str: "text", int: "a whole number", dict: "an object", list: "a list"}[kind]
            raise ProtocolError(f"expected `{name}` of {self.path} to be {wanted}, saw {_kind(value)}")
        return value

    def object(self, name: str, default: Any = ...) -> _Members:
        return _Members(self.get(name, dict, default), f"`{name}`")

    def texts(self, name: str) -> dict[str, str] | None:
        texts = self.get(name, dict, None)
        for key in texts or {}:
            _Members(texts, f"`{name}`").get(key, str)
        return texts


def _kind(value: Any) -> str:
    names = {dict: "an object", list: "a list", str: "text", bool: "a boolean", type(None): "nothing"}
    return names.get(type(value), f"the number {value}")


def _message(value: Any) -> dict[str, Any]:
    members = _Members(value, "the message")
    kind = members.get("type", str)
    if kind == "welcome":
        version = members.get("version", int)
        if version != VERSION:
            raise ProtocolError(f"version {version} was chosen; this driver speaks {VERSION}")
        return {"type": kind}
    if kind == "call":
        return {"type": kind, "call": _call(members)}
    if kind == "cancel":
        return {"type": kind, "id": members.get("id", int)}
    if kind not in ("open", "secrets", "advance", "close"):
        raise ProtocolError(
            f"`{kind}` is no message\nhelp: one of welcome, open, secrets, advance, call, cancel, close"
        )
    message = {"type": kind, "session": members.get("session", int)}
    if kind == "open":
        message["setup"] = _setup(members.object("setup"))
    elif kind == "secrets":
        message["secrets"] = _secrets(members)
    elif kind == "advance":
        message["seconds"] = members.get("seconds", int)
    return message


def _setup(setup: _Members) -> Setup:
    def name(of: str) -> tuple[str, str] | None:
        if setup.get(of, dict, None) is None:
            return None
        secret = setup.object(of)
        return secret.get("namespace", str), secret.get("name", str)

    endpoints, timeouts = setup.object("endpoints"), setup.object("timeouts", {})
    return Setup(
        identity=endpoints.get("identity", str),
        region=endpoints.get("region", str),
        ca=name("ca"),
        client=name("client"),
        reload_seconds=setup.get("reload_seconds", int, None),
        call_ms=timeouts.get("call_ms", int, None),
        directory=setup.get("directory", str, None),
        secrets=_secrets(setup),
    )


def _secrets(members: _Members) -> dict[tuple[str, str], Secret]:
    secrets = {}
    for value in members.get("secrets", list):
        secret = _Members(value, "a secret")
        namespace, name = secret.get("namespace", str), secret.get("name", str)
        secret.get("data", dict)
        secrets[namespace, name] = Secret(namespace, name, secret.get("type", str), secret.texts("data"))
    return secrets


def _call(call: _Members) -> Call:
    context, resource = call.object("context", {}), None
    if call.get("resource", dict, None) is not None:
        of = call.object("resource")
        group, kind, plural, name = (of.get(part, str) for part in ("group", "kind", "plural", "name"))
        resource = Resource(group, kind, plural, name, of.texts("labels"), of.texts("annotations"))
    return Call(
        id=call.get("id", int),
        session=call.get("session", int),
        operation=call.get("operation", str),
        client=call.get("client", str),
        arguments=call.get("arguments", dict, {}),
        context=Context(
            principal=context.get("principal", dict, None),
            impersonate=context.get("impersonate", str, "no") == "yes",
            traceparent=context.get("traceparent", str, None),
            tracestate=context.get("tracestate", str, None),
            certificate=context.get("certificate", str, None),
        ),
        resource=resource,
    )


class _Lines:
    """Cuts bytes into lines, and holds no more than one line of the limit's length."""

    def __init__(self) -> None:
        self.begun, self.number = bytearray(), 0

    def feed(self, data: bytes) -> list[tuple[int, bytes]]:
        lines = []
        # What the input ends with counts as a line, if it is anything.
        pieces = data.split(b"\n") if data else [b"", b""]
        for index, piece in enumerate(pieces):
            self.begun += piece
            if len(self.begun) > LINE_LIMIT:
                raise ProtocolError(f"line {self.number + 1} of standard input passes {LINE_LIMIT} bytes")
            if index < len(pieces) - 1:
                self.number += 1
                if line := bytes(self.begun).strip():
                    lines.append((self.number, line))
                self.begun.clear()
        return lines


class _Desk:
    """Takes messages, starts the table's functions, and tells the harness what came of them."""

    def __init__(self, table: Table, output: int):
        self.table, self.output = table, output
        self.sessions: dict[int, tuple[Any, Setup]] = {}
        self.calls: dict[int, asyncio.Task[Any]] = {}
        self.working: set[asyncio.Task[Any]] = set()

    async def serve(self, source: int) -> None:
        self.tell(
            type="hello",
            versions=[VERSION],
            name=self.table.name,
            version=self.table.version,
            language="python",
            capabilities=list(self.table.capabilities),
            operations=list(self.table.operations),
            concurrency=self.table.concurrency,
        )
        chunks: asyncio.Queue[bytes] = asyncio.Queue()
        _in_thread(_read, source, asyncio.get_running_loop(), chunks)
        lines, ended = _Lines(), False
        while not ended:
            chunk = await chunks.get()
            ended = not chunk
            for number, line in lines.feed(chunk):
                self.take(decode(line, number))

    def take(self, message: dict[str, Any]) -> None:
        kind = message["type"]
        if kind == "call":
            call = message["call"]
            if call.id in self.calls:
                return self.tell(type="trouble", message=f"call {call.id} came while it is in flight")
            task = self.calls[call.id] = asyncio.create_task(self.make(call))
            # Not in the task itself: one that is cancelled before it has begun never runs.
            task.add_done_callback(lambda task: self.done(call, task))
        elif kind == "cancel":
            if task := self.calls.get(message["id"]):
                task.cancel()
        elif kind != "welcome":
            task = asyncio.create_task(self.session(message))
            self.working.add(task)
            task.add_done_callback(self.working.discard)

    async def session(self, message: dict[str, Any]) -> None:
        kind, session = message["type"], message["session"]
        try:
            if kind == "open":
                await self.open(session, message["setup"])
            elif kind == "close":
                # One that was refused is closed, too; there is nothing to do then.
                client, _ = self.sessions.pop(session, (None, None))
                if client is not None and self.table.close:
                    await _run(self.table.close, client)
                self.tell(type="closed", session=session)
            elif session not in self.sessions:
                self.tell(type="trouble", message=f"`{kind}` of session {session}, which is not open")
            else:
                _, setup = self.sessions[session]
                if kind == "secrets":
                    setup.secrets = message["secrets"]
                else:
                    setup.advanced += message["seconds"]
                self.tell(type="ready", session=session)
        except Exception as error:
            traceback.print_exc()
            self.tell(type="trouble", message=f"{kind}: {_in_full(error)}")

    async def open(self, session: int, setup: Setup) -> None:
        try:
            self.sessions[session] = await _run(self.table.open, setup), setup
        except Exception as error:
            if (failure := self.table.failure(error)) is None:
                raise
            self.tell(type="refused", session=session, error=_failure(failure, None))
        else:
            self.tell(type="opened", session=session)

    async def make(self, call: Call) -> dict[str, Any]:
        if call.session not in self.sessions:
            return {"kind": "could-not-attempt", "reason": f"session {call.session} is not open"}
        if call.operation not in self.table.operations:
            return {"kind": "unsupported", "reason": f"there is no {call.operation}"}
        client, _ = self.sessions[call.session]
        try:
            value = await _run(self.table.operations[call.operation], client, call)
        except Unsupported as error:
            return {"kind": "unsupported", "reason": str(error)}
        except Exception as error:
            if (failure := self.table.failure(error)) is None:
                raise
            return {"kind": "error", **_failure(failure, call.resource)}
        return {"kind": "ok", "value": value} | _left(call.resource)

    def done(self, call: Call, task: asyncio.Task[Any]) -> None:
        del self.calls[call.id]
        if task.cancelled():
            outcome = {"kind": "cancelled"}
        elif error := task.exception():
            traceback.print_exception(error)
            outcome = {"kind": "could-not-attempt", "reason": _in_full(error)}
        else:
            outcome = task.result()
        try:
            self.tell(type="done", id=call.id, outcome=outcome)
        except (TypeError, ValueError) as error:
            self.tell(
                type="done",
                id=call.id,
                outcome={"kind": "could-not-attempt", "reason": f"the outcome: {error}"},
            )

    def tell(self, **message: Any) -> None:
        line = encode(message)
        while line:
            line = line[os.write(self.output, line) :]


def _failure(failure: Failure, resource: Resource | None) -> dict[str, Any]:
    _one_of("error class", failure.kind, ERROR_CLASSES)
    kept = {name: value for name, value in vars(failure).items() if value is not None and name != "kind"}
    return {"class": failure.kind, **kept} | _left(resource)


def _left(resource: Resource | None) -> dict[str, Any]:
    if resource is None:
        return {}
    return {"resource": {name: value for name, value in vars(resource).items() if value is not None}}


def _in_full(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}"


async def _run(function: Callable[..., Any], *arguments: Any) -> Any:
    """Awaits what is `async`; runs the rest in a thread, where it may block."""
    if inspect.iscoroutinefunction(function):
        return await function(*arguments)
    loop = asyncio.get_running_loop()
    result: asyncio.Future[Any] = loop.create_future()

    def settle(value: Any, error: BaseException | None) -> None:
        # The call may have been cancelled meanwhile.
        if not result.done():
            result.set_exception(error) if error else result.set_result(value)

    def work() -> None:
        value, error = None, None
        try:
            value = function(*arguments)
        except Exception as raised:
            error = raised
        loop.call_soon_threadsafe(settle, value, error)

    _in_thread(work)
    value = await result
    # A lambda that calls what is `async` is itself plain.
    return await value if inspect.isawaitable(value) else value


def _in_thread(work: Callable[..., None], *arguments: Any) -> None:
    # A daemon: a call that never returns does not keep the process from ending.
    threading.Thread(target=work, args=arguments, daemon=True).start()


def _read(source: int, loop: asyncio.AbstractEventLoop, chunks: asyncio.Queue[bytes]) -> None:
    chunk = b"-"
    while chunk:
        chunk = os.read(source, 64 * 1024)
        loop.call_soon_threadsafe(chunks.put_nowait, chunk)
