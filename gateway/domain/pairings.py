"""One-time codes with which a resident's phone fetches what it makes its showings from."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta

PAIRING_LIFETIME = timedelta(minutes=10)
"""Phone and card office are in one room: who needs longer gets another code."""


@dataclass(frozen=True, slots=True)
class FreshPairing:
    """A code as it is shown, and what is kept: its keyed hash, and the pairings sealed under the code itself."""

    code: str = field(repr=False)
    code_hash: bytes = field(repr=False)
    sealed: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Claim:
    """A phone that brings a code. `phone` is the keyed hash of what it calls itself, at random, for this alone."""

    code: str = field(repr=False)
    code_hash: bytes = field(repr=False)
    phone: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Paired:
    """What a phone gets: a pairing for each of its passes, each with its sector."""

    pairings: Sequence[tuple[str, str]] = field(repr=False)
