"""Races between two real processes: what the constraints promise holds when nobody waits for anybody."""

import multiprocessing
import secrets
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from typing import Any

import pytest

from gateway.domain.ledger import Committed, InFlight, Outcome
from gateway.store.database import Database
from gateway.store.tables import HOLD, QUOTA, REDEMPTION
from tests.store import racer
from tests.store.city import City
from tests.store.commands import Holder

pytestmark = [pytest.mark.anyio, pytest.mark.xdist_group("races")]

PROCESSES = 2
CLIENTS = 16
START_SECONDS = 0.3
"""Both processes are warm; by then they have opened the database."""


@pytest.fixture(scope="module")
def processes() -> Iterator[ProcessPoolExecutor]:
    """Two processes that share nothing with this one but the database."""
    with ProcessPoolExecutor(PROCESSES, mp_context=multiprocessing.get_context("spawn")) as pool:
        list(pool.map(time.sleep, [1.0] * PROCESSES))
        children = multiprocessing.active_children()
        yield pool
        for child in children:
            child.kill()  # one that hangs shall fail its test, and not keep all of them from ending


@pytest.fixture
async def live(live_database: Database) -> City:
    """A city that lives by the database's own clock."""
    return await City.found(live_database)


def _race(
    processes: ProcessPoolExecutor, *parts: tuple[Callable[..., racer.Started], tuple[Any, ...]]
) -> list[Any]:
    start = time.time() + START_SECONDS
    under_way = [processes.submit(work, start, *arguments) for work, arguments in parts]
    done = [future.result(60) for future in under_way]
    assert len({each.pid for each in done}) == PROCESSES
    return [each.result for each in done]


def _redeemed(
    processes: ProcessPoolExecutor, url: str, holder: Holder, clients: list[dict[str, Any]]
) -> list[Outcome]:
    half = len(clients) // 2
    shares = (clients[:half], clients[half:])
    results = _race(processes, *((racer.redeem_at, (url, holder, share)) for share in shares))
    return [outcome for share in results for outcome in share]


@pytest.mark.parametrize("limit", [1, 5])
async def test_one_quota_is_never_exceeded(
    processes: ProcessPoolExecutor, live: City, database_url: str, limit: int
) -> None:
    holder = await live.move_in()
    passes = [await live.give_pass(holder.registry_hash, pseudonym=holder.pseudonym) for _ in range(CLIENTS)]
    clients = [{"allowance": limit, "pass_id": each.pass_id} for each in passes]  # nothing shared but the quota
    outcomes = _redeemed(processes, database_url, holder, clients)
    kinds = Counter(one.entry.kind.value for one in outcomes if isinstance(one, Committed))
    assert kinds == {"REDEEMED": limit, "DENIED": CLIENTS - limit}
    assert [row["used"] for row in await live.rows(QUOTA)] == [limit]
    assert len(await live.rows(REDEMPTION)) == limit


async def test_one_request_has_one_effect(processes: ProcessPoolExecutor, live: City, database_url: str) -> None:
    holder = await live.move_in()
    request = {
        "request_id": secrets.token_urlsafe(16),
        "fingerprint": secrets.token_bytes(32),
        "allowance": CLIENTS,
    }
    outcomes = _redeemed(processes, database_url, holder, [request] * CLIENTS)
    [first] = [one for one in outcomes if isinstance(one, Committed) and not one.replayed]
    others = [one for one in outcomes if one is not first]
    assert all(one in (Committed(first.entry, replayed=True), InFlight()) for one in others)
    [redemption] = await live.rows(REDEMPTION)
    assert first.entry.redemption is not None
    assert redemption["id"] == first.entry.redemption.id
    assert [row["used"] for row in await live.rows(QUOTA)] == [1]


@pytest.mark.parametrize("what", ["pass", "device", "partner"])
async def test_nothing_is_redeemed_once_a_revocation_is_acknowledged(
    processes: ProcessPoolExecutor, live: City, database_url: str, what: str
) -> None:
    holder = await live.move_in()
    granted, (recorded, acknowledged_at) = _race(
        processes,
        (racer.redeem_until_refused, (database_url, holder, CLIENTS // 2)),
        (partial(racer.revoke_meanwhile, what=what), (database_url, holder)),
    )
    redemptions = await live.rows(REDEMPTION)
    assert recorded == granted == len(redemptions)
    assert all(row["redeemed_at"] <= acknowledged_at for row in redemptions)


async def test_no_hold_is_confirmed_after_the_revocation_of_its_pass_is_acknowledged(
    processes: ProcessPoolExecutor, live: City, database_url: str
) -> None:
    holder = await live.move_in()
    granted, (recorded, acknowledged_at) = _race(
        processes,
        (racer.confirm_until_refused, (database_url, holder, CLIENTS // 2)),
        (partial(racer.revoke_meanwhile, what="pass"), (database_url, holder)),
    )
    redemptions = await live.rows(REDEMPTION)
    assert recorded == granted == len(redemptions)
    assert all(row["redeemed_at"] <= acknowledged_at for row in redemptions)
    assert any(row["ended"] is None for row in await live.rows(HOLD))  # some were too late
