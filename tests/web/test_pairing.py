"""What strangers may try at a phone's addresses: so many wrong codes, and then all of them wait, unheard."""

from collections.abc import Sequence
from datetime import date
from typing import Any

import pytest
from prometheus_client import CollectorRegistry
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.testclient import TestClient

from gateway.domain.errors import KeysMissing, Unavailable
from gateway.domain.pairings import Paired
from gateway.store.wrong_tries import WRONG_RATE, NodeWrongTries
from gateway.web.pairing import phone_routes
from gateway.web.requests import Observed

GOOD, WRONG = "good", "wrong"
AT_ONCE = 3 * WRONG_RATE


class Server:
    """The addresses behind a real HTTP client, with a clock that the test turns; `pair` knows one code."""

    def __init__(self) -> None:
        self.now, self.asked = 0, 0
        self.failure: Exception | None = None
        tries = NodeWrongTries(now=lambda: self.now)
        routes = phone_routes(self.pair, self.looks, titles={"gas": ("燃气", "Gas")}, tries=tries)
        observed = Middleware(Observed, metrics=CollectorRegistry())
        self.client = TestClient(Starlette(routes=routes, middleware=[observed]))

    async def pair(self, code: str, phone: str) -> Paired | None:
        self.asked += 1
        if self.failure is not None:
            raise self.failure
        return Paired([("gas", "LP1.A"), ("moon", "LP1.B")]) if code == GOOD else None

    async def looks(self, question: str, pin: str) -> Sequence[tuple[date, str]] | None:
        self.asked += 1
        return [(date(2026, 11, 22), "City Gas")] if question == GOOD else None

    def send(self, code: str) -> Any:
        return self.client.post("/pass/pairing", json={"code": code, "phone": "p" * 22})

    def ask(self, question: str) -> Any:
        return self.client.post("/pass/access-log", json={"question": question, "pin": "1234"})


def test_a_phone_gets_its_passes_by_name_and_its_looks() -> None:
    server = Server()
    assert server.send(GOOD).json() == {
        "passes": [
            {"sector": "gas", "zh": "燃气", "en": "Gas", "pairing": "LP1.A"},
            {"sector": "moon", "zh": "moon", "en": "moon", "pairing": "LP1.B"},
        ]
    }
    assert server.ask(GOOD).json() == {"looks": [{"day": "2026-11-22", "partner": "City Gas"}]}


def test_who_tries_codes_waits() -> None:
    server = Server()
    answers = [(server.send if number % 2 else server.ask)(WRONG) for number in range(AT_ONCE)]
    assert {one.status_code for one in answers} == {400}
    for late in (server.send(WRONG), server.send(GOOD), server.ask(GOOD)):
        assert (late.status_code, late.headers["retry-after"]) == (429, "1")
    assert server.asked == AT_ONCE
    server.now += 1_000_000_000 // WRONG_RATE
    assert server.send(GOOD).status_code == 200
    assert server.send(WRONG).status_code == 400
    assert server.send(GOOD).status_code == 429


def test_what_is_right_takes_nothing() -> None:
    server = Server()
    assert {server.send(GOOD).status_code for _ in range(AT_ONCE + 5)} == {200}


@pytest.mark.parametrize(
    "failure", [Unavailable("database"), KeysMissing("none")], ids=lambda one: type(one).__name__
)
def test_a_failure_is_no_refusal(failure: Exception) -> None:
    server = Server()
    server.failure = failure
    answer = server.send(GOOD)
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")
    assert answer.json()["errors"][0]["extensions"]["code"] == "UNAVAILABLE"
