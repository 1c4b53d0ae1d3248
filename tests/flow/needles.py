"""The search for what must be nowhere: whole or in part, in any case of letters, and in other writings.

A haystack is read as it is, and as what it would be if somebody had written it by percent-encoding, with JSON's or
Python's escapes, in UTF-16, as hexadecimal digits or in base64 (either alphabet, from any of its octets on).

A long needle is found by any PART of 19 octets: who logs half a token logs a secret, too. A short one is found as
a word alone; and one as short as a PIN only where it is written on its own: by chance its digits are anywhere.
"""

import re
from binascii import a2b_base64, b2a_base64
from collections.abc import Iterable, Iterator, Mapping
from urllib.parse import unquote_to_bytes

WORD, GRAM, STRIDE = 8, 16, 4
PART = GRAM + STRIDE - 1
"""Of any 19 octets in a row, 16 begin at a multiple of 4."""

_ESCAPE = re.compile(rb"\\(?:u00|x)([0-9a-f]{2})", re.IGNORECASE)
_HEX = re.compile(rb"[0-9a-f]{8,}", re.IGNORECASE)
_BASE64 = re.compile(rb"[A-Za-z0-9+/_-]{8,}")
_TO_PLAIN = bytes.maketrans(b"-_", b"+/")


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
        texts, octets = list(_texts(content)), list(_decoded(content))
        leaks |= {(name, where) for text in texts for name in _words_in(text, {**tiny, **words})}
        leaks |= {(name, where) for text in octets for name in _words_in(text, words)}
        leaks |= {(name, where) for text in (*texts, *octets) for name in _parts_in(text, grams)}
    return leaks


def _written_alone(needle: bytes) -> set[bytes]:
    return {needle, needle.hex().encode(), b2a_base64(needle, newline=False).rstrip(b"=").lower()}


def _words_in(text: bytes, words: Mapping[bytes, str]) -> set[str]:
    return {name for word, name in words.items() if word in text and _has_word(text, word)}


def _parts_in(text: bytes, grams: Mapping[bytes, str]) -> set[str]:
    places = range(0, len(text) - GRAM + 1, STRIDE)
    return {grams[gram] for at in places if (gram := text[at : at + GRAM]) in grams}


def _has_word(text: bytes, word: bytes) -> bool:
    return bool(re.search(rb"(?<![0-9a-z_-])%s(?![0-9a-z_-])" % re.escape(word), text))


def _texts(content: bytes) -> Iterator[bytes]:
    """Yield a haystack in small letters as it is, and as it is meant if some of it is escaped."""
    yield content.lower()
    if b"%" in content:
        yield unquote_to_bytes(content).lower()
    if b"\\" in content:
        yield _ESCAPE.sub(lambda escape: bytes.fromhex(escape[1].decode()), content).lower()
    if b"\0" in content:
        yield content.replace(b"\0", b"").lower()


def _decoded(content: bytes) -> Iterator[bytes]:
    """Yield what all that could be hexadecimal or base64 in a haystack stands for."""
    yield b"\n".join(_of_hex(_HEX.findall(content))).lower()
    yield b"\n".join(_of_base64(_BASE64.findall(content))).lower()


def _of_hex(runs: Iterable[bytes]) -> Iterator[bytes]:
    for run in runs:
        for start in (0, 1):
            digits = run[start:]
            yield bytes.fromhex(digits[: len(digits) // 2 * 2].decode())


def _of_base64(runs: Iterable[bytes]) -> Iterator[bytes]:
    """Decode from each of four places on: a needle may be in the middle of what was encoded."""
    for run in runs:
        plain = run.translate(_TO_PLAIN)
        for start in range(4):
            digits = plain[start:]
            rest = len(digits) % 4  # one digit alone says nothing
            yield a2b_base64(digits[:-1] if rest == 1 else digits + b"=" * (-rest % 4))
