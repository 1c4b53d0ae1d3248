"""What a serving process knows of groups: told when it changes, and not guessed while the database is away."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from starlette.testclient import TestClient
from structlog.testing import capture_logs

from gateway import housekeeping
from gateway.app import create_app
from gateway.assembly import Laurel, assemble
from gateway.auth.keyring import Purpose
from gateway.cli.console import closing, record_of
from gateway.domain.clock import system_clock
from gateway.domain.errors import KeysMissing, Unavailable
from gateway.domain.partners import Partner
from gateway.housekeeping import keeping_house
from gateway.settings import Settings
from gateway.store.partners import SqlPartners
from tests.auth.machines import machine
from tests.flow.production import make_keys

pytestmark = pytest.mark.anyio

SECONDS_MAX = 30
"""A machine that runs all the tests at once may take long."""


@pytest.fixture
async def laurel(tmp_path: Path, sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Laurel]:
    """A gateway on an empty database, which looks at groups all the time."""
    monkeypatch.setattr(housekeeping, "GROUPS_SECONDS", 0.01)
    make_keys(tmp_path / "keys")
    settings = Settings.read(database_url=sqlite_url, keys_dir=tmp_path / "keys")
    async with closing(assemble(settings)) as laurel:
        yield laurel


async def rename(laurel: Laurel, old: str, new: str) -> None:
    """Take the table of groups away, or bring it back."""
    async with laurel.database.write() as connection:
        await connection.execute(text(f"ALTER TABLE {old} RENAME TO {new}"))


async def until_known(laurel: Laurel, inactive: frozenset[str]) -> None:
    """Wait until these rewards are known to be inactive."""
    async with asyncio.timeout(SECONDS_MAX):
        while True:
            try:
                if laurel.groups.inactive() == inactive:
                    return
            except Unavailable:
                pass
            await asyncio.sleep(0.01)


async def until_found(laurel: Laurel, within: dict[int, int]) -> None:
    """Wait until so many device keys are known to end within so many days."""
    while True:
        found = laurel.key_ends.found
        if found is not None and found.within == within:
            return
        await asyncio.sleep(0.01)


async def until_clocks(laurel: Laurel, *, agree: bool) -> None:
    """Wait until a look has found so; give it the time to look a few times more."""
    for _ in range(SECONDS_MAX * 100):
        if laurel.clock_difference.is_small == agree:
            break
        await asyncio.sleep(0.01)
    await asyncio.sleep(0.05)


async def count(laurel: Laurel, residents: int) -> None:
    """Put down that each reward is for so many."""
    await laurel.groups.put({reward.rule: residents for reward in laurel.ports.catalogue.rewards.values()})


def unapproved(laurel: Laurel) -> frozenset[str]:
    """Return the rewards that need a group."""
    return frozenset(code for code, one in laurel.ports.catalogue.rewards.items() if one.approval is None)


def changes(logs: Any) -> list[tuple[str, dict[str, str]]]:
    """Return what was logged of groups."""
    return [(one["log_level"], one["rewards"]) for one in logs if one["event"] == "inactive rewards changed"]


async def test_a_start_without_the_database_guesses_nothing_and_knows_later(laurel: Laurel) -> None:
    await rename(laurel, "reward_group", "away")
    async with keeping_house(laurel):
        await asyncio.sleep(0.05)
        with pytest.raises(Unavailable, match="database"):
            laurel.ports.groups.inactive()
        await rename(laurel, "away", "reward_group")
        await until_known(laurel, unapproved(laurel))


async def test_each_change_of_what_is_given_is_logged_once_with_the_reason(laurel: Laurel) -> None:
    codes = sorted(unapproved(laurel))
    assert codes
    with capture_logs() as logs:
        async with keeping_house(laurel):
            assert changes(logs) == [("warning", dict.fromkeys(codes, "not-counted"))]
            await count(laurel, 20)
            await until_known(laurel, frozenset())
            await count(laurel, 19)
            await until_known(laurel, frozenset(codes))
            await asyncio.sleep(0.05)
    assert changes(logs)[1:] == [("warning", {}), ("warning", dict.fromkeys(codes, "too-few"))]


async def test_the_metrics_hear_of_ending_keys_again_and_again(
    laurel: Laurel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(housekeeping, "KEYS_SECONDS", 0.01)
    async with keeping_house(laurel), asyncio.timeout(SECONDS_MAX):
        await until_found(laurel, {1: 0, 7: 0, 30: 0})
        rows, metro = SqlPartners(laurel.database, record_of(laurel)), Partner(id="m", kind="gas-desk", name="M")
        await rows.add(metro)
        await rows.add_device(machine().device(partner=metro, not_after=laurel.clock() + timedelta(days=3)))
        await until_found(laurel, {1: 0, 7: 1, 30: 1})
    with TestClient(create_app(laurel)) as client:
        lines = client.get("/metrics").text.splitlines()
    assert 'laurel_device_keys_expiring{within="7d"} 1.0' in lines
    own = [line for line in lines if line.startswith("laurel_gateway_key_ends_timestamp_seconds{")]
    assert len(own) == len(laurel.keyring.ends()) == len(Purpose)


async def test_a_clock_that_goes_wrong_is_logged_once_and_so_is_its_end(
    laurel: Laurel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(housekeeping, "CLOCK_SECONDS", 0.01)
    ahead = timedelta(0)
    monkeypatch.setattr(laurel.clock_difference, "_clock", lambda: system_clock() + ahead)

    with capture_logs() as logs:
        async with keeping_house(laurel), asyncio.timeout(SECONDS_MAX):
            ahead = timedelta(hours=-1)
            await until_clocks(laurel, agree=False)
            ahead = timedelta(0)
            await until_clocks(laurel, agree=True)
    told = [(one["log_level"], one["event"]) for one in logs if one["event"].startswith("clocks")]
    assert told == [("error", "clocks differ"), ("info", "clocks agree again")]


async def test_nothing_is_logged_where_every_reward_is_given(laurel: Laurel) -> None:
    await count(laurel, 20)
    with capture_logs() as logs:
        async with keeping_house(laurel):
            await until_known(laurel, frozenset())
    assert changes(logs) == []


async def test_a_serving_process_forgets_the_key_of_a_closed_period(
    laurel: Laurel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(housekeeping, "SWEEP_SECONDS", 0.01)
    name, closes_at = laurel.ports.pseudonyms.pseudonym, datetime.now(UTC) + timedelta(days=1)
    await name(b"a" * 32, reward="metro", key_period="2026-01", closes_at=closes_at)
    async with keeping_house(laurel):
        async with laurel.database.write() as connection:
            await connection.execute(text("UPDATE period_key SET closes_at = '2026-01-01 00:00:00.000000'"))
        async with asyncio.timeout(SECONDS_MAX):
            while True:
                await asyncio.sleep(0.01)
                if len(laurel.pseudonyms._cache) == 0:
                    break
    with pytest.raises(KeysMissing):
        await name(b"a" * 32, reward="metro", key_period="2026-01", closes_at=closes_at)
