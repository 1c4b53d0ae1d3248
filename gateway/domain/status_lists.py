"""A sector's status list: one bit for each place, 1 where a card must not be honoured at a gate without a line.

IETF Token Status List (draft-ietf-oauth-status-list): bits of one, place 0 is the least significant bit of byte 0,
0 is VALID and 1 is INVALID. There is no third value: a gate learns whether, and never why.
"""

from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Protocol

from gateway.domain.passes import STATUS_LIST_SIZE
from gateway.domain.rewards import Reward, Rule

LIST_BYTES = STATUS_LIST_SIZE // 8


@dataclass(frozen=True, slots=True)
class Places:
    """Some places that have cards, and which of these must not be honoured."""

    used: Sequence[int]
    invalid: Sequence[int]


@dataclass(frozen=True, slots=True)
class SignedList:
    """A status list as it is handed out. The tag changes with its bits and with the day."""

    token: str = field(repr=False)
    tag: str


class Placed(Protocol):
    """Which places have cards, and which of them count. Implemented by store."""

    def places(self, sector: str, rule: Rule, *, today: date) -> AsyncIterator[Places]:
        """Yield a sector's places, some at a time.

        Raises:
            Unavailable: the database can't answer.
        """
        ...


class ListSigner(Protocol):
    """Makes decoys, and signs lists. Implemented by auth; both take a while, so they are called in a thread."""

    def decoys(self, sector: str, share: float) -> bytes:
        """Return LIST_BYTES in which this share of bits is 1, the same each time for a sector and a share.

        Where the share grows no 1 becomes 0, and where it shrinks no 0 becomes 1: as with cards.
        """
        ...

    def sign(self, sector: str, bits: bytes) -> str:
        """Return the list as a signed token.

        Raises:
            KeysMissing: there is no active `pass` key.
        """
        ...


def offline_rules(rewards: Iterable[Reward]) -> dict[str, Rule]:
    """Return by sector the one rule of its rewards that may be given offline: the catalogue allows no second."""
    return {reward.sector: reward.rule for reward in rewards if reward.offline}


class Bits:
    """A list under construction, in 2 MiB whatever the number of cards."""

    def __init__(self) -> None:
        self._used, self._invalid = bytearray(LIST_BYTES), bytearray(LIST_BYTES)
        self._counts = [0, 0]

    def add(self, places: Places) -> None:
        """Note some places."""
        for count, (mask, indices) in enumerate(((self._used, places.used), (self._invalid, places.invalid))):
            self._counts[count] += len(indices)
            for index in indices:
                mask[index >> 3] |= 1 << (index & 7)

    @property
    def share(self) -> float:
        """Which part of the cards is INVALID."""
        used, invalid = self._counts
        return invalid / used if used else 0.0

    def over(self, decoys: bytes) -> bytes:
        """Return the list: decoys wherever there is no card."""
        used, invalid = (int.from_bytes(mask, "little") for mask in (self._used, self._invalid))
        unused = ((1 << STATUS_LIST_SIZE) - 1) ^ used
        return ((int.from_bytes(decoys, "little") & unused) | invalid).to_bytes(LIST_BYTES, "little")
