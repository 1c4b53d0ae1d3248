"""What redemptions of one transaction take: seats, showings and quotas, each by one statement for all of them."""

import secrets
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from gateway.domain.eligibility import Cause
from gateway.domain.ledger import Outcome, Redeem
from gateway.domain.redemptions import Reason
from gateway.store import taking_steps as taking
from gateway.store.seats import SeatsLost
from gateway.store.showings import forget_after
from gateway.store.steps import Asked, Step


@dataclass(slots=True, eq=False)
class Going:
    """One redemption on its way: what speaks against it, and what it has taken."""

    command: Redeem
    refusal: Reason | None = None
    cause: Cause | None = None
    now: datetime | None = None
    marked: bool = False
    outcome: Outcome | None = None

    @property
    def quota(self) -> tuple[bytes, str]:
        """The key of the quota that it takes from."""
        return self.command.pseudonym, self.command.bucket

    @property
    def show(self) -> tuple[str, str]:
        """The key of its occasion."""
        return self.command.partner_id, self.command.occasion or ""

    @property
    def claimed_at(self) -> datetime:
        """The database's clock when its entry was inserted."""
        assert self.now is not None
        return self.now


async def with_seats(asked: Asked, going: Sequence[Going]) -> list[Going]:
    """Look for seats; return all but those for whom there are some, and not also for those before them."""
    shows = sorted({one.show for one in going if one.command.occasion is not None})
    if not shows:
        return list(going)
    found = await asked.all(taking.SEATS, shows)
    off = {(partner_id, occasion): called_off for partner_id, occasion, called_off, _ in found}
    free = {(partner_id, occasion): seats for partner_id, occasion, _, seats in found}
    promised: dict[tuple[str, str], int] = defaultdict(int)
    here = []
    for one in going:
        if one.command.occasion is not None:
            quantity = one.command.quantity
            if off.get(one.show):
                one.refusal = Reason.UNKNOWN_OCCASION
            elif quantity > free.get(one.show, 0):
                one.refusal = Reason.SOLD_OUT
            elif promised[one.show] + quantity > free[one.show]:
                continue
            else:
                promised[one.show] += quantity
        here.append(one)
    return here


async def set_marks(asked: Asked, going: Sequence[Going]) -> None:
    """Use up what may be used once (`showings.use_up`)."""
    sets = [one.cause is None and one.command.mark.remembered is not None for one in going]
    marks = [
        (one.command.mark.digest, forget_after(one.command.mark, one.claimed_at), use)
        for one, use in zip(going, sets, strict=True)
    ]
    marked = {row[0] for row in await asked.all(taking.MARKS, marks)}
    for one, use in zip(going, sets, strict=True):
        one.marked = use and one.command.mark.digest in marked
        if use and not one.marked:
            one.cause = Cause.USED_BEFORE


async def take_quotas(asked: Asked, going: Sequence[Going]) -> list[Going]:
    """Take units of quotas; return those for whom there were none (`counters.take_quota`)."""
    left = await _take(asked, taking.ADDED, going)
    if left:
        left = await _take(asked, taking.BEGUN, left)
    if left:
        locked = {(row[0], row[1]) for row in await asked.all(taking.EXPIRED, [_taken(one) for one in left])}
        collected = await asked.all(taking.COLLECTED, [(*one.quota, one.quota in locked) for one in left])
        freed: dict[tuple[bytes, str], int] = defaultdict(int)
        for pseudonym, bucket, quantity in collected:
            freed[pseudonym, bucket] += quantity
        await asked.all(taking.FREED, [(*one.quota, freed[one.quota]) for one in left])
        left = await _take(asked, taking.ADDED, left)
    return left


async def _take(asked: Asked, step: Step, going: Sequence[Going]) -> list[Going]:
    taken = {(row[0], row[1]) for row in await asked.all(step, [_taken(one) for one in going])}
    return [one for one in going if one.quota not in taken]


def _taken(one: Going) -> tuple[Any, ...]:
    return (*one.quota, one.command.quantity, 0 if one.cause else one.command.allowance)


async def leave_unused(asked: Asked, going: Sequence[Going]) -> None:
    """Take marks back that were set in vain, and ask for some that nobody has (`showings.leave_unused`)."""
    marks = [one.command.mark.digest for one in going]
    mine = [one.marked for one in going]
    await asked.all(
        taking.UNMARKED,
        [(mark if own else secrets.token_bytes(len(mark)),) for mark, own in zip(marks, mine, strict=True)],
    )


async def take_seats(asked: Asked, going: Iterable[Going]) -> None:
    """Take the seats of all, the last thing before the commit (`seats.take_seats`)."""
    wanted: dict[tuple[str, str], int] = defaultdict(int)
    for one in going:
        if one.command.occasion is not None:
            wanted[one.show] += one.command.quantity
    if wanted:
        taken = await asked.all(taking.TAKEN_SEATS, [(*show, wanted[show]) for show in sorted(wanted)])
        if len(taken) < len(wanted):
            raise SeatsLost
