"""The body is read once, bounded, before anybody is authenticated; what was signed is what is parsed."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.testclient import TestClient
from starlette.types import Message, Receive, Scope, Send
from structlog.testing import capture_logs

from gateway.web.bodies import BODY_BYTES_MAX, ReadBody
from tests.auth.wrong_digests import right
from tests.web.test_authentication import MACHINE, Server

QUERY = b'{"query": "{ service { name } }"}'


async def echo(scope: Scope, receive: Receive, send: Send) -> None:
    """Tell how many bytes arrived."""
    answer: Response = JSONResponse({"bytes": len(Request(scope).state.body)})
    await answer(scope, receive, send)


@pytest.fixture
def server(tmp_path: Path) -> Server:
    return Server(tmp_path)


def in_chunks(size: int, read: list[int] | None = None) -> Iterator[bytes]:
    for start in range(0, size, 1000):
        if read is not None:
            read.append(start)
        yield b"x" * min(1000, size - start)


@pytest.mark.parametrize("size", [0, 1, BODY_BYTES_MAX])
def test_a_body_up_to_the_limit_arrives_whole(size: int) -> None:
    client = TestClient(ReadBody(echo))
    assert client.post("/", content=b"x" * size).json() == {"bytes": size}
    assert client.post("/", content=in_chunks(size)).json() == {"bytes": size}


@pytest.mark.parametrize("size", [BODY_BYTES_MAX + 1, 100 * BODY_BYTES_MAX])
def test_a_larger_one_is_refused_whoever_sends_it(size: int) -> None:
    """Nothing is behind the wall here: it never comes to that."""
    for content in (b"x" * size, in_chunks(size)):
        answer = TestClient(ReadBody(nothing)).post("/", content=content)
        assert answer.status_code == 413
        assert answer.headers["cache-control"] == "no-store"
        [error] = answer.json()["errors"]
        assert error == {
            "message": "A request has at most 16384 bytes.",
            "extensions": {"code": "BAD_REQUEST"},
        }


@pytest.mark.anyio
async def test_no_more_is_taken_in_than_tells_that_it_is_too_large() -> None:
    taken, sent = 0, list[Message]()

    async def receive() -> Message:
        nonlocal taken
        taken += 1
        return {"type": "http.request", "body": b"x" * 4096, "more_body": taken < 20}

    async def send(message: Message) -> None:
        sent.append(message)

    scope = {"type": "http", "method": "POST", "path": "/", "headers": []}
    await ReadBody(nothing)(scope, receive, send)
    assert sent[0]["status"] == 413
    assert taken == BODY_BYTES_MAX // 4096 + 1


async def nothing(scope: Scope, receive: Receive, send: Send) -> None:
    raise AssertionError("it got through")


def test_the_signed_bytes_are_the_ones_that_get_through(server: Server) -> None:
    proof = MACHINE.proof(token=server.token, content_digest=right(b"{}"))
    assert server.send(dpop=proof).json() == {"caller": "grand-theatre", "body": "{}"}


def test_another_body_is_like_any_other_failure(server: Server) -> None:
    proof = MACHINE.proof(token=server.token, content_digest=right(QUERY))
    with capture_logs() as log:
        answer, unknown = server.send(dpop=proof), server.send(authorization="")
    assert log[0]["reason"] == "proof-content-digest"
    assert (answer.status_code, answer.text) == (401, unknown.text)
    assert server.replay.used == {}
