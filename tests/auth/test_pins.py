"""PINs: right, wrong and absent, always at the cost of one slow hash."""

import asyncio
import hashlib
import threading
from pathlib import Path
from typing import Any

import pytest

from gateway.auth.pins import PepperedPins
from gateway.domain.errors import KeysMissing
from tests.auth.key_home import Key, load


@pytest.fixture
def pins(tmp_path: Path) -> PepperedPins:
    return PepperedPins(load(tmp_path))


@pytest.mark.anyio
async def test_a_pin_matches_its_own_hash_only(pins: PepperedPins) -> None:
    kept = pins.hash("2580")
    assert await pins.matches(kept, "2580")
    assert not await pins.matches(kept, "2581")
    assert not await pins.matches(kept, "")


@pytest.mark.anyio
@pytest.mark.parametrize("given", [(None, None), (None, "2580"), ("kept", None)])
async def test_who_has_no_pin_or_gives_none_never_matches(
    pins: PepperedPins, given: tuple[str | None, str | None]
) -> None:
    kept, pin = given
    assert await pins.matches(pins.hash("") if kept else None, pin) is False


@pytest.mark.anyio
async def test_every_check_costs_one_slow_hash_in_another_thread(
    pins: PepperedPins, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept, slow, costs = pins.hash("2580"), hashlib.scrypt, []

    def counted(password: bytes, **settings: Any) -> bytes:
        costs.append((settings["n"], settings["r"], settings["p"], threading.current_thread() is main))
        return slow(password, **settings)

    main = threading.current_thread()
    monkeypatch.setattr(hashlib, "scrypt", counted)
    for pin_hash, pin in [(kept, "2580"), (kept, "0000"), (kept, None), (None, "2580"), (None, None)]:
        await pins.matches(pin_hash, pin)
    assert costs == [(2**14, 8, 1, False)] * 5


def test_equal_pins_are_kept_as_different_texts_that_hold_no_pin(pins: PepperedPins) -> None:
    one, other = pins.hash("2580"), pins.hash("2580")
    assert one != other
    assert one.startswith("scrypt-16384-8-1$")
    assert len(one) == 17 + 22 + 1 + 43


def test_a_stolen_database_without_the_key_home_is_of_no_use(pins: PepperedPins, tmp_path: Path) -> None:
    thiefs = PepperedPins(load(tmp_path / "thief"))
    assert not asyncio.run(thiefs.matches(pins.hash("2580"), "2580"))


@pytest.mark.anyio
@pytest.mark.parametrize(
    "kept",
    [
        "",
        "plain",
        "scrypt-2-8-1$" + "A" * 22 + "$" + "A" * 43,
        "scrypt-16384-8-1$AAAA$AAAA",
        "scrypt-16384-8-1$" + "A" * 22 + "$" + "A" * 42 + "B",
    ],
)
async def test_a_hash_that_is_not_ours_is_a_bug_and_not_a_wrong_pin(pins: PepperedPins, kept: str) -> None:
    with pytest.raises(ValueError, match="PIN"):
        await pins.matches(kept, "2580")


def test_wrong_pins_are_counted_by_pass_and_reward(pins: PepperedPins) -> None:
    handle, other = b"h" * 32, b"i" * 32
    counters = {pins.counter(handle, "gala"), pins.counter(other, "gala"), pins.counter(handle, "health-check")}
    assert len(counters) == 3
    assert pins.counter(handle, "gala") in counters
    assert {len(counter) for counter in counters} == {32}


@pytest.mark.anyio
async def test_without_the_key_nobodys_pin_can_be_checked(tmp_path: Path) -> None:
    pins = PepperedPins(load(tmp_path, Key("cursor-1", "cursor")))
    for pin_hash, pin in [(None, None), ("kept", "2580")]:
        with pytest.raises(KeysMissing):
            await pins.matches(pin_hash, pin)
