"""How far the gateway's clock is from the database's: tokens are judged by the one, what counts by the other."""

from datetime import timedelta

from sqlalchemy import select

from gateway.domain.clock import Clock
from gateway.store.database import Database

DIFFERENCE_MAX = timedelta(seconds=30)
"""Half of what a proof may be old: beyond it, partners with a right clock will soon be refused."""


class ClockDifference:
    """Compares the two clocks now and then, so that whoever asks for readiness or metrics asks no database."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._ahead: timedelta | None = None

    @property
    def ahead(self) -> timedelta | None:
        """By how much the gateway's clock was ahead at the last look; negative where behind, None before one."""
        return self._ahead

    @property
    def is_small(self) -> bool:
        """Whether the clocks agree, as far as anybody has looked."""
        return self._ahead is None or abs(self._ahead) <= DIFFERENCE_MAX

    async def refresh(self) -> None:
        """Look. What the way there and back takes, a second at most, may be off by half.

        Raises:
            Unavailable: the database can't answer; what was found before stays.
        """
        async with self._database.read() as connection:
            asked = self._clock()
            there = (await connection.execute(select(self._database.now()))).scalar_one()
            answered = self._clock()
        self._ahead = asked + (answered - asked) / 2 - there
