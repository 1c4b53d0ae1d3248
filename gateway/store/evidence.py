"""Evidence at rest: written with its effect, found for an auditor, gone when its period closes."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, ScalarSelect, and_, delete, func, literal, or_, select, update

from gateway.domain.evidence import Kept, NotKept
from gateway.domain.ledger import Command
from gateway.store.database import Database
from gateway.store.devices import device_of, devices
from gateway.store.entries import Transaction
from gateway.store.instants import Instant
from gateway.store.tables import DEVICE, ENTRY, EVIDENCE, HOLD, PERIOD_KEY, REDEMPTION


async def keep(
    tx: Transaction, command: Command, *, redemption_id: str, closes_at: datetime | ColumnElement[datetime | None]
) -> None:
    """Keep the proof of a command that had an effect until an instant."""
    row = select(
        literal(command.partner_id),
        literal(command.request_id),
        literal(redemption_id),
        literal(command.device_id),
        literal(command.evidence),
        closes_at if isinstance(closes_at, ColumnElement) else literal(closes_at, Instant()),
    )
    columns = ["partner_id", "request_id", "redemption_id", "device_id", "proof", "closes_at"]
    await tx.connection.execute(tx.database.insert(EVIDENCE).from_select(columns, row))


async def renew(
    tx: Transaction,
    partner_id: str,
    hold_id: str,
    *,
    redemption_id: str,
    closes_at: ColumnElement[datetime | None],
) -> None:
    """Let the proof of a hold be that of the redemption that it became, for as long."""
    await tx.connection.execute(
        update(EVIDENCE)
        .where(EVIDENCE.c.partner_id == partner_id, EVIDENCE.c.request_id == _request_of(hold_id))
        .values(redemption_id=redemption_id, closes_at=closes_at)
    )


async def forget(tx: Transaction, partner_id: str, request_ids: Sequence[str]) -> None:
    """Drop the proofs of requests of which nothing came."""
    await tx.connection.execute(
        delete(EVIDENCE).where(EVIDENCE.c.partner_id == partner_id, EVIDENCE.c.request_id.in_(request_ids))
    )


def _request_of(hold_id: str) -> ScalarSelect[str]:
    return select(HOLD.c.request_id).where(HOLD.c.id == hold_id).scalar_subquery()


def period_end(reward: str, key_period: str) -> ColumnElement[datetime | None]:
    """Return the instant at which a period closes."""
    return (
        select(PERIOD_KEY.c.closes_at)
        .where(PERIOD_KEY.c.reward == reward, PERIOD_KEY.c.key_period == key_period)
        .scalar_subquery()
    )


class SqlEvidence:
    """What an auditor reads of it."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def find(self, redemption_id: str, request_id: str | None = None) -> Kept | NotKept | None:
        """Return the evidence of a redemption, or of another request with this id that had to do with it.

        That is a reversal, the hold that it was before, or the cancellation of its occasion.

        None where no such request had an effect on such a redemption. What has closed is not shown, swept or not.

        Raises:
            Unavailable: the database can't answer.
        """
        now = self._database.now()
        kept = and_(
            EVIDENCE.c.partner_id == ENTRY.c.partner_id,
            EVIDENCE.c.request_id == ENTRY.c.request_id,
            EVIDENCE.c.closes_at > now,
        )
        about = or_(
            REDEMPTION.c.id == ENTRY.c.redemption_id,
            REDEMPTION.c.hold_id == ENTRY.c.hold_id,
            and_(REDEMPTION.c.occasion == ENTRY.c.occasion, REDEMPTION.c.reversed_quantity > 0),
        )
        period = and_(
            PERIOD_KEY.c.reward == REDEMPTION.c.reward,
            PERIOD_KEY.c.key_period == REDEMPTION.c.key_period,
            PERIOD_KEY.c.closes_at <= now,
        )
        statement = (
            select(ENTRY.c.request_id, EVIDENCE.c.device_id, EVIDENCE.c.proof, PERIOD_KEY.c.closes_at)
            .select_from(ENTRY)
            .join(REDEMPTION, and_(REDEMPTION.c.partner_id == ENTRY.c.partner_id, about))
            .outerjoin(EVIDENCE, kept)
            .outerjoin(PERIOD_KEY, period)
            .where(
                REDEMPTION.c.id == redemption_id,
                ENTRY.c.request_id == func.coalesce(request_id, REDEMPTION.c.request_id),
            )
        )
        async with self._database.read() as connection:
            await self._database.plan_for_values(connection)
            row = (await connection.execute(statement)).first()
            if row is None:
                return None
            if row.proof is None:
                return NotKept(row.closes_at)
            found = await connection.execute(devices().where(DEVICE.c.id == row.device_id))
            return Kept(request_id=row.request_id, device=device_of(found.one()), proof=row.proof)
