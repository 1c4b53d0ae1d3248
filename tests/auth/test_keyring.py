"""Keys by purpose, state and clock."""

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from gateway.auth.keyring import Keyring, Purpose
from gateway.domain.errors import KeysMissing
from keys.__main__ import main as keys_tool
from tests.auth.key_home import (
    ALGORITHMS,
    DAY,
    NOW,
    Hands,
    Key,
    load,
    one_of_each,
    private_path,
    write_home,
)


def test_a_whole_home_lacks_nothing(tmp_path: Path) -> None:
    ring = load(tmp_path)
    assert ring.missing() == ()
    assert not ring.sandbox
    assert ring.signing("access-token").kid == "access-token-1"
    assert ring.secret("pin")[0] == "pin-1"
    signing = {"access-token", "pass", "statement"}
    assert {len(ring.secret(purpose)[1]) for purpose in ALGORITHMS.keys() - signing} == {32}


def test_what_the_key_tool_makes_loads(tmp_path: Path) -> None:
    assert keys_tool(["new", "--all", "--sandbox", "--home", str(tmp_path)]) == 0
    ring = Keyring.load(tmp_path, clock=lambda: datetime.now(NOW.tzinfo))
    assert ring.missing() == ()
    assert ring.sandbox
    assert keys_tool(["rotate", "period", "--home", str(tmp_path)]) == 0
    rotated = Keyring.load(tmp_path, clock=lambda: datetime.now(NOW.tzinfo))
    old, _ = ring.secret(Purpose.PERIOD)
    assert rotated.secret(Purpose.PERIOD)[0] != old
    assert old in rotated.secrets(Purpose.PERIOD)


def test_the_newest_active_key_signs_and_all_live_keys_verify(tmp_path: Path) -> None:
    ring = load(
        tmp_path,
        Key("old", "pass", "retired", not_before=NOW - 9 * DAY),
        Key("newer", "pass", not_before=NOW - 2 * DAY),
        Key("newest", "pass", not_before=NOW - DAY),
        Key("coming", "pass", "next", not_before=NOW + DAY),
        Key("stolen", "pass", "revoked"),
        Key("over", "pass", "retired", not_after=NOW),
    )
    assert ring.signing("pass").kid == "newest"
    assert {jwk["kid"] for jwk in ring.public_jwks("pass")} == {"old", "newer", "newest", "coming"}
    for kid in ("old", "newer", "newest", "coming"):
        key = ring.verifying("pass", kid)
        assert key is not None
        assert key.kid == kid
    for kid in ("stolen", "over", "never-heard-of"):
        assert ring.verifying("pass", kid) is None
    assert ring.verifying("access-token", "newest") is None, "a key serves one purpose"


def test_dates_are_judged_at_each_call(tmp_path: Path) -> None:
    clock = Hands()
    ring = load(
        tmp_path,
        Key("first", "pass", not_after=NOW + DAY),
        Key("second", "pass", not_before=NOW + timedelta(hours=1)),
        clock=clock,
    )
    assert ring.signing("pass").kid == "first"
    clock.now = NOW + timedelta(hours=1)
    assert ring.signing("pass").kid == "second"
    clock.now = NOW + DAY
    assert ring.verifying("pass", "first") is None
    assert [jwk["kid"] for jwk in ring.public_jwks()] == ["second"]
    clock.now = NOW + 365 * DAY
    with pytest.raises(KeysMissing):
        ring.signing("pass")
    assert "pass" in ring.missing()
    clock.now = NOW
    assert ring.signing("pass").kid == "first", "a clock may be set back"
    assert ring.verifying("pass", "first") is not None
    assert "pass" not in ring.missing()


def test_secrets_are_active_or_live(tmp_path: Path) -> None:
    ring = load(
        tmp_path,
        Key("now", "period"),
        Key("before", "period", "retired"),
        Key("dead", "period", "revoked"),
    )
    kid, secret = ring.secret("period")
    assert kid == "now"
    live = ring.secrets("period")
    assert set(live) == {"now", "before"}
    assert live["now"] == secret != live["before"]
    assert ring.missing() == tuple(purpose for purpose in ALGORITHMS if purpose != "period")
    with pytest.raises(KeysMissing):
        ring.secret("cursor")


def test_a_purpose_ends_with_its_last_active_key(tmp_path: Path) -> None:
    clock, keys = (
        Hands(),
        [
            Key("old", "pass", not_after=NOW + DAY),
            Key("new", "pass", not_after=NOW + 9 * DAY),
            Key("retired", "pass", "retired", not_after=NOW + 99 * DAY),
            Key("next", "nonce", "next"),
            Key("soon", "cursor", not_before=NOW + DAY),
        ],
    )
    ring = load(tmp_path, *keys, clock=clock)
    ends = ring.ends()
    assert (ends["pass"], ends["nonce"], ends["cursor"]) == (NOW + 9 * DAY, None, None)
    assert set(ends) == set(ALGORITHMS)
    clock.now += DAY
    assert ring.ends()["cursor"] == NOW + 365 * DAY
    clock.now += 8 * DAY
    assert ring.ends()["pass"] is None


def test_public_jwks_hold_no_secret(tmp_path: Path) -> None:
    jwks = load(tmp_path).public_jwks()
    assert {jwk["alg"] for jwk in jwks} == {"ES256", "EdDSA"}
    for jwk in jwks:
        assert set(jwk) - {"y"} == {"kty", "crv", "x", "kid", "alg", "use"}
    assert load(tmp_path).public_jwks("cursor") == []


def test_an_unknown_purpose_is_a_bug(tmp_path: Path) -> None:
    with pytest.raises(KeyError, match="typo"):
        load(tmp_path).secret("typo")


def test_a_key_that_never_signs_here_needs_no_private_half(tmp_path: Path) -> None:
    keys = [Key("now", "pass"), Key("before", "pass", "retired"), Key("over", "cursor", not_after=NOW)]
    write_home(tmp_path, keys)
    private_path(tmp_path, "before").unlink()
    private_path(tmp_path, "over").unlink()
    ring = Keyring.load(tmp_path, clock=Hands())
    assert ring.signing("pass").kid == "now"
    assert ring.verifying("pass", "before") is not None


def test_sandbox_keys_say_so(tmp_path: Path) -> None:
    assert Keyring.load(write_home(tmp_path, one_of_each(), sandbox=True), clock=Hands()).sandbox
