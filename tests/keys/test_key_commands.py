"""The life of a key: made, activated, rotated, retired, revoked. Each change is in the manifest on disk."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from keys import commands
from keys.commands import activate, new_key, new_missing, retire, revoke, rotate
from keys.home import Home, KeyHomeError
from keys.manifest import State
from keys.publish import jwks
from keys.purposes import PURPOSES, Fixed, Purpose, Rotates

PASS = PURPOSES["pass"]
FIXED = [purpose for purpose in PURPOSES.values() if isinstance(purpose.rotation, Fixed)]
DAY = timedelta(days=1)

Kids = Callable[[str], str]


def _states(home: Home) -> dict[str, str]:
    return {key.kid: key.state.value for key in home.read_manifest().keys}


def _published(home: Home, now: datetime) -> set[str]:
    return {jwk["kid"] for jwk in jwks(home, now=now)["keys"]}


def test_new_all_makes_what_is_missing_and_nothing_else(home: Home, now: datetime) -> None:
    first = new_key(home, PASS, now=now)
    made = new_missing(home, now=now)
    assert {key.purpose.name for key in made} == PURPOSES.keys() - {"pass"}
    assert {key.state for key in made} == {State.ACTIVE}
    assert first in home.read_manifest().keys
    assert new_missing(home, now=now) == ()
    assert len(home.read_manifest().keys) == len(PURPOSES)


def test_an_expired_or_revoked_key_is_missing(full: Home, kid_for: Kids, now: datetime) -> None:
    revoke(full, kid_for("pass"))
    assert [key.purpose.name for key in new_missing(full, now=now)] == ["pass"]
    later = now + 366 * DAY
    assert {key.purpose.name for key in new_missing(full, now=later)} == {
        "access-token",
        "period",
        "cursor",
        "nonce",
        "statement",
    }


def test_a_second_active_key_is_refused_a_next_one_is_not(full: Home, now: datetime) -> None:
    with pytest.raises(KeyHomeError, match="rotate"):
        new_key(full, PASS, now=now)
    assert new_key(full, PASS, now=now, state=State.NEXT).state is State.NEXT


def test_rotation_retires_the_old_key_with_an_overlap(full: Home, kid_for: Kids, now: datetime) -> None:
    old, later = kid_for("pass"), now + 100 * DAY
    rotation = rotate(full, PASS, now=later, overlap_days=40)
    assert [key.kid for key in rotation.retired] == [old]
    assert _states(full) | {old: "retired", rotation.active.kid: "active"} == _states(full)
    kept = next(key for key in full.read_manifest().keys if key.kid == old)
    assert kept.not_after == later + 40 * DAY
    assert {old, rotation.active.kid} <= _published(full, later + 40 * DAY - timedelta(seconds=1))
    assert old not in _published(full, later + 40 * DAY)


def test_the_overlap_is_the_purposes_own_unless_told(full: Home, now: datetime) -> None:
    for purpose in PURPOSES.values():
        if isinstance(purpose.rotation, Rotates):
            retired = rotate(full, purpose, now=now).retired
            assert [key.not_after for key in retired] == [now + purpose.rotation.overlap_days * DAY]


@pytest.mark.parametrize("purpose", FIXED, ids=lambda purpose: purpose.name)
def test_what_cannot_rotate_says_so(full: Home, kid_for: Kids, now: datetime, purpose: Purpose) -> None:
    before = full.manifest_path.read_bytes()
    assert isinstance(purpose.rotation, Fixed)
    for attempt in (
        lambda: rotate(full, purpose, now=now),
        lambda: retire(full, kid_for(purpose.name), now=now),
        lambda: new_key(full, purpose, now=now, state=State.NEXT),
    ):
        with pytest.raises(KeyHomeError, match=purpose.rotation.because):
            attempt()
    assert full.manifest_path.read_bytes() == before
    revoke(full, kid_for(purpose.name))
    assert new_key(full, purpose, now=now).state is State.ACTIVE


def test_exactly_four_purposes_cannot_rotate() -> None:
    assert {purpose.name for purpose in FIXED} == {"registry", "handle", "fingerprint", "pin"}


def test_next_then_activate_then_retire(full: Home, kid_for: Kids, now: datetime) -> None:
    old, fresh = kid_for("pass"), new_key(full, PASS, now=now, state=State.NEXT).kid
    assert fresh in _published(full, now)
    assert activate(full, fresh, now=now).not_before > now  # made in the same second, and still newer
    assert [key.kid for key in full.read_manifest().active(PASS, now)] == [old, fresh]
    assert retire(full, old, now=now, overlap_days=3).not_after == now + 3 * DAY
    assert [key.kid for key in full.read_manifest().active(PASS, now)] == [fresh]


def test_only_a_next_key_can_be_activated(full: Home, kid_for: Kids, now: datetime) -> None:
    with pytest.raises(KeyHomeError, match="only a `next` key"):
        activate(full, kid_for("pass"), now=now)
    late = new_key(full, PASS, now=now, state=State.NEXT, days=1)
    with pytest.raises(KeyHomeError, match="expired"):
        activate(full, late.kid, now=now + DAY)


def test_the_last_active_key_cannot_be_retired(full: Home, kid_for: Kids, now: datetime) -> None:
    with pytest.raises(KeyHomeError, match="only active key"):
        retire(full, kid_for("pass"), now=now)
    fresh = new_key(full, PASS, now=now, state=State.NEXT)
    with pytest.raises(KeyHomeError, match="is next"):
        retire(full, fresh.kid, now=now)


def test_retiring_does_not_wake_an_expired_key(home: Home, now: datetime) -> None:
    old = new_key(home, PASS, now=now, days=1)
    new_key(home, PASS, now=now + DAY)
    with pytest.raises(KeyHomeError, match="expired"):
        retire(home, old.kid, now=now + DAY)


def test_a_revoked_key_is_published_no_more_and_stays_on_record(full: Home, kid_for: Kids, now: datetime) -> None:
    kid = kid_for("pass")
    assert kid in _published(full, now)
    revoke(full, kid)
    assert kid not in _published(full, now)
    assert _states(full)[kid] == "revoked"
    with pytest.raises(KeyHomeError, match="is revoked"):
        activate(full, kid, now=now)


@pytest.mark.parametrize("command", ["activate", "retire", "revoke"])
def test_an_unknown_kid_is_refused(full: Home, now: datetime, command: str) -> None:
    with pytest.raises(KeyHomeError, match="no key with that kid"):
        revoke(full, "nobody") if command == "revoke" else getattr(commands, command)(full, "nobody", now=now)
