"""Kept-alive connections to one server, as many as are needed: no turnstile waits for another one's answer."""

import asyncio
import time
from contextlib import suppress
from dataclasses import dataclass

from bench.load import Answer, Broken

ANSWER_SECONDS = 10
"""The gateway gives itself three; who waits longer gets no answer."""

IDLE_SECONDS = 20
"""The gateway closes what was idle for 30 seconds; what is nearly as old is not used again."""


@dataclass(frozen=True, slots=True)
class _Connection:
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter


class Connections:
    """Asks on the connection that was used last, or on a new one where none is idle."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._idle: list[tuple[float, _Connection]] = []

    async def ask(self, request: bytes) -> Answer:
        """Send a request and return its answer.

        Raises:
            OSError, EOFError, TimeoutError: there is none.
            Broken: the answer is no HTTP/1.1 with a Content-Length.
        """
        async with asyncio.timeout(ANSWER_SECONDS):
            connection = self._take() or _Connection(*await asyncio.open_connection("127.0.0.1", self._port))
            try:
                connection.writer.write(request)
                answer = await _read(connection.reader)
            except BaseException:
                connection.writer.close()
                raise
        self._idle.append((time.monotonic(), connection))
        return answer

    async def close(self) -> None:
        """Close all that are idle, and wait until they are closed."""
        while self._idle:
            writer = self._idle.pop()[1].writer
            writer.close()
            with suppress(OSError):
                await writer.wait_closed()

    def _take(self) -> _Connection | None:
        if not self._idle:
            return None
        used_at, connection = self._idle.pop()
        if time.monotonic() - used_at < IDLE_SECONDS and not connection.reader.at_eof():
            return connection
        for _, stale in (*self._idle, (used_at, connection)):  # the others are idle for longer still
            stale.writer.close()
        self._idle.clear()
        return None


async def _read(reader: asyncio.StreamReader) -> Answer:
    head = await reader.readuntil(b"\r\n\r\n")
    _, named, rest = head.partition(b"\r\ncontent-length: ")
    if not named:
        raise Broken("An answer has no content-length.")
    body = await reader.readexactly(int(rest.partition(b"\r\n")[0]))
    return Answer(int(head.split(b" ", 2)[1]), body)
