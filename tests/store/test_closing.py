"""Closed periods: nobody can tell any more who redeemed, not even the operator; and nothing else has changed."""

import secrets
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, text

from gateway.auth.keyring import Keyring
from gateway.auth.pseudonyms import PeriodPseudonyms
from gateway.domain.errors import KeysMissing
from gateway.store.closing import SqlClosing
from gateway.store.database import Database
from gateway.store.period_keys import SqlPeriodKeys
from gateway.store.scrubbing import Scrubbed
from gateway.store.tables import EVIDENCE, PERIOD_KEY, QUOTA, REDEMPTION, RESIDENT
from tests.auth.key_home import Hands, Key, load
from tests.store.attacker import copy_keys, who_redeemed
from tests.store.city import City
from tests.store.commands import PERIOD_CLOSES, REWARD, granted, redeem

pytestmark = pytest.mark.anyio

OTHER, LATER = "museum-entry", "2027"
INSTANT = timedelta(milliseconds=1)


@pytest.fixture
def keyring(tmp_path: Path, clock: Hands) -> Keyring:
    """The operator's keys."""
    return load(tmp_path / "keys", clock=clock)


@pytest.fixture
def names(database: Database, keyring: Keyring, clock: Hands) -> PeriodPseudonyms:
    """Pseudonyms as a serving node makes them."""
    return PeriodPseudonyms(keyring, SqlPeriodKeys(database), clock=clock)


async def redeemed(city: City, names: PeriodPseudonyms, *, key_period: str, days: int = 0) -> tuple[str, bytes]:
    """Redeem once as somebody new; return the redemption's id, and the registry hash of who it was."""
    holder = await city.move_in()
    async with city.database.read() as connection:
        found = select(RESIDENT.c.secret).where(RESIDENT.c.registry_hash == holder.registry_hash)
        secret = (await connection.execute(found)).scalar_one()
    closes_at = PERIOD_CLOSES + timedelta(days=days)
    pseudonym = await names.pseudonym(secret, reward=OTHER, key_period=key_period, closes_at=closes_at)
    command = redeem(replace(holder, pseudonym=pseudonym), reward=OTHER, key_period=key_period)
    return granted(await city.commit(command)).id, holder.registry_hash


async def test_before_the_operator_can_tell_who_it_was_and_afterwards_nobody_can(
    city: City, names: PeriodPseudonyms, keyring: Keyring, clock: Hands
) -> None:
    old = dict([await redeemed(city, names, key_period="2026") for _ in range(3)])
    new = dict([await redeemed(city, names, key_period=LATER, days=365) for _ in range(2)])
    clock.now = PERIOD_CLOSES
    assert await who_redeemed(city.database, keyring, await copy_keys(city.database)) == old | new
    backup = await copy_keys(city.database)
    totals = await city.tables(REDEMPTION, QUOTA)
    closing = SqlClosing(city.database, city.acts)
    await closing.close()
    assert await who_redeemed(city.database, keyring, await copy_keys(city.database)) == new
    assert await city.tables(REDEMPTION, QUOTA) == totals, "what the city owes stands"
    assert await who_redeemed(city.database, keyring, backup) == old | new, "a backup from before still tells"


async def test_a_backup_tells_nothing_once_the_key_home_has_let_its_key_go(
    city: City, names: PeriodPseudonyms, clock: Hands, tmp_path: Path
) -> None:
    await redeemed(city, names, key_period="2026")
    backup = await copy_keys(city.database)
    rotated = load(tmp_path / "keys", Key("period-1", "period", "revoked"), Key("period-2", "period"), clock=clock)
    assert await who_redeemed(city.database, rotated, backup) == {}


async def test_a_period_closes_at_its_instant_with_its_evidence(
    city: City, names: PeriodPseudonyms, clock: Hands
) -> None:
    await redeemed(city, names, key_period="2026")
    await redeemed(city, names, key_period=LATER, days=365)
    closing = SqlClosing(city.database, city.acts)
    clock.now = PERIOD_CLOSES - INSTANT
    early = await closing.close()
    assert (early.periods, early.evidence) == ([], 0)
    clock.now = PERIOD_CLOSES
    due = await closing.due()
    assert {(one.reward, one.key_period) for one in due.periods} == {(REWARD, "2026"), (OTHER, "2026")}
    assert due.evidence == 1
    assert await closing.close() == due
    assert [row["closes_at"] for row in await city.rows(EVIDENCE)] == [PERIOD_CLOSES + timedelta(days=365)]
    again = await closing.close()
    assert (again.periods, again.evidence) == ([], 0)
    acts = [act for act in await city.acts.acts() if act.action == "privacy close-periods"]
    assert [act.facts for act in acts] == [{"keys": 2, "evidence": 1}], "a run without an effect leaves no act"


async def test_who_comes_late_is_named_by_nobody_and_makes_no_new_key(
    city: City, names: PeriodPseudonyms, clock: Hands
) -> None:
    await redeemed(city, names, key_period="2026")
    clock.now = PERIOD_CLOSES
    for key_period in ("2026", "2025"):
        with pytest.raises(KeysMissing):
            await names.pseudonym(b"a" * 32, reward=OTHER, key_period=key_period, closes_at=PERIOD_CLOSES)
    await SqlClosing(city.database, city.acts).close()
    with pytest.raises(KeysMissing):
        await names.pseudonym(b"a" * 32, reward=OTHER, key_period="2026", closes_at=PERIOD_CLOSES)
    kept = {(row["reward"], row["key_period"]): row["wrapped"] for row in await city.rows(PERIOD_KEY)}
    assert kept == {(REWARD, "2026"): None, (OTHER, "2026"): None}


async def test_a_node_whose_clock_is_slow_forgets_by_the_database_s(
    city: City, keyring: Keyring, clock: Hands
) -> None:
    slow = PeriodPseudonyms(keyring, SqlPeriodKeys(city.database), clock=Hands(clock.now))
    await slow.pseudonym(b"a" * 32, reward=OTHER, key_period="2026", closes_at=PERIOD_CLOSES)
    await slow.pseudonym(b"a" * 32, reward=OTHER, key_period=LATER, closes_at=PERIOD_CLOSES + timedelta(days=365))
    await slow.forget_closed()
    assert len(slow._cache) == 2
    clock.now = PERIOD_CLOSES
    await slow.forget_closed()
    assert len(slow._cache) == 1
    with pytest.raises(KeysMissing):
        await slow.pseudonym(b"a" * 32, reward=OTHER, key_period="2026", closes_at=PERIOD_CLOSES)


async def test_no_file_of_the_database_keeps_a_destroyed_key(city: City, clock: Hands, tmp_path: Path) -> None:
    keys, wrapped = SqlPeriodKeys(city.database), secrets.token_bytes(69)
    await keys.wrapped_key(OTHER, "2026", fresh=wrapped, closes_at=PERIOD_CLOSES)
    assert wrapped in await files_of(city.database, tmp_path), "the search finds what is there"
    clock.now = PERIOD_CLOSES
    closing = SqlClosing(city.database, city.acts)
    await closing.close()
    files = await closing.scrub()
    assert files is (Scrubbed.COMPLETE if city.database.is_sqlite else Scrubbed.LOGS_REMAIN)
    assert wrapped not in await files_of(city.database, tmp_path)


async def files_of(database: Database, folder: Path) -> bytes:
    """Return SQLite's file and log, or the file in which PostgreSQL keeps the table of keys."""
    if database.is_sqlite:
        return sqlite_files(folder)
    async with database.write() as connection:
        await connection.execute(text("CHECKPOINT"))
        found = await connection.execute(text("SELECT pg_read_binary_file(pg_relation_filepath('period_key'))"))
        return bytes(found.scalar_one())


def sqlite_files(folder: Path) -> bytes:
    """Return the bytes of a SQLite database and of its log."""
    return b"".join(one.read_bytes() for one in sorted(folder.glob("laurel.db*")))
