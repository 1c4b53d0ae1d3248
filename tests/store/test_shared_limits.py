"""The limits of several nodes with one Valkey: what they tell each other, and what its outages change."""

import math
from collections.abc import AsyncIterator, Iterator

import pytest
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from gateway.domain.errors import Throttled
from gateway.store.code_stops import STOP_SECONDS
from gateway.store.shared_limits import QUIET_SECONDS, SharedLimits
from tests.servers import valkey
from tests.services.world import METRO
from tests.store.hands import Stopwatch
from tests.store.nodes import OTHER_DEVICE, PATIENT, admitted, deny, node, stopped

pytestmark = pytest.mark.anyio


@pytest.fixture
async def redis(valkey_url: str) -> AsyncIterator[Redis]:
    async with Redis.from_url(valkey_url) as client:
        yield client


@pytest.fixture
def own_server() -> Iterator[str]:
    """A server that the test may spoil."""
    with valkey.serve() as url:
        yield url


async def test_two_nodes_count_denied_codes_together(redis: Redis) -> None:
    here, there = node(redis), node(redis)
    await deny(here, 10)
    await deny(there, 10)
    await deny(here, 20, OTHER_DEVICE)
    assert [await stopped(one) for one in (here, there)] == [0, 0]
    await deny(there, 1)
    for one in (here, there):
        assert math.isclose(await stopped(one), STOP_SECONDS, abs_tol=60)
        assert await stopped(one, OTHER_DEVICE) == 0
    assert (here.code_stops, there.code_stops) == (0, 1)
    await redis.flushdb()
    assert all([await stopped(one) for one in (here, there)])  # each has remembered what it heard


async def test_the_node_that_stops_a_device_needs_nobody_to_remember_it(redis: Redis) -> None:
    here, there = node(redis), node(redis)
    await deny(here, 10)
    await deny(there, 11)
    await redis.flushdb()
    assert [await stopped(one) for one in (here, there)] == [0, STOP_SECONDS]


async def test_what_is_kept_in_valkey_ends_by_itself(redis: Redis) -> None:
    limits = node(redis)
    await deny(limits, 21)
    await deny(limits, 1, OTHER_DEVICE)
    await admitted(limits, 60)
    await limits.share()
    assert limits.code_stops == 1
    keys = [key async for key in redis.scan_iter()]
    assert len(keys) == 4
    assert all([0 < await redis.pttl(key) <= STOP_SECONDS * 1000 for key in keys])


async def test_a_stop_ends_on_all_nodes(redis: Redis) -> None:
    here, there = node(redis, now := Stopwatch()), node(redis, now)
    await deny(here, 21)
    assert await stopped(there)
    await redis.pexpire("laurel:limit:stop:gate-1", 1)
    while await redis.exists("laurel:limit:stop:gate-1"):
        pass
    now.turn(STOP_SECONDS)
    assert [await stopped(one) for one in (here, there)] == [0, 0]
    await deny(here, 20)
    assert [await stopped(one) for one in (here, there)] == [0, 0]


async def test_nodes_hear_what_was_taken_elsewhere(redis: Redis) -> None:
    nodes = [node(redis) for _ in range(6)]
    assert [await admitted(one, 100) for one in nodes] == [60] * 6
    for one in nodes * 2:
        await one.share()
    for one in nodes:
        with pytest.raises(Throttled) as refused:
            await one.admit(METRO)
        assert 3 < refused.value.retry_after_seconds <= 16  # all have to pay for six times what one may take
    late = node(redis)
    assert await admitted(late, 1) == 1
    await late.share()
    assert await admitted(late, 100) == 0
    assert await admitted(late, 100, OTHER_DEVICE) == 60


async def test_what_is_told_once_is_not_told_again(redis: Redis) -> None:
    here, there = node(redis), node(redis)
    assert await admitted(here, 30) == 30
    for _ in range(5):
        await here.share()
    await admitted(there, 1)
    await there.share()
    assert await admitted(there, 100) in range(28, 60)


async def test_without_valkey_each_node_goes_on_alone(own_server: str, caplog: pytest.LogCaptureFixture) -> None:
    async with Redis.from_url(own_server, retry=Retry(NoBackoff(), 0)) as redis:
        here, there = node(redis), node(redis)
        await deny(here, 10)
        await deny(there, 10)
        await redis.shutdown(nosave=True)
        await deny(here, 1)
        assert [await stopped(one) for one in (here, there)] == [0, 0]
        await deny(here, 10)
        assert [await stopped(one) for one in (here, there)] == [STOP_SECONDS, 0]
        assert await admitted(here, 100) == 60
        await here.share()
        assert await admitted(here, 100) == 0
    assert [each.getMessage() for each in caplog.records].count("limits are not shared") == 2
    assert "gate-1" not in caplog.text


async def test_a_valkey_that_is_back_is_seen_although_nobody_comes(
    redis: Redis, valkey_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    async with Redis.from_url(valkey_url) as mine:
        limits = node(mine, seconds=0.01)
        await redis.client_pause(100)
        assert await stopped(limits) == 0
        await limits.share()
    assert [each.getMessage() for each in caplog.records] == ["limits are not shared", "limits are shared again"]


async def test_a_valkey_that_was_emptied_forgets_nothing_of_this_node(redis: Redis) -> None:
    here, there = node(redis), node(redis)
    await deny(here, 21)
    await redis.flushdb()
    assert [await stopped(one) for one in (here, there)] == [STOP_SECONDS, 0]
    await redis.script_flush()
    await deny(there, 21)
    assert await stopped(there) == STOP_SECONDS


async def test_after_a_failure_valkey_is_left_alone_for_a_second(redis: Redis) -> None:
    now = 0.0
    shared = SharedLimits(redis, denials_max=20, ask_seconds=PATIENT, now=lambda: now)
    await redis.set("laurel:limit:denied:gate-1", "no list")  # so that counting fails
    assert await shared.count("gate-1") is None
    await redis.flushdb()
    assert [await shared.count("gate-1"), await shared.stop_left("gate-1")] == [None, None]
    now += QUIET_SECONDS
    assert [await shared.count("gate-1"), await shared.stop_left("gate-1")] == [False, 0]


async def test_nobody_waits_for_a_valkey_that_hangs(redis: Redis, valkey_url: str) -> None:
    async with Redis.from_url(valkey_url) as mine:
        limits = node(mine, seconds=0.01)
        await redis.client_pause(500)
        assert await stopped(limits) == 0
        await deny(limits, 21)
        assert await stopped(limits) == STOP_SECONDS
    await redis.client_unpause()
