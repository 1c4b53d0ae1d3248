"""Access tokens as issued, and others, each with the code of what is wrong with it."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import jwt
import pytest

from gateway.auth import access_tokens, jws
from gateway.auth.access_tokens import AccessToken
from gateway.auth.keyring import Keyring
from gateway.domain.errors import KeysMissing
from gateway.domain.partners import Scope
from tests.auth.key_home import NOW, Hands, Key, load
from tests.auth.machines import ABSENT, ISSUER, SECONDS, machine, sign_text
from tests.auth.refusals import refused

MACHINE = machine()
SCOPES = frozenset({Scope.VERIFY, Scope.REDEEM})


@pytest.fixture
def ring(tmp_path: Path) -> Keyring:
    return load(tmp_path)


def issue(ring: Keyring) -> str:
    return access_tokens.issue(MACHINE.device(), SCOPES, keyring=ring, issuer=ISSUER, now=NOW)


def read(token: str, ring: Keyring) -> AccessToken:
    return access_tokens.read(token, keyring=ring, issuer=ISSUER, now=NOW).granted


def forged(ring: Keyring, *, typ: str = "at+jwt", header: dict[str, object] | None = None, **claims: Any) -> str:
    """A token signed with the right key, with something else in it."""
    right = {
        "iss": ISSUER,
        "sub": "grand-theatre",
        "aud": ISSUER,
        "exp": SECONDS + 300,
        "iat": SECONDS,
        "jti": "a" * 22,
        "client_id": "grand-theatre",
        "device_id": "dev-1",
        "scope": "redeem verify",
        "cnf": {"jkt": MACHINE.kid},
    }
    present = {name: value for name, value in {**right, **claims}.items() if value is not ABSENT}
    return jws.sign(present, ring.signing("access-token"), typ=typ, header=header)


def test_what_is_issued_is_read_back(ring: Keyring) -> None:
    assert read(issue(ring), ring) == AccessToken(
        client_id="grand-theatre", device_id="dev-1", key_thumbprint=MACHINE.kid, scopes=SCOPES
    )


def test_a_token_has_what_rfc_9068_asks_for_and_lives_five_minutes(ring: Keyring) -> None:
    key = ring.verifying("access-token", "access-token-1")
    assert key is not None
    token = issue(ring)
    claims = jwt.decode(token, key.key, algorithms=["ES256"], options={"verify_exp": False, "verify_aud": False})
    assert jwt.get_unverified_header(token) == {"alg": "ES256", "typ": "at+jwt", "kid": "access-token-1"}
    jti = claims.pop("jti")
    assert claims == {
        "iss": ISSUER,
        "sub": "grand-theatre",
        "aud": ISSUER,
        "exp": SECONDS + 300,
        "iat": SECONDS,
        "client_id": "grand-theatre",
        "device_id": "dev-1",
        "scope": "redeem verify",
        "cnf": {"jkt": MACHINE.kid},
    }
    assert len(jti) >= 22
    assert jti not in issue(ring)


@pytest.mark.parametrize(
    ("claims", "code"),
    [
        *[({name: ABSENT}, "token-claim-missing") for name in ("iss", "sub", "aud", "exp", "iat", "jti", "cnf")],
        ({"iss": "https://laurel.example/"}, "token-iss"),
        ({"iss": [ISSUER]}, "token-iss"),
        ({"aud": [ISSUER]}, "token-aud"),
        ({"aud": "https://other.example"}, "token-aud"),
        ({"aud": None}, "token-aud"),
        ({"sub": "metro"}, "token-sub"),
        ({"client_id": None, "sub": None}, "token-sub"),
        ({"device_id": 1}, "token-sub"),
        ({"exp": str(SECONDS + 300)}, "token-exp-type"),
        ({"exp": True}, "token-exp-type"),
        ({"iat": "now"}, "token-iat-type"),
        ({"exp": SECONDS}, "token-expired"),
        ({"exp": SECONDS - 1}, "token-expired"),
        ({"iat": SECONDS + 11}, "token-clock-skew"),
        ({"exp": SECONDS + 601}, "token-lifetime"),
        ({"exp": 2**53}, "token-lifetime"),
        ({"scope": ""}, "token-scope"),
        ({"scope": "verify  redeem"}, "token-scope"),
        ({"scope": "everything"}, "token-scope"),
        ({"scope": ["verify"]}, "token-scope"),
        ({"cnf": {}}, "token-cnf"),
        ({"cnf": {"jkt": None}}, "token-cnf"),
        ({"cnf": "x"}, "token-cnf"),
    ],
)
def test_tokens_signed_with_the_right_key_but_wrong(ring: Keyring, claims: dict[str, Any], code: str) -> None:
    with refused(code):
        read(forged(ring, **claims), ring)


@pytest.mark.parametrize("claims", [{"exp": SECONDS + 1}, {"exp": SECONDS + 600}, {"iat": SECONDS + 10}])
def test_the_last_that_passes(ring: Keyring, claims: dict[str, Any]) -> None:
    assert read(forged(ring, **claims), ring).device_id == "dev-1"


@pytest.mark.parametrize("typ", ["JWT", "pass+jwt", "dpop+jwt", "application/at+jwt", ""])
def test_another_kind_of_token_is_none(ring: Keyring, typ: str) -> None:
    with refused("token-typ"):
        read(forged(ring, typ=typ), ring)


@pytest.mark.parametrize("kid", ["pass-1", "access-token-2"])
def test_only_keys_for_access_tokens_verify(ring: Keyring, kid: str) -> None:
    with refused("token-unknown-key"):
        read(forged(ring, header={"kid": kid}), ring)


def test_a_token_names_its_key(ring: Keyring) -> None:
    claims = json.dumps(jwt.decode(forged(ring), options={"verify_signature": False}))
    token = sign_text('{"alg":"ES256","typ":"at+jwt"}', claims, ring.signing("access-token"))
    with refused("token-unknown-key"):
        read(token, ring)


def test_a_key_ends_at_its_instant(tmp_path: Path) -> None:
    clock = Hands()
    ring = load(tmp_path, Key("k1", "access-token", not_after=NOW + timedelta(seconds=60)), clock=clock)
    token = forged(ring)
    assert read(token, ring).device_id == "dev-1"
    clock.now += timedelta(seconds=60)
    with refused("token-unknown-key"):
        read(token, ring)
    with pytest.raises(KeysMissing):
        issue(ring)


def test_a_retired_key_verifies_and_a_revoked_one_does_not(tmp_path: Path) -> None:
    token = forged(load(tmp_path, Key("k1", "access-token")))
    newer = Key("k2", "access-token", not_before=NOW)
    retired = load(tmp_path, Key("k1", "access-token", state="retired"), newer)
    assert read(token, retired).device_id == "dev-1"
    with refused("token-unknown-key"):
        read(token, load(tmp_path, Key("k1", "access-token", state="revoked"), newer))


def test_a_devices_own_signature_makes_no_token(ring: Keyring) -> None:
    claims = jwt.decode(forged(ring), options={"verify_signature": False})
    with refused("token-signature"):
        read(jws.sign(claims, MACHINE.key, typ="at+jwt", header={"kid": "access-token-1"}), ring)
