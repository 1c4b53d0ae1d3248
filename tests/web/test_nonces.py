"""Every reply to a signed request brings a nonce, whatever it says; no other does."""

from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.testclient import TestClient

from gateway.auth.nonces import Nonces
from gateway.web.nonces import FreshNonces
from tests.auth.key_home import Hands, Key, load
from tests.auth.machines import SECONDS, nonce_at


async def _answer(request: Request) -> Response:
    """Answer with the status that is asked for."""
    headers = {"Cache-Control": "public"} if "stored" in request.query_params else {}
    return PlainTextResponse("", int(request.query_params["status"]), headers=headers)


def _client(home: Path, *keys: Key) -> TestClient:
    nonces = Nonces(load(home, *keys), Hands())
    routes = [Route(path, _answer, methods=["GET", "POST"], max_body_size=9) for path in ("/signed", "/other")]
    middleware = [Middleware(FreshNonces, nonces=nonces, paths=["/signed", "/nowhere"])]
    return TestClient(Starlette(routes=routes, middleware=middleware))


@pytest.mark.parametrize("status", [200, 201, 204, 400, 401, 409, 413, 429, 503])
def test_every_reply_brings_a_nonce_and_is_not_stored(tmp_path: Path, status: int) -> None:
    answer = _client(tmp_path).post(f"/signed?status={status}")
    assert answer.status_code == status
    assert (answer.headers["dpop-nonce"], answer.headers["cache-control"]) == (nonce_at(SECONDS), "no-store")


def test_so_do_replies_that_no_endpoint_gave(tmp_path: Path) -> None:
    client = _client(tmp_path)
    assert client.post("/signed?status=200", content=b"a" * 10).status_code == 413
    for answer in (client.post("/signed?status=200", content=b"a" * 10), client.post("/nowhere")):
        assert answer.headers["dpop-nonce"] == nonce_at(SECONDS)


def test_what_says_how_it_is_stored_is_left_alone(tmp_path: Path) -> None:
    assert _client(tmp_path).post("/signed?status=200&stored").headers["cache-control"] == "public"


def test_no_other_reply_brings_one(tmp_path: Path) -> None:
    client = _client(tmp_path)
    for answer in (client.get("/signed?status=200"), client.post("/other?status=200")):
        assert answer.status_code == 200
        assert "dpop-nonce" not in answer.headers


def test_without_a_key_the_answer_goes_without(tmp_path: Path) -> None:
    answer = _client(tmp_path, Key("p1", "pass")).post("/signed?status=503")
    assert (answer.status_code, "dpop-nonce" in answer.headers) == (503, False)
