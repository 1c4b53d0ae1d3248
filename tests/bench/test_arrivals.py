"""The open loop asks whether or not it is answered, and counts whatever becomes of a request."""

import asyncio
import socket
import time
from itertools import count
from threading import Condition

import pytest

from bench.arrivals import Arrivals, Outcome, Stream, arrive, require_no_wrong
from bench.connections import Connections
from bench.jobs import Job, WrongAnswer, get
from bench.load import Answer
from tests.bench.stub import serving

RATE = 200.0


def _whole(status: int, body: bytes) -> bytes:
    return b"HTTP/1.1 %d X\r\ncontent-length: %d\r\n\r\n" % (status, len(body)) + body


async def _arrived(port: int, job: Job, *, enough: int) -> Arrivals:
    """Send a job until it was asked for often enough."""
    over, numbers = asyncio.Event(), count(1)

    def next_job() -> Job:
        if next(numbers) > enough:
            over.set()
        return job

    connections = Connections(port)
    try:
        return await arrive(Stream(RATE, next_job), connections, until=over)
    finally:
        await connections.close()


@pytest.mark.anyio
async def test_requests_are_sent_although_nobody_is_answered() -> None:
    waiting, asked = Condition(), count(1)

    def answer_nobody_before_the_tenth(connection: socket.socket) -> None:
        while connection.recv(1000):
            with waiting:
                if next(asked) >= 10:
                    answered.append(True)
                    waiting.notify_all()
                waiting.wait_for(lambda: answered, timeout=60)
            connection.sendall(_whole(200, b"yes"))

    answered: list[bool] = []
    with serving(answer_nobody_before_the_tenth) as port:
        found = await _arrived(port, get("/", b"yes"), enough=10)
    assert found.outcomes == {Outcome.RIGHT: 10}
    assert len(found.latencies) == len(found.lateness) == 10
    assert min(found.lateness) >= 0


@pytest.mark.anyio
async def test_the_wait_begins_when_a_request_was_due_and_not_when_it_was_sent() -> None:
    def answer(connection: socket.socket) -> None:
        while connection.recv(1000):
            connection.sendall(_whole(200, b"yes"))

    over, numbers = asyncio.Event(), count()

    def slow_to_make() -> Job:
        time.sleep(50 / RATE)  # the driver itself falls behind, by far more than an answer takes
        if next(numbers) == 3:
            over.set()
        return get("/", b"yes")

    with serving(answer) as port:
        connections = Connections(port)
        found = await arrive(Stream(RATE, slow_to_make), connections, until=over)
        await connections.close()
    assert found.outcomes == {Outcome.RIGHT: 3}
    assert max(found.lateness) > 100 / RATE
    assert max(found.latencies) > max(found.lateness)


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        (_whole(200, b"yes"), Outcome.RIGHT),
        (_whole(200, b"no"), Outcome.WRONG),
        (_whole(503, b"yes"), Outcome.PUT_OFF),
        (b"HTTP/1.1 200 OK\r\n\r\n", Outcome.WRONG),
        (b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nshort", Outcome.NO_ANSWER),
        (b"", Outcome.NO_ANSWER),
    ],
    ids=["right", "wrong", "put off", "no length", "cut short", "hung up"],
)
async def test_whatever_becomes_of_a_request_is_counted(answer: bytes, outcome: Outcome) -> None:
    def reply_and_hang_up(connection: socket.socket) -> None:
        connection.recv(1000)
        connection.sendall(answer)

    with serving(reply_and_hang_up) as port:
        found = await _arrived(port, get("/", b"yes"), enough=3)
    assert found.outcomes == {outcome: 3}
    assert len(found.latencies) == 3


@pytest.mark.anyio
async def test_nobody_there_is_no_answer() -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        found = await _arrived(nobody.getsockname()[1], get("/", b"yes"), enough=2)
    assert found.outcomes == {Outcome.NO_ANSWER: 2}


@pytest.mark.anyio
async def test_a_connection_is_used_again() -> None:
    opened = []

    def answer(connection: socket.socket) -> None:
        opened.append(connection)
        while connection.recv(1000):
            connection.sendall(_whole(200, b"yes"))

    with serving(answer) as port:
        connections = Connections(port)
        try:
            for _ in range(3):
                assert await connections.ask(b"x") == Answer(200, b"yes")
        finally:
            await connections.close()
    assert len(opened) == 1


def test_wrong_answers_are_an_error_and_the_others_are_not() -> None:
    found = Arrivals()
    found.outcomes.update({Outcome.RIGHT: 5, Outcome.PUT_OFF: 2, Outcome.NO_ANSWER: 1})
    require_no_wrong({"verifyPass": found})
    found.outcomes[Outcome.WRONG] += 1
    with pytest.raises(WrongAnswer, match="1 of 9 answers to verifyPass"):
        require_no_wrong({"verifyPass": found})
