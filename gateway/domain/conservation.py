"""The ledger's books must balance: what a check of all of them looks at, and what it finds."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum


class Law(StrEnum):
    """What has to be equal, in the words that an auditor reads."""

    REVERSED = "a redemption's reversed units are those of its reversals"
    QUOTA = "a quota's used units and overdraft are its live redemptions"
    HELD_QUOTA = "a quota's held units are those of its holds"
    HELD_SEAT = "an occasion's held places are those of its holds"
    OVERDRAFT = "a quota's overdraft is that of its redemptions"
    OCCASION = "an occasion's used places are its live redemptions"
    REDEEMED_ENTRY = "a redemption has the one entry of its request"
    ENTRY_REDEMPTION = "an entry with an effect has its redemption, of the same partner"
    TAP = "an accepted tap has its redemption, and a redemption that happened offline its tap"
    ALLOWANCE = "a device's used allowance is its accepted taps"
    HELD_ENTRY = "a hold has the one entry of its request"
    CONFIRMED = "a confirmed hold has its one redemption"


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One place at which the books don't balance.

    `subject` names a bucket, an occasion, a request, a hold or a device's day; never a person, nor a pseudonym.
    `recorded` is what the counter says, `recomputed` what follows from the entries.
    """

    law: Law
    subject: str
    redemption: str | None
    recorded: int
    recomputed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """One law, how many rows it was checked on, how many differ, and the first of those."""

    law: Law
    rows: int
    differing: int
    differences: Sequence[Difference]
