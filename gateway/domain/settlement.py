"""What the city owes a partner for a month: exact, reproducible, and in whole fen.

A redemption counts in the month in which it was recorded, a reversal in the month in which it was made: so a month
that is over never changes. Months are civil ones in the programme's time zone. What a gate granted offline counts
when it arrives; the annex says how much of it there is, and what was rejected. How much of it was overdraft is the
city's loss and not the partner's to know: it would say of a pass that it was not good for more.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

from gateway.domain.errors import MalformedInput

FINAL_AFTER = timedelta(minutes=10)
"""How long after its end a month is final: what was recorded in its last moment has been committed by then."""

_MONTH = re.compile(r"(20[0-9]{2})-(0[1-9]|1[0-2])")


@dataclass(frozen=True, slots=True)
class Month:
    """A calendar month in a time zone, from its first instant to the first of the next, both in UTC."""

    name: str
    zone: ZoneInfo
    begins: datetime
    ends: datetime

    @classmethod
    def named(cls, name: str, zone: ZoneInfo) -> "Month":
        """Return the month of a name such as `2026-11`, or raise MalformedInput."""
        written = _MONTH.fullmatch(name)
        if written is None:
            raise MalformedInput("month", "Give a year from 2000 on and a month, such as 2026-11.")
        year, month = int(written[1]), int(written[2])
        first = datetime(year, month, 1, tzinfo=zone)
        after = datetime(year + month // 12, month % 12 + 1, 1, tzinfo=zone)
        return cls(name, zone, first.astimezone(UTC), after.astimezone(UTC))

    def final_at(self, now: datetime) -> bool:
        """Whether nothing can be added to it any more."""
        return now >= self.ends + FINAL_AFTER


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """What came of one reward at one tariff: units that were redeemed in the month, and units taken back in it."""

    reward: str
    tariff_fen: int
    redeemed: int
    reversed: int

    @property
    def units(self) -> int:
        """The units that the city pays for. Negative where more came back than was redeemed."""
        return self.redeemed - self.reversed

    @property
    def amount_fen(self) -> int:
        """What it pays for them."""
        return self.units * self.tariff_fen


@dataclass(frozen=True, slots=True, kw_only=True)
class TapLine:
    """Taps of one reward that arrived in the month with one verdict. Accepted ones are in the redeemed units."""

    reward: str
    verdict: str
    reason: str | None
    taps: int
    units: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Settlement:
    """One partner's month. `final` says that it will never change."""

    partner_id: str
    month: Month
    final: bool
    lines: Sequence[Line]
    taps: Sequence[TapLine]

    @property
    def amount_fen(self) -> int:
        """What the city owes; negative where the partner owes the city."""
        return sum(line.amount_fen for line in self.lines)


@dataclass(frozen=True, slots=True, kw_only=True)
class RejectedTap:
    """One tap of the annex."""

    request_id: str
    device_id: str
    reward: str
    quantity: int
    happened_at: datetime
    arrived_at: datetime
    reason: str


class Settlements(Protocol):
    """The sums of the ledger that settlements are made of."""

    async def settle(self, partner_id: str, month: Month) -> Settlement:
        """Add a partner's month up, by the database's clock.

        Raises:
            Unavailable: the database can't answer.
        """
        ...


class SettlementSigner(Protocol):
    """Signs settlements as the gateway. Implemented by auth."""

    def sign_settlement(self, settlement: Settlement) -> str:
        """Return the settlement in canonical form as a compact JWS: the same bytes every time, under one key.

        Raises:
            KeysMissing: there is no key to sign with.
        """
        ...
