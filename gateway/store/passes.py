"""Looking a pass up: one statement, whether or not there is anybody."""

from datetime import datetime
from typing import Any

from sqlalchemy import LargeBinary, Select, bindparam, func, select
from sqlalchemy.sql.expression import ColumnElement

from gateway.domain.passes import PassForm, PassRecord, Sighting
from gateway.store.database import Database
from gateway.store.showings import is_used
from gateway.store.standings import standing
from gateway.store.tables import PASS, PASS_HANDLE, REGISTRY_IMPORT, RESIDENT

_FORMS = {form.value: form for form in PassForm}


def pass_name(pass_id: int) -> str:
    """Return the name under which a pass is kept from being revoked while a redemption is recorded."""
    return f"pass {pass_id}"


class SqlPassDirectory:
    """Implements `domain.ports.PassDirectory`."""

    def __init__(self, database: Database) -> None:
        self._look = database.lookup(_sighting)

    async def look_up(self, handle: bytes, mark: bytes) -> Sighting:
        """Return the database's clock, the record under a handle, and whether a mark is set.

        Raises:
            Unavailable: the database can't answer.
        """
        row = await self._look(handle=handle, mark=mark)
        record = None
        if row.id is not None:
            record = PassRecord(
                pass_id=row.id,
                resident_secret=row.secret,
                form=_FORMS[row.form],
                sector=row.sector,
                expires_at=row.expires_at,
                revoked=row.revoked_at is not None,
                pin_hash=row.pin_hash,
                standing=standing(row.centihours, row.as_of, row.honours),
            )
        return Sighting(now=row.now, registry_as_of=row.registry_as_of, record=record, used=bool(row.used))


def _sighting(now: ColumnElement[datetime]) -> Select[Any]:
    """Return the one statement: a row for the clock, with a pass beside it if there is one."""
    newest = select(func.max(REGISTRY_IMPORT.c.as_of)).scalar_subquery()
    clock = select(now.label("now"), newest.label("registry_as_of")).subquery("clock")
    return select(
        clock.c.now,
        clock.c.registry_as_of,
        is_used(bindparam("mark", type_=LargeBinary)).label("used"),
        PASS.c.id,
        PASS.c.form,
        PASS.c.sector,
        PASS.c.expires_at,
        PASS.c.revoked_at,
        PASS.c.pin_hash,
        RESIDENT.c.secret,
        RESIDENT.c.centihours,
        RESIDENT.c.as_of,
        RESIDENT.c.honours,
    ).select_from(
        clock.outerjoin(PASS_HANDLE, PASS_HANDLE.c.handle == bindparam("handle", type_=LargeBinary))
        .outerjoin(PASS, PASS.c.id == PASS_HANDLE.c.pass_id)
        .outerjoin(RESIDENT, RESIDENT.c.id == PASS.c.resident_id)
    )
