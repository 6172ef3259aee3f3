"""Connections: an httpx transport that chooses the certificate at each handshake.

httpx's own transport fixes the certificate when it is built, and hands a connection on with whatever bytes the server
sent beyond its answer, which the next caller would take for theirs. So this one is ours, on h11, which httpx uses too.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator

import h11
import httpx

from .credentials import Credential, Rotating, tls_context
from .errors import ConnectFailed, ConnectionLost, NotHttp, ServerUntrusted, TlsFailed

HEAD_LIMIT = 4 * 1024 * 1024
IDLE_LIMIT = 100
BUFFER_LIMIT = 256 * 1024
GOODBYE_SECONDS = 1.0


class Transport(httpx.AsyncBaseTransport):
    """Sends requests over connections of its own.

    A request may name in its extension `credential` the one that its connection must present; any other goes over
    connections made with what is current at their handshake. None: without a client certificate.
    """

    def __init__(self, roots: str | None, rotating: Rotating | None):
        self._anonymous, self._rotating = tls_context(roots), rotating
        self._idle: list[_Connection] = []
        self._busy: set[_Connection] = set()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        wanted: Credential | None = request.extensions.get("credential")
        connection = self._reuse(request.url, wanted)
        reused = connection is not None
        if connection is None:
            connection = await self._dial(request.url, wanted)
        try:
            head = await self._exchange(connection, request)
        except ConnectionLost:
            # The server may have closed an idle connection just now. Only what changes nothing is sent again, once.
            if not (reused and request.method == "GET" and not connection.answered):
                raise
            connection = await self._dial(request.url, wanted)
            head = await self._exchange(connection, request)
        headers = [(bytes(name), bytes(value)) for name, value in head.headers.raw_items()]
        return httpx.Response(head.status_code, headers=headers, stream=_Body(self, connection))

    async def aclose(self) -> None:
        connections = [*self._idle, *self._busy]
        self._idle.clear()
        await asyncio.gather(*(connection.close() for connection in connections))

    async def _exchange(self, connection: _Connection, request: httpx.Request) -> h11.Response:
        try:
            return await connection.ask(request)
        except BaseException:
            self.drop(connection)
            raise

    def _reuse(self, url: httpx.URL, wanted: Credential | None) -> _Connection | None:
        for connection in reversed([idle for idle in self._idle if idle.fits(url, wanted)]):
            self._idle.remove(connection)
            if connection.is_quiet():
                self._busy.add(connection)
                return connection
            connection.abort()
        return None

    async def _dial(self, url: httpx.URL, wanted: Credential | None) -> _Connection:
        credential = wanted or (self._rotating.current() if self._rotating else None)
        context = credential.tls if credential else self._anonymous
        host, port = url.host, url.port or 443
        try:
            _, connection = await asyncio.get_running_loop().create_connection(
                lambda: _Connection((host, port), credential, general=wanted is None), host, port, ssl=context
            )
        except ssl.SSLCertVerificationError as error:
            raise ServerUntrusted(f"connect to {host}:{port}: {error.verify_message}") from error
        except ssl.SSLError as error:
            raise TlsFailed(f"connect to {host}:{port}: {error.reason}") from error
        except (ConnectionResetError, ConnectionAbortedError, BrokenPipeError) as error:
            raise ConnectionLost(
                f"connect to {host}:{port}: the connection ended in the handshake"
            ) from error
        except (OSError, UnicodeError) as error:
            raise ConnectFailed(f"connect to {host}:{port}: {error}") from error
        self._busy.add(connection)
        return connection

    def drop(self, connection: _Connection) -> None:
        """Ends a connection that nobody can use any more."""
        self._busy.discard(connection)
        connection.abort()

    def give_back(self, connection: _Connection) -> None:
        """Keeps a connection for the next request, if it can take one."""
        if connection.begin_anew() and len(self._idle) < IDLE_LIMIT:
            self._busy.discard(connection)
            self._idle.append(connection)
        else:
            self.drop(connection)


class _Body(httpx.AsyncByteStream):
    """The body of an answer. When it is whole its connection is kept, else dropped."""

    def __init__(self, transport: Transport, connection: _Connection):
        self._transport, self._connection, self._whole = transport, connection, False

    async def __aiter__(self) -> AsyncIterator[bytes]:
        while True:
            event = await self._connection.event()
            if isinstance(event, h11.EndOfMessage):
                self._whole = True
                return
            yield bytes(event.data)

    async def aclose(self) -> None:
        if self._whole:
            self._transport.give_back(self._connection)
        else:
            self._transport.drop(self._connection)


class _Connection(asyncio.Protocol):
    """One connection, one exchange at a time."""

    def __init__(self, server: tuple[str, int], credential: Credential | None, *, general: bool):
        self._server, self._credential, self._general = server, credential, general
        self._http = self._new()
        self._buffer, self._ended, self._error = bytearray(), False, None
        self._news, self._gone = asyncio.Event(), asyncio.Event()
        # Whether any byte has come in answer to the latest request.
        self.answered = False

    # What asyncio tells.

    def connection_made(self, transport: asyncio.Transport) -> None:
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        self.answered = True
        if len(self._buffer) > BUFFER_LIMIT:
            self._transport.pause_reading()
        self._news.set()

    def eof_received(self) -> None:
        self._ended = True
        self._news.set()

    def connection_lost(self, error: Exception | None) -> None:
        self._ended, self._error = True, error
        self._news.set()
        self._gone.set()

    # What the transport asks.

    def fits(self, url: httpx.URL, wanted: Credential | None) -> bool:
        """Whether a request may travel here: to that server, and where it matters with that certificate."""
        if (url.host, url.port or 443) != self._server:
            return False
        if wanted is None:
            return self._general
        return self._credential is not None and self._credential.fingerprint == wanted.fingerprint

    def is_quiet(self) -> bool:
        """Whether nothing has come since the last answer; a server has nothing to say of its own accord."""
        return not (self._buffer or self._ended or self._transport.is_closing())

    async def ask(self, request: httpx.Request) -> h11.Response:
        """Sends a request and waits for the head of its answer."""
        self.answered = False
        body = await request.aread()
        headers = request.headers.raw
        events = [h11.Request(method=request.method, target=request.url.raw_path, headers=headers)]
        events += [h11.Data(data=body)] if body else []
        self._transport.write(b"".join(self._http.send(event) for event in [*events, h11.EndOfMessage()]))
        while True:
            event = await self.event()
            # 1xx are passed over, RFC 9110 §15.2.
            if isinstance(event, h11.Response):
                return event

    async def event(self) -> h11.Event:
        """The next part of the answer."""
        try:
            while (event := self._http.next_event()) in (h11.NEED_DATA, h11.PAUSED):
                if event is h11.PAUSED:
                    raise NotHttp("the server switches to another protocol")
                self._http.receive_data(await self._receive())
        except h11.RemoteProtocolError as error:
            # The second says whether the end of the stream has been reached.
            if self._http.trailing_data[1]:
                raise ConnectionLost("the connection ended before the answer was whole") from error
            raise NotHttp(f"what the server sent is no HTTP answer: {error}") from error
        if isinstance(event, h11.ConnectionClosed):
            raise ConnectionLost("the connection ended before an answer came")
        return event

    def begin_anew(self) -> bool:
        """Makes ready for the next request; not after bytes beyond the answer, or when either side is to close."""
        if self._http.trailing_data[0] or not self.is_quiet():
            return False
        if not (self._http.our_state is h11.DONE and self._http.their_state is h11.DONE):
            return False
        # A new one: what this one has read must not meet the next request.
        self._http = self._new()
        return True

    def abort(self) -> None:
        self._transport.abort()

    async def close(self) -> None:
        self._transport.close()
        try:
            async with asyncio.timeout(GOODBYE_SECONDS):
                await self._gone.wait()
        except TimeoutError:
            self._transport.abort()

    async def _receive(self) -> bytes:
        while not self._buffer:
            if isinstance(self._error, ssl.SSLError):
                raise TlsFailed(f"the server ended TLS: {self._error.reason}") from self._error
            if self._error is not None:
                raise ConnectionLost("the connection was reset before the answer was whole") from self._error
            if self._ended:
                return b""
            self._news.clear()
            await self._news.wait()
        data = bytes(self._buffer)
        self._buffer.clear()
        self._transport.resume_reading()
        return data

    @staticmethod
    def _new() -> h11.Connection:
        return h11.Connection(h11.CLIENT, max_incomplete_event_size=HEAD_LIMIT)
