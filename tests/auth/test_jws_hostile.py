"""Tokens that must not pass: hostile ones each with its code, mutated ones, and PyJWT as the second opinion."""

import json
from typing import Any

import jwt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.auth.jwk import public_key_from_jwk
from gateway.auth.jws import MalformedToken, Policy, parse, sign, verify
from gateway.domain.errors import NotAuthentic
from tests.auth.machines import b64, machine

POLICY = Policy(typ="test+jwt", required=frozenset({"sub"}), token_bytes_max=2048)
MACHINE = machine()
PUBLIC = public_key_from_jwk(MACHINE.jwk)
RIGHT = sign({"sub": "x", "n": 1}, MACHINE.key, typ="test+jwt")
HEADER, CLAIMS, SIGNATURE = RIGHT.split(".")
GOOD_HEADER = '{"alg":"ES256","typ":"test+jwt"}'


def signed(header: str = GOOD_HEADER, claims: str = '{"sub":"x"}') -> str:
    return MACHINE.sign_text(header, claims)


def code_of(token: str) -> str:
    with pytest.raises(NotAuthentic) as refusal:
        verify(parse(token, POLICY), PUBLIC)
    return refusal.value.code


SHAPES = {
    "": "segments",
    "a.b": "segments",
    f"{RIGHT}.": "segments",
    f"{HEADER}..{SIGNATURE}": "segments",
    f"{HEADER}.{CLAIMS}.": "segments",
    f".{CLAIMS}.{SIGNATURE}": "segments",
    f"{RIGHT}.{SIGNATURE}": "segments",
    f"{RIGHT}=": "base64",
    f"{RIGHT}==": "base64",
    f"{RIGHT}\n": "base64",
    f" {RIGHT}": "base64",
    f"{HEADER}.{CLAIMS[:4]}!{CLAIMS[4:]}.{SIGNATURE}": "base64",
    f"{HEADER}.{CLAIMS}.{SIGNATURE[:-1]}": "base64",
    f"{HEADER}.{CLAIMS}.{SIGNATURE[:-1]}{chr(ord(SIGNATURE[-1]) + 1)}": "base64",
    f"{HEADER}.{CLAIMS}.{SIGNATURE.replace(SIGNATURE[0], '+', 1)}": "base64",
    f"{HEADER}.{CLAIMS}.{SIGNATURE}市": "base64",
    "a" * 2049: "too-long",
    ".".join(["a" * 100_000] * 3): "too-long",
    f"{b64(b'null')}.{CLAIMS}.{SIGNATURE}": "json",
    f"{b64(b'[]')}.{CLAIMS}.{SIGNATURE}": "json",
    f"{b64(chr(0xFEFF).encode() + b'{}')}.{CLAIMS}.{SIGNATURE}": "json",
    f"{HEADER}.{b64(b'{')}.{SIGNATURE}": "json",
    f"{HEADER}.{b64(bytes([0xFF]))}.{SIGNATURE}": "json",
    f"{HEADER}.{b64('{}'.encode('utf-16'))}.{SIGNATURE}": "json",
}


@pytest.mark.parametrize(("token", "code"), SHAPES.items(), ids=range(len(SHAPES)))
def test_what_is_no_token_at_all(token: str, code: str) -> None:
    with pytest.raises(MalformedToken) as refusal:
        parse(token, POLICY)
    assert refusal.value.code == code


@pytest.mark.parametrize(
    "claims",
    [
        '{"sub":"x","sub":"y"}',
        '{"sub":"x","a":{"b":1,"b":1}}',
        '{"sub":"x","s\\u0075b":"x"}',
        '{"sub":NaN}',
        '{"sub":Infinity}',
        '{"sub":-Infinity}',
        '{"sub":1e400}',
        '{"sub":1.0}',
        '{"sub":9007199254740993}',
        '{"sub":-9007199254740993}',
        '{"sub":' + "9" * 1000 + "}",
        '{"sub":[[[[1]]]]}',
        '{"sub":' + "[" * 1200,
        '{"sub":{"a":{"b":{"c":{}}}}}',
        '{"sub":"\\ud800"}',
        '{"\\udfff":1,"sub":"x"}',
        '{"sub":"\t"}',
        '{"sub":"x",}',
        '{"sub":"x"} {}',
        '{"sub":١}',
        "{'sub':'x'}",
        '"sub"',
        "",
    ],
    ids=range(23),
)
def test_claims_that_two_readers_could_read_differently(claims: str) -> None:
    # Signed by the right key: the signature is not what is wrong with them.
    assert code_of(signed(claims=claims)) in ("json", "segments")


def test_the_deepest_json_that_passes() -> None:
    token = signed(claims='{"sub":[[[1]],{"a":{"b":9007199254740992}}]}')
    assert parse(token, POLICY).claims == {"sub": [[[1]], {"a": {"b": 2**53}}]}


@pytest.mark.parametrize(
    ("header", "code"),
    [
        ('{"typ":"test+jwt"}', "alg"),
        ('{"alg":"none","typ":"test+jwt"}', "alg"),
        ('{"alg":"None","typ":"test+jwt"}', "alg"),
        ('{"alg":"HS256","typ":"test+jwt"}', "alg"),
        ('{"alg":"ES384","typ":"test+jwt"}', "alg"),
        ('{"alg":"es256","typ":"test+jwt"}', "alg"),
        ('{"alg":"EdDSA","typ":"test+jwt"}', "alg"),
        ('{"alg":["ES256"],"typ":"test+jwt"}', "alg"),
        ('{"alg":null,"typ":"test+jwt"}', "alg"),
        ('{"alg":"ES256"}', "typ"),
        ('{"alg":"ES256","typ":null}', "typ"),
        ('{"alg":"ES256","typ":""}', "typ"),
        ('{"alg":"ES256","typ":"JWT"}', "typ"),
        ('{"alg":"ES256","typ":"Test+jwt"}', "typ"),
        ('{"alg":"ES256","typ":"application/test+jwt"}', "typ"),
        ('{"alg":"ES256","typ":["test+jwt"]}', "typ"),
        ('{"alg":"ES256","typ":{"test+jwt":1}}', "typ"),
        ('{"alg":"ES256","typ":"test+jwt","kid":""}', "kid"),
        ('{"alg":"ES256","typ":"test+jwt","kid":"../../etc/passwd"}', "kid"),
        ('{"alg":"ES256","typ":"test+jwt","kid":"k\\n"}', "kid"),
        ('{"alg":"ES256","typ":"test+jwt","kid":1}', "kid"),
        ('{"alg":"ES256","typ":"test+jwt","kid":null}', "kid"),
        *[
            (f'{{"alg":"ES256","typ":"test+jwt","{name}":{json.dumps(value)}}}', "header-key")
            for name, value in {
                "jku": "https://evil.example",
                "x5u": "https://evil.example",
                "x5c": [],
                "x5t": "x",
                "x5t#S256": "x",
                "jwk": {"kty": "EC"},
                "zip": "DEF",
                "b64": False,
                "crit": ["b64"],
                "cty": "JWT",
                "Alg": "none",
            }.items()
        ],
    ],
)
def test_hostile_headers(header: str, code: str) -> None:
    # Signed by the right key as well.
    assert code_of(signed(header)) == code


def test_a_required_claim_may_not_be_missing() -> None:
    assert code_of(signed(claims='{"Sub":"x"}')) == "claim-missing"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**54), 2**54) | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=4), inner, max_size=2),
    max_leaves=6,
)


@settings(max_examples=60, deadline=None)
@given(header=st.dictionaries(st.sampled_from(["alg", "typ", "kid", "crit", "jku"]), JSON), claims=JSON)
def test_whatever_is_accepted_here_pyjwt_accepts(header: dict[str, Any], claims: object) -> None:
    good = {"alg": "ES256", "typ": "test+jwt"}
    token = signed(json.dumps({**good, **header}), json.dumps({"sub": "x", "more": claims}))
    try:
        accepted = verify(parse(token, POLICY), PUBLIC)
    except NotAuthentic:
        return
    assert accepted == jwt.decode(token, PUBLIC.key, algorithms=["ES256"]) == {"sub": "x", "more": claims}


ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_=.+/ "


@settings(max_examples=300, deadline=None)
@given(
    place=st.integers(0, len(RIGHT) - 1),
    character=st.sampled_from(ALPHABET),
    edit=st.sampled_from(["replace", "insert", "delete", "swap"]),
)
def test_a_mutated_token_is_never_accepted(place: int, character: str, edit: str) -> None:
    before, at, after = RIGHT[:place], RIGHT[place], RIGHT[place + 1 :]
    mutated = {
        "replace": before + character + after,
        "insert": before + character + at + after,
        "delete": before + after,
        "swap": before + after[:1] + at + after[1:],
    }[edit]
    if mutated != RIGHT:
        code_of(mutated)
