"""Pseudonyms: stable within a period, unlinkable across, and gone with their key."""

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from gateway.auth.pseudonyms import CACHED_KEYS_MAX, PeriodPseudonyms
from gateway.domain.errors import KeysMissing
from tests.auth.key_home import DAY, NOW, Hands, Key, load

pytestmark = pytest.mark.anyio

ALICE, BOB = b"a" * 32, b"b" * 32
CLOSES_AT = NOW + 60 * DAY


class Shelf:
    """The database's wrapped keys, in a dictionary; counts how often it is asked."""

    def __init__(self) -> None:
        self.keys: dict[tuple[str, str], bytes | None] = {}
        self.asked = 0

    async def wrapped_key(
        self, reward: str, key_period: str, *, fresh: bytes, closes_at: datetime
    ) -> bytes | None:
        self.asked += 1
        return self.keys.setdefault((reward, key_period), fresh)

    async def closed(self) -> set[tuple[str, str]]:
        return {name for name, wrapped in self.keys.items() if wrapped is None}


def pseudonyms(home: Path, shelf: Shelf, *keys: Key, clock: Hands | None = None) -> PeriodPseudonyms:
    clock = clock or Hands()
    return PeriodPseudonyms(load(home, *keys, clock=clock), shelf, clock=clock)


async def name(
    of: PeriodPseudonyms,
    secret: bytes | None = ALICE,
    *,
    reward: str = "metro",
    key_period: str = "2026-11",
    closes_at: datetime = CLOSES_AT,
) -> bytes:
    return await of.pseudonym(secret, reward=reward, key_period=key_period, closes_at=closes_at)


async def test_a_pseudonym_is_stable_across_processes(tmp_path: Path) -> None:
    shelf = Shelf()
    here, there = pseudonyms(tmp_path, shelf), pseudonyms(tmp_path, shelf)
    alice = await name(here)
    assert len(alice) == 32
    assert await name(here) == await name(there) == alice
    assert shelf.asked == 2, "each process asks once"


async def test_it_differs_by_resident_reward_and_period(tmp_path: Path) -> None:
    here = pseudonyms(tmp_path, Shelf())
    names = [
        await name(here),
        await name(here, BOB),
        await name(here, reward="theatre"),
        await name(here, key_period="2026-12"),
        await name(here, reward="metro2026", key_period="-11"),
    ]
    assert len(set(names)) == 5


async def test_nobody_has_a_new_name_each_time_at_the_same_cost(tmp_path: Path) -> None:
    shelf = Shelf()
    here = pseudonyms(tmp_path, shelf)
    first, second = await name(here, None), await name(here, None)
    assert len(first) == len(second) == 32
    assert first != second
    assert shelf.asked == 1
    assert set(shelf.keys) == {("metro", "2026-11")}


async def test_the_shelf_holds_neither_key_nor_secret_and_names_the_wrapping_kid(tmp_path: Path) -> None:
    shelf = Shelf()
    here = pseudonyms(tmp_path, shelf)
    await name(here)
    await name(here, reward="theatre")
    wrapped = [blob for blob in shelf.keys.values() if blob is not None]
    assert all(blob.startswith(b"\x08period-1") for blob in wrapped)
    assert {len(blob) for blob in wrapped} == {1 + 8 + 12 + 32 + 16}
    assert wrapped[0][9:] != wrapped[1][9:]


async def test_a_destroyed_key_names_nobody(tmp_path: Path) -> None:
    shelf = Shelf()
    shelf.keys["metro", "2026-11"] = None
    for secret in (ALICE, None):
        with pytest.raises(KeysMissing):
            await name(pseudonyms(tmp_path, shelf), secret)


async def test_a_key_is_not_kept_past_the_close_of_its_period(tmp_path: Path) -> None:
    shelf, clock = Shelf(), Hands()
    here = pseudonyms(tmp_path, shelf, clock=clock)
    await name(here)
    await name(here, key_period="2026", closes_at=CLOSES_AT + DAY)
    shelf.keys["metro", "2026-11"] = None
    clock.now = CLOSES_AT - timedelta(microseconds=1)
    await name(here)
    clock.now = CLOSES_AT
    await name(here, key_period="2026", closes_at=CLOSES_AT + DAY)
    assert len(here._cache) == 1, "the closed key is gone though nobody asked for it again"
    with pytest.raises(KeysMissing):
        await name(here)
    assert shelf.asked == 3


async def test_a_closed_period_that_still_has_its_key_is_named_but_not_kept(tmp_path: Path) -> None:
    shelf = Shelf()
    here = pseudonyms(tmp_path, shelf, clock=Hands(CLOSES_AT))
    assert await name(here) == await name(here)
    assert (shelf.asked, len(here._cache)) == (2, 0)


async def test_the_cache_is_bounded_and_keeps_what_was_used_last(tmp_path: Path) -> None:
    shelf = Shelf()
    here = pseudonyms(tmp_path, shelf)
    for number in range(CACHED_KEYS_MAX):
        await name(here, reward=f"reward-{number}")
    await name(here, reward="reward-0")
    await name(here, reward="one-more")
    assert len(here._cache) == CACHED_KEYS_MAX
    asked = shelf.asked
    await name(here, reward="reward-0")
    assert shelf.asked == asked
    await name(here, reward="reward-1")
    assert shelf.asked == asked + 1


async def test_wrapping_keys_rotate(tmp_path: Path) -> None:
    shelf = Shelf()
    alice = await name(pseudonyms(tmp_path, shelf, Key("period-1", "period")))
    rotated = pseudonyms(tmp_path, shelf, Key("period-1", "period", "retired"), Key("period-2", "period"))
    assert await name(rotated) == alice
    await name(rotated, reward="theatre")
    assert (shelf.keys["theatre", "2026-11"] or b"").startswith(b"\x08period-2")
    revoked = pseudonyms(tmp_path, shelf, Key("period-1", "period", "revoked"), Key("period-2", "period"))
    with pytest.raises(KeysMissing):
        await name(revoked)


async def test_a_wrapped_key_of_another_reward_or_period_does_not_unwrap(tmp_path: Path) -> None:
    shelf = Shelf()
    await name(pseudonyms(tmp_path, shelf))
    shelf.keys["theatre", "2026-11"] = shelf.keys["metro", "2026-12"] = shelf.keys["metro", "2026-11"]
    with pytest.raises(KeysMissing):
        await name(pseudonyms(tmp_path, shelf), reward="theatre")
    with pytest.raises(KeysMissing):
        await name(pseudonyms(tmp_path, shelf), key_period="2026-12")


@pytest.mark.parametrize("blob", [b"", b"\x08", b"\x08period-1", b"\x08period-1" + b"x" * 59, b"\xff" * 69])
async def test_a_damaged_blob_is_a_missing_key(tmp_path: Path, blob: bytes) -> None:
    shelf = Shelf()
    shelf.keys["metro", "2026-11"] = blob
    with pytest.raises(KeysMissing):
        await name(pseudonyms(tmp_path, shelf))


async def test_without_a_wrapping_key_there_are_no_names(tmp_path: Path) -> None:
    with pytest.raises(KeysMissing):
        await name(pseudonyms(tmp_path, Shelf(), Key("cursor-1", "cursor")))
