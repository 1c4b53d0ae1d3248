"""Base64url: one spelling for each value, and no other text spells anything."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.auth import base64url
from gateway.domain.errors import NotAuthentic

ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
FOREIGN = sorted({*map(chr, range(256)), "\u0661", "\uff21", "\ud800", "\U0001f600"} - {*ALPHABET})


@given(st.binary(min_size=1, max_size=200))
def test_what_is_encoded_is_decoded(data: bytes) -> None:
    text = base64url.encode(data)
    assert text == base64.urlsafe_b64encode(data).rstrip(b"=").decode()
    assert base64url.decode(text) == data


@pytest.mark.parametrize("length", [1, 2, 3, 4, 5, 6, 7, 8])
def test_a_foreign_character_spells_nothing_wherever_it_stands(length: int) -> None:
    for place in range(length):
        for character in FOREIGN:
            with pytest.raises(NotAuthentic, match="base64"):
                base64url.decode("A" * place + character + "A" * (length - place - 1))


def test_of_all_short_texts_just_the_one_spelling_of_each_value_is_read() -> None:
    for text in (one + two for one in ALPHABET for two in ("", *ALPHABET)):
        try:
            data = base64url.decode(text)
        except NotAuthentic:
            continue
        assert base64url.encode(data) == text
    assert {base64url.decode(base64url.encode(bytes([each]))) for each in range(256)} == {
        bytes([each]) for each in range(256)
    }


@pytest.mark.parametrize(
    "text", ["", "=", "==", "A=", "AA==", "AA=", "AAA=", "AAAA=", "AA\n", " AA", "AB", "AAB", "A"]
)
def test_padding_space_leftover_bits_and_nothing_are_refused(text: str) -> None:
    with pytest.raises(NotAuthentic, match="base64"):
        base64url.decode(text)
