"""The driver: requests that are ready to send, over kept-alive connections, each one after the other's answer.

It is a closed loop: a connection sends its next request when it has its answer, so a slow server is asked less,
and the latencies are those of a queue that can't grow. It does little, for it must not be the limit.
"""

import asyncio
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import cast

ANSWER_SECONDS = 60
"""No trial takes so long; a server that does not answer shall not hang the bench."""


class Broken(Exception):
    """A server closed a connection, or spoke no HTTP/1.1 with a Content-Length."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: the status, and the body."""

    status: int
    body: bytes


@dataclass(frozen=True, slots=True)
class Drive:
    """All answers in the order of their requests, each one's seconds, and how long it took altogether.

    `driver_seconds` is the CPU time of the driver itself.
    """

    answers: list[Answer]
    latencies: list[float]
    seconds: float
    driver_seconds: float


async def drive(port: int, requests: Sequence[bytes], *, connections: int) -> Drive:
    """Send requests to a port of 127.0.0.1 and return their answers.

    Raises:
        Broken: the server can't be spoken to.
        TimeoutError: it did not answer them all within ANSWER_SECONDS.
    """
    loop, left = asyncio.get_running_loop(), iter(enumerate(requests))
    raw, latencies = [b""] * len(requests), [0.0] * len(requests)
    opened = [
        (await loop.create_connection(lambda: _Connection(left, raw, latencies), "127.0.0.1", port))[1]
        for _ in range(connections)
    ]
    started, used = time.perf_counter(), time.process_time()
    for connection in opened:
        connection.send_next()
    try:
        async with asyncio.timeout(ANSWER_SECONDS):
            await asyncio.gather(*(connection.done for connection in opened))
        seconds, driver_seconds = time.perf_counter() - started, time.process_time() - used
    finally:
        for connection in opened:
            connection.transport.abort()
        await asyncio.gather(*(connection.closed for connection in opened))
    return Drive([_read(one) for one in raw], latencies, seconds, driver_seconds)


class _Connection(asyncio.Protocol):
    """One connection, which takes the next request from what is left for all."""

    transport: asyncio.Transport

    def __init__(self, left: Iterator[tuple[int, bytes]], raw: list[bytes], latencies: list[float]) -> None:
        self.done: asyncio.Future[None] = asyncio.Future()
        self.closed: asyncio.Future[None] = asyncio.Future()
        self._left, self._raw, self._latencies = left, raw, latencies
        self._index, self._sent_at, self._buffer, self._whole = 0, 0.0, b"", 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)  # uvloop's is none by descent

    def send_next(self) -> None:
        """Send the next request, or be done."""
        following = next(self._left, None)
        if following is None:
            self.done.set_result(None)
            return
        self._index, request = following
        self._buffer, self._whole = b"", 0
        self._sent_at = time.perf_counter()
        self.transport.write(request)

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        if not self._whole:
            self._whole = _length(self._buffer)
        if self._whole and len(self._buffer) >= self._whole:
            self._latencies[self._index] = time.perf_counter() - self._sent_at
            self._raw[self._index] = self._buffer
            self.send_next()

    def connection_lost(self, error: Exception | None) -> None:
        if not self.done.done():
            self.done.set_exception(Broken(f"A connection ended early ({error})."))
        self.closed.set_result(None)


def _length(buffer: bytes) -> int:
    """Return how many bytes a whole answer has, 0 while its head is not complete. Names come in lower case."""
    head, end, _ = buffer.partition(b"\r\n\r\n")
    _, named, rest = head.partition(b"\r\ncontent-length: ")
    if end and not named:
        raise Broken("An answer has no content-length.")
    return len(head) + len(end) + int(rest.partition(b"\r\n")[0]) if end else 0


def _read(raw: bytes) -> Answer:
    head, _, body = raw.partition(b"\r\n\r\n")
    return Answer(int(head.split(b" ", 2)[1]), body)
