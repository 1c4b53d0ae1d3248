"""Deciding alone: only what a held list, key and allowance carry opens; what is about the gate says why."""

import zlib
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from laurel_client import StatusList
from laurel_turnstile.decision import Allowance, Closed, Held, Opens, Undetermined, decide
from laurel_turnstile.terms import Terms
from tests.turnstile.signed import KEYS, NOW, STRANGER, URI, card

TERMS = Terms(folder=Path(), rides_per_card=2)
INVALID = 9


ALLOWANCE = Allowance(
    id=1,
    day="2026-11-30",
    units=5,
    rewards=frozenset({"transit-discount"}),
    issued_at=NOW - timedelta(hours=1),
    ends_at=NOW + timedelta(hours=1),
)
LIST = StatusList(
    uri=URI,
    issued_at=NOW - timedelta(hours=1),
    expires_at=NOW + timedelta(hours=1),
    ttl=timedelta(minutes=5),
    signed="",
    bits=bytes([0, 1 << INVALID - 8]),
)
HELD = Held(
    keys=KEYS,
    status=LIST,
    allowance=ALLOWANCE,
    used=4,
    newest=NOW,
)
HOUR = timedelta(hours=1)


def test_a_good_card_opens() -> None:
    assert decide(card(), HELD, [], terms=TERMS, now=NOW) == Opens(ALLOWANCE)


@pytest.mark.parametrize(
    ("why", "held", "now"),
    [
        ("not-provisioned", replace(HELD, keys=None), NOW),
        ("not-provisioned", replace(HELD, status=None), NOW),
        ("not-provisioned", replace(HELD, allowance=None), NOW),
        ("list-stale", replace(HELD, allowance=replace(ALLOWANCE, ends_at=NOW + 9 * HOUR)), NOW + HOUR),
        ("allowance-stale", replace(HELD, status=replace(LIST, expires_at=NOW + 9 * HOUR)), NOW + HOUR),
        ("allowance-used-up", replace(HELD, used=5), NOW),
        ("reward-not-allowed", replace(HELD, allowance=replace(ALLOWANCE, rewards=frozenset({"other"}))), NOW),
        ("clock", HELD, NOW - timedelta(seconds=61)),
        ("clock", HELD, datetime(1970, 1, 1, tzinfo=UTC)),
    ],
)
def test_a_gate_that_can_not_know_says_so(why: str, held: Held, now: datetime) -> None:
    assert decide(card(), held, [], terms=TERMS, now=now) == Undetermined(why)


@pytest.mark.parametrize(
    "text",
    [
        "ABCD-EFGH-JKMN-PQRS",
        "L1.AS3Z4PL5Z6R7",
        "",
        "a.b.c",
        card(STRANGER),
        card(kid="unknown"),
        card(typ="statuslist+jwt"),
        card(iat=1),
        card()[:-4] + "AAAA",
        card(padding="x" * 1024),
        card().replace(".", "..", 1),
    ],
    ids=lambda text: f"{zlib.crc32(text.encode()):08x}",
)
def test_what_is_no_card_needs_the_line(text: str) -> None:
    assert decide(text, HELD, [], terms=TERMS, now=NOW) == Undetermined("needs-the-line")


@pytest.mark.parametrize(
    "text",
    [
        card(aud="venue"),
        card(aud=["transit"]),
        card(exp=int(NOW.timestamp())),
        card(exp="2030"),
        card(status={"status_list": {"idx": INVALID, "uri": URI}}),
        card(status={"status_list": {"idx": 16, "uri": URI}}),
        card(status={"status_list": {"idx": -1, "uri": URI}}),
        card(status={"status_list": {"idx": 1, "uri": URI + "2"}}),
        card(status=None),
    ],
    ids=lambda text: f"{zlib.crc32(text.encode()):08x}",
)
def test_a_card_that_is_not_good_here_is_closed_and_nobody_hears_why(text: str) -> None:
    assert decide(text, HELD, [], terms=TERMS, now=NOW) == Closed()


@pytest.mark.parametrize(
    ("ago", "said"),
    [
        ([1, 2], Closed()),
        ([1], Opens(ALLOWANCE)),
        ([1, 25], Opens(ALLOWANCE)),
        ([1, 2, 3], Closed()),
    ],
)
def test_a_card_opens_so_often_in_a_day(ago: list[int], said: object) -> None:
    assert decide(card(), HELD, [NOW - each * HOUR for each in ago], terms=TERMS, now=NOW) == said


@pytest.mark.parametrize("change", [lambda now: now, lambda now: now - timedelta(seconds=59)])
def test_a_clock_may_be_a_little_off(change: Callable[[datetime], datetime]) -> None:
    assert isinstance(decide(card(), HELD, [], terms=TERMS, now=change(NOW)), Opens)
