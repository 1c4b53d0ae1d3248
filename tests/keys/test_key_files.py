"""What `check` looks for in key files, broken once each: it is found and named, and nothing secret is shown."""

import json
import shutil
from collections.abc import Callable
from datetime import datetime

import pytest

from keys.check import find_problems
from keys.commands import revoke, rotate
from keys.home import Home
from keys.purposes import PURPOSES

PASS = PURPOSES["pass"]

Kids = Callable[[str], str]
Secrets = Callable[[Home], set[str]]


@pytest.mark.parametrize(("part", "purpose"), [("public", "pass"), ("private", "pass"), ("private", "pin")])
def test_a_missing_file(full: Home, kid_for: Kids, now: datetime, part: str, purpose: str) -> None:
    path = full.root / part / f"{kid_for(purpose)}.jwk.json"
    path.unlink()
    assert [f"{path} is missing" in problem for problem in find_problems(full, now=now)] == [True]


def test_the_private_half_of_a_retired_signing_key_may_be_gone(full: Home, kid_for: Kids, now: datetime) -> None:
    for name, problems in (("pass", 0), ("period", 1)):
        full.private_path(kid_for(name)).unlink()
        rotate(full, PURPOSES[name], now=now)
        assert len(find_problems(full, now=now)) == problems


def test_a_key_that_is_not_live_needs_no_file(full: Home, kid_for: Kids, now: datetime) -> None:
    kid = kid_for("pass")
    rotate(full, PASS, now=now)
    revoke(full, kid)
    full.public_path(kid).unlink()
    full.private_path(kid).unlink()
    assert find_problems(full, now=now) == []


@pytest.mark.parametrize("purpose", ["pass", "access-token"])
def test_halves_of_different_keys(full: Home, kid_for: Kids, now: datetime, purpose: str) -> None:
    kid = kid_for(purpose)
    other = rotate(full, PURPOSES[purpose], now=now).active.kid
    public = json.loads(full.public_path(other).read_text()) | {"kid": kid}
    full.public_path(kid).write_text(json.dumps(public))
    assert ["is not the public half" in problem for problem in find_problems(full, now=now)] == [True]


@pytest.mark.parametrize(
    ("purpose", "change"),
    [
        ("pass", {"alg": "ES256"}),
        ("pass", {"crv": "Ed448"}),
        ("pass", {"kid": "other"}),
        ("pass", {"x": "AAAA"}),
        ("access-token", {"alg": "ES384"}),
        ("access-token", {"use": "enc"}),
        ("access-token", {"y": None}),
    ],
)
def test_a_wrong_public_file(
    full: Home, kid_for: Kids, now: datetime, purpose: str, change: dict[str, str | None]
) -> None:
    path = full.public_path(kid_for(purpose))
    path.write_text(json.dumps(json.loads(path.read_text()) | change))
    assert ["is no public" in problem for problem in find_problems(full, now=now)] == [True]


@pytest.mark.parametrize(
    ("purpose", "change"),
    [
        ("pass", {"alg": "ES256"}),
        ("access-token", {"crv": "P-384"}),
        ("pin", {"alg": "A256GCM"}),
        ("period", {"alg": "HS256"}),
        ("period", {"kid": "other"}),
        ("pin", {"k": "c2hvcnQ"}),
        ("pin", {"kty": "EC"}),
    ],
)
def test_a_wrong_private_file(
    full: Home, kid_for: Kids, secrets_of: Secrets, now: datetime, purpose: str, change: dict[str, str]
) -> None:
    hidden = secrets_of(full)
    path = full.private_path(kid_for(purpose))
    path.write_text(json.dumps(json.loads(path.read_text()) | change))
    (problem,) = find_problems(full, now=now)
    assert f"{path} is no private {PURPOSES[purpose].algorithm} JWK" in problem
    assert not any(secret in problem for secret in hidden)


@pytest.mark.parametrize("text", ["", "[]", '{"kty": 1}', '{"k": "secret', "\x00"])
def test_a_private_file_that_is_no_jwk(full: Home, kid_for: Kids, now: datetime, text: str) -> None:
    full.private_path(kid_for("pin")).write_text(text)
    (problem,) = find_problems(full, now=now)
    assert "is no private HS256 JWK" in problem
    assert "secret" not in problem


def test_a_private_half_in_public(full: Home, kid_for: Kids, secrets_of: Secrets, now: datetime) -> None:
    kid = kid_for("pass")
    full.public_path(kid).write_bytes(full.private_path(kid).read_bytes())
    (problem,) = find_problems(full, now=now)
    assert "is no public EdDSA JWK" in problem
    assert not any(secret in problem for secret in secrets_of(full))


def test_a_wrong_mode(full: Home, kid_for: Kids, now: datetime) -> None:
    path = full.private_path(kid_for("pin"))
    path.chmod(0o640)
    assert [f"`chmod 600 {path}`" in problem for problem in find_problems(full, now=now)] == [True]
    path.chmod(0o400)
    full.private_directory.chmod(0o755)
    assert ["`chmod 700 " in problem for problem in find_problems(full, now=now)] == [True]


def test_a_published_home_has_only_its_public_half_checked(full: Home, kid_for: Kids, now: datetime) -> None:
    shutil.rmtree(full.private_directory)
    assert find_problems(full, now=now) == []
    full.public_path(kid_for("pass")).unlink()
    assert len(find_problems(full, now=now)) == 1
