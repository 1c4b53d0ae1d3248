"""A home on disk: what is written, what is shown of it, and what stays when something fails."""

import re
import tomllib
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from keys.commands import new_key, new_missing, revoke, rotate
from keys.home import DEFAULT_HOME, Home, KeyHomeError
from keys.manifest import Manifest, State, parse, render
from keys.publish import jwks, listing
from keys.purposes import PURPOSES

PASS = PURPOSES["pass"]
DAY = timedelta(days=1)

Kids = Callable[[str], str]


def test_a_new_key_is_an_entry_of_plain_toml(home: Home, now: datetime) -> None:
    key = new_key(home, PASS, now=now.replace(microsecond=5), days=10)
    document = tomllib.loads(home.manifest_path.read_text())
    assert document == {
        "sandbox": False,
        "key": [
            {
                "kid": key.kid,
                "purpose": "pass",
                "algorithm": "EdDSA",
                "state": "active",
                "not_before": now,
                "not_after": now + 10 * DAY,
            }
        ],
    }
    assert re.fullmatch(r"pass-20261122-[0-9a-z]{4}", key.kid)


def test_jwks_of_one_purpose_and_of_a_secret(full: Home, kid_for: Kids, now: datetime) -> None:
    assert [jwk["kid"] for jwk in jwks(full, now=now, purpose=PASS)["keys"]] == [kid_for("pass")]
    signing = {kid_for(purpose) for purpose in ("pass", "access-token", "statement")}
    assert {jwk["kid"] for jwk in jwks(full, now=now)["keys"]} == signing
    with pytest.raises(KeyHomeError, match="nothing to publish"):
        jwks(full, now=now, purpose=PURPOSES["pin"])


def test_jwks_never_publishes_a_private_half(full: Home, kid_for: Kids, now: datetime) -> None:
    kid = kid_for("pass")
    full.public_path(kid).write_bytes(full.private_path(kid).read_bytes())
    with pytest.raises(KeyHomeError, match="no public JWK"):
        jwks(full, now=now)


def test_the_list_tells_state_and_expiry(full: Home, kid_for: Kids, now: datetime) -> None:
    revoke(full, kid_for("cursor"))
    lines = {line.split()[0]: line.split() for line in listing(full, now=now + 366 * DAY)}
    assert lines[kid_for("cursor")][3] == "revoked"
    assert lines[kid_for("period")][3] == "expired"
    assert lines[kid_for("pass")][3] == "active"
    assert len(lines[kid_for("pass")][6]) == 43
    assert len(lines) == len(PURPOSES) + 1


def test_a_sandbox_never_takes_in_a_home_of_real_keys(full: Home, home: Home, now: datetime) -> None:
    with pytest.raises(KeyHomeError, match="choose another --home"):
        new_missing(full, now=now, sandbox=True)
    new_missing(home, now=now, sandbox=True)
    assert home.read_manifest().sandbox
    rotate(home, PASS, now=now)
    new_key(home, PASS, now=now, state=State.NEXT)
    assert home.read_manifest().sandbox


def test_a_failed_write_leaves_the_old_manifest(
    full: Home, monkeypatch: pytest.MonkeyPatch, now: datetime
) -> None:
    before = full.manifest_path.read_bytes()
    real = Path.replace

    def fail_for_the_manifest(self: Path, target: Path) -> Path:
        if target == full.manifest_path:
            raise OSError("disk full")
        return real(self, target)

    monkeypatch.setattr(Path, "replace", fail_for_the_manifest)
    with pytest.raises(OSError, match="disk full"):
        rotate(full, PASS, now=now)
    assert full.manifest_path.read_bytes() == before
    assert not list(full.root.rglob(".*"))


def test_commands_refuse_a_manifest_that_is_wrong(full: Home, now: datetime) -> None:
    full.manifest_path.write_text(full.manifest_path.read_text().replace('"active"', '"asleep"'))
    before = full.manifest_path.read_bytes()
    with pytest.raises(KeyHomeError, match="unknown state"):
        new_missing(full, now=now)
    assert full.manifest_path.read_bytes() == before


def test_commands_need_a_home(home: Home, now: datetime) -> None:
    with pytest.raises(KeyHomeError, match="no key home"):
        rotate(home, PASS, now=now)
    assert not home.root.exists()


def test_what_is_written_reads_back_the_same(full: Home, now: datetime) -> None:
    rotate(full, PASS, now=now)
    manifest = full.read_manifest()
    assert parse(render(manifest).encode()) == (manifest, [])
    assert all(key.not_before.tzinfo is UTC for key in manifest.keys)


def test_the_committed_manifest_is_as_the_tool_writes_it() -> None:
    committed = (DEFAULT_HOME / "manifest.toml").read_text()
    manifest, problems = parse(committed.encode())
    assert not problems
    assert not manifest.sandbox
    assert render(manifest) == committed
    assert render(Manifest()) != render(Manifest(sandbox=True))
