"""The typable code: its check arithmetic is ISO 7064's, it finds what people mistype, and it has one form."""

import re
import string
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.codes import (
    ALPHABET,
    CODE_LENGTH,
    DATA_LENGTH,
    RANDOM_BITS,
    check_character,
    code_from,
    normalise,
    written,
)
from gateway.domain.errors import MalformedInput
from tests.domain.iso7064 import check_characters, is_valid

numbers = st.integers(0, 2**75 - 1)
codes = numbers.map(code_from)
CODE = code_from(0x2F3_9D1C_7E55_0A4B_86D1)


@pytest.mark.parametrize(
    ("alphabet", "known"),
    [
        (string.digits + string.ascii_uppercase, "A12425GABC1234002M"),
        (string.digits, "07945"),
        (string.digits, "794623"),
    ],
    ids=["the GRid standard's example, MOD 37,36", "MOD 11,10", "MOD 11,10 again"],
)
def test_the_independent_implementation_knows_published_examples(alphabet: str, known: str) -> None:
    assert check_characters(known[:-1], alphabet) == known[-1]


@given(st.text(ALPHABET, min_size=DATA_LENGTH, max_size=DATA_LENGTH))
def test_the_check_character_is_that_of_the_standard(data: str) -> None:
    assert check_characters(data, ALPHABET) == check_character(data)


def test_a_code_holds_75_bits_in_15_of_16_characters() -> None:
    assert (DATA_LENGTH, CODE_LENGTH, RANDOM_BITS) == (15, 16, 75)
    assert code_from(0) == "000000000000000" + check_characters("0" * 15, ALPHABET)
    assert code_from(2**75 - 1) == "Z" * 15 + check_characters("Z" * 15, ALPHABET)
    assert code_from(1)[:15] == "000000000000001"


@pytest.mark.parametrize("number", [-1, 2**75])
def test_a_number_that_no_code_holds_is_refused(number: int) -> None:
    with pytest.raises(ValueError, match="75 bits"):
        code_from(number)


@given(numbers)
def test_a_code_says_its_number(number: int) -> None:
    said = 0
    for symbol in code_from(number)[:15]:
        said = said * 32 + ALPHABET.index(symbol)
    assert said == number


@given(codes, st.booleans(), st.sampled_from(["", " ", "-", " - ", "\N{IDEOGRAPHIC SPACE}", "\t"]))
def test_a_code_survives_being_written_and_typed(code: str, lower: bool, separator: str) -> None:
    typed = separator.join(re.findall("....", code))
    assert normalise(typed.lower() if lower else typed) == code
    assert normalise(written(code)) == code


def test_it_is_written_in_groups_of_four() -> None:
    assert written("ABCDEFGHJKMNPQRS") == "ABCD-EFGH-JKMN-PQRS"


@given(codes.filter(lambda code: re.search("[01]", code) is not None), st.data())
def test_lookalikes_read_as_the_digit_that_was_meant(code: str, data: st.DataObject) -> None:
    typed = "".join(data.draw(st.sampled_from({"1": "1iIlL", "0": "0oO"}.get(symbol, symbol))) for symbol in code)
    assert normalise(typed) == code


def test_every_single_wrong_character_is_found() -> None:
    assert is_valid(CODE, ALPHABET)
    for place, right in enumerate(CODE):
        for wrong in set(ALPHABET) - {right}:
            with pytest.raises(MalformedInput, match="mistyped"):
                normalise(CODE[:place] + wrong + CODE[place + 1 :])


def test_nearly_every_swap_of_neighbours_is_found() -> None:
    """After each possible first character: of 496 pairs, one at most swaps unnoticed."""
    for first in ALPHABET:
        swaps = [(first + a + b, first + b + a) for a, b in combinations(ALPHABET, 2)]
        unnoticed = [pair for pair in swaps if len({check_character(head + "0" * 12) for head in pair}) == 1]
        assert len(swaps) == 496
        assert len(unnoticed) <= 1


@pytest.mark.parametrize(
    "typed",
    [
        "",
        CODE[:-1],
        CODE + "0",
        CODE[:-1] + "U",
        CODE[:-1] + "_",
        CODE[:-1] + "\N{FULLWIDTH DIGIT ONE}",
        CODE[:-1] + "\N{LATIN SMALL LETTER SHARP S}",
        CODE[:-1] + "\ud800",
        "." * 16,
        CODE + " " * 25,
        CODE * 1000,
    ],
)
def test_what_is_no_code_is_refused_without_being_quoted(typed: str) -> None:
    with pytest.raises(MalformedInput) as refusal:
        normalise(typed)
    assert refusal.value.argument == "pass"
    assert "mistyped" not in refusal.value.message
    assert CODE[:8] not in str(refusal.value)


def test_a_mistyped_code_is_not_quoted_either() -> None:
    wrong = CODE[:-1] + ("0" if CODE[-1] != "0" else "1")
    with pytest.raises(MalformedInput, match="mistyped") as refusal:
        normalise(wrong)
    assert wrong not in str(refusal.value)
