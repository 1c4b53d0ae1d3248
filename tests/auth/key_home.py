"""Key homes for tests, written straight from the contract and not by the tool or the code under test."""

import base64
import json
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec, ed25519

from gateway.auth.keyring import Keyring

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
DAY = timedelta(days=1)

ALGORITHMS = {
    "access-token": "ES256",
    "pass": "EdDSA",
    "live": "HPKE-0",
    "registry": "HS256",
    "handle": "HS256",
    "fingerprint": "HS256",
    "reference": "A256GCM",
    "period": "A256GCM",
    "cursor": "HS256",
    "pin": "HS256",
    "nonce": "HS256",
    "statement": "EdDSA",
}


NONCE_SECRET = bytes(range(32))
"""The secret of every nonce key: a machine in a test makes its proofs before there is a key home."""


@dataclass(frozen=True)
class Key:
    """One [[key]] of a manifest, active from yesterday for a year unless told otherwise."""

    kid: str
    purpose: str
    state: str = "active"
    not_before: datetime = NOW - DAY
    not_after: datetime = NOW + 365 * DAY


class Hands:
    """A clock that a test turns."""

    def __init__(self, now: datetime = NOW) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now


def one_of_each() -> list[Key]:
    """An active key, `<purpose>-1`, for every purpose."""
    return [Key(f"{purpose}-1", purpose) for purpose in ALGORITHMS]


def write_home(home: Path, keys: Iterable[Key], *, sandbox: bool = False) -> Path:
    """Write the manifest anew, and the files of keys that have none yet."""
    (home / "public").mkdir(parents=True, exist_ok=True)
    (home / "private").mkdir(mode=0o700, exist_ok=True)
    keys = list(keys)
    tables = [f"sandbox = {str(sandbox).lower()}\n"]
    for key in keys:
        tables.append(
            f'[[key]]\nkid = "{key.kid}"\npurpose = "{key.purpose}"\nalgorithm = "{ALGORITHMS[key.purpose]}"\n'
            f'state = "{key.state}"\nnot_before = {key.not_before.isoformat()}\n'
            f"not_after = {key.not_after.isoformat()}\n"
        )
        if not private_path(home, key.kid).exists():
            write_material(home, key)
    (home / "manifest.toml").write_text("\n".join(tables))
    return home


def private_path(home: Path, kid: str) -> Path:
    return home / "private" / f"{kid}.jwk.json"


def public_path(home: Path, kid: str) -> Path:
    return home / "public" / f"{kid}.jwk.json"


def write_material(home: Path, key: Key) -> None:
    """Write fresh key files, private ones readable by their owner alone."""
    private, public = _material(key)
    path = private_path(home, key.kid)
    path.touch(mode=0o600)
    path.write_text(json.dumps(private))
    if public is not None:
        public_path(home, key.kid).write_text(json.dumps(public))


def load(home: Path, *keys: Key, clock: Hands | None = None) -> Keyring:
    """The keyring of a home with these keys, or with one of each."""
    return Keyring.load(write_home(home, keys or one_of_each()), clock=clock or Hands())


def _material(key: Key) -> tuple[dict[str, Any], dict[str, Any] | None]:
    algorithm = ALGORITHMS[key.purpose]
    named = {"kid": key.kid, "alg": algorithm}
    if algorithm == "ES256":
        curve_key = ec.generate_private_key(ec.SECP256R1())
        point = curve_key.public_key().public_numbers()
        public = {"kty": "EC", "crv": "P-256", "x": _b64(point.x.to_bytes(32, "big"))}
        public["y"] = _b64(point.y.to_bytes(32, "big"))
        secret = curve_key.private_numbers().private_value.to_bytes(32, "big")
    elif algorithm == "EdDSA":
        edwards_key = ed25519.Ed25519PrivateKey.generate()
        public = {"kty": "OKP", "crv": "Ed25519", "x": _b64(edwards_key.public_key().public_bytes_raw())}
        secret = edwards_key.private_bytes_raw()
    else:
        octets = NONCE_SECRET if key.purpose == "nonce" else secrets.token_bytes(32)
        return {"kty": "oct", "k": _b64(octets), **named}, None
    public = {**public, **named, "use": "sig"}
    return {**public, "d": _b64(secret)}, public


def _b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
