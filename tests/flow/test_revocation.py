"""Revoked at one place, out at every node with warm caches: no effect at once, no question after five seconds."""

from time import monotonic
from typing import Any

import pytest

from laurel_client import Credentials, new_request_id
from tests.flow.at_nodes import AtNode, at_both
from tests.flow.captures import effect, sign_in
from tests.flow.production import KIND, RIDE, Production

pytestmark = [pytest.mark.anyio, pytest.mark.xdist_group("production")]

SECONDS_MAX = 5
"""What is promised, from when the command has ended."""


def _all_out(nodes: list[AtNode], shown: str) -> None:
    """Ask all the time, so that whatever is remembered stays remembered; be out everywhere in time."""
    began = monotonic()
    while any(node.verify(shown).status_code != 401 for node in nodes):
        assert monotonic() - began < SECONDS_MAX
    assert monotonic() - began < SECONDS_MAX


async def _is_out(deployment: Production, credentials: Credentials, revoke: Any) -> None:
    """Revoke somehow, and look at both nodes."""
    [issued] = await deployment.steward.resident("transit")
    with at_both(deployment, credentials) as nodes:
        for node in nodes:
            assert node.verify(issued.token).status_code == 200
            assert node.redeem(issued.token, RIDE, new_request_id())["status"] == "REDEEMED"
        captured = [effect(nodes[0], issued), effect(nodes[1], issued)]
        entering = [sign_in(nodes[0]), sign_in(nodes[1])]
        for node in nodes:
            assert node.verify(issued.token).status_code == 200  # so both know the device, and know it well
        await revoke()
        for number, request in enumerate(captured):
            answer = request.at(deployment, number)
            assert answer.status_code == 401, "an effect after the revocation"
            assert answer.json()["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"
        _all_out(nodes, issued.token)
        for number, request in enumerate(entering):
            assert request.at(deployment, number).json() == {"error": "invalid_client"}
        for node in nodes:
            given = {"pass": issued.token, "reward": RIDE, "requestId": new_request_id()}
            assert node.send("RedeemReward", input=given).status_code == 401


async def test_a_revoked_device_is_out_at_both_nodes(deployment: Production) -> None:
    credentials = await deployment.new_device()

    async def revoke() -> None:
        await deployment.steward.revoke_device(credentials)

    await _is_out(deployment, credentials, revoke)


async def test_a_suspended_partner_is_out_at_both_nodes_with_all_its_devices(deployment: Production) -> None:
    await deployment.steward.add_partner(KIND, "river-metro")
    devices = [await deployment.new_device("river-metro") for _ in range(2)]

    async def suspend() -> None:
        await deployment.steward.suspend("river-metro")

    with at_both(deployment, devices[1]) as others:
        assert [node.send("Service").status_code for node in others] == [200, 200]
        await _is_out(deployment, devices[0], suspend)
        assert [node.send("Service").status_code for node in others] == [401, 401]
    [issued] = await deployment.steward.resident("transit")
    with at_both(deployment, await deployment.new_device()) as neighbours:
        assert [node.verify(issued.token).status_code for node in neighbours] == [200, 200]
