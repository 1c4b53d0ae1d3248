"""The books balance whatever the ledger did; a counter or row that was changed is found, and no person named."""

from collections.abc import Sequence

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from gateway.domain.conservation import Checked, Law
from gateway.domain.redemptions import Redemption
from gateway.store.conservation import DIFFERENCES_MAX, check
from gateway.store.snapshots import snapshot
from gateway.store.tables import METADATA, QUOTA
from tests.store.city import City
from tests.store.commands import BUCKET, PARTNER_ID, confirm, granted, held, hold, redeem, reverse

pytestmark = pytest.mark.anyio


async def _books(url: str) -> list[Checked]:
    async with snapshot(url) as connection:
        return [await check(connection, law) for law in Law]


def _wrong(books: Sequence[Checked]) -> dict[Law, list[tuple[str, str | None, int, int]]]:
    return {
        each.law: [(one.subject, one.redemption, one.recorded, one.recomputed) for one in each.differences]
        for each in books
        if each.differing
    }


def _again(table: str, **changed: str) -> str:
    """Return the statement that puts a table's row there once more, with some columns changed."""
    columns = METADATA.tables[table].c.keys()
    return f"INSERT INTO {table} SELECT {', '.join(changed.get(name, name) for name in columns)} FROM {table}"


@pytest.fixture
async def busy(city: City) -> Redemption:
    """What a redemption of three places became, two of which came back, among others' and a denial."""
    await city.announce(capacity=9)
    one, other = await city.move_in(), await city.move_in()
    kept = granted(await city.commit(redeem(one, quantity=3, allowance=3, occasion="show-1")))
    granted(await city.commit(reverse(kept, 1)))
    granted(await city.commit(reverse(kept, 1)))
    granted(await city.commit(reverse(granted(await city.commit(redeem(other))))))
    await city.commit(redeem(other, quantity=5))
    return kept


async def _change(city: City, statement: str) -> None:
    async with city.database.write() as connection:
        await connection.execute(text(statement))


async def test_the_books_balance(city: City, busy: Redemption, database_url: str) -> None:
    books = await _books(database_url)
    assert _wrong(books) == {}
    rows = {each.law: each.rows for each in books}
    assert rows[Law.QUOTA] == 2
    assert rows[Law.OCCASION] == 1
    assert rows[Law.REDEEMED_ENTRY] == 2
    assert rows[Law.ENTRY_REDEMPTION] == 6


async def test_a_changed_quota_is_found_by_its_bucket_and_a_redemption(
    city: City, busy: Redemption, database_url: str
) -> None:
    await _change(city, "UPDATE quota SET used = 2 WHERE used = 1")
    assert _wrong(await _books(database_url)) == {Law.QUOTA: [(f"bucket {BUCKET}", busy.id, 2, 1)]}


async def test_no_pseudonym_is_told(city: City, busy: Redemption, database_url: str) -> None:
    await _change(city, "DELETE FROM quota")
    [found] = (await _books(database_url))[1:2]
    told = repr(found)
    assert found.differing == 1
    async with city.database.read() as connection:
        pseudonyms = (await connection.execute(text("SELECT pseudonym FROM redemption"))).scalars().all()
    assert QUOTA.c.pseudonym.name in METADATA.tables["redemption"].c
    assert all(each.hex() not in told and repr(each)[2:-1] not in told for each in pseudonyms)


@pytest.mark.parametrize(
    ("statement", "law", "subject"),
    [
        ("UPDATE occasion SET used = 0", Law.OCCASION, f"occasion {PARTNER_ID}/show-1"),
        ("DELETE FROM occasion", Law.OCCASION, f"occasion {PARTNER_ID}/show-1"),
        ("UPDATE quota SET overdraft = 1, used = used - 1 WHERE used = 1", Law.OVERDRAFT, f"bucket {BUCKET}"),
        ("UPDATE quota SET held = 1 WHERE used = 1", Law.HELD_QUOTA, f"bucket {BUCKET}"),
        ("UPDATE occasion SET held = 1", Law.HELD_SEAT, f"occasion {PARTNER_ID}/show-1"),
        ("UPDATE redemption SET quantity = 9 WHERE quantity = 3", Law.REDEEMED_ENTRY, "redemption"),
        ("DELETE FROM entry WHERE kind = 'REDEEMED' AND quantity = 3", Law.REDEEMED_ENTRY, "redemption"),
        (
            "UPDATE entry SET quantity = 2 WHERE reversed_quantity = 2",
            Law.REVERSED,
            "redemption",
        ),
        ("UPDATE redemption SET reversed_quantity = 0 WHERE quantity = 3", Law.REVERSED, "redemption"),
        (
            "INSERT INTO offline_allowance SELECT id, '2026-11-22', 9, 1 FROM device",
            Law.ALLOWANCE,
            "allowance grand-theatre-till 2026-11-22",
        ),
    ],
)
async def test_whatever_is_changed_is_found(
    city: City, busy: Redemption, database_url: str, statement: str, law: Law, subject: str
) -> None:
    await _change(city, statement)
    [(where, redemption, recorded, recomputed)] = _wrong(await _books(database_url))[law]
    assert where == subject
    assert redemption in (busy.id, None)
    assert recorded != recomputed


@pytest.mark.parametrize(
    ("statement", "law", "subject"),
    [
        ("UPDATE hold SET request_id = 'another'", Law.HELD_ENTRY, f"request {PARTNER_ID}/"),
        (_again("hold", id="'hld_second'"), Law.HELD_ENTRY, f"request {PARTNER_ID}/"),
        ("UPDATE hold SET ended = 'RELEASED'", Law.CONFIRMED, "hold hld_"),
        (
            _again("redemption", id="'rdm_second'", request_id="'second'"),
            Law.CONFIRMED,
            "hold hld_",
        ),
        (
            _again("redemption", id="'rdm_second'", hold_id="NULL"),
            Law.REDEEMED_ENTRY,
            "redemption",
        ),
    ],
)
async def test_what_no_key_refuses_any_more_is_found(
    city: City, database_url: str, statement: str, law: Law, subject: str
) -> None:
    """A hold or a redemption twice: with partitions, no key of its own table would refuse it (decision 0048)."""
    kept = held(await city.commit(hold(await city.move_in())))
    granted(await city.commit(confirm(kept)))
    assert _wrong(await _books(database_url)) == {}
    if city.database.is_sqlite and "INSERT" in statement:
        with pytest.raises(IntegrityError):
            await _change(city, statement)
    else:
        await _change(city, statement)
        assert all(where.startswith(subject) for where, *_ in _wrong(await _books(database_url))[law])


async def test_an_entry_whose_redemption_is_gone_is_found(city: City, busy: Redemption, database_url: str) -> None:
    await _change(city, f"DELETE FROM redemption WHERE id = '{busy.id}'")
    wrong = _wrong(await _books(database_url))[Law.ENTRY_REDEMPTION]
    assert {redemption for _, redemption, _, _ in wrong} == {busy.id}
    assert f"request {PARTNER_ID}/{busy.request_id}" in {where for where, *_ in wrong}


async def test_more_than_can_be_told_are_counted(city: City, database_url: str) -> None:
    numbers = "SELECT 1 AS n UNION ALL SELECT n + 1 FROM numbers WHERE n < 1200"
    values = "'show-' || n, 'r', 9, 1, '2027-01-01', '2027-01-01'"
    await _change(
        city,
        "INSERT INTO occasion (partner_id, id, reward, capacity, used, ends_at, announced_end) "
        f"WITH RECURSIVE numbers AS ({numbers}) SELECT '{PARTNER_ID}', "
        + (values if city.database.is_sqlite else values.replace("'2027-01-01'", "timestamptz '2027-01-01'"))
        + " FROM numbers",
    )
    [found] = [each for each in await _books(database_url) if each.law is Law.OCCASION]
    assert (found.rows, found.differing, len(found.differences)) == (1200, 1200, DIFFERENCES_MAX)


async def test_it_sees_one_state_while_the_gateway_goes_on(
    city: City, busy: Redemption, database_url: str
) -> None:
    async with snapshot(database_url) as connection:
        before = await check(connection, Law.REDEEMED_ENTRY)
        granted(await city.commit(redeem(await city.move_in())))
        assert (await check(connection, Law.REDEEMED_ENTRY)) == before
        assert (await check(connection, Law.QUOTA)).differing == 0
        with pytest.raises(Exception, match=r"read-only|readonly"):
            await connection.execute(text("UPDATE quota SET used = 0"))
    assert {one.law: one.rows for one in await _books(database_url)}[Law.REDEEMED_ENTRY] == before.rows + 1
