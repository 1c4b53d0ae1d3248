"""Importing occasions: the shows, matches and screenings that rewards are redeemed for."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import bindparam, select, tuple_, type_coerce, update
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.domain.errors import MalformedInput
from gateway.domain.occasions import Occasion
from gateway.store.admin_record import AdminRecord
from gateway.store.database import Database
from gateway.store.entries import Transaction
from gateway.store.instants import Instant
from gateway.store.occasion_changes import changes_told
from gateway.store.seats import collect_seats
from gateway.store.tables import OCCASION

Key = tuple[str, str]
"""Partner and id: partners choose the ids of their occasions themselves."""


class Put(StrEnum):
    """What putting an occasion did."""

    NEW = "new"
    CHANGED = "changed"
    UNCHANGED = "unchanged"


@dataclass(frozen=True, slots=True)
class NotPut:
    """An occasion that was refused and left as it was: which value is wrong, and what to do."""

    argument: str
    message: str


class SqlOccasions:
    """What the steward does with occasions; each change is written down in the record."""

    def __init__(self, database: Database, record: AdminRecord) -> None:
        self._database = database
        self._record = record

    async def put(self, occasion: Occasion) -> Put:
        """Add an occasion or change its capacity and end; see `put_all`.

        Raises:
            MalformedInput: it was refused.
        """
        [outcome] = await self.put_all([occasion])
        if isinstance(outcome, NotPut):
            raise MalformedInput(outcome.argument, outcome.message)
        return outcome

    async def put_all(self, occasions: Sequence[Occasion], *, rejected: int = 0) -> Sequence[Put | NotPut]:
        """Add occasions or change their capacity and end, in one transaction. Safe to repeat.

        Each has an outcome of its own, and none may be there twice. A new one must not be over by the database's
        clock; a known one keeps its reward, has at least the capacity that is sold, and keeps the end that it was
        first announced with: its quota is counted in that one's period. `rejected` is how many lines of the same
        file did not get this far; the record tells their number.
        """
        # Sorted, so that two imports wait for one another in one order and never in a ring.
        ordered = sorted(occasions, key=_key)
        async with self._database.write() as connection:
            now = await self._now(connection)
            added = await self._add(connection, [one for one in ordered if one.ends_at > now])
            # Rows are locked before they are judged: what a refusal says is sold stays true until the commit.
            keys = [_key(one) for one in ordered if _key(one) not in added]
            known = await self._free(connection, await _known(connection, keys, lock=True))
            outcomes = [
                Put.NEW if _key(one) in added else _judge(one, known.get(_key(one)), now) for one in occasions
            ]
            changed = [one for one, outcome in zip(occasions, outcomes, strict=True) if outcome is Put.CHANGED]
            await _change(connection, changed)
            if added or changed:
                partners = {partner_id for partner_id, _ in {*added, *map(_key, changed)}}
                await self._record.note(
                    connection,
                    "occasions import",
                    subject=partners.pop() if len(partners) == 1 else None,
                    **counted(outcomes, rejected=rejected),
                    **changes_told([(known[_key(one)], one) for one in changed]),
                )
        return outcomes

    async def foresee(self, occasions: Sequence[Occasion]) -> Sequence[Put | NotPut]:
        """Return what `put_all` would answer now; nothing changes."""
        async with self._database.read() as connection:
            now = await self._now(connection)
            known = await _known(connection, [_key(one) for one in occasions], lock=False)
        return [_judge(one, known.get(_key(one)), now) for one in occasions]

    async def listed(
        self, *, partner_id: str | None = None, reward: str | None = None, over: bool = False
    ) -> Sequence[Occasion]:
        """Return occasions by their end: those that are on, and where `over` the others too."""
        statement = select(OCCASION).order_by(OCCASION.c.ends_at, OCCASION.c.partner_id, OCCASION.c.id)
        if not over:
            statement = statement.where(
                OCCASION.c.ends_at > self._database.now(), OCCASION.c.cancelled_at.is_(None)
            )
        if partner_id is not None:
            statement = statement.where(OCCASION.c.partner_id == partner_id)
        if reward is not None:
            statement = statement.where(OCCASION.c.reward == reward)
        async with self._database.read() as connection:
            return [Occasion(**row._mapping) for row in (await connection.execute(statement)).all()]

    async def _now(self, connection: AsyncConnection) -> datetime:
        now: datetime = (
            await connection.execute(select(type_coerce(self._database.now(), Instant())))
        ).scalar_one()
        return now

    async def _free(self, connection: AsyncConnection, known: Mapping[Key, Occasion]) -> Mapping[Key, Occasion]:
        """Collect what expired holds keep of some locked occasions; return them as they are then."""
        tx = Transaction(self._database, connection)
        freed = [key for key, one in known.items() if one.held and await collect_seats(tx, *key)]
        return {**known, **await _known(connection, freed, lock=False)}

    async def _add(self, connection: AsyncConnection, occasions: Sequence[Occasion]) -> set[Key]:
        """Insert those that nobody knows; return which."""
        if not occasions:
            return set()
        insert = self._database.insert(OCCASION).on_conflict_do_nothing()
        rows = [
            {
                "partner_id": one.partner_id,
                "id": one.id,
                "reward": one.reward,
                "capacity": one.capacity,
                "used": 0,
                "ends_at": one.ends_at,
                "announced_end": one.announced_end,
            }
            for one in occasions
        ]
        added = await connection.execute(insert.returning(OCCASION.c.partner_id, OCCASION.c.id), rows)
        return {(row.partner_id, row.id) for row in added}


def counted(outcomes: Sequence[Put | NotPut], *, rejected: int = 0) -> dict[str, int]:
    """Return how many occasions were new, changed, unchanged and rejected."""
    counts = Counter(outcome.value for outcome in outcomes if isinstance(outcome, Put))
    return {**{put.value: counts[put.value] for put in Put}, "rejected": rejected + len(outcomes) - counts.total()}


def _key(occasion: Occasion) -> Key:
    return occasion.partner_id, occasion.id


def _judge(occasion: Occasion, known: Occasion | None, now: datetime) -> Put | NotPut:
    """Return what becomes of an occasion that was not added just now; without `known` it could be."""
    if known is None:
        if occasion.ends_at <= now:
            return NotPut("ends_at", f"Occasion {occasion.id} is new and over; correct its end, or leave it out.")
        return Put.NEW
    if known.reward != occasion.reward:
        return NotPut("reward", f"Occasion {occasion.id} is for {known.reward}; give another id to another.")
    taken = known.used + known.held
    if taken > occasion.capacity:
        return NotPut("capacity", f"{taken} places of occasion {occasion.id} are taken; give at least that.")
    if (known.capacity, known.ends_at) == (occasion.capacity, occasion.ends_at):
        return Put.UNCHANGED
    if known.cancelled_at is not None:
        return NotPut("id", f"Occasion {occasion.id} was cancelled for good; give another id to another.")
    return Put.CHANGED


async def _known(connection: AsyncConnection, keys: Collection[Key], *, lock: bool) -> Mapping[Key, Occasion]:
    """Return what is on record under some keys; where `lock`, nobody else changes it until the commit."""
    columns = OCCASION.c.partner_id, OCCASION.c.id
    statement = select(OCCASION).where(tuple_(*columns).in_(keys)).order_by(*columns)
    if lock:
        statement = statement.with_for_update()  # SQLite, with its one writer, has and needs none
    found = [Occasion(**row._mapping) for row in (await connection.execute(statement)).all()] if keys else []
    return {_key(one): one for one in found}


async def _change(connection: AsyncConnection, occasions: Sequence[Occasion]) -> None:
    if not occasions:
        return
    change = (
        update(OCCASION)
        .where(OCCASION.c.partner_id == bindparam("of_partner"), OCCASION.c.id == bindparam("of_id"))
        .values(capacity=bindparam("to_capacity"), ends_at=bindparam("to_end"))
    )
    rows = [
        {"of_partner": one.partner_id, "of_id": one.id, "to_capacity": one.capacity, "to_end": one.ends_at}
        for one in occasions
    ]
    await connection.execute(change, rows)
