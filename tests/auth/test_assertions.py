"""Client assertions: right ones of every kind of key, and wrong ones each with its code."""

from datetime import timedelta
from typing import Any

import jwt
import pytest

from gateway.auth import assertions
from gateway.auth.jwk import public_key_from_jwk
from gateway.domain.errors import ClockSkew, NotAuthentic
from gateway.domain.partners import ProofId
from tests.auth.key_home import NOW
from tests.auth.machines import ABSENT, ISSUER, SECONDS, TOKEN_URL, Machine, absent, machine
from tests.auth.refusals import refused, skewed

MACHINE = machine()
JTI = "a" * 16


def prove(assertion: str, one: Machine = MACHINE) -> ProofId:
    key = public_key_from_jwk(one.jwk)
    proved = assertions.prove(assertions.read(assertion), key, issuer=ISSUER)
    assertions.require_timely(proved, now=NOW)
    return proved.id


@pytest.mark.parametrize("algorithm", ["ES256", "EdDSA", "PS256"])
@pytest.mark.parametrize("typ", ["client-authentication+jwt", "JWT", ABSENT], ids=["named", "plain", "absent"])
def test_a_right_assertion_names_its_client_and_key(algorithm: str, typ: object) -> None:
    one = machine(algorithm)
    assertion = one.assertion(header={"typ": typ})
    claimant = assertions.read(assertion)
    assert (claimant.client_id, claimant.kid) == (one.client_id, one.kid)
    once = prove(assertion, one)
    assert once.expires_at == NOW + timedelta(seconds=70)
    decoded = jwt.decode(
        assertion,
        public_key_from_jwk(one.jwk).key,
        algorithms=[algorithm],
        audience=ISSUER,
        issuer=one.client_id,
        options={"verify_exp": False, "verify_iat": False, "strict_aud": True},
    )
    assert decoded["sub"] == one.client_id


def test_the_id_is_scoped_by_client() -> None:
    other = machine("ES256", client_id="metro")
    ids = {prove(MACHINE.assertion(jti=JTI)).digest for _ in range(2)}
    assert len(ids) == 1
    assert prove(other.assertion(jti=JTI), other).digest not in ids


WRONG = {
    "assertion-typ": [
        MACHINE.assertion(header={"typ": typ})
        for typ in ("at+jwt", "dpop+jwt", "pass+jwt", "jwt", "", None, "application/client-authentication+jwt")
    ]
    + [MACHINE.proof(header={"jwk": ABSENT})],
    "assertion-header-key": [MACHINE.assertion(header={name: "x"}) for name in ("jwk", "jku", "crit", "b64")],
    "assertion-alg": [MACHINE.assertion(header={"alg": alg}) for alg in ("none", "HS256", "EdDSA", ABSENT)],
    "assertion-kid": [MACHINE.assertion(header={"kid": kid}) for kid in (ABSENT, "", "a b", None, 1, "k" * 65)],
    "assertion-claim-missing": [
        MACHINE.assertion(**absent(name)) for name in ("iss", "sub", "aud", "exp", "iat", "jti")
    ],
    "assertion-client": [
        MACHINE.assertion(sub="metro"),
        MACHINE.assertion(iss="metro"),
        MACHINE.assertion(iss=["grand-theatre"], sub=["grand-theatre"]),
        MACHINE.assertion(iss="", sub=""),
        MACHINE.assertion(iss="a\0b", sub="a\0b"),
        MACHINE.assertion(iss="a" * 65, sub="a" * 65),
        MACHINE.assertion(iss=None, sub=None),
    ],
    "assertion-aud": [
        MACHINE.assertion(aud=aud)
        for aud in (
            [ISSUER],
            [ISSUER, "https://other.example"],
            TOKEN_URL,
            f"{ISSUER}/",
            ISSUER[:-1],
            ISSUER.upper(),
            "",
            None,
            {ISSUER: 1},
        )
    ],
    "assertion-exp-type": [MACHINE.assertion(exp=exp) for exp in (str(SECONDS + 60), True, None, [SECONDS], -1)],
    "assertion-iat-type": [MACHINE.assertion(iat=iat) for iat in (str(SECONDS), True, None)],
    "assertion-nbf-type": [MACHINE.assertion(nbf=nbf) for nbf in (str(SECONDS), False, None)],
    "assertion-json": [MACHINE.assertion(exp=SECONDS + 60.5), MACHINE.assertion(iat=float("nan"))],
    "assertion-clock-skew": [MACHINE.assertion(nbf=SECONDS + 11)],
    "assertion-expired": [MACHINE.assertion(iat=SECONDS - 60, exp=SECONDS - 10)],
    "assertion-lifetime": [
        MACHINE.assertion(exp=SECONDS + 301),
        MACHINE.assertion(iat=SECONDS - 1, exp=SECONDS + 300),
        MACHINE.assertion(iat=SECONDS + 10, exp=SECONDS + 301),
        MACHINE.assertion(iat=SECONDS, exp=SECONDS),
        MACHINE.assertion(exp=2**53),
        MACHINE.assertion(iat=2**53, exp=2**53),
        MACHINE.assertion(iat=0, exp=2**53),
    ],
    "assertion-jti": [MACHINE.assertion(jti=jti) for jti in ("a" * 15, "a" * 65, "", None, 1, [JTI])],
    "assertion-too-long": [MACHINE.assertion(more="a" * 4096)],
    "assertion-segments": ["", "a.b", "....", MACHINE.assertion() + "."],
}


@pytest.mark.parametrize("code", WRONG)
def test_wrong_assertions(code: str) -> None:
    for assertion in WRONG[code]:
        with refused(code):
            prove(assertion)


@pytest.mark.parametrize(
    ("code", "seconds", "claims"),
    [
        ("clock-skew", 11, {}),
        ("clock-skew", 11, {"nbf": SECONDS}),
        ("clock-skew", 240, {}),
        ("clock-skew", 2**53 - SECONDS - 300, {}),
        ("expired", -SECONDS, {}),
        ("expired", -61, {"exp": SECONDS - 10}),
        ("expired", -240, {"exp": SECONDS - 180}),
        ("expired", -301, {"exp": SECONDS - 5}),
    ],
)
def test_a_clock_that_is_wrong_is_told_by_how_much(code: str, seconds: int, claims: dict[str, Any]) -> None:
    made = {"iat": SECONDS + seconds, "exp": SECONDS + seconds + 60, **claims}
    with skewed(f"assertion-{code}", seconds):
        prove(MACHINE.assertion(**made))
    for wrong in ({"jti": "short"}, {"aud": TOKEN_URL}, {"exp": made["iat"] + 301}):
        with pytest.raises(NotAuthentic) as refusal:
            prove(MACHINE.assertion(**{**made, **wrong}))
        assert not isinstance(refusal.value, ClockSkew)


@pytest.mark.parametrize(
    "claims",
    [
        {"iat": SECONDS + 10, "exp": SECONDS + 300},
        {"iat": SECONDS - 300, "exp": SECONDS},
        {"iat": SECONDS - 100, "exp": SECONDS - 9},
        {"nbf": SECONDS + 10},
        {"jti": "a" * 64},
        {"more": {"unknown": True}},
    ],
)
def test_the_last_that_passes(claims: dict[str, Any]) -> None:
    assert prove(MACHINE.assertion(**claims)).digest


def test_another_key_of_the_same_kind_did_not_sign_it() -> None:
    with refused("assertion-signature"):
        prove(MACHINE.assertion(), machine("ES256", client_id="metro"))
