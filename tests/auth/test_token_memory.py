"""A token that is shown again is as good as it is now, and costs no signature."""

from datetime import timedelta
from pathlib import Path

import pytest

from gateway.auth import access_tokens
from gateway.auth.keyring import Keyring
from gateway.auth.token_memory import AccessTokens
from gateway.domain.errors import NotAuthentic
from gateway.domain.partners import Scope
from tests.auth.key_home import NOW, Hands, load
from tests.auth.machines import ISSUER, machine
from tests.auth.refusals import refused

MACHINE = machine()


@pytest.fixture
def ring(tmp_path: Path) -> Keyring:
    return load(tmp_path)


@pytest.fixture
def verifications(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The tokens whose signature was looked at."""
    seen: list[str] = []
    read = access_tokens.read

    def counted(token: str, **given: object) -> object:
        seen.append(token)
        return read(token, **given)  # type: ignore[arg-type]

    monkeypatch.setattr(access_tokens, "read", counted)
    return seen


def issue(ring: Keyring, at: timedelta = timedelta()) -> str:
    return access_tokens.issue(
        MACHINE.device(), frozenset({Scope.VERIFY}), keyring=ring, issuer=ISSUER, now=NOW + at
    )


def test_a_token_is_verified_once_and_grants_the_same(ring: Keyring, verifications: list[str]) -> None:
    tokens, token = AccessTokens(keyring=ring, issuer=ISSUER), issue(ring)
    first = tokens.read(token, NOW)
    assert [tokens.read(token, NOW + timedelta(seconds=later)) for later in (0, 1, 299)] == [first] * 3
    assert verifications == [token]


def test_a_token_that_differs_anywhere_is_another_one(ring: Keyring, verifications: list[str]) -> None:
    tokens, token = AccessTokens(keyring=ring, issuer=ISSUER), issue(ring)
    tokens.read(token, NOW)
    for place in range(len(token)):
        other = token[:place] + ("A" if token[place] != "A" else "B") + token[place + 1 :]
        with pytest.raises(NotAuthentic):
            tokens.read(other, NOW)
    assert len(verifications) == len(token) + 1
    assert len(tokens) == 1


def test_what_was_good_ends_at_its_instant(ring: Keyring) -> None:
    tokens, token = AccessTokens(keyring=ring, issuer=ISSUER), issue(ring)
    tokens.read(token, NOW)
    with refused("token-expired"):
        tokens.read(token, NOW + timedelta(seconds=300))
    with refused("token-clock-skew"):
        tokens.read(token, NOW - timedelta(seconds=11))
    tokens.read(token, NOW + timedelta(seconds=299))


def test_a_key_that_is_live_no_more_ends_its_tokens(tmp_path: Path) -> None:
    ring = load(tmp_path, clock=(hands := Hands()))
    tokens, token = AccessTokens(keyring=ring, issuer=ISSUER), issue(ring)
    tokens.read(token, NOW)
    hands.now += timedelta(days=4000)
    with refused("token-unknown-key"):
        tokens.read(token, NOW)


def test_it_holds_so_many_and_forgets_what_has_ended(ring: Keyring, verifications: list[str]) -> None:
    tokens = AccessTokens(keyring=ring, issuer=ISSUER, capacity=3)
    several = [issue(ring) for _ in range(4)]
    for token in several:
        tokens.read(token, NOW)
    assert len(tokens) == 3
    tokens.read(several[3], NOW)
    assert len(verifications) == 4
    tokens.read(several[0], NOW)
    assert len(verifications) == 5
    later = timedelta(seconds=301)
    tokens.read(issue(ring, later), NOW + later)
    assert len(tokens) == 1


def test_no_token_is_in_its_memory(ring: Keyring) -> None:
    tokens, token = AccessTokens(keyring=ring, issuer=ISSUER), issue(ring)
    tokens.read(token, NOW)
    assert len(tokens) == 1
    for part in token.split("."):
        assert part not in repr(vars(tokens))
