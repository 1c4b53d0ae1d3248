"""The search for what must be nowhere: whole or in part, in any case of letters, and in every writing.

`tests/canaries/unfolding.py` says which writings those are. A long needle is found by any PART of 19 octets: who
logs half a token logs a secret, too. A shorter one is found whole, and below LONE it has to stand as a word: its
letters are part of others by chance. One as short as a PIN is found only where it is written on its own.

Of a number that names somebody any six digits in a row are a leak: the hidden rest of it can be tried.
"""

import re
from binascii import b2a_base64
from collections.abc import Iterator, Mapping

from tests.canaries.unfolding import readings

WORD, LONE, GRAM, STRIDE = 8, 12, 16, 4
PART = GRAM + STRIDE - 1
"""Of any 19 octets in a row, 16 begin at a multiple of 4."""

WINDOW = 6
"""So many digits of an id in a row are a leak."""

_RUN = re.compile(rb"(?<![0-9a-z_.+-])(?!1[78][0-9]{8}(?![0-9]))[0-9]{6,}(?![0-9a-z_-])")
"""Digits that stand for themselves: no part of a hash or an id, no fraction, and no second of these years."""


def found(needles: Mapping[str, str | bytes], hay: Mapping[str, bytes]) -> set[tuple[str, str]]:
    """Return which needle is in which haystack, by their names."""
    lower = {name: (each if isinstance(each, bytes) else each.encode()).lower() for name, each in needles.items()}
    assert all(lower.values())
    tiny = {form: name for name, needle in lower.items() if len(needle) < WORD for form in _written_alone(needle)}
    words = {needle: name for name, needle in lower.items() if WORD <= len(needle) < PART}
    grams = {
        needle[start : start + GRAM]: name
        for name, needle in lower.items()
        if len(needle) >= PART
        for start in range(len(needle) - GRAM + 1)
    }
    leaks = set()
    for where, content in hay.items():
        for one in readings(content):
            text = one.content.lower()
            names = _words_in(text, {**tiny, **words} if one.whole else words) | _parts_in(text, grams)
            leaks |= {(name, where) for name in names}
    return leaks


def digits_found(ids: Mapping[str, str], hay: Mapping[str, bytes]) -> set[tuple[str, str]]:
    """Return of which id a haystack holds WINDOW digits in a row, by their names."""
    windows = {window: name for name, digits in ids.items() for window in _windows(digits.encode())}
    return {
        (windows[window], where)
        for where, content in hay.items()
        for one in readings(content)
        for run in _RUN.findall(one.content.lower())
        for window in _windows(run)
        if window in windows
    }


def _windows(digits: bytes) -> Iterator[bytes]:
    return (digits[start : start + WINDOW] for start in range(len(digits) - WINDOW + 1))


def _written_alone(needle: bytes) -> set[bytes]:
    return {needle, needle.hex().encode(), b2a_base64(needle, newline=False).rstrip(b"=").lower()}


def _words_in(text: bytes, words: Mapping[bytes, str]) -> set[str]:
    return {name for word, name in words.items() if word in text and (len(word) >= LONE or _has_word(text, word))}


def _parts_in(text: bytes, grams: Mapping[bytes, str]) -> set[str]:
    places = range(0, len(text) - GRAM + 1, STRIDE)
    return {grams[gram] for at in places if (gram := text[at : at + GRAM]) in grams}


def _has_word(text: bytes, word: bytes) -> bool:
    return bool(re.search(rb"(?<![0-9a-z_-])%s(?![0-9a-z_-])" % re.escape(word), text))
