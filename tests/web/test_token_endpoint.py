"""`POST /oauth/token` as HTTP: how it reads a form, and what a client is told."""

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient
from structlog.testing import capture_logs

from gateway.auth import access_tokens
from gateway.auth.nonces import Nonces
from gateway.auth.sign_in import SignIn
from gateway.web.token_endpoint import FORM_BYTES_MAX, token_route
from tests.auth.fakes import MemoryDirectory, MemoryReplay
from tests.auth.key_home import NOW, Hands, Key, load
from tests.auth.machines import ISSUER, PROFILES, SECONDS, absent, machine

MACHINE = machine()
FORM = "application/x-www-form-urlencoded"


class Server:
    """The token endpoint with everything it needs, in memory, behind a real HTTP client."""

    def __init__(self, home: Path, *keys: Key) -> None:
        self.clock, self.replay = Hands(), MemoryReplay()
        self.ring = load(home, *keys, clock=self.clock)
        sign_in = SignIn(
            directory=MemoryDirectory(MACHINE.device()),
            keyring=self.ring,
            nonces=Nonces(self.ring, self.clock),
            replay=self.replay,
            profiles=PROFILES,
            clock=self.clock,
            issuer=ISSUER,
        )
        self.client = TestClient(Starlette(routes=[token_route(sign_in)]))

    def post(self, body: str | bytes | None = None, **headers: str) -> Any:
        sent = {"content_type": FORM, "dpop": MACHINE.proof(), **headers}
        return self.client.post(
            "/oauth/token",
            content=urlencode(MACHINE.form()) if body is None else body,
            headers={name.replace("_", "-"): value for name, value in sent.items() if value},
        )


@pytest.fixture
def server(tmp_path: Path) -> Server:
    return Server(tmp_path)


def test_a_right_request_is_answered_with_a_bound_token(server: Server) -> None:
    answer = server.post()
    assert answer.status_code == 200
    assert (answer.headers["cache-control"], answer.headers["pragma"]) == ("no-store", "no-cache")
    body = answer.json()
    token = access_tokens.read(body.pop("access_token"), keyring=server.ring, issuer=ISSUER, now=NOW).granted
    assert token.key_thumbprint == MACHINE.kid
    assert body == {"token_type": "DPoP", "expires_in": 300, "scope": "redeem reverse verify"}


def test_neither_host_nor_forwarding_headers_are_read(server: Server) -> None:
    lies = {"host": "evil.example", "x_forwarded_host": "evil.example", "x_forwarded_proto": "http"}
    assert server.post(**lies, forwarded="host=evil.example").status_code == 200
    evil = MACHINE.proof(htu="https://evil.example/oauth/token")
    assert server.post(**lies, dpop=evil).json() == {"error": "invalid_dpop_proof"}


def test_what_stands_in_the_address_is_in_every_log_and_so_refused(server: Server) -> None:
    for query in ("?scope=verify", f"?client_assertion={MACHINE.assertion()}"):
        with capture_logs() as log:
            answer = server.client.post(
                f"/oauth/token{query}",
                content=urlencode(MACHINE.form()),
                headers={"content-type": FORM, "dpop": MACHINE.proof()},
            )
        assert (answer.status_code, answer.json()) == (400, {"error": "invalid_request"})
        assert log == [{"event": "sign-in refused", "log_level": "info", "reason": "query-string"}]
    assert server.replay.used == {}


def test_a_media_type_may_name_its_charset(server: Server) -> None:
    assert server.post(content_type=f"{FORM.upper()} ; charset=UTF-8").status_code == 200


def body_of(changes: Mapping[str, str]) -> str:
    return urlencode(MACHINE.form(**changes))


@pytest.mark.parametrize(
    ("sent", "status", "error", "reason"),
    [
        ({"content_type": ""}, 400, "invalid_request", "form-media-type"),
        ({"content_type": "application/json"}, 400, "invalid_request", "form-media-type"),
        ({"content_type": "multipart/form-data; boundary=x"}, 400, "invalid_request", "form-media-type"),
        ({"body": ""}, 400, "invalid_request", "grant-type-missing"),
        ({"body": "grant_type"}, 400, "invalid_request", "form-malformed"),
        ({"body": "grant_type=%ff"}, 400, "invalid_request", "form-malformed"),
        ({"body": b"grant_type=\xe5\xb8\x82"}, 400, "invalid_request", "form-malformed"),
        ({"body": "&".join(["a=b"] * 21)}, 400, "invalid_request", "form-malformed"),
        ({"body": body_of({}) + "&grant_type=client_credentials"}, 400, "invalid_request", "form-parameter-twice"),
        ({"body": body_of({}) + "&resource=a&resource="}, 400, "invalid_request", "form-parameter-twice"),
        ({"body": "scope=verify"}, 400, "invalid_request", "grant-type-missing"),
        ({"body": "grant_type="}, 400, "invalid_request", "grant-type-missing"),
        ({"body": "grant_type=password"}, 400, "unsupported_grant_type", "grant-type"),
        ({"body": body_of({"scope": "report"})}, 400, "invalid_scope", "scope-not-granted"),
        ({"body": "grant_type=client_credentials"}, 401, "invalid_client", "assertion-type"),
        ({"body": body_of({"client_assertion": "x"})}, 401, "invalid_client", "assertion-segments"),
        ({"dpop": ""}, 400, "invalid_dpop_proof", "proof-header"),
        ({"dpop": "x"}, 400, "invalid_dpop_proof", "proof-segments"),
    ],
)
def test_wrong_requests(server: Server, sent: dict[str, Any], status: int, error: str, reason: str) -> None:
    with capture_logs() as log:
        answer = server.post(**sent)
    assert (answer.status_code, answer.json()) == (status, {"error": error})
    assert answer.headers["cache-control"] == "no-store"
    assert log == [{"event": "sign-in refused", "log_level": "info", "reason": reason}]


def test_parameters_without_a_value_or_meaning_count_as_left_out(server: Server) -> None:
    body = body_of({"scope": "", "client_id": "", "resource": "x"})
    assert server.post(body).json()["scope"] == "redeem reverse verify"


def test_a_nonce_is_asked_for_and_the_same_form_serves_again(server: Server) -> None:
    form = urlencode(MACHINE.form())
    asked = server.post(form, dpop=MACHINE.proof(**absent("nonce")))
    assert (asked.status_code, asked.json()["error"]) == (400, "use_dpop_nonce")
    assert "DPoP-Nonce" in asked.json()["error_description"]
    assert server.post(form).status_code == 200


def test_a_wrong_clock_is_told(server: Server) -> None:
    told = {
        "error_description": "Your clock is 240 seconds fast. Set it by NTP.",
        "server_time": "2026-11-22T09:00:00+00:00",
        "skew_seconds": 240,
    }
    late = MACHINE.assertion(iat=SECONDS + 240, exp=SECONDS + 300)
    answer = server.post(body_of({"client_assertion": late}))
    assert (answer.status_code, answer.json()) == (401, {"error": "invalid_client", **told})
    answer = server.post(dpop=MACHINE.proof(iat=SECONDS + 240))
    assert (answer.status_code, answer.json()) == (400, {"error": "invalid_dpop_proof", **told})


def test_two_dpop_headers(server: Server) -> None:
    answer = server.client.post(
        "/oauth/token",
        content=urlencode(MACHINE.form()),
        headers=[("content-type", FORM), ("dpop", MACHINE.proof()), ("dpop", MACHINE.proof())],
    )
    assert answer.json() == {"error": "invalid_dpop_proof"}


def test_what_was_sent_is_in_no_log(server: Server) -> None:
    with capture_logs() as log:
        for changes in ({"client_assertion": MACHINE.assertion(sub="canary")}, {"grant_type": "canary"}):
            server.post(body_of(changes))
        server.post("canary=%", dpop="canary")
    assert len(log) == 3
    assert "canary" not in repr(log)


def test_a_body_too_large_is_not_read(server: Server) -> None:
    assert server.post("a=" + "a" * FORM_BYTES_MAX).status_code == 413
    assert server.post("a=" + "a" * (FORM_BYTES_MAX - 2)).status_code == 400


def test_only_post(server: Server) -> None:
    assert server.client.get("/oauth/token").status_code == 405


def test_while_nobody_can_tell_a_client_is_asked_to_come_again(server: Server) -> None:
    server.replay.down = True
    answer = server.post()
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "2")
    assert answer.json() == {"error": "temporarily_unavailable"}


def test_without_a_key_to_sign_with_a_client_is_asked_to_come_again(tmp_path: Path) -> None:
    keys = Key("k1", "access-token", not_after=NOW + timedelta(seconds=60)), Key("k2", "nonce")
    server = Server(tmp_path, *keys)
    assert server.post().status_code == 200
    server.clock.now += timedelta(seconds=60)
    with capture_logs() as log:
        answer = server.post()
    assert (answer.status_code, answer.json()) == (503, {"error": "temporarily_unavailable"})
    assert log == [{"event": "sign-in impossible", "log_level": "error", "reason": "keys-missing"}]
