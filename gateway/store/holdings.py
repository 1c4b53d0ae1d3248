"""What residents hold: their standing, and until when a card of theirs works in each sector."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import RowMapping, and_, bindparam, func, select

from gateway.domain.passes import Holding, PassForm
from gateway.store.database import Database
from gateway.store.standings import standing_of
from gateway.store.tables import PASS, RESIDENT


class SqlHoldings:
    """Implements `domain.steward_ports.Holdings`."""

    def __init__(self, database: Database) -> None:
        self._database = database
        card = PASS.c.form == PassForm.CARD.value
        self._statement = (
            select(
                RESIDENT.c.registry_hash,
                RESIDENT.c.centihours,
                RESIDENT.c.as_of,
                RESIDENT.c.honours,
                PASS.c.sector,
                func.max(PASS.c.expires_at).label("ends_at"),
            )
            .select_from(RESIDENT)
            .outerjoin(PASS, and_(PASS.c.resident_id == RESIDENT.c.id, PASS.c.revoked_at.is_(None), card))
            .where(RESIDENT.c.registry_hash.in_(bindparam("hashes", expanding=True)))
            .group_by(RESIDENT.c.id, PASS.c.sector)
        )

    async def of(self, registry_hashes: Sequence[bytes]) -> Mapping[bytes, Holding]:
        """Return what each of some residents holds; who is not on record is left out."""
        async with self._database.read() as connection:
            rows = (await connection.execute(self._statement, {"hashes": list(registry_hashes)})).mappings().all()
        ends: dict[bytes, dict[str, datetime]] = {}
        standings: dict[bytes, RowMapping] = {}
        for row in rows:
            standings[row["registry_hash"]] = row
            held = ends.setdefault(row["registry_hash"], {})
            if row["sector"] is not None:
                held[row["sector"]] = row["ends_at"]
        return {one: Holding(standing_of(row), ends[one]) for one, row in standings.items()}
