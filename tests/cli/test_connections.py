"""Room for connections is bounded: whoever is silent longest makes it; an answer that nobody reads is dropped."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator

import pytest
from starlette.types import Receive, Scope, Send

from gateway.cli import connections
from gateway.cli.serve import bind, server

pytestmark = pytest.mark.anyio

REQUEST = b"GET / HTTP/1.1\r\nHost: laurel\r\n\r\n"
LARGE = 16 * 1024 * 1024


class App:
    """Answers two bytes: to `/later` when it is told to, and to `/large` with more than any line holds."""

    def __init__(self) -> None:
        self.go_on = asyncio.Event()
        self.three_wait = asyncio.Event()
        self.waiting = 0
        self.ended = asyncio.Event()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            while True:
                message = await receive()
                await send({"type": f"{message['type']}.complete"})
                if message["type"] == "lifespan.shutdown":
                    return
        if scope["path"] == "/later":
            self.waiting += 1
            if self.waiting == 3:
                self.three_wait.set()
            await self.go_on.wait()
        body = bytes(LARGE) if scope["path"] == "/large" else b"ok"
        headers = [(b"content-length", str(len(body)).encode())]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        for start in range(0, len(body), 65536):
            await send({"type": "http.response.body", "body": body[start : start + 65536], "more_body": True})
        await send({"type": "http.response.body"})
        self.ended.set()


class Client:
    """A connection of the test's."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    async def ask(self, path: bytes = b"/") -> None:
        """Send a request."""
        self.writer.write(REQUEST.replace(b"/", path, 1))
        await self.writer.drain()

    async def status(self) -> int:
        """Return the status of the next answer, or 0 where the connection has ended."""
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            head = await self.reader.readuntil(b"\r\n\r\n")
            await self.reader.readexactly(2)
            return int(head.split(b" ")[1])
        return 0

    async def over(self) -> bool:
        """Wait until the connection has ended."""
        with contextlib.suppress(ConnectionError):
            await self.reader.read()
        return True


class Serving:
    """A server on a port of its own."""

    def __init__(self, app: App, port: int) -> None:
        self.app, self.port = app, port
        self.clients: list[Client] = []

    async def connect(self) -> Client:
        """Connect."""
        client = Client(*await asyncio.open_connection("127.0.0.1", self.port))
        self.clients.append(client)
        return client

    async def close(self) -> None:
        """Close all that is open."""
        for client in self.clients:
            client.writer.close()
            with contextlib.suppress(ConnectionError):
                await client.writer.wait_closed()

    async def served(self) -> Client:
        """Connect, and be answered once."""
        client = await self.connect()
        await client.ask()
        assert await client.status() == 200
        return client


@pytest.fixture
async def serving(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Serving]:
    """A server with room for three."""
    monkeypatch.setattr(connections, "CONNECTIONS_MAX", 3)
    listening = bind("127.0.0.1", 0)
    app = App()
    running = server(app)
    task = asyncio.create_task(running.serve(sockets=[listening]))
    found = Serving(app, listening.getsockname()[1])
    yield found
    app.go_on.set()
    await found.close()
    running.should_exit = True
    await task


async def test_whoever_never_sent_a_request_makes_room_first(serving: Serving) -> None:
    known = await serving.served()
    silent = [await serving.connect(), await serving.connect()]
    newcomer = await serving.served()
    assert await silent[0].over()
    for client in (known, newcomer):
        await client.ask()
        assert await client.status() == 200


async def test_then_whoever_was_silent_longest(serving: Serving) -> None:
    first, second, third = await serving.served(), await serving.served(), await serving.served()
    await first.ask()
    assert await first.status() == 200
    newcomer = await serving.served()
    assert await second.over()
    for client in (first, third, newcomer):
        await client.ask()
        assert await client.status() == 200


async def test_nobody_who_waits_for_an_answer_makes_room(serving: Serving) -> None:
    waiting = [await serving.connect() for _ in range(3)]
    for client in waiting:
        await client.ask(b"/later")
    await serving.app.three_wait.wait()
    newcomer = await serving.connect()
    assert await newcomer.over()
    serving.app.go_on.set()
    assert [await client.status() for client in waiting] == [200] * 3


async def test_an_answer_that_nobody_reads_is_dropped(serving: Serving, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "PATIENCE_SECONDS", 0.05)
    with socket.create_connection(("127.0.0.1", serving.port)) as deaf:
        deaf.sendall(REQUEST.replace(b"/", b"/large", 1))
        await serving.app.ended.wait()
