"""Reading a haystack in all writings that a leak may have: as it is, escaped, encoded, compressed, or two of them.

Each reading is read once more, so that what was compressed and then put into base64 is found as well.
Claims of a JWT are base64 between dots, and so need no rule of their own.
"""

import re
import zlib
from binascii import a2b_base64
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from urllib.parse import unquote_to_bytes

DEPTH = 2
"""How many writings may lie in one another."""

INFLATED_MAX = 64 * 2**20
"""A stream that is longer is read up to here."""

_ESCAPE = re.compile(rb"\\(?:u00|x)([0-9a-f]{2})", re.IGNORECASE)
_HEX = re.compile(rb"[0-9a-f]{8,}", re.IGNORECASE)
_BASE64 = re.compile(rb"[A-Za-z0-9+/_-]{8,}")
_TO_PLAIN = bytes.maketrans(b"-_", b"+/")
_STREAM = re.compile(rb"\x1f\x8b\x08|\x78[\x01\x5e\x9c\xda]")
"""Where gzip (RFC 1952, 2.3.1) and zlib (RFC 1950, 2.2) begin; a test says that there is no other codec here."""

CHUNK = 512
"""So much of a damaged stream is lost at most."""


@dataclass(frozen=True, slots=True)
class Reading:
    """One way to read a haystack. `whole` says that words stand in it as their writer separated them."""

    content: bytes
    whole: bool


def readings(content: bytes, depth: int = DEPTH) -> Iterator[Reading]:
    """Yield a haystack as it is, and as all that it could stand for."""
    yield Reading(content, whole=True)
    if depth:
        for text in _texts(content):
            yield from readings(text, depth - 1)
        for octets in (*_decoded(content), b"\n".join(_inflated(content))):
            for one in readings(octets, depth - 1) if octets else ():
                yield Reading(one.content, whole=False)


def _texts(content: bytes) -> Iterator[bytes]:
    """Yield what is meant if some of it is escaped, or two octets are a letter."""
    if b"%" in content and (plain := unquote_to_bytes(content)) != content:
        yield plain
    if b"\\" in content and (plain := _ESCAPE.sub(_octet, content)) != content:
        yield plain
    if b"\0" in content:
        yield content.replace(b"\0", b"")


def _octet(escape: "re.Match[bytes]") -> bytes:
    return bytes.fromhex(escape[1].decode())


def _decoded(content: bytes) -> Iterator[bytes]:
    """Yield what all that could be hexadecimal or base64 stands for."""
    yield b"\n".join(_of_hex(_HEX.findall(content)))
    yield b"\n".join(_of_base64(_BASE64.findall(content)))


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


def _inflated(content: bytes) -> Iterator[bytes]:
    """Yield what was compressed, from wherever a stream begins, as far as it goes."""
    view = memoryview(content)
    for found in _STREAM.finditer(content):
        bits = zlib.MAX_WBITS | (16 if found[0].startswith(b"\x1f") else 0)
        yield b"".join(_inflate(zlib.decompressobj(bits), view[found.start() :]))


def _inflate(stream: "zlib._Decompress", view: memoryview) -> Iterator[bytes]:
    left = INFLATED_MAX
    for start in range(0, len(view), CHUNK):
        try:
            plain = stream.decompress(view[start : start + CHUNK], left)
        except zlib.error:
            return  # octets that look like a stream's first, or the end of a damaged one
        yield plain
        left -= len(plain)
        if stream.eof or left <= 0:
            return
