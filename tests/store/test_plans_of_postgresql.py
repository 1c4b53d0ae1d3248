"""No statement that a gate waits for reads a large table from end to end, or more than one partition of it."""

from collections.abc import AsyncIterator
from datetime import timedelta

import asyncpg
import pytest

from bench.ledger_filling import found
from bench.ledger_rows import POSTGRESQL, statements
from gateway.domain.redemptions import Window
from gateway.store.database import Database
from gateway.store.evidence import SqlEvidence
from gateway.store.passes import SqlPassDirectory
from gateway.store.replay import SqlReplayGuard
from gateway.store.sweep import sweep
from tests.auth.key_home import NOW
from tests.store.city import City
from tests.store.commands import (
    DEVICE_ID,
    PARTNER_ID,
    Holder,
    again,
    confirm,
    granted,
    held,
    hold,
    redeem,
    release,
    retry,
    reverse,
)
from tests.store.plans import Plan, explain, listening
from tests.store.taps import tap
from tests.store.test_partitions import HASHED
from tests.store.test_uploads import upload

pytestmark = pytest.mark.anyio

REDEMPTIONS = 6000
"""So many that a plan which reads all of them costs more than any other: 375 in each partition."""

LARGE = {*HASHED, "resident", "pass", "pass_handle"}

CROWD = (
    """INSERT INTO resident (registry_hash, secret, centihours, as_of, honours)
    SELECT sha256(n::text::bytea), sha256(('s' || n)::bytea), n % 5000, '2026-11-01', '[]'
    FROM generate_series(1, 6000) AS n""",
    """INSERT INTO pass (resident_id, form, sector, expires_at, status_index)
    SELECT id, 'card', 'transit', '2030-01-01', 1000000 + id FROM resident""",
    "INSERT INTO pass_handle (handle, pass_id) SELECT sha256(('h' || id)::bytea), id FROM pass",
    """INSERT INTO evidence (partner_id, request_id, redemption_id, device_id, proof, closes_at)
    SELECT partner_id, request_id, id, device_id, pseudonym, '2027-01-01' FROM redemption""",
    """INSERT INTO quota (pseudonym, bucket, used, allowance)
    SELECT sha256(n::text::bytea), '2026-11-22', 1, 2 FROM generate_series(1, 20000) AS n""",
    """INSERT INTO hold (id, partner_id, device_id, request_id, reward, quantity, tariff_fen, held_at, expires_at,
      reversal_seconds, policy_version, ended)
    SELECT 'hld_' || n, 'metro', 'metro-1', 'h' || n, 'theatre-ticket', 1, 1, '2026-11-01', '2026-11-01', 1, 'p',
      'RELEASED' FROM generate_series(1, 6000) AS n""",
    *(
        f"""INSERT INTO {table} ({key}, {until})
        SELECT sha256(n::text::bytea), '2027-01-01' FROM generate_series(1, 6000) AS n"""
        for table, key, until in (
            ("used_proof", "digest", "expires_at"),
            ("used_showing", "mark", "forget_after"),
            ("look", "tag", "forget_after"),
        )
    ),
    "VACUUM ANALYZE",
)

SHOWS = """INSERT INTO occasion (partner_id, id, reward, capacity, used, ends_at, announced_end)
    SELECT 'grand-theatre', 'show-' || n, 'theatre-ticket', 10, 0, at, at
    FROM (SELECT n, TIMESTAMPTZ '2027-01-01' + n * INTERVAL '1 hour' AS at
      FROM generate_series(1, 6000) AS n) AS shows"""

DUE = (
    "UPDATE evidence SET closes_at = '2026-01-01' WHERE request_id < 'r00000000000000ffff'",
    "UPDATE used_proof SET expires_at = '2026-01-01' WHERE digest < decode('04', 'hex')",
)
"""Some hundred rows that are past their time."""


@pytest.fixture
async def crowded(postgres_url: str) -> AsyncIterator[tuple[City, asyncpg.Connection]]:
    """A city with six thousand of everything, and a connection beside the gateway's."""
    await found(postgres_url)
    connection = await asyncpg.connect(postgres_url.replace("+asyncpg", ""))
    for statement in (*statements(POSTGRESQL, 0, REDEMPTIONS), *CROWD):
        await connection.execute(statement)
    database = Database(postgres_url)
    yield await City.found(database), connection
    await database.close()
    await connection.close()


def wrong(plans: list[Plan]) -> list[tuple[str, dict[str, int], frozenset[str]]]:
    """Return the statements that read more of a large table than one partition, by its index."""
    return [
        (plan.statement, dict(plan.parts), plan.scanned)
        for plan in plans
        if plan.scanned & LARGE or any(count > 1 for table, count in plan.parts.items() if table in HASHED)
    ]


async def _at_the_gate(city: City, holder: Holder, other: Holder) -> None:
    """Do what gates, tills and desks do, once each: what succeeds, what is refused, what is sent again."""
    for handle in (holder.handle, bytes(32)):
        await SqlPassDirectory(city.database).look_up(handle, bytes(32))
    await city.ledger.used(holder.pseudonym, "2026-11-22")
    await SqlReplayGuard(city.database).first_use(bytes(32), NOW)
    first = redeem(holder)
    made = granted(await city.commit(first))
    await city.commit(retry(first))
    await city.commit(redeem(holder, allowance=0))
    await city.ledger.recall(PARTNER_ID, first.request_id)
    await city.ledger.redemption(PARTNER_ID, redemption_id=made.id)
    await city.ledger.redemption(PARTNER_ID, request_id=first.request_id)
    await city.commit(reverse(made))
    kept = held(await city.commit(hold(holder)))
    await city.ledger.recall(PARTNER_ID, kept.request_id)
    granted(await city.commit(confirm(kept)))
    await city.commit(release(held(await city.commit(hold(holder)))))
    one = tap(other)
    await upload(city, one)
    await upload(city, again(one))


async def test_what_a_gate_waits_for_reads_one_partition_by_its_index(
    crowded: tuple[City, asyncpg.Connection],
) -> None:
    city, connection = crowded
    holders = [await city.move_in() for _ in range(2)]
    with listening() as said:
        await _at_the_gate(city, *holders)
    plans = await explain(connection, said)
    assert wrong(plans) == []
    read = {table for plan in plans for table in plan.parts}
    by_request = "SELECT id FROM redemption WHERE partner_id = $1 AND request_id = $2"
    [found_out] = wrong(await explain(connection, [(by_request, ("metro", "r0"))]))
    assert found_out == (by_request, {"redemption": 16}, frozenset({"redemption"})), "or this finds nothing"
    assert read >= {"entry", "redemption", "quota", "evidence", "hold", "used_showing", "pass_handle", "resident"}


async def test_what_a_counter_lists_is_read_in_the_order_of_an_index(
    crowded: tuple[City, asyncpg.Connection],
) -> None:
    """Redemptions lie in every partition: each gives its newest by its index, and nothing is sorted."""
    city, connection = crowded
    for statement in (SHOWS, "VACUUM ANALYZE"):
        await connection.execute(statement)
    granted(await city.commit(redeem(await city.move_in())))
    for device_id, index in (
        (DEVICE_ID, "redemption_partner_id_device_id_redeemed_at_id_idx"),
        ("new-till", "redemption_partner_id_device_id_redeemed_at_id_idx"),
        (None, "redemption_partner_id_redeemed_at_id_idx"),
    ):
        with listening() as said:
            await city.ledger.redemptions(
                PARTNER_ID if device_id == DEVICE_ID else "metro",
                first=50,
                after=(NOW, "rdm_"),
                redeemed=Window(since=NOW - timedelta(days=1)),
                reversed_=Window(),
                reward=None,
                device_id=device_id,
            )
        [plan] = await explain(connection, said)
        assert (sorted(plan.scanned), sorted(plan.indexes), plan.sorted) == ([], [index], False)
    with listening() as said:
        await city.ledger.occasions(
            PARTNER_ID,
            first=50,
            after=(NOW, "show-1"),
            ending=Window(),
            rewards={"theatre-ticket", "another"},
            over=False,
        )
    [plan] = await explain(connection, said)
    assert "occasion" not in plan.scanned
    assert "ix_occasion_partner_id_ends_at_id" in plan.indexes
    assert not plan.sorted


async def test_what_an_office_asks_reads_no_table_from_end_to_end(
    crowded: tuple[City, asyncpg.Connection],
) -> None:
    """Nobody at a gate waits for it, so it may ask every partition; but each by its index."""
    city, connection = crowded
    made = granted(await city.commit(redeem(await city.move_in())))
    for due in DUE:
        await connection.execute(due)
    with listening() as said:
        await SqlEvidence(city.database).find(made.id)
        await sweep(city.database)
    for due in DUE:
        await connection.execute(due)
    plans = await explain(connection, said)
    assert [(plan.statement, plan.scanned) for plan in plans if plan.scanned & LARGE] == []
