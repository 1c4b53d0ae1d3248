"""Evidence at rest: written with its effect, found for an auditor, gone when its period closes."""

from sqlalchemy import and_, func, select

from gateway.domain.evidence import Kept, NotKept
from gateway.domain.ledger import Command
from gateway.store.database import Database
from gateway.store.devices import device_of, devices
from gateway.store.entries import Transaction
from gateway.store.tables import DEVICE, ENTRY, EVIDENCE, PERIOD_KEY, REDEMPTION


async def keep(tx: Transaction, command: Command, *, redemption_id: str, reward: str, key_period: str) -> None:
    """Keep the proof of a command that had an effect until the period of its redemption closes."""
    closes_at = select(PERIOD_KEY.c.closes_at).where(
        PERIOD_KEY.c.reward == reward, PERIOD_KEY.c.key_period == key_period
    )
    await tx.connection.execute(
        tx.database.insert(EVIDENCE).values(
            partner_id=command.partner_id,
            request_id=command.request_id,
            redemption_id=redemption_id,
            device_id=command.device_id,
            proof=command.evidence,
            closes_at=closes_at.scalar_subquery(),
        )
    )


class SqlEvidence:
    """What an auditor reads of it."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def find(self, redemption_id: str, request_id: str | None = None) -> Kept | NotKept | None:
        """Return the evidence of a redemption, or of the reversal with this request id.

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
        period = and_(
            PERIOD_KEY.c.reward == REDEMPTION.c.reward,
            PERIOD_KEY.c.key_period == REDEMPTION.c.key_period,
            PERIOD_KEY.c.closes_at <= now,
        )
        statement = (
            select(ENTRY.c.request_id, EVIDENCE.c.device_id, EVIDENCE.c.proof, PERIOD_KEY.c.closes_at)
            .select_from(ENTRY)
            .join(REDEMPTION, REDEMPTION.c.id == ENTRY.c.redemption_id)
            .outerjoin(EVIDENCE, kept)
            .outerjoin(PERIOD_KEY, period)
            .where(
                REDEMPTION.c.id == redemption_id,
                ENTRY.c.request_id == func.coalesce(request_id, REDEMPTION.c.request_id),
            )
        )
        async with self._database.read() as connection:
            row = (await connection.execute(statement)).first()
            if row is None:
                return None
            if row.proof is None:
                return NotKept(row.closes_at)
            found = await connection.execute(devices().where(DEVICE.c.id == row.device_id))
            return Kept(request_id=row.request_id, device=device_of(found.one()), proof=row.proof)
