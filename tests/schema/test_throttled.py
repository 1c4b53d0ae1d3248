"""Limits are kept for each pass that is looked up, not for each request; beyond them nothing of it is answered."""

import pytest

from gateway.domain.errors import Throttled
from gateway.store.limits import NodeLimits
from tests.schema.asking import REDEEM, ask, data
from tests.services.world import METRO, REQUEST_ID, World

pytestmark = pytest.mark.anyio

GUESS = '%sverifyPass(pass: "code%s", reward: "ride") { __typename }'
FIVE = "{ " + " ".join(GUESS % (f"{name}: " if name else "", name) for name in ("", "b", "c", "d", "e")) + " }"


async def test_each_alias_is_a_look_up_and_each_denied_code_counts(world: World) -> None:
    assert len(await data(world, FIVE)) == 5
    assert (world.limits.admitted, world.limits.codes, world.limits.denied) == (5, 5, 5)


async def test_beyond_the_limit_the_whole_request_is_throttled(world: World) -> None:
    world.limits.refuse = Throttled("device", retry_after_seconds=7)
    for document, variables in (
        ('{ service { name } verifyPass(pass: "card", reward: "ride") { __typename } }', None),
        (REDEEM % "", {"input": {"pass": "card", "reward": "ride", "requestId": REQUEST_ID}}),
    ):
        with pytest.raises(Throttled) as refused:
            await ask(world, document, variables)
        assert refused.value is world.limits.refuse


async def test_guesses_in_aliases_stop_after_the_fourth_request(world: World) -> None:
    limits = NodeLimits(device_rate=20, partner_rate=500, denied_codes=20)
    object.__setattr__(world.ports, "limits", limits)
    for _ in range(4):
        await ask(world, FIVE)
    await limits.code_denied(METRO)
    with pytest.raises(Throttled, match="codes"):
        await ask(world, FIVE)
