"""Several works in one durable commit; and in more, where one of them can't be done with the others.

What fails with an error of its own (a lock that somebody else keeps, seats that went meanwhile, a mistake of ours)
is taken out, and the others are done without it. Nothing is done twice: what failed has left nothing.
"""

import logging
from collections.abc import Sequence
from typing import cast

from sqlalchemy.exc import DBAPIError

from gateway.domain.errors import Unavailable
from gateway.domain.ledger import InFlight, Redeem
from gateway.store.addresses import sqlstate
from gateway.store.applying import Done, Kind, Taps, Work, apply, kind_of
from gateway.store.database import Database
from gateway.store.entries import LOCK_NOT_AVAILABLE, ClaimedByAnother, Transaction
from gateway.store.redeeming_together import redeem_together
from gateway.store.seats import SeatsLost
from gateway.store.turns import Stumbled, in_turns
from gateway.store.weather import is_weather

_log = logging.getLogger(__name__)

PLAIN_RACES_MAX = 3
"""How often redemptions may lose seats together before they are recorded one by one, which also collects seats."""

SEAT_RACES_MAX = 5
"""How often a request may find seats and then lose them to others before it is told to come back."""

Results = list[Done | Exception]


async def settle(database: Database, works: Sequence[Work]) -> Results:
    """Do works of one kind in as few transactions as they allow; return for each its outcome, or its error.

    A work whose error is Unavailable may be asked again. Where the last commit's answer got lost, nobody knows
    whether it counts.
    """
    if works and kind_of(works[0]) is Kind.PLAIN:
        return await _settle_plainly(database, cast("Sequence[Redeem]", works))
    return await _settle(database, works, races=SEAT_RACES_MAX)


async def _settle_plainly(database: Database, works: Sequence[Redeem]) -> Results:
    """Record redemptions with one statement for each step; each with its own statements where that fails."""
    results: dict[int, Done | Exception] = {}
    left, races = list(range(len(works))), PLAIN_RACES_MAX
    while left:
        mine = [works[number] for number in left]
        try:
            found: Sequence[Done | Exception | None] = await redeem_together(database, mine)
        except SeatsLost:
            races -= 1
            if races:
                continue
            found = await _settle(database, mine, races=SEAT_RACES_MAX)
        except Unavailable as error:
            found = [error] * len(mine)
        except Exception as error:  # SQLAlchemy will say what it is; a mistake of ours shall not be silent
            _log.info("redemptions recorded one by one", extra={"reason": type(error).__name__})
            found = await _settle(database, mine, races=SEAT_RACES_MAX)
        results |= {number: done for number, done in zip(left, found, strict=True) if done is not None}
        left = [number for number, done in zip(left, found, strict=True) if done is None]
    return [results[number] for number in range(len(works))]


async def _settle(database: Database, works: Sequence[Work], *, races: int) -> Results:
    """Do works in one transaction, each with its own statements, or in more."""
    try:
        return list(await _in_one(database, works))
    except Stumbled as stumbled:
        if len(works) == 1:
            return await _alone(database, works[0], stumbled.error, races=races)
        return await _apart(database, works, stumbled, races=races)
    except Exception as error:  # the database itself: it failed to begin, or to commit
        return [error] * len(works)


async def _in_one(database: Database, works: Sequence[Work]) -> list[Done]:
    together = len(works) > 1
    async with database.write() as connection:
        tx = Transaction(database, connection, together)
        if together:
            await database.wait_shortly(connection)
        return await in_turns([apply(tx, work) for work in works])


async def _alone(database: Database, work: Work, error: Exception, *, races: int) -> Results:
    """Return what becomes of a work that failed with nobody beside it."""
    if isinstance(error, SeatsLost) and races > 1:
        # Undone as a whole; who looks now is told that it is sold out, and has touched no quota.
        return await _settle(database, [work], races=races - 1)
    if isinstance(error, ClaimedByAnother):
        return [InFlight()]
    if isinstance(error, SeatsLost) or is_weather(error):
        unavailable = Unavailable("database")
        unavailable.__cause__ = error
        return [unavailable]
    return [error]


async def _apart(database: Database, works: Sequence[Work], stumbled: Stumbled, *, races: int) -> Results:
    """Do works without those that stand in the others' way, and these then by themselves."""
    error = stumbled.error
    if is_weather(error) and not (isinstance(error, DBAPIError) and sqlstate(error) == LOCK_NOT_AVAILABLE):
        unavailable = Unavailable("database")
        unavailable.__cause__ = error
        return [unavailable] * len(works)
    lost = isinstance(error, SeatsLost)
    out = _losers(works, stumbled.number) if lost else {stumbled.number}
    results: dict[int, Done | Exception] = {}
    for part in ([n for n in range(len(works)) if n not in out], sorted(out)):
        if not part:
            continue
        if isinstance(error, ClaimedByAnother) and part == [stumbled.number]:
            results[stumbled.number] = InFlight()
            continue
        left = races - 1 if lost and len(part) == len(works) else races
        if left == 0:
            return [Unavailable("database")] * len(works)
        found = await _settle(database, [works[n] for n in part], races=left)
        results |= dict(zip(part, found, strict=True))
    return [results[n] for n in range(len(works))]


def _losers(works: Sequence[Work], first: int) -> set[int]:
    """Return who comes for the same seats as the first one that got none, and after it."""

    def seats(number: int) -> tuple[str, str | None] | None:
        work = works[number]
        return None if isinstance(work, Taps) else (work.partner_id, getattr(work, "occasion", None))

    return {number for number in range(first, len(works)) if seats(number) == seats(first)}
