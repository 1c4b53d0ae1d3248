"""The manifest of a key home: which keys there are, what for, in which state, and when they are valid.

It is TOML of one fixed shape, read with the standard library and written by the few lines below.
"""

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, TypeGuard

from keys.purposes import PURPOSES, Purpose

KID = re.compile(r"[A-Za-z0-9._-]{1,64}")

_HEADER = """\
# The manifest of this key home. The tool writes it, comments included: python -m keys --help
#
# Each [[key]] has a kid, a purpose, the purpose's algorithm, a state, and the UTC instants between which it is
# valid. States: next (published, not used yet), active (signs; of two the one with the newest not_before),
# retired (only verifies, until not_after), revoked (never used again).
# public/<kid>.jwk.json holds the public half of a signing key and belongs in git;
# private/<kid>.jwk.json holds the private half, or the secret, and must never be there.
# README.md beside the tool tells the ceremony. Commit this file together with public/.

# true in a sandbox's home: its keys protect nothing, and a production start refuses them.
"""

_POSITION = re.compile(r"at line \d+, column \d+|at end of document")


class State(StrEnum):
    """What a key may be used for."""

    NEXT = "next"
    ACTIVE = "active"
    RETIRED = "retired"
    REVOKED = "revoked"


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """One entry of the manifest. Times are in UTC; the key is valid in [not_before, not_after)."""

    kid: str
    purpose: Purpose
    state: State
    not_before: datetime
    not_after: datetime

    def is_live(self, now: datetime) -> bool:
        """Whether anybody may still use the key, if only to verify or to know it in advance."""
        return self.state is not State.REVOKED and now < self.not_after


@dataclass(frozen=True, slots=True)
class Manifest:
    """The keys of a home in the order of their making."""

    sandbox: bool = False
    keys: tuple[Key, ...] = ()

    def live(self, purpose: Purpose, now: datetime) -> list[Key]:
        """Return the live keys of a purpose."""
        return [key for key in self.keys if key.purpose is purpose and key.is_live(now)]

    def active(self, purpose: Purpose, now: datetime) -> list[Key]:
        """Return the live active keys of a purpose, the one that signs last."""
        active = (key for key in self.live(purpose, now) if key.state is State.ACTIVE)
        return sorted(active, key=lambda key: key.not_before)


def parse(data: bytes) -> tuple[Manifest, list[str]]:
    """Return what is right in a manifest, and a sentence for each thing that is wrong.

    The sentences quote nothing but kids of the right form: a key may have been pasted into the wrong place.
    """
    try:
        document = tomllib.loads(data.decode())
    except ValueError as error:
        place = _POSITION.search(str(error))
        where = f" ({place[0]})" if place else ""
        return Manifest(), [f"can't be read as TOML{where}: mend it, or take the last committed version"]
    sandbox, tables = document.pop("sandbox", False), document.pop("key", [])
    problems = []
    if document or not isinstance(sandbox, bool) or not isinstance(tables, list):
        problems.append("may hold only sandbox = true or false and [[key]] tables: remove the rest")
        tables = tables if isinstance(tables, list) else []
    keys: dict[str, Key] = {}
    for number, table in enumerate(tables, start=1):
        key, wrong = _parse_key(table, number)
        problems += wrong
        if key and key.kid in keys:
            problems.append(f"repeats the kid {key.kid}: remove the [[key]] table that is not meant")
        elif key:
            keys[key.kid] = key
    return Manifest(sandbox is True, tuple(keys.values())), problems


def render(manifest: Manifest) -> str:
    """Return the manifest as TOML text."""
    return _HEADER + f"sandbox = {str(manifest.sandbox).lower()}\n" + "".join(map(_render_key, manifest.keys))


def _render_key(key: Key) -> str:
    return (
        f'\n[[key]]\nkid = "{key.kid}"\npurpose = "{key.purpose.name}"\nalgorithm = "{key.purpose.algorithm}"\n'
        f'state = "{key.state}"\nnot_before = {key.not_before:%Y-%m-%dT%H:%M:%SZ}\n'
        f"not_after = {key.not_after:%Y-%m-%dT%H:%M:%SZ}\n"
    )


def _parse_key(table: Any, number: int) -> tuple[Key | None, list[str]]:
    """One [[key]] table, or why it is none."""
    table = table if isinstance(table, dict) else {}
    kid = table.get("kid")
    if not isinstance(kid, str) or not KID.fullmatch(kid):
        return None, [f"[[key]] number {number}: kid must be 1 to 64 of the characters A-Z, a-z, 0-9, . _ and -"]
    wrong = list(_faults(table))
    if wrong:
        return None, [f"{kid}: {fault}" for fault in wrong]
    return Key(
        kid=kid,
        purpose=PURPOSES[table["purpose"]],
        state=State(table["state"]),
        not_before=table["not_before"].astimezone(UTC),
        not_after=table["not_after"].astimezone(UTC),
    ), []


def _is_instant(value: object) -> TypeGuard[datetime]:
    return isinstance(value, datetime) and value.tzinfo is not None


def _faults(table: dict[str, Any]) -> Iterator[str]:
    """What is wrong with the fields of a table, kid aside."""
    name, begin, end = table.get("purpose"), table.get("not_before"), table.get("not_after")
    purpose = PURPOSES.get(name) if isinstance(name, str) else None
    if purpose is None:
        yield f"unknown purpose: use one of {', '.join(PURPOSES)}"
    elif table.get("algorithm") != purpose.algorithm:
        yield f"wrong algorithm: a key for {purpose.name} must have {purpose.algorithm}"
    if table.get("state") not in list(State):
        yield f"unknown state: use one of {', '.join(State)}"
    if not (_is_instant(begin) and _is_instant(end) and begin < end):
        yield "not_before and not_after must be TOML datetimes in UTC, the first before the second"
    if table.keys() - {"kid", "purpose", "algorithm", "state", "not_before", "not_after"}:
        yield "has a field that no key has: remove it"
