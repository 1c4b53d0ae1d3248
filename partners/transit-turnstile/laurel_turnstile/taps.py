"""A tap, and where it is on its way.

    ASKED     the gateway was asked; no answer yet, and the gate is closed. Nothing of the pass is kept.
    GRANTED   the gate decided alone and opens; the sealed pass waits for the upload.
    OPENED    a redemption is on record for it; kept for as long as the arm may be said not to have turned.
    UNWANTED  the gate did not open, and the gateway may have it on record: to be found out, and taken back.
    ENDED     nothing is left to do. Kept for a day, so that a controller's repetition opens nothing.

`told` says that the gateway may know the request id: it was asked online, or an upload was begun.
"""

import sqlite3
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from laurel_turnstile.decision import instant


class State(StrEnum):
    """Where a tap is."""

    ASKED = "ASKED"
    GRANTED = "GRANTED"
    OPENED = "OPENED"
    UNWANTED = "UNWANTED"
    ENDED = "ENDED"


@dataclass(frozen=True, slots=True)
class Kept:
    """One tap as the box has it."""

    request_id: str
    state: State
    told: bool
    happened_at: datetime
    sealed: bytes | None = field(repr=False)
    allowance: int | None
    redemption_id: str | None


def kept_in(row: sqlite3.Row) -> Kept:
    """Return the tap that a row is."""
    return Kept(
        request_id=row["request_id"],
        state=State(row["state"]),
        told=bool(row["told"]),
        happened_at=instant(row["happened_at"]),
        sealed=row["sealed"],
        allowance=row["allowance"],
        redemption_id=row["redemption_id"],
    )
