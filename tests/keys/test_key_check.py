"""What `check` looks for in a manifest, broken once each: it is found and named."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from keys.check import find_problems
from keys.commands import activate, new_key, revoke, rotate
from keys.home import DEFAULT_HOME, Home
from keys.manifest import State
from keys.purposes import PURPOSES

PASS = PURPOSES["pass"]
DAY = timedelta(days=1)

Kids = Callable[[str], str]


def _edit(home: Home, old: str, new: str, count: int = 1) -> None:
    text = home.manifest_path.read_text()
    assert old in text
    home.manifest_path.write_text(text.replace(old, new, count))


def _entry(home: Home, kid: str) -> str:
    """The text of one [[key]] table."""
    tables = home.manifest_path.read_text().split("\n[[key]]\n")
    return "\n[[key]]\n" + next(table for table in tables if f'"{kid}"' in table)


def test_a_full_home_is_well(full: Home, now: datetime) -> None:
    assert find_problems(full, now=now) == []


def test_the_committed_home_is_well() -> None:
    assert find_problems(Home(DEFAULT_HOME), now=datetime.now(UTC)) == []


def test_a_home_that_has_lived_is_well(full: Home, kid_for: Kids, now: datetime) -> None:
    activate(full, new_key(full, PASS, now=now, state=State.NEXT).kid, now=now + DAY)
    rotate(full, PURPOSES["period"], now=now)
    revoke(full, kid_for("pass"))
    assert find_problems(full, now=now + DAY) == []


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ('purpose = "pass"', 'purpose = "passport"', "unknown purpose: use one of access-token, pass"),
        ('algorithm = "EdDSA"', 'algorithm = "ES256"', "wrong algorithm: a key for pass must have EdDSA"),
        ('state = "active"', 'state = "asleep"', "unknown state: use one of next, active, retired, revoked"),
        ('state = "active"', "state = 7", "unknown state"),
        ("not_before = 2026", "not_before = 2126", "the first before the second"),
        ("08:30:00Z", "08:30:00", "TOML datetimes in UTC"),
        ("not_before =", "born =", "has a field that no key has"),
        ('kid = "', 'kid = "../', "[[key]] number 1: kid must be"),
        ("sandbox = false", 'sandbox = "no"', "may hold only sandbox"),
        ("sandbox = false", "sandbox = false\nversion = 1", "may hold only sandbox"),
        ('state = "active"', 'state = "active', "can't be read as TOML (at line"),
    ],
)
def test_a_wrong_manifest(full: Home, now: datetime, old: str, new: str, expected: str) -> None:
    _edit(full, old, new)
    problems = find_problems(full, now=now)
    assert any(expected in problem for problem in problems), problems
    assert all(str(full.manifest_path) in problem for problem in problems)


def test_a_manifest_that_is_no_text(full: Home, now: datetime) -> None:
    full.manifest_path.write_bytes(b"\xff\xfe")
    assert "can't be read as TOML" in find_problems(full, now=now)[0]


def test_a_missing_manifest(home: Home, now: datetime) -> None:
    assert ["manifest.toml is missing" in problem for problem in find_problems(home, now=now)] == [True]


def test_a_repeated_kid(full: Home, kid_for: Kids, now: datetime) -> None:
    kid = kid_for("cursor")
    full.manifest_path.write_text(full.manifest_path.read_text() + _entry(full, kid))
    assert [f"repeats the kid {kid}" in problem for problem in find_problems(full, now=now)] == [True]


def test_two_active_keys_of_which_none_supersedes_the_other(full: Home, kid_for: Kids, now: datetime) -> None:
    fresh = new_key(full, PASS, now=now, state=State.NEXT).kid
    _edit(full, 'state = "next"', 'state = "active"')
    (problem,) = find_problems(full, now=now)
    assert "two keys for pass are active" in problem
    assert kid_for("pass") in problem
    assert fresh in problem
    before, after = full.manifest_path.read_text().rsplit("not_before = 2026-11-22T08:30:00Z", 1)
    full.manifest_path.write_text(f"{before}not_before = 2026-11-22T08:30:01Z{after}")
    assert find_problems(full, now=now) == []


def test_two_active_keys_of_a_purpose_that_cannot_rotate(full: Home, kid_for: Kids, now: datetime) -> None:
    kid = kid_for("pin")
    revoke(full, kid)
    new_key(full, PURPOSES["pin"], now=now + DAY)
    assert find_problems(full, now=now + DAY) == []
    _edit(full, 'state = "revoked"', 'state = "active"')
    assert ["two keys for pin are active" in each for each in find_problems(full, now=now + DAY)] == [True]


def test_an_active_key_that_is_about_to_expire(full: Home, kid_for: Kids, now: datetime) -> None:
    edge = now + 335 * DAY
    assert find_problems(full, now=edge) == []
    problems = find_problems(full, now=edge + timedelta(seconds=1))
    assert len(problems) == 5
    assert f"{kid_for('period')}, the active key for period, expires on 2027-11-22: `rotate period`" in problems[1]


def test_a_superseded_key_may_expire(full: Home, now: datetime) -> None:
    fresh = new_key(full, PURPOSES["period"], now=now + 300 * DAY, state=State.NEXT)
    activate(full, fresh.kid, now=now + 300 * DAY)
    problems = find_problems(full, now=now + 340 * DAY)
    assert not any("period" in problem for problem in problems)


def test_a_purpose_that_lost_its_active_key(full: Home, kid_for: Kids, now: datetime) -> None:
    revoke(full, kid_for("pass"))
    assert ["no key for pass is active any more" in each for each in find_problems(full, now=now)] == [True]
    assert any("no key for cursor" in each for each in find_problems(full, now=now + 365 * DAY))
