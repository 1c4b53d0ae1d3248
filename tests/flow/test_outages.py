"""A database that is gone: nobody is told yes or no, all are told to come back; then it heals. Valkey may go."""

import time
from collections.abc import Callable
from functools import partial
from typing import Any, TypeVar

import httpx2
import pytest

from laurel_client import Redemption, new_request_id
from tests.flow.cable import Cable
from tests.flow.production import RIDE, Production
from tests.flow.wire import Wire

pytestmark = [pytest.mark.anyio, pytest.mark.xdist_group("production")]

T = TypeVar("T")

SECONDS_MAX = 8.0
"""Telling who asks has a second, and so has a gate's operation: whoever meets a silent database is told after one
(`make soak` measures it). The rest is slack for a machine that runs all the tests at once."""


class SecondNode(Wire):
    """A device whose GraphQL requests go to the node at the end of the cables."""

    def __init__(self, deployment: Production) -> None:
        super().__init__(deployment.credentials)
        self.address = deployment.nodes[1].url

    def post(self, content: bytes, headers: "list[tuple[str, str]] | None" = None) -> httpx2.Response:  # type: ignore[override]
        """Post to the second node what is signed for the public address."""
        return self.http.post(f"{self.address}/graphql", content=content, headers=headers or self.signed(content))


def _eventually(works: Callable[[], T]) -> T:
    """Ask until there is something, and return it."""
    deadline = time.monotonic() + 10
    while not (found := works()):
        assert time.monotonic() < deadline
        time.sleep(0.1)
    return found


def _within(seconds: float, ask: Callable[[], httpx2.Response]) -> httpx2.Response:
    began = time.monotonic()
    answer = ask()
    assert time.monotonic() - began < seconds
    return answer


def _redeemed(answer: httpx2.Response) -> list[dict[str, Any]]:
    """Return what a redemption says, and nothing where it says to come back, as a slow machine may."""
    if answer.status_code == 503:
        return []
    return [answer.json()["data"]["redeemReward"]]


def _told_to_come_back(answer: httpx2.Response) -> bool:
    """Whether an answer is the 503 of the contract: when to come back, and nothing else."""
    assert answer.status_code == 503
    assert int(answer.headers["retry-after"]) >= 1
    [error] = answer.json()["errors"]
    assert error["extensions"]["code"] == "UNAVAILABLE"
    assert "data" not in answer.json()
    return True


def _health_is_told(address: str) -> None:
    """It lives, it is not ready, and it says what for."""
    with httpx2.Client(base_url=address, trust_env=False, timeout=SECONDS_MAX) as http:
        assert http.get("/healthz").status_code == 200
        answer = http.get("/readyz")
    assert answer.status_code == 503
    checks = {"database": "failing", "clock": "ok", "keys": "ok", "policy": "ok"}
    assert answer.json() == {"ready": False, "checks": checks}


TROUBLES = pytest.mark.parametrize("trouble", [Cable.cut, Cable.silence], ids=["refused", "silent"])


@TROUBLES
async def test_an_outage_is_told_and_heals(deployment: Production, trouble: Callable[[Cable], None]) -> None:
    cable = deployment.database
    [issued] = await deployment.steward.resident("transit")
    given = {"pass": issued.token, "reward": RIDE, "requestId": new_request_id()}
    asked = {"pass": issued.token, "reward": RIDE}
    with SecondNode(deployment) as wire:

        def works() -> bool:
            return wire.send("Service").status_code == 200

        _eventually(works)
        trouble(cable)
        try:
            for name, variables in (("RedeemReward", {"input": given}), ("VerifyPass", asked)):
                answer = _within(SECONDS_MAX, partial(wire.send, name, **variables))
                assert _told_to_come_back(answer)
            _health_is_told(wire.address)
        finally:
            cable.mend()
        _eventually(lambda: deployment.nodes[1].ready() and works())
        [done] = _eventually(lambda: _redeemed(wire.send("RedeemReward", input=given)))
        assert done["__typename"] == "Redemption"
    async with deployment.client(0) as client:
        again = await client.redeem_reward(issued.token, RIDE, request_id=given["requestId"])
    assert isinstance(again, Redemption)
    assert (again.id, again.replayed) == (done["id"], True)


@TROUBLES
async def test_without_valkey_all_goes_on(deployment: Production, trouble: Callable[[Cable], None]) -> None:
    [issued] = await deployment.steward.resident("transit")
    trouble(deployment.memory)
    try:
        with SecondNode(deployment) as wire:
            captured = wire.signed(wire.body("Service", {}))
            assert wire.post(wire.body("Service", {}), captured).status_code == 200
            assert wire.post(wire.body("Service", {}), captured).status_code == 401
            assert wire.ask("VerifyPass", **{"pass": issued.token, "reward": RIDE})["__typename"] == "Eligible"
            assert wire.redeem(issued.token, RIDE, new_request_id())["__typename"] == "Redemption"
        assert deployment.nodes[1].ready()
    finally:
        deployment.memory.mend()
