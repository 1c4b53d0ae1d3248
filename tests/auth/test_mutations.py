"""A token that is not the very one that was signed is never accepted; what is accepted, PyJWT accepts as well."""

import json
from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.auth.key_home import load
from tests.auth.machines import b64, machine, sign_text, unb64
from tests.auth.readers import Reader, readers

KINDS = ["assertion", "proof", "token", "pass"]
ALGORITHMS = ["ES256", "EdDSA", "PS256"]
STRANGERS = [machine(algorithm, client_id="stranger").key for algorithm in ALGORITHMS]
MANY, FEW = settings(max_examples=120, deadline=None), settings(max_examples=40, deadline=None)

kinds, algorithms = st.sampled_from(KINDS), st.sampled_from(ALGORITHMS)
places = st.floats(0, 1, exclude_max=True)
"""A place in a text, whatever its length."""


@cache
def reader(kind: str, algorithm: str) -> Reader:
    """Always the same, for making keys takes long."""
    return _readers(algorithm)[kind]


@cache
def _readers(algorithm: str) -> dict[str, Reader]:
    return readers(load(Path(mkdtemp(prefix="laurel-keys-"))), algorithm)


def refuses(one: Reader, mutated: str) -> None:
    assert mutated == one.right or not one.accepts(mutated), mutated


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_what_is_mutated_below_is_right_and_pyjwt_agrees(kind: str, algorithm: str) -> None:
    one = reader(kind, algorithm)
    assert one.accepts(one.right)
    assert one.oracle(one.right) == json.loads(unb64(one.right.split(".")[1]))


@MANY
@given(kinds, algorithms, st.integers(0, 2), places, st.integers(0, 7))
def test_a_flipped_bit(kind: str, algorithm: str, segment: int, place: float, bit: int) -> None:
    one = reader(kind, algorithm)
    segments = one.right.split(".")
    octets = bytearray(unb64(segments[segment]))
    octets[int(place * len(octets))] ^= 1 << bit
    segments[segment] = b64(bytes(octets))
    refuses(one, ".".join(segments))


LOOKALIKES = "=+/ \t\n\r\0.-_AaZz09éＡа\u200b\u0301\ufeff🎫"


@MANY
@given(kinds, algorithms, places, st.sampled_from(LOOKALIKES) | st.characters(), st.sampled_from("RIDSC"))
def test_an_edited_character(kind: str, algorithm: str, place: float, character: str, edit: str) -> None:
    one = reader(kind, algorithm)
    at = int(place * len(one.right))
    before, here, after = one.right[:at], one.right[at], one.right[at + 1 :]
    edited = {
        "R": before + character + after,
        "I": before + character + here + after,
        "D": before + after,
        "S": before + after[:1] + here + after[1:],
        "C": before + here.swapcase() + after,
    }
    refuses(one, edited[edit])


@MANY
@given(kinds, kinds, algorithms, st.permutations([0, 1, 2]), st.tuples(*[st.booleans()] * 3))
def test_segments_of_two_tokens(
    kind: str, other: str, algorithm: str, order: list[int], own: tuple[bool, bool, bool]
) -> None:
    one = reader(kind, algorithm)
    theirs, ours = reader(other, algorithm).right.split("."), one.right.split(".")
    mixed = [ours[place] if mine else theirs[place] for place, mine in zip(order, own, strict=True)]
    refuses(one, ".".join(mixed))


@FEW
@given(kinds, algorithms, st.sampled_from(["", "=", "==", ".", " ", "\n", ",", ", ", "\0", "~"]), st.booleans())
def test_concatenation_and_what_clings_to_it(kind: str, algorithm: str, glue: str, twice: bool) -> None:
    one = reader(kind, algorithm)
    for mutated in (one.right + glue, glue + one.right, one.right + glue + one.right if twice else glue):
        refuses(one, mutated)
    for changed in (one.right.upper(), one.right.lower(), one.right[::-1], one.right.replace(".", glue)):
        refuses(one, changed)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**54), 2**54) | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=4), inner, max_size=2),
    max_leaves=6,
)
NAMES = ["alg", "typ", "kid", "jwk", "crit", "iss", "sub", "aud", "exp", "iat", "nbf", "jti", "scope", "cnf"]
NAMES += ["client_id", "device_id", "htm", "htu", "ath", "nonce", "status", "content_digest"]


def edited(one: Reader, segment: int, names: list[str], value: object, *, drop: bool) -> list[str]:
    """The header and the claims as text, one of them with some members dropped or replaced."""
    texts = [unb64(each).decode() for each in one.right.split(".")[:2]]
    members: dict[str, Any] = json.loads(texts[segment])
    for name in names:
        if drop:
            members.pop(name, None)
        else:
            members[name] = value
    texts[segment] = json.dumps(members)
    return texts


edits = (st.integers(0, 1), st.lists(st.sampled_from(NAMES), min_size=1, max_size=2), JSON, st.booleans())


@MANY
@given(kinds, algorithms, *edits)
def test_an_edit_without_a_new_signature(
    kind: str, algorithm: str, segment: int, names: list[str], value: object, drop: bool
) -> None:
    one = reader(kind, algorithm)
    texts = edited(one, segment, names, value, drop=drop)
    refuses(one, ".".join([*(b64(text.encode()) for text in texts), one.right.split(".")[2]]))


@MANY
@given(kinds, algorithms, st.sampled_from(STRANGERS), st.booleans(), *edits)
def test_an_edit_signed_by_another_key(
    kind: str, algorithm: str, stranger: Any, told: bool, segment: int, names: list[str], value: object, drop: bool
) -> None:
    one = reader(kind, algorithm)
    texts = edited(one, segment, names, value, drop=drop)
    if told:  # it names the algorithm that it was signed with
        texts[0] = json.dumps({**json.loads(texts[0]), "alg": stranger.algorithm})
    refuses(one, sign_text(texts[0], texts[1], stranger))


@MANY
@given(kinds, algorithms, *edits)
def test_whatever_is_accepted_here_pyjwt_accepts(
    kind: str, algorithm: str, segment: int, names: list[str], value: object, drop: bool
) -> None:
    """Signed anew by the right key. PyJWT knows no `Ed25519` (RFC 9864), which is EdDSA by another name."""
    one = reader(kind, algorithm)
    texts = edited(one, segment, names, value, drop=drop)
    token = sign_text(texts[0], texts[1], one.key)
    if one.accepts(token) and json.loads(texts[0])["alg"] != "Ed25519":
        assert one.oracle(token) == json.loads(texts[1])
