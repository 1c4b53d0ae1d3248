"""What no gateway could do without, measured by itself: each signature's check, and a durable write."""

import os
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import Self

from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from nacl.bindings import crypto_sign_open

from gateway.auth import base64url
from gateway.auth.jwk import SigningKey
from gateway.auth.keyring import Keyring, Purpose

CHECKS = 400
"""Checks in one measurement: some 30 ms."""

WRITES = 100
PAGE = bytes(8192)


@dataclass(frozen=True, slots=True)
class Costs:
    """CPU microseconds of checking one signature of each kind; microseconds until 8 KiB are durable."""

    es256: float
    ed25519: float
    write: float

    @classmethod
    def median(cls, found: Sequence[Self]) -> Self:
        """Return the median of each."""
        return cls(*map(statistics.median, zip(*map(astuple, found), strict=True)))


@dataclass(frozen=True, slots=True)
class Steps:
    """The bare steps: signatures with their keys loaded and decoded before, and a folder on the gateway's disk."""

    es256: Callable[[], object]
    ed25519: Callable[[], object]
    folder: Path

    @classmethod
    def of(cls, access_token: str, pass_token: str, *, keyring: Keyring, folder: Path) -> Self:
        """Take two tokens of a running gateway apart."""
        return cls(
            es256=_check(access_token, keyring.signing(Purpose.ACCESS_TOKEN)),
            ed25519=_check(pass_token, keyring.signing(Purpose.PASS)),
            folder=folder,
        )

    def costs(self) -> Costs:
        """Measure each step, many times over."""
        return Costs(_cpu_us(self.es256), _cpu_us(self.ed25519), _write_us(self.folder))


def _check(token: str, key: SigningKey) -> Callable[[], object]:
    """Return the check of a token that this key has signed; a forged one would raise."""
    signed, _, encoded = token.rpartition(".")
    content, signature = signed.encode("ascii"), base64url.decode(encoded)
    public = key.key.public_key()
    if isinstance(public, Ed25519PublicKey):  # by libsodium, as the gateway does: it is the faster one
        joined, raw = signature + content, public.public_bytes_raw()
        return lambda: crypto_sign_open(joined, raw)
    assert isinstance(public, EllipticCurvePublicKey)
    r, s = (int.from_bytes(half, "big") for half in (signature[:32], signature[32:]))
    der, ecdsa = encode_dss_signature(r, s), ECDSA(SHA256())
    return lambda: public.verify(der, content, ecdsa)


def _cpu_us(check: Callable[[], object]) -> float:
    started = time.process_time()
    for _ in range(CHECKS):
        check()
    return (time.process_time() - started) / CHECKS * 1e6


def _write_us(folder: Path) -> float:
    found = []
    with tempfile.TemporaryFile(dir=folder) as file:
        for _ in range(WRITES):
            started = time.perf_counter()
            os.pwrite(file.fileno(), PAGE, 0)
            os.fdatasync(file.fileno())
            found.append((time.perf_counter() - started) * 1e6)
    return statistics.median(found)
