"""A database that is gone, locked, slow or out of reach amid the clerks' work: closed for effects, then healed."""

import asyncio
import time
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from functools import partial

import pytest

from laurel_client import Eligible, NotEligible, new_request_id
from tests.faults.breaking import black_holed, locked, slow, stopped
from tests.faults.conftest import Standing
from tests.faults.crew import crew_of
from tests.faults.towns import SHOW, answered, seconds
from tests.faults.verdict import acquitted, none_between, refusals, report

pytestmark = pytest.mark.anyio

Trouble = Callable[[Standing], AbstractAsyncContextManager[None]]

ONLY_EFFECTS = locked, slow
"""Whoever only asks is answered meanwhile."""

ON_POSTGRES = pytest.mark.xdist_group("faults-postgresql")
ON_SQLITE = pytest.mark.xdist_group("faults-sqlite")


async def _closed_then_healed(standing: Standing, trouble: Trouble, seed: int, nodes: Sequence[int]) -> None:
    """Nothing new counts while the trouble lasts, all are told when to come back, and then all goes on."""
    town = await standing.town.with_a_new_show()
    async with crew_of(town, seed, nodes=nodes) as crew, crew.at_work():
        await crew.more_effects()
        async with trouble(standing):
            since = time.time()
            await crew.more_told()
            if trouble in ONLY_EFFECTS:
                asking = partial(crew.clients[0].verify_pass, town.passes[0].token, SHOW, 1, town.show)
                verdict = await answered(asking)
                assert isinstance(verdict, Eligible | NotEligible)
            await asyncio.sleep(seconds(0))
            until = time.time()
        healed = await crew.more_effects()
    calls = await acquitted(town)
    assert none_between(calls, since, until)
    told = [one for one in refusals(calls) if since < one.at < until]
    assert told
    assert all(one.retry_after is not None and one.retry_after >= 1 for one in told)
    report(trouble.__name__, [call for call in calls if call.asked["at"] > since], healed=healed)


@ON_POSTGRES
@pytest.mark.parametrize("trouble", [stopped, locked, slow])
async def test_postgresql_is_in_trouble(on_postgres: Standing, trouble: Trouble, seed: int) -> None:
    await _closed_then_healed(on_postgres, trouble, seed, (0, 1))


@ON_POSTGRES
async def test_postgresql_is_in_a_black_hole(on_postgres: Standing, seed: int) -> None:
    await _closed_then_healed(on_postgres, black_holed, seed, (1,))


@ON_POSTGRES
async def test_the_other_node_goes_on_beside_a_black_hole(on_postgres: Standing, seed: int) -> None:
    """Whatever rows the silent node had locked, PostgreSQL frees them, although nothing of it gets through."""
    town = await on_postgres.town.with_a_new_show()
    async with crew_of(town, seed, nodes=(0, 1)) as crew, crew.at_work():
        await crew.more_effects()
        async with black_holed(on_postgres):
            await crew.more_told(1)
            going_on = await crew.more_effects(10)
            await asyncio.sleep(seconds(0))
    report("beside a black hole", await acquitted(town), healed=going_on)


@ON_SQLITE
async def test_somebody_else_writes_to_the_file(on_sqlite: Standing, seed: int) -> None:
    await _closed_then_healed(on_sqlite, locked, seed, (0,))


@ON_POSTGRES
async def test_half_open_connections_are_given_up(on_postgres: Standing, seed: int) -> None:
    """The server has forgotten the pool's connections; nobody tells the gateway. It finds out and opens others."""
    town = await on_postgres.town.with_a_new_show()
    assert on_postgres.cable is not None
    async with crew_of(town, seed, nodes=(1,)) as crew, crew.at_work():
        await crew.more_effects()
        since = time.time()
        on_postgres.cable.half_open()
        await crew.more_told(1)
        healed = await crew.more_effects()
        await asyncio.sleep(seconds(0))
    calls = await acquitted(town)
    told = [one for one in refusals(calls) if one.at > since]
    assert all(one.retry_after is not None and one.retry_after >= 1 for one in told)
    report("half open", [call for call in calls if call.asked["at"] > since], healed=healed)


async def test_a_503_has_no_effect_later(standing: Standing, seed: int) -> None:
    """Who was told to come back because of a lock finds nothing recorded once it is gone, until asking again."""
    town, own = await standing.town.with_a_new_show(), new_request_id()
    async with crew_of(town, seed) as crew:
        async with locked(standing):
            answer = await crew.redeem(0, own)
            assert answer["retry_after"] >= 1
        assert await answered(partial(crew.clients[0].redemption, request_id=own)) is None
        again = await crew.insist(*crew.redeeming(0, own))
    assert again["event"] == "ok"
    await acquitted(town, least=1)


async def test_a_retry_storm_has_one_effect(standing: Standing, seed: int) -> None:
    town, own = await standing.town.with_a_new_show(), new_request_id()
    async with crew_of(town, seed, nodes=range(len(standing.nodes))) as crew:
        for node in range(len(standing.nodes)):
            await answered(crew.clients[node].sign_in)
        asked, request = crew.redeeming(0, own)
        answers = await asyncio.gather(*(crew.insist(asked, request, first=number) for number in range(64)))
    assert {answer["event"] for answer in answers} == {"ok"}
    assert len({answer["id"] for answer in answers}) == 1
    assert crew.effects <= 1  # none of them says so where the first was told to come back amid its commit
    await acquitted(town, least=64)
