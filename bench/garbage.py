"""Garbage of ten megabytes, by every way in, until it is refused; and the longest that a way lets in."""

import asyncio
from collections.abc import Callable, Iterator
from typing import Any

import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.server import ServerState

from bench.gatehouse import Gatehouse
from gateway.auth import assertions, proofs
from gateway.cli.connections import Protocol
from gateway.domain.errors import MalformedInput, NotAuthentic
from gateway.domain.passes import PresentedPass
from gateway.web.bodies import ReadBody
from tests.auth.machines import GRAPHQL_URL

SIZE = 10_000_000
HEAD = 16_000
"""The longest token that comes through a head of 16 KiB, beside its other headers."""

PIECE = 65_536
"""What a socket brings at once."""


class Accepted(Exception):
    """Garbage got through."""


def garbage(here: Gatehouse, loop: asyncio.Runner) -> dict[str, Callable[[], None]]:
    """Return each way in with garbage on it; a step ends when that is refused."""
    large, long = (".".join(["a" * (size // 3)] * 3) for size in (SIZE, HEAD))

    def caller(credentials: str) -> None:
        loop.run(here.caller([credentials], ["x"]))

    def proof(text: str) -> None:
        proofs.check([text], method="POST", url=GRAPHQL_URL)

    ways: dict[str, tuple[Callable[[str], object], str]] = {}
    for name, text in (("10 MB", large), ("16 KB", long)):
        ways |= {
            f"access token of {name}": (caller, f"DPoP {text}"),
            f"proof of {name}": (proof, text),
            f"assertion of {name}": (assertions.read, text),
            f"pass of {name}": (lambda shown: here.passes.open(PresentedPass(shown)), text),
        }
    steps = {name: _refused(read, text) for name, (read, text) in ways.items()}
    pieces = [b"a" * PIECE] * (SIZE // PIECE)
    return {
        **steps,
        "head of 10 MB, at the server's protocol": lambda: loop.run(_head(iter(pieces))),
        "body of 10 MB": lambda: loop.run(_body(iter(pieces))),
    }


def _refused(read: Callable[[str], object], text: str) -> Callable[[], None]:
    def step() -> None:
        try:
            read(text)
        except (NotAuthentic, MalformedInput):
            return
        raise Accepted

    return step


async def _nothing(scope: Scope, receive: Receive, send: Send) -> None:
    raise Accepted


class _Wire(asyncio.Transport):
    """A connection that remembers how it was answered."""

    def __init__(self) -> None:
        super().__init__()
        self.answer, self.closed = b"", False

    def write(self, data: Any) -> None:
        self.answer += data

    def close(self) -> None:
        self.closed = True

    def is_closing(self) -> bool:
        return self.closed


async def _head(pieces: Iterator[bytes]) -> None:
    """Send a token in a header piece by piece, until the server hangs up."""
    config = uvicorn.Config(_nothing, log_config=None)
    protocol, wire = Protocol(config=config, server_state=ServerState(), app_state={}), _Wire()
    protocol.connection_made(wire)
    protocol.data_received(b"POST /graphql HTTP/1.1\r\nAuthorization: DPoP ")
    while not wire.closed:
        protocol.data_received(next(pieces))
    protocol.connection_lost(None)
    if not wire.answer.startswith(b"HTTP/1.1 431"):
        raise Accepted


async def _body(pieces: Iterator[bytes]) -> None:
    """Send a body piece by piece, until it is answered."""
    app: ASGIApp = ReadBody(_nothing)
    statuses = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": next(pieces), "more_body": True}

    async def send(message: Any) -> None:
        statuses.append(message.get("status"))

    await app({"type": "http", "method": "POST", "path": "/graphql", "headers": []}, receive, send)
    if statuses[0] != 413:
        raise Accepted
