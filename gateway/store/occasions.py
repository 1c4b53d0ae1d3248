"""Importing occasions: the shows, matches and screenings that rewards are redeemed for."""

from collections.abc import Sequence

from sqlalchemy import and_, select

from gateway.domain.errors import MalformedInput
from gateway.domain.ledger import Occasion
from gateway.store.admin_record import AdminRecord
from gateway.store.database import Database
from gateway.store.tables import OCCASION


class SqlOccasions:
    """What the steward does with occasions; each change is written down in the record."""

    def __init__(self, database: Database, record: AdminRecord) -> None:
        self._database = database
        self._record = record

    async def put(self, occasion: Occasion) -> None:
        """Add an occasion or change its capacity and end. Safe to repeat.

        The end that it was first announced with stays: its quota is counted in that one's period.

        Raises:
            MalformedInput: the capacity is below what is sold (names the figure), or the reward is another.
        """
        upsert = self._database.insert(OCCASION).values(
            partner_id=occasion.partner_id,
            id=occasion.id,
            reward=occasion.reward,
            capacity=occasion.capacity,
            used=0,
            ends_at=occasion.ends_at,
            announced_end=occasion.announced_end,
        )
        upsert = upsert.on_conflict_do_update(
            index_elements=[OCCASION.c.partner_id, OCCASION.c.id],
            set_={"capacity": upsert.excluded.capacity, "ends_at": upsert.excluded.ends_at},
            where=and_(OCCASION.c.used <= upsert.excluded.capacity, OCCASION.c.reward == upsert.excluded.reward),
        ).returning(OCCASION.c.id)
        async with self._database.write() as connection:
            if (await connection.execute(upsert)).first() is not None:
                return
            known = select(OCCASION.c.used, OCCASION.c.reward).where(
                OCCASION.c.partner_id == occasion.partner_id, OCCASION.c.id == occasion.id
            )
            sold, reward = (await connection.execute(known)).one()
        if reward != occasion.reward:
            raise MalformedInput("reward", f"Occasion {occasion.id} is for {reward}; give another id to another.")
        raise MalformedInput("capacity", f"{sold} places of occasion {occasion.id} are taken; give at least that.")

    async def of_partner(self, partner_id: str) -> Sequence[Occasion]:
        """Return a partner's occasions that have not ended, by id."""
        statement = (
            select(OCCASION)
            .where(OCCASION.c.partner_id == partner_id, OCCASION.c.ends_at > self._database.now())
            .order_by(OCCASION.c.id)
        )
        async with self._database.read() as connection:
            return [Occasion(**row._mapping) for row in (await connection.execute(statement)).all()]
