"""The typable code of a pass: 16 Crockford base32 characters, 75 random bits and a check character.

The check is public arithmetic: it tells a mistyped code before any look-up. It is the hybrid system of
ISO 7064 (section 9) with modulus 32 over Crockford's symbols: it finds every single wrong character and
nearly every swap of neighbours. A code is written in groups of four: `ABCD-EFGH-JKMN-PQRS`.
"""

import re

from gateway.domain.errors import MalformedInput

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's base32: no I, L, O, U."""

DATA_LENGTH = 15
CODE_LENGTH = DATA_LENGTH + 1
RANDOM_BITS = DATA_LENGTH * 5

_VALUE = {symbol: value for value, symbol in enumerate(ALPHABET)}
_LOOKALIKES = str.maketrans({"I": "1", "L": "1", "O": "0"})
_SEPARATORS = re.compile(r"[\s\-]+")
_WRITTEN_LENGTH_MAX = 40
"""A code with any separators that a person would type; longer is no code."""


def check_character(data: str) -> str:
    """Return the check character of 15 symbols (ISO 7064 hybrid system with modulus 32)."""
    size = len(ALPHABET)
    product = size
    for symbol in data:
        total = (product + _VALUE[symbol]) % size or size
        product = total * 2 % (size + 1)
    return ALPHABET[(size + 1 - product) % size]


def code_from(number: int) -> str:
    """Return the code for a number of 75 bits, without separators."""
    if not 0 <= number < 1 << RANDOM_BITS:
        raise ValueError(f"a code holds {RANDOM_BITS} bits")
    data = "".join(ALPHABET[number >> shift & 31] for shift in range(RANDOM_BITS - 5, -1, -5))
    return data + check_character(data)


def written(code: str) -> str:
    """Return the code as printed, in groups of four."""
    return "-".join(code[start : start + 4] for start in range(0, len(code), 4))


def normalise(typed: str) -> str:
    """Return a typed code in its one canonical form.

    Case, spaces and hyphens don't matter; I and L read as 1, O as 0.

    Raises:
        MalformedInput: it is no code, or its check character says that it was mistyped.
    """
    if len(typed) > _WRITTEN_LENGTH_MAX:
        raise MalformedInput("pass", "This is neither a pass token nor a code of 16 characters.")
    code = _SEPARATORS.sub("", typed).upper().translate(_LOOKALIKES)
    if len(code) != CODE_LENGTH or any(symbol not in _VALUE for symbol in code):
        raise MalformedInput("pass", "A code has 16 letters and digits. Check it and type it again.")
    if check_character(code[:-1]) != code[-1]:
        raise MalformedInput("pass", "The code was mistyped. Check each character and type it again.")
    return code
