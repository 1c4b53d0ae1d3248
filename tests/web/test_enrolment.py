"""`POST /devices` as HTTP: how it reads a body, and what a machine is told."""

import json
from pathlib import Path
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient
from structlog.testing import capture_logs

from gateway.auth.enrolment import Enrolment, EnrolmentCodes
from gateway.auth.nonces import Nonces
from gateway.domain.codes import written
from gateway.domain.enrolments import Candidate, NotEnrolled
from gateway.domain.errors import Unavailable
from gateway.services.enrol_device import Enrolled
from gateway.web.enrolment import BODY_BYTES_MAX, enrolment_route
from tests.auth.key_home import NOW, Hands, Key, load
from tests.auth.machines import GRAPHQL_URL, ISSUER, PROFILES, SECONDS, absent, machine

MACHINE = machine()
URL = f"{ISSUER}/devices"
JSON = "application/json"
CODE = "0123-4567-89AB-CDE8"


class Server:
    """The endpoint behind a real HTTP client; `outcome` is what becomes of every candidate."""

    def __init__(self, home: Path, *keys: Key) -> None:
        self.ring = load(home, *keys)
        self.outcome: Enrolled | NotEnrolled | Unavailable = Enrolled(MACHINE.device(), PROFILES["venue-counter"])
        self.candidates: list[Candidate] = []
        self.inactive: frozenset[str] | Unavailable = frozenset()
        enrolment = Enrolment(keyring=self.ring, nonces=Nonces(self.ring, Hands()), clock=Hands(), issuer=ISSUER)
        route = enrolment_route(
            enrolment, self.enrol, inactive=self.not_given, issuer=ISSUER, graphql_url=GRAPHQL_URL
        )
        self.client = TestClient(Starlette(routes=[route]))

    def not_given(self) -> frozenset[str]:
        if isinstance(self.inactive, Unavailable):
            raise self.inactive
        return self.inactive

    async def enrol(self, candidate: Candidate) -> Enrolled | NotEnrolled:
        self.candidates.append(candidate)
        if isinstance(self.outcome, Unavailable):
            raise self.outcome
        return self.outcome

    def post(self, body: object = None, path: str = "/devices", **headers: str) -> Any:
        sent = {"content_type": JSON, "dpop": MACHINE.proof(htu=URL), **headers}
        content = body if isinstance(body, bytes) else json.dumps({"code": CODE} if body is None else body)
        return self.client.post(
            path, content=content, headers={name.replace("_", "-"): value for name, value in sent.items() if value}
        )


@pytest.fixture
def server(tmp_path: Path) -> Server:
    return Server(tmp_path)


def test_a_machine_is_told_all_that_it_needs(server: Server) -> None:
    fresh = EnrolmentCodes(server.ring).fresh()
    answer = server.post({"code": written(fresh.code)})
    assert answer.status_code == 201
    assert (answer.headers["cache-control"], answer.headers["pragma"]) == ("no-store", "no-cache")
    assert answer.json() == {
        "client_id": "grand-theatre",
        "device_id": "dev-1",
        "kid": MACHINE.kid,
        "kind": "venue-counter",
        "scopes": ["redeem", "reverse", "verify"],
        "expires": (NOW.replace(year=2027)).isoformat(),
        "rewards": ["cinema-discount"],
        "documents": {},
        "issuer": ISSUER,
        "token_endpoint": f"{ISSUER}/oauth/token",
        "graphql_endpoint": GRAPHQL_URL,
    }
    [candidate] = server.candidates
    assert (candidate.code_hash, candidate.kid) == (fresh.hash, MACHINE.kid)


def test_an_inactive_reward_does_not_exist_for_a_machine_either(server: Server) -> None:
    server.inactive = frozenset({"cinema-discount", "another"})
    answer = server.post()
    assert (answer.status_code, answer.json()["rewards"]) == (201, [])


def test_no_code_is_used_up_while_nobody_knows_what_is_inactive(server: Server) -> None:
    server.inactive = Unavailable("database")
    answer = server.post()
    assert (answer.status_code, answer.json()) == (503, {"error": "temporarily_unavailable"})
    assert server.candidates == []


def test_a_media_type_may_name_its_charset(server: Server) -> None:
    assert server.post(content_type="Application/JSON ; charset=UTF-8").status_code == 201


def test_neither_host_nor_forwarding_headers_are_read(server: Server) -> None:
    assert server.post(host="evil.example", x_forwarded_host="evil.example").status_code == 201
    evil = MACHINE.proof(htu="https://evil.example/devices")
    assert server.post(host="evil.example", dpop=evil).json()["error"] == "invalid_dpop_proof"


@pytest.mark.parametrize(
    ("sent", "error", "reason"),
    [
        ({"content_type": ""}, "invalid_request", "json-media-type"),
        ({"content_type": "application/x-www-form-urlencoded"}, "invalid_request", "json-media-type"),
        ({"path": "/devices?code=canary"}, "invalid_request", "query-string"),
        ({"body": b""}, "invalid_request", "json-malformed"),
        ({"body": b"\xff"}, "invalid_request", "json-malformed"),
        ({"body": b'{"code": "a", "code": "b"}'}, "invalid_request", "json-malformed"),
        ({"body": b"[" * 1000}, "invalid_request", "json-malformed"),
        ({"body": ["canary"]}, "invalid_request", "json-malformed"),
        ({"body": {"code": {"canary": "canary"}}}, "invalid_request", "json-malformed"),
        ({"body": {}}, "invalid_request", "json-members"),
        ({"body": {"code": None}}, "invalid_request", "json-members"),
        ({"body": {"code": 1}}, "invalid_request", "json-members"),
        ({"body": {"code": CODE, "label": "canary"}}, "invalid_request", "json-members"),
        ({"body": {"code": "canary"}}, "invalid_request", "code-malformed"),
        ({"body": {"code": CODE[:-1] + "0"}}, "invalid_request", "code-malformed"),
        ({"dpop": ""}, "invalid_dpop_proof", "proof-header"),
        ({"dpop": "canary"}, "invalid_dpop_proof", "proof-segments"),
        ({"dpop": MACHINE.proof()}, "invalid_dpop_proof", "proof-htu"),
        ({"dpop": MACHINE.proof(htu=URL, **absent("nonce"))}, "use_dpop_nonce", "proof-nonce"),
    ],
)
def test_wrong_requests(server: Server, sent: dict[str, Any], error: str, reason: str) -> None:
    with capture_logs() as log:
        answer = server.post(**sent)
    assert (answer.status_code, answer.json()["error"]) == (400, error)
    assert set(answer.json()) == {"error", "error_description"}
    assert answer.headers["cache-control"] == "no-store"
    assert log == [{"event": "enrolment refused", "log_level": "info", "reason": reason}]
    assert "canary" not in answer.text
    assert server.candidates == []


@pytest.mark.parametrize(
    ("outcome", "status", "error"),
    [
        (NotEnrolled.CODE, 400, "invalid_grant"),
        (NotEnrolled.KEY, 409, "key_registered"),
        (NotEnrolled.PROOF, 400, "invalid_dpop_proof"),
    ],
)
def test_a_machine_that_is_not_registered_is_told_why(
    server: Server, outcome: NotEnrolled, status: int, error: str
) -> None:
    server.outcome = outcome
    with capture_logs() as log:
        answer = server.post()
    assert (answer.status_code, answer.json()["error"]) == (status, error)
    assert answer.headers["cache-control"] == "no-store"
    assert log == [{"event": "enrolment refused", "log_level": "info", "reason": f"{outcome}-refused"}]


def test_a_wrong_clock_is_told(server: Server) -> None:
    answer = server.post(dpop=MACHINE.proof(htu=URL, iat=SECONDS - 240))
    assert (answer.status_code, answer.json()) == (
        400,
        {
            "error": "invalid_dpop_proof",
            "error_description": "Your clock is 240 seconds slow. Set it by NTP.",
            "server_time": "2026-11-22T09:00:00+00:00",
            "skew_seconds": -240,
        },
    )
    assert server.candidates == []


def test_two_dpop_headers(server: Server) -> None:
    proofs = [("dpop", MACHINE.proof(htu=URL)), ("dpop", MACHINE.proof(htu=URL))]
    answer = server.client.post("/devices", content=b"{}", headers=[("content-type", JSON), *proofs])
    assert answer.status_code == 400
    assert server.candidates == []


def test_a_body_too_large_is_not_read(server: Server) -> None:
    assert server.post({"code": "a" * BODY_BYTES_MAX}).status_code == 413


def test_only_post(server: Server) -> None:
    assert server.client.get("/devices").status_code == 405


def test_while_nobody_can_tell_a_machine_is_asked_to_come_again(server: Server) -> None:
    server.outcome = Unavailable("database", retry_after_seconds=2)
    answer = server.post()
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "2")
    assert answer.json() == {"error": "temporarily_unavailable"}
