"""Residents by the thousand: what an import asks of the database and writes to it, in short transactions."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from secrets import token_bytes, token_urlsafe
from types import MappingProxyType
from typing import Any

from sqlalchemy import func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.domain.errors import MalformedInput
from gateway.domain.standing import Standing
from gateway.domain.steward_ports import LastImport
from gateway.store.admin_record import AdminRecord
from gateway.store.bulk import Bulk, PostgresqlBulk, SqliteBulk
from gateway.store.database import Database
from gateway.store.standings import honours_text, standing
from gateway.store.tables import DEPLOYMENT, ERASED, REGISTRY_IMPORT

SECRET_BYTES = 32


_LATEST = "registry-import"
"""The fact that says which import began last, and the name under which one that begins waits for the others."""


class SqlResidents:
    """Implements `domain.steward_ports.Residents`.

    An import that another one overtook writes no more: it compared with a record that is no longer so.
    """

    def __init__(self, database: Database, record: AdminRecord) -> None:
        self._database = database
        self._record = record
        self._import: str | None = None
        self._bulk: Bulk = SqliteBulk() if database.is_sqlite else PostgresqlBulk()

    async def known(self, registry_hashes: Sequence[bytes]) -> Mapping[bytes, Standing]:
        """Return the standings of those who are on record."""
        if not registry_hashes:
            return {}
        async with self._database.read() as connection:
            rows = await self._bulk.known(connection, registry_hashes)
        return {row[0]: standing(row[1], row[2], row[3]) for row in rows}

    async def erased(self, registry_hashes: Sequence[bytes]) -> Collection[bytes]:
        """Return which of some residents are erased: nothing is written of them."""
        if not registry_hashes:
            return ()
        async with self._database.read() as connection:
            return await self._bulk.erased(connection, registry_hashes)

    async def put(self, standings: Sequence[tuple[bytes, Standing]]) -> None:
        """Add or update residents in one transaction; credit with an older as-of never overwrites newer.

        Who is erased is left out, even where that happened since somebody asked.
        """
        if not standings:
            return
        rows = [
            (registry_hash, token_bytes(SECRET_BYTES), one.centihours, one.as_of, honours_text(one.honours))
            for registry_hash, one in standings
        ]
        async with self._database.write() as connection:
            await self._require_latest(connection)
            await self._database.share(connection, ERASED.name)
            erased = await self._bulk.erased(connection, [row[0] for row in rows])
            if written := [row for row in rows if row[0] not in erased]:
                await self._bulk.put(connection, written)

    async def last_import(self) -> LastImport:
        """Return what the imports before say of themselves."""
        newest = (
            select(REGISTRY_IMPORT.c.file_hash, REGISTRY_IMPORT.c.residents)
            .order_by(REGISTRY_IMPORT.c.id.desc())
            .limit(1)
        )
        complete = select(func.max(REGISTRY_IMPORT.c.as_of)).where(REGISTRY_IMPORT.c.complete)
        async with self._database.read() as connection:
            last = (await connection.execute(newest)).first()
            honours_as_of = (await connection.execute(complete)).scalar_one_or_none()
        return LastImport(last.file_hash if last else None, last.residents if last else 0, honours_as_of)

    async def begin_import(self, *, complete: bool) -> None:
        """Note that an import begins: from now on the file before it is no longer what was imported last."""
        latest = token_urlsafe(12)
        fact = self._database.insert(DEPLOYMENT).values(name=_LATEST, value=latest)
        fact = fact.on_conflict_do_update(index_elements=[DEPLOYMENT.c.name], set_={"value": fact.excluded.value})
        async with self._database.write() as connection:
            await self._database.exclude(connection, _LATEST)
            await connection.execute(fact)
            await connection.execute(update(REGISTRY_IMPORT).values(file_hash=None))
            await self._record.note(connection, "registry import begun", complete=complete)
        self._import = latest

    async def _require_latest(self, connection: AsyncConnection) -> None:
        if self._import is None:
            return
        await self._database.share(connection, _LATEST)
        found = await connection.execute(select(DEPLOYMENT.c.value).where(DEPLOYMENT.c.name == _LATEST))
        if found.scalar_one() != self._import:
            raise MalformedInput(
                "import", "Another one began meanwhile, and this one stopped; say it again after it."
            )

    async def end_import(
        self,
        as_of: date,
        *,
        complete: bool = False,
        file_hash: bytes | None = None,
        residents: int = 0,
        counts: Mapping[str, int] = MappingProxyType({}),
    ) -> None:
        """Note that an import is done; the newest `as_of` says how fresh the registry is."""
        async with self._database.write() as connection:
            await self._require_latest(connection)
            await connection.execute(
                insert(REGISTRY_IMPORT).values(
                    as_of=as_of,
                    imported_at=self._database.now(),
                    file_hash=file_hash,
                    residents=residents,
                    complete=complete,
                )
            )
            facts: dict[str, Any] = {"as_of": as_of.isoformat(), "complete": complete, **counts}
            await self._record.note(connection, "registry import", **facts)
