"""Reads a key home: `manifest.toml`, `public/<kid>.jwk.json` and `private/<kid>.jwk.json`.

Whatever is wrong is a ConfigurationError of one sentence: where, and which command of the offline key tool
mends it. No message quotes a file's content, for that could be a key.
"""

import json
import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

from gateway.auth.jwk import KID
from gateway.domain.errors import ConfigurationError

FILE_BYTES_MAX = 64 * 1024
"""No manifest and no key is larger; a larger file is something else."""

_OTHERS_MAY = 0o077


class Purpose(StrEnum):
    """What a key is for. A key never serves two purposes."""

    ACCESS_TOKEN = "access-token"
    PASS = "pass"
    LIVE = "live"
    REGISTRY = "registry"
    HANDLE = "handle"
    FINGERPRINT = "fingerprint"
    REFERENCE = "reference"
    PERIOD = "period"
    CURSOR = "cursor"
    PIN = "pin"
    NONCE = "nonce"
    STATEMENT = "statement"


ALGORITHMS: Mapping[Purpose, str] = {
    Purpose.ACCESS_TOKEN: "ES256",
    Purpose.PASS: "EdDSA",
    Purpose.LIVE: "HPKE-0",
    Purpose.REGISTRY: "HS256",
    Purpose.HANDLE: "HS256",
    Purpose.FINGERPRINT: "HS256",
    Purpose.REFERENCE: "A256GCM",
    Purpose.PERIOD: "A256GCM",
    Purpose.CURSOR: "HS256",
    Purpose.PIN: "HS256",
    Purpose.NONCE: "HS256",
    Purpose.STATEMENT: "EdDSA",
}
"""The one algorithm of each purpose."""

SIGNING = frozenset({Purpose.ACCESS_TOKEN, Purpose.PASS, Purpose.STATEMENT})
"""Purposes with a key pair; the others have one secret of 32 bytes."""


class State(StrEnum):
    """`next` is published, `active` signs, `retired` only verifies, `revoked` is dead."""

    NEXT = "next"
    ACTIVE = "active"
    RETIRED = "retired"
    REVOKED = "revoked"


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """One key as the manifest lists it."""

    kid: str
    purpose: Purpose
    state: State
    not_before: datetime
    not_after: datetime

    def live_at(self, now: datetime) -> bool:
        """Whether what the key made still counts."""
        return self.state is not State.REVOKED and now < self.not_after

    def active_at(self, now: datetime) -> bool:
        """Whether the key may make something new."""
        return self.state is State.ACTIVE and self.not_before <= now < self.not_after


class KeyHome:
    """A directory of keys, read and checked on demand."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def manifest(self) -> tuple[bool, tuple[Listing, ...]]:
        """Return whether these are sandbox keys, and the listed keys."""
        path = self.path / "manifest.toml"
        try:
            manifest = tomllib.loads(self._read(path, mend="new --all"))
        except tomllib.TOMLDecodeError as error:
            raise self.wrong(path, f"is not TOML ({error})") from None
        sandbox, tables = manifest.get("sandbox", False), manifest.get("key", [])
        if not isinstance(sandbox, bool):
            raise self.wrong(path, "says neither true nor false for `sandbox`")
        if not isinstance(tables, list):
            raise self.wrong(path, "has no [[key]] tables")
        listings = tuple(self._listing(path, number, table) for number, table in enumerate(tables, 1))
        if len({listing.kid for listing in listings}) < len(listings):
            raise self.wrong(path, "lists a kid twice")
        return sandbox, listings

    def _listing(self, path: Path, number: int, table: Mapping[str, Any]) -> Listing:
        where = f"in its [[key]] number {number}"
        try:
            kid, algorithm, dates = table["kid"], table["algorithm"], (table["not_before"], table["not_after"])
            purpose, state = Purpose(table["purpose"]), State(table["state"])
        except KeyError as error:
            raise self.wrong(path, f"lacks {error} {where}") from None
        except (TypeError, ValueError):
            raise self.wrong(path, f"names an unknown purpose or state {where}") from None
        if not (isinstance(kid, str) and KID.fullmatch(kid)):
            raise self.wrong(path, f"has no usable kid {where}")
        if algorithm != ALGORITHMS[purpose]:
            raise self.wrong(path, f"needs the algorithm {ALGORITHMS[purpose]} {where}")
        if not all(isinstance(date, datetime) and date.tzinfo is not None for date in dates):
            raise self.wrong(path, f"needs not_before and not_after with a UTC offset {where}")
        return Listing(kid=kid, purpose=purpose, state=state, not_before=dates[0], not_after=dates[1])

    def public_path(self, kid: str) -> Path:
        """Where the public JWK of a key lies."""
        return self.path / "public" / f"{kid}.jwk.json"

    def private_path(self, kid: str) -> Path:
        """Where the private JWK or the secret of a key lies."""
        return self.path / "private" / f"{kid}.jwk.json"

    def public_jwk(self, kid: str) -> Mapping[str, Any]:
        """Return the public JWK of a key."""
        return self._jwk(self.public_path(kid), kid, private=False)

    def private_jwk(self, kid: str) -> Mapping[str, Any]:
        """Return the private JWK or the secret of a key; refuses a file that others can read."""
        return self._jwk(self.private_path(kid), kid, private=True)

    def wrong(self, path: Path, what: str, *, mend: str = "check") -> ConfigurationError:
        """Return the error to raise about a file: what is wrong, and the command that mends it."""
        return ConfigurationError(f"{path} {what}: run `python -m keys {mend} --home {self.path}`.")

    def _jwk(self, path: Path, kid: str, *, private: bool) -> Mapping[str, Any]:
        text = self._read(path, private=private)
        try:
            jwk = json.loads(text)
        except (ValueError, RecursionError):
            jwk = None
        if not isinstance(jwk, dict) or jwk.get("kid") != kid:
            raise self.wrong(path, "is not the JWK of that kid")
        return jwk

    def _read(self, path: Path, *, private: bool = False, mend: str = "check") -> str:
        try:
            with path.open("rb") as file:
                if private and os.fstat(file.fileno()).st_mode & _OTHERS_MAY:
                    raise ConfigurationError(
                        f"{path} is a private key that others can read: run `chmod 600 {path}`"
                        f" and `python -m keys check --home {self.path}`."
                    )
                content = file.read(FILE_BYTES_MAX + 1)
            if len(content) > FILE_BYTES_MAX:
                raise self.wrong(path, f"is larger than {FILE_BYTES_MAX} bytes")
            return content.decode()
        except OSError as error:
            raise self.wrong(path, f"can't be read ({error.strerror})", mend=mend) from None
        except UnicodeDecodeError:
            raise self.wrong(path, "is not UTF-8 text") from None
