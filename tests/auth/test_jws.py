"""Tokens signed, taken apart and verified. Vector: RFC 7515 appendix A.3."""

from dataclasses import replace

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1
from jwt.utils import der_to_raw_signature, raw_to_der_signature

from gateway.auth import jws
from gateway.auth.jwk import public_key_from_jwk
from gateway.auth.jws import Policy, parse, sign, verify
from tests.auth.machines import b64, machine, unb64
from tests.auth.refusals import refused

POLICY = Policy(typ="test+jwt", required=frozenset({"sub"}), token_bytes_max=2048)
MACHINE = machine()
PUBLIC = public_key_from_jwk(MACHINE.jwk)
RIGHT = sign({"sub": "x", "n": 1}, MACHINE.key, typ="test+jwt")
HEADER, CLAIMS, SIGNATURE = RIGHT.split(".")
ALGORITHMS = ["ES256", "EdDSA", "PS256"]


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_what_is_signed_here_is_read_here_and_by_pyjwt(algorithm: str) -> None:
    one = machine(algorithm)
    token = sign({"sub": "市民", "n": 2**53}, one.key, typ="test+jwt", header={"kid": "k1"})
    public = public_key_from_jwk(one.jwk)
    envelope = parse(token, POLICY)
    assert envelope.header == {"alg": algorithm, "typ": "test+jwt", "kid": "k1"}
    assert verify(envelope, public) == {"sub": "市民", "n": 2**53}
    assert jwt.decode(token, public.key, algorithms=[algorithm], options={"verify_sub": False}) == {
        "sub": "市民",
        "n": 2**53,
    }


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_what_pyjwt_signs_is_read_here(algorithm: str) -> None:
    one = machine(algorithm)
    token = jwt.encode({"sub": "x"}, one.key.key, algorithm=algorithm, headers={"typ": "test+jwt"})
    assert verify(parse(token, POLICY), public_key_from_jwk(one.jwk)) == {"sub": "x"}


def test_the_newer_name_of_eddsa_is_the_same_algorithm() -> None:
    one = machine("EdDSA")
    token = sign({"sub": "x"}, one.key, typ="test+jwt", header={"alg": "Ed25519"})
    assert verify(parse(token, POLICY), public_key_from_jwk(one.jwk)) == {"sub": "x"}


def test_the_signature_of_rfc_7515() -> None:
    key = public_key_from_jwk(
        {
            "kty": "EC",
            "crv": "P-256",
            "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
            "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
        }
    )
    token = (
        "eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0"
        "cnVlfQ.DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q"
    )
    policy = Policy(typ="JWT", typ_optional=True, required=frozenset({"iss"}), token_bytes_max=2048)
    assert verify(parse(token, policy), key)["iss"] == "joe"


def test_a_repr_shows_nothing_of_a_token() -> None:
    assert "sub" not in repr(parse(RIGHT, POLICY))


def test_an_empty_policy_refuses_even_a_right_token() -> None:
    with refused("policy-empty"):
        parse(RIGHT, replace(POLICY, typ=""))
    with refused("policy-empty"):
        parse(RIGHT, replace(POLICY, required=frozenset()))


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_another_key_did_not_sign_it(algorithm: str) -> None:
    other = machine(algorithm, client_id="other")
    token = sign({"sub": "x"}, other.key, typ="test+jwt", header={"alg": algorithm})
    with refused("signature"):
        verify(parse(token, POLICY), public_key_from_jwk(machine(algorithm).jwk))


@pytest.mark.parametrize(
    "signature",
    [bytes(64), b"\0" * 63 + b"\1", b"\xff" * 64, b"\1", unb64(SIGNATURE) + b"\0", b"\0" + unb64(SIGNATURE)],
    ids=range(6),
)
def test_signatures_that_are_none(signature: bytes) -> None:
    with refused("signature"):
        verify(parse(f"{HEADER}.{CLAIMS}.{b64(signature)}", POLICY), PUBLIC)


def test_a_signature_in_der_is_refused() -> None:
    der = raw_to_der_signature(unb64(SIGNATURE), SECP256R1())
    assert der_to_raw_signature(der, SECP256R1()) == unb64(SIGNATURE)
    with refused("signature"):
        verify(parse(f"{HEADER}.{CLAIMS}.{b64(der)}", POLICY), PUBLIC)


@pytest.mark.parametrize("value", [None, True, False, 1.0, "1", "1_0", -1, [1], {}])
def test_times_are_whole_numbers(value: object) -> None:
    with refused("exp-type"):
        jws.require_int_time({"exp": value}, "exp")


def test_a_missing_time() -> None:
    assert jws.require_int_time({"exp": 0}, "exp") == 0
    with refused("exp-type"):
        jws.require_int_time({}, "exp")
