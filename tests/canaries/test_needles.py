"""The search for secrets finds a planted one in every writing, and nothing where there is nothing."""

import base64
import gzip
import json
import re
import secrets
import zlib
from collections.abc import Callable
from urllib.parse import quote

import pytest

from tests.canaries.needles import PART, digits_found, found
from tests.contract.house import ROOT

LONG, SHORT = "eyJhbGciOi-JIUzI1_NiIsInR5cCI6.IkpXVCJ9" + secrets.token_urlsafe(24), "32W4-4JRD-FKTR-9JPX"
PIN = "7391"

WRITINGS: dict[str, Callable[[bytes], bytes]] = {
    "as it is": lambda secret: secret,
    "in capitals": bytes.upper,
    "in small letters": bytes.lower,
    "percent-encoded": lambda secret: "".join(f"%{octet:02X}" for octet in secret).encode(),
    "in a URL": lambda secret: quote(secret).encode(),
    "escaped as JSON": lambda secret: "".join(f"\\u{octet:04x}" for octet in secret).encode(),
    "escaped by Python": lambda secret: "".join(f"\\x{octet:02x}" for octet in secret).encode(),
    "hex": lambda secret: secret.hex().encode(),
    "HEX": lambda secret: secret.hex().upper().encode(),
    "hex after a digit": lambda secret: b"a" + secret.hex().encode(),
    "utf-16": lambda secret: secret.decode().encode("utf-16-le"),
    **{
        f"{name} after {before}": lambda secret, encode=encode, before=before: encode(b" " * before + secret)  # type: ignore[misc]
        for name, encode in (("base64", base64.b64encode), ("base64url", base64.urlsafe_b64encode))
        for before in range(4)
    },
    "base64 without padding": lambda secret: base64.b64encode(secret).rstrip(b"="),
    "base64 in a base64 word": lambda secret: b"AB" + base64.b64encode(secret),
    "gzip": gzip.compress,
    "gzip among others": lambda secret: b"\x78\x9c\x1f\x8b\x08" + gzip.compress(secret) + b"\x1f\x8b\x08",
    "gzip cut off": lambda secret: gzip.compress(secret + secrets.token_bytes(2000))[:-1000],
    "zlib": zlib.compress,
    "zlib, stored": lambda secret: zlib.compress(secret, level=0),
    "zlib, best": lambda secret: zlib.compress(secret, level=9),
    "gzip in base64": lambda secret: base64.b64encode(gzip.compress(secret)),
    "base64 in gzip": lambda secret: gzip.compress(base64.urlsafe_b64encode(b"x" + secret)),
    "hex in percents": lambda secret: quote("\\x" + secret.hex()).encode(),
    "a claim of a JWT": lambda secret: _jwt({"sub": secret.decode(), "exp": 1}),
}


def _jwt(claims: dict[str, object]) -> bytes:
    parts = [json.dumps(part).encode() for part in ({"alg": "ES256", "typ": "at+jwt"}, claims)]
    return b".".join(base64.urlsafe_b64encode(part).rstrip(b"=") for part in (*parts, secrets.token_bytes(64)))


def _hay(writing: bytes) -> dict[str, bytes]:
    """A log line in which it stands, and one in which it does not."""
    clean = json.dumps({"event": "request", "path": "/graphql", "request_id": secrets.token_hex(8)}).encode()
    return {"leaky": clean + b' {"event": "' + writing + b'"}\n' + clean, "clean": clean}


@pytest.mark.parametrize("write", WRITINGS.values(), ids=WRITINGS.keys())
@pytest.mark.parametrize("needle", [LONG, SHORT], ids=["long", "short"])
def test_a_planted_secret_is_found_in_every_writing(needle: str, write: Callable[[bytes], bytes]) -> None:
    hay = _hay(write(needle.encode()))
    assert found({"it": needle, "another": secrets.token_urlsafe(32)}, hay) == {("it", "leaky")}


@pytest.mark.parametrize("write", WRITINGS.values(), ids=WRITINGS.keys())
def test_a_part_of_a_token_is_found(write: Callable[[bytes], bytes]) -> None:
    for start in range(8):
        part = LONG[start : start + PART].encode()
        assert found({"it": LONG}, _hay(write(part))) == {("it", "leaky")}, start


def test_octets_are_found_too() -> None:
    key = secrets.token_bytes(32)
    for written in (key, key.hex().encode(), base64.b64encode(key), base64.urlsafe_b64encode(key).rstrip(b"=")):
        assert found({"key": key}, _hay(written)) == {("key", "leaky")}


@pytest.mark.parametrize("name", [*list(WRITINGS)[:9], "utf-16", "base64 after 0", "base64 without padding"])
def test_a_pin_is_found_where_it_stands_alone(name: str) -> None:
    assert found({"pin": PIN}, _hay(WRITINGS[name](PIN.encode()).strip())) == {("pin", "leaky")}


def test_a_pin_is_no_part_of_a_number() -> None:
    assert (
        found({"pin": PIN}, {"log": b'"ms": 17391, "at": "7391a", "id": "0-7391", "hash": "a37333931"'}) == set()
    )


def test_an_empty_needle_is_a_mistake() -> None:
    with pytest.raises(AssertionError):
        found({"nothing": ""}, {"log": b"anything"})


IDENTITY = "310106196903217654"


@pytest.mark.parametrize("start", range(13))
def test_six_digits_of_an_id_are_a_leak(start: int) -> None:
    for shown in (IDENTITY[start : start + 6], "****" + IDENTITY[start:], IDENTITY[: start + 6] + "****"):
        for write in (bytes, gzip.compress, bytes.hex, base64.b64encode):
            written = write(f'{{"whose": "{shown}"}}'.encode())
            hay = _hay(written.encode() if isinstance(written, str) else written)
            assert digits_found({"it": IDENTITY, "another": "9" * 18}, hay) == {("it", "leaky")}, shown


def test_five_digits_and_those_of_times_hashes_and_fractions_are_none() -> None:
    window = IDENTITY[:6]
    said = f"{window[:5]} 2026-11-25T20:00:00.{window}Z 17.{window} a{window} {window}f0-{window} 1e+{window}"
    assert digits_found({"it": IDENTITY}, {"log": said.encode()}) == set()


def test_a_short_secret_in_the_midst_of_a_word_is_found_and_a_shorter_one_is_chance() -> None:
    assert found({"code": SHORT}, {"log": b"passcode" + SHORT.encode() + b"issued"}) == {("code", "log")}
    assert found({"hours": "18765432"}, {"log": b"a18765432b"}) == set()
    assert found({"hours": "18765432"}, {"log": b'{"centihours": 18765432}'}) == {("hours", "log")}


def test_there_is_no_codec_that_the_search_can_t_read() -> None:
    locks = [*(ROOT / "requirements").glob("*.txt"), ROOT / "pyproject.toml"]
    assert len(locks) > 1
    text = "\n".join(lock.read_text("utf-8") for lock in locks)
    assert (
        re.findall(r"^\W*(?:py)?(zstd|zstandard|brotli|brotlicffi|lz4|python-snappy)\b", text, re.MULTILINE) == []
    )
