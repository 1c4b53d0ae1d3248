"""The wall in front of `/graphql`: who gets through, and the one answer for everybody else."""

from pathlib import Path
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.testclient import TestClient
from starlette.types import ASGIApp, Receive, Scope, Send
from structlog.testing import capture_logs

from gateway.auth import access_tokens
from gateway.auth.authenticate import Authenticator
from gateway.auth.nonces import Nonces
from gateway.domain import partners
from gateway.web.authentication import RequireCaller
from gateway.web.bodies import ReadBody
from tests.auth.fakes import MemoryDirectory, MemoryReplay
from tests.auth.key_home import NOW, Hands, Key, load
from tests.auth.machines import GRAPHQL_URL, ISSUER, PROFILES, SECONDS, TOKEN_URL, absent, machine

MACHINE = machine()
REQUEST_ID = "req-1"


async def who(request: Request) -> Response:
    """Stand in for GraphQL: say who calls."""
    caller = getattr(request.state, "caller", None)
    return JSONResponse({"caller": caller and caller.partner_id, "body": request.state.body.decode()})


class WithRequestId:
    """Stand in for what is in front: name the request, and try to name a caller."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        scope["state"] = {"request_id": REQUEST_ID, "caller": "nobody proved this"}
        await self._app(scope, receive, send)


class Server:
    """The wall with everything it needs, in memory, behind a real HTTP client."""

    def __init__(self, home: Path, *keys: Key) -> None:
        self.replay, self.ring = MemoryReplay(), load(home, *keys)
        authenticator = Authenticator(
            directory=MemoryDirectory(MACHINE.device()),
            keyring=self.ring,
            nonces=Nonces(self.ring, Hands()),
            replay=self.replay,
            profiles=PROFILES,
            clock=Hands(),
            graphql_url=GRAPHQL_URL,
            issuer=ISSUER,
        )
        methods = ["GET", "POST", "PUT", "OPTIONS"]
        inner = Starlette(routes=[Route("/graphql", who, methods=methods)])
        self.client = TestClient(WithRequestId(ReadBody(RequireCaller(inner, authenticator))))
        self.token = access_tokens.issue(
            MACHINE.device(), set(partners.Scope), keyring=self.ring, issuer=ISSUER, now=NOW
        )

    def send(self, method: str = "POST", **changes: str) -> Any:
        headers = {
            "authorization": f"DPoP {self.token}",
            "dpop": MACHINE.proof(token=self.token, htm=method),
            **changes,
        }
        present = {name.replace("_", "-"): value for name, value in headers.items() if value}
        return self.client.request(method, "/graphql", content=b"{}", headers=present)


@pytest.fixture
def server(tmp_path: Path) -> Server:
    return Server(tmp_path)


def test_a_proved_request_gets_through_with_its_caller_and_body(server: Server) -> None:
    assert server.send().json() == {"caller": "grand-theatre", "body": "{}"}


def test_neither_host_nor_forwarding_headers_are_read(server: Server) -> None:
    lies = {"host": "evil.example", "x_forwarded_host": "evil.example", "forwarded": "host=evil.example"}
    assert server.send(**lies).status_code == 200
    launder = "laurel.example/graphql?"
    evil = MACHINE.proof(token=server.token, htu="https://evil.example/graphql")
    for host in ("evil.example", launder):
        assert server.send(host=host, x_forwarded_host=host, dpop=evil).status_code == 401


def wrong(server: Server) -> dict[str, dict[str, str]]:
    """Headers by the reason for which they are refused."""
    proof = MACHINE.proof(token=server.token)
    return {
        "authorization-header": {"authorization": ""},
        "authorization-scheme": {"authorization": f"Bearer {server.token}"},
        "proof-header": {"dpop": ""},
        "token-segments": {"authorization": "DPoP x"},
        "token-too-long": {"authorization": "DPoP " + "a" * 4100},
        "authorization-too-long": {"authorization": "DPoP " + "a" * 5000},
        "token-typ": {"authorization": f"DPoP {MACHINE.assertion()}"},
        "proof-too-long": {"dpop": "a" * 4000},
        "proof-htu": {"dpop": MACHINE.proof(token=server.token, htu=TOKEN_URL)},
        "proof-htm": {"dpop": MACHINE.proof(token=server.token, htm="GET")},
        "proof-other-key": {"dpop": machine("EdDSA").proof(token=server.token)},
        "proof-segments": {"dpop": f"{proof}, {proof}"},
    }


def test_every_failure_has_one_answer_and_its_own_reason_in_the_log(server: Server) -> None:
    answers, reasons = set(), []
    for changes in wrong(server).values():
        with capture_logs() as log:
            answer = server.send(**changes)
        reasons += [entry["reason"] for entry in log]
        answers.add((answer.status_code, str(sorted(answer.headers.items())), answer.text))
        assert "eyJ" not in repr(log)
    assert reasons == list(wrong(server))
    answer = server.send(authorization="")
    (error,) = answer.json()["errors"]
    assert answer.status_code == 401
    assert answers == {(401, str(sorted(answer.headers.items())), answer.text)}
    assert answer.headers["www-authenticate"] == (
        'DPoP error="invalid_token", error_description="Send a valid access token and a fresh proof made for this '
        'request.", algs="ES256 EdDSA Ed25519 PS256"'
    )
    assert error["extensions"] == {"code": "UNAUTHENTICATED", "requestId": REQUEST_ID}
    assert server.send().status_code == 200


def test_a_nonce_is_asked_for(server: Server) -> None:
    with capture_logs() as log:
        answer = server.send(dpop=MACHINE.proof(token=server.token, **absent("nonce")))
    assert [entry["reason"] for entry in log] == ["proof-nonce"]
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"].startswith('DPoP error="use_dpop_nonce", error_description="Make')
    (error,) = answer.json()["errors"]
    assert error["extensions"] == {
        "code": "UNAUTHENTICATED",
        "reason": "use_dpop_nonce",
        "requestId": REQUEST_ID,
    }


@pytest.mark.parametrize(("seconds", "word"), [(240, "fast"), (-240, "slow")])
def test_a_wrong_clock_is_told(server: Server, seconds: int, word: str) -> None:
    answer = server.send(dpop=MACHINE.proof(token=server.token, iat=SECONDS + seconds))
    sentence = f"Your clock is 240 seconds {word}. Set it by NTP."
    assert answer.status_code == 401
    assert f'error="invalid_dpop_proof", error_description="{sentence}"' in answer.headers["www-authenticate"]
    assert answer.json()["errors"] == [
        {
            "message": sentence,
            "extensions": {
                "code": "CLOCK_SKEW",
                "serverTime": "2026-11-22T09:00:00+00:00",
                "skewSeconds": seconds,
                "requestId": REQUEST_ID,
            },
        }
    ]


def test_a_replayed_proof_has_the_same_answer(server: Server) -> None:
    proof = MACHINE.proof(token=server.token)
    assert server.send(dpop=proof).status_code == 200
    replayed, unknown = server.send(dpop=proof), server.send(authorization="")
    assert (replayed.status_code, replayed.text) == (unknown.status_code, unknown.text)


@pytest.mark.parametrize(
    ("address", "body", "headers"),
    [
        ("?access_token={}", "{{}}", {}),
        ("?a=b&access_token={}", "{{}}", {}),
        ("?access_token=", "{{}}", {}),
        ("", "access_token={}", {"content-type": "application/x-www-form-urlencoded"}),
        ("", "a=b&access_token={}", {"content-type": "Application/X-WWW-Form-URLEncoded; charset=utf-8"}),
        ("", "{{}}", {"cookie": "a=b; access_token={}"}),
        ("?access_token={}", "{{}}", {"content-type": "application/json"}),
        ("", "{{}}", {"content-type": "application/json", "cookie": "access_token={}"}),
    ],
    ids=["query", "second", "empty", "form", "second in form", "cookie", "query, JSON", "cookie, JSON"],
)
@pytest.mark.parametrize("also", [True, False], ids=["besides", "instead"])
def test_a_token_in_another_place_is_told_before_it_is_in_every_log(
    server: Server, address: str, body: str, headers: dict[str, str], also: bool
) -> None:
    right = {"authorization": f"DPoP {server.token}", "dpop": MACHINE.proof(token=server.token)} if also else {}
    sent = {**right, **{name: value.format(server.token) for name, value in headers.items()}}
    with capture_logs() as log:
        answer = server.client.post(
            "/graphql" + address.format(server.token), content=body.format(server.token), headers=sent
        )
    assert answer.status_code == 400
    (error,) = answer.json()["errors"]
    assert error["extensions"] == {"code": "BAD_REQUEST"}
    assert "in the header Authorization" in error["message"]
    assert log == [{"event": "authentication refused", "log_level": "info", "reason": "token-misplaced"}]
    assert server.replay.used == {}


def test_what_is_called_otherwise_is_no_token(server: Server) -> None:
    named = {"authorization": f"DPoP {server.token}", "dpop": MACHINE.proof(token=server.token)}
    cookie = {**named, "cookie": "my_access_token=x"}
    answer = server.client.post("/graphql?old_access_token=x", content=b'{"access_token=": 1}', headers=cookie)
    assert answer.json()["caller"] == "grand-theatre"


def test_two_headers_where_one_belongs(server: Server) -> None:
    for name, value in (("authorization", f"DPoP {server.token}"), ("dpop", MACHINE.proof(token=server.token))):
        headers = [("authorization", f"DPoP {server.token}"), ("dpop", MACHINE.proof(token=server.token))]
        answer = server.client.post("/graphql", headers=[*headers, (name, value)])
        assert answer.status_code == 401


def test_every_method_needs_a_caller(server: Server) -> None:
    for method in ("GET", "PUT", "OPTIONS"):
        assert server.send(method, authorization="").status_code == 401
        assert server.send(method).json()["caller"] == "grand-theatre"


def test_while_nobody_can_tell_a_device_is_asked_to_come_again(server: Server) -> None:
    server.replay.down = True
    with capture_logs() as log:
        answer = server.send()
    assert log == [{"event": "authentication impossible", "log_level": "warning", "reason": "replay memory"}]
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "2")
    assert answer.json()["errors"][0]["extensions"] == {"code": "UNAVAILABLE", "requestId": REQUEST_ID}


def test_a_cookie_may_come_in_several_lines(server: Server) -> None:
    """As whoever takes HTTP/2 may pass them on (RFC 9113 section 8.2.3)."""
    lines = [("cookie", "a=b"), ("cookie", f"access_token={server.token}")]
    assert server.client.post("/graphql", content="{}", headers=lines).status_code == 400
