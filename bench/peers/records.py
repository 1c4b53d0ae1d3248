"""What the peers look up: the same passes as the gateway, in tables of their own, in the same kind of database."""

import hashlib
import hmac
import secrets
import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import asyncpg

HERE = Path(__file__).parent
CENTIHOURS = 20_000
POOL_SIZE = 10
"""Connections of a peer to PostgreSQL: the gateway's own number."""

Resident = tuple[int, bytes, int, str, str]

STATEMENTS = {
    "sqlite": {
        "pass": """
            SELECT unixepoch() AS now, (SELECT max(as_of) FROM registry_import) AS registry_as_of,
              p.sector, p.expires_at, p.revoked_at, r.secret, r.centihours, r.honours
            FROM pass_handle AS h JOIN pass AS p ON p.id = h.pass_id JOIN resident AS r ON r.id = p.resident_id
            WHERE h.handle = ?""",
        "units": "SELECT used AS units FROM quota WHERE pseudonym = ? AND bucket = ?",
    },
    "postgresql": {
        "pass": """
            SELECT extract(epoch FROM clock_timestamp())::float8 AS now,
              (SELECT max(as_of) FROM registry_import)::text AS registry_as_of,
              p.sector, p.expires_at, p.revoked_at, r.secret, r.centihours, r.honours
            FROM pass_handle AS h JOIN pass AS p ON p.id = h.pass_id JOIN resident AS r ON r.id = p.resident_id
            WHERE h.handle = $1""",
        "units": "SELECT used AS units FROM quota WHERE pseudonym = $1 AND bucket = $2",
        "redeem": f"SELECT * FROM redeem({', '.join(f'${number}' for number in range(1, 19))})",
    },
}
"""The two look-ups, alike for all peers, and the one call that redeems."""


def _keys() -> dict[str, bytes]:
    return {name: secrets.token_bytes(32) for name in ("handle", "period", "fingerprint", "evidence")}


@dataclass(slots=True)
class Records:
    """One database of the peers, `url` as they are told it, and the keys under which they look things up."""

    kind: str
    url: str
    keys: dict[str, bytes] = field(default_factory=_keys, repr=False)

    async def found(self) -> None:
        """Make the tables; the registry is of today."""
        script = (HERE / "sql" / f"{self.kind}.sql").read_text("utf-8")
        if self.kind == "sqlite":
            with sqlite3.connect(self.url) as connection:
                connection.executescript(script)
                connection.execute(
                    "INSERT INTO registry_import (as_of) VALUES (?)",
                    (date.today().isoformat(),),  # noqa: DTZ011
                )
            return
        connection = await asyncpg.connect(self.url)
        try:
            await connection.execute(script)
            await connection.execute("INSERT INTO registry_import (as_of) VALUES (current_date)")
        finally:
            await connection.close()

    async def admit(self, token_ids: Sequence[str], *, sector: str, expires_at: int) -> None:
        """Register a resident of enough hours with a pass for each of these ids of tokens."""
        numbered = [(secrets.randbits(62), token_id) for token_id in token_ids]
        today = date.today()  # noqa: DTZ011
        residents = [(number, secrets.token_bytes(32), CENTIHOURS, today, "[]") for number, _ in numbered]
        passes = [(number, number, sector, expires_at, None) for number, _ in numbered]
        handles = [(self.handle(token_id), number) for number, token_id in numbered]
        if self.kind == "sqlite":
            with sqlite3.connect(self.url) as connection:
                for table, rows in (("resident", _dated(residents)), ("pass", passes), ("pass_handle", handles)):
                    marks = ", ".join("?" * len(rows[0])) if rows else "NULL"
                    connection.executemany(f"INSERT INTO {table} VALUES ({marks})", rows)
            return
        connection = await asyncpg.connect(self.url)
        try:
            async with connection.transaction():
                for table, records in (("resident", residents), ("pass", passes), ("pass_handle", handles)):
                    await connection.copy_records_to_table(table, records=records)
            await connection.execute("ANALYZE")
        finally:
            await connection.close()

    def handle(self, token_id: str) -> bytes:
        """Return the keyed hash under which a pass is found."""
        return hmac.digest(self.keys["handle"], token_id.encode(), hashlib.sha256)


def _dated(rows: Iterable[tuple[int, bytes, int, date, str]]) -> list[Resident]:
    return [(number, secret, hours, day.isoformat(), honours) for number, secret, hours, day, honours in rows]
