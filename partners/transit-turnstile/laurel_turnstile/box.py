"""What became of each tap, on the disk before anybody acts on it."""

import sqlite3
from collections.abc import Sequence
from datetime import datetime

from laurel_turnstile.decision import DAY_SECONDS, instant
from laurel_turnstile.tables import writing
from laurel_turnstile.taps import Kept, State, kept_in

ANNUL_SECONDS = 900.0
"""How long a gate may say that it did not open (the gateway's own window)."""

REJECTS_SECONDS = 400 * DAY_SECONDS


class Box:
    """The taps of one gate. Each method is one durable transaction; sqlite3.Error says that it did not happen."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def find(self, request_id: str) -> Kept | None:
        """Return a tap."""
        rows = self._connection.execute("SELECT * FROM tap WHERE request_id = ?", (request_id,))
        return next(map(kept_in, rows), None)

    def of(self, state: State, *, until: datetime, limit: int = 500) -> list[Kept]:
        """Return taps in a state that happened until an instant, the oldest first."""
        query = "SELECT * FROM tap WHERE state = ? AND happened_at <= ? ORDER BY happened_at, request_id LIMIT ?"
        return list(map(kept_in, self._connection.execute(query, (state, until.timestamp(), limit))))

    def count(self, state: State) -> int:
        """Return how many taps are in a state."""
        [(found,)] = self._connection.execute("SELECT count(*) FROM tap WHERE state = ?", (state,))
        return int(found)

    def newest(self) -> datetime:
        """Return when the latest tap was."""
        [(found,)] = self._connection.execute("SELECT coalesce(max(happened_at), 0) FROM tap")
        return instant(found)

    def rides(self, card: bytes) -> Sequence[datetime]:
        """Return when a card opened this gate lately."""
        return [instant(at) for (at,) in self._connection.execute("SELECT at FROM ride WHERE card = ?", (card,))]

    def card_of(self, request_id: str) -> bytes | None:
        """Return the mark of the card that a tap opened the gate for."""
        rows = self._connection.execute("SELECT card FROM ride WHERE request_id = ?", (request_id,))
        return next((card for (card,) in rows), None)

    def ask(self, request_id: str, *, now: datetime) -> None:
        """Note that the gateway will be asked."""
        with writing(self._connection) as write:
            write.execute(
                "INSERT INTO tap (request_id, state, told, happened_at) VALUES (?, 'ASKED', 1, ?)"
                " ON CONFLICT (request_id) DO UPDATE SET told = 1 WHERE state = 'ASKED'",
                (request_id, now.timestamp()),
            )

    def forget(self, request_id: str) -> None:
        """Drop a question that was answered, and has no effect."""
        with writing(self._connection) as write:
            write.execute("DELETE FROM tap WHERE request_id = ? AND state = 'ASKED'", (request_id,))

    def grant(
        self, request_id: str, *, sealed: bytes, card: bytes, allowance: int, day: str, now: datetime
    ) -> bool:
        """Note that the gate opens on its own; False where it was said meanwhile that it did not."""
        with writing(self._connection) as write:
            granted = write.execute(
                "INSERT INTO tap (request_id, state, told, happened_at, sealed, allowance)"
                " VALUES (?, 'GRANTED', 0, ?, ?, ?) ON CONFLICT (request_id) DO UPDATE SET state = 'GRANTED',"
                " happened_at = excluded.happened_at, sealed = excluded.sealed, allowance = excluded.allowance"
                " WHERE state = 'ASKED'",
                (request_id, now.timestamp(), sealed, allowance),
            )
            if granted.rowcount != 1:
                return False
            write.execute(
                "INSERT INTO used VALUES (?, 1) ON CONFLICT (day) DO UPDATE SET units = units + 1", (day,)
            )
            write.execute("INSERT OR REPLACE INTO ride VALUES (?, ?, ?)", (request_id, card, now.timestamp()))
        return True

    def opened(self, request_id: str, redemption_id: str, *, card: bytes | None, now: datetime) -> bool:
        """Note a tap's redemption; False where it is not wanted any more, and has to be taken back."""
        with writing(self._connection) as write:
            write.execute("UPDATE tap SET redemption_id = ? WHERE request_id = ?", (redemption_id, request_id))
            changed = write.execute(
                "UPDATE tap SET state = 'OPENED', sealed = NULL"
                " WHERE request_id = ? AND state IN ('ASKED', 'GRANTED')",
                (request_id,),
            )
            if card is not None and changed.rowcount == 1:
                write.execute("INSERT OR REPLACE INTO ride VALUES (?, ?, ?)", (request_id, card, now.timestamp()))
        return changed.rowcount == 1

    def tell(self, request_ids: Sequence[str]) -> None:
        """Note that an upload begins: from now on the gateway may know of these."""
        with writing(self._connection) as write:
            write.executemany("UPDATE tap SET told = 1 WHERE request_id = ?", [(one,) for one in request_ids])

    def unwant(self, request_id: str) -> None:
        """Note that the gate stays closed on a question that nobody answered."""
        with writing(self._connection) as write:
            write.execute(
                "UPDATE tap SET state = 'UNWANTED' WHERE request_id = ? AND state = 'ASKED'", (request_id,)
            )

    def annul(self, request_id: str, *, now: datetime) -> None:
        """Note that the gate did not open. What the gateway may know has to be taken back; the rest just ends.

        Of a redemption that is too old for this, people have to hear: it is tried as well.
        """
        with writing(self._connection) as write:
            known = self.find(request_id)
            if known is not None and known.state is State.ENDED and known.redemption_id is None:
                return
            state = State.UNWANTED if known is not None and known.told else State.ENDED
            if known is not None and known.state is State.GRANTED and not known.told:
                write.execute(
                    "UPDATE used SET units = units - 1 WHERE day = (SELECT day FROM allowance WHERE id = ?)",
                    (known.allowance,),
                )
            write.execute("DELETE FROM ride WHERE request_id = ?", (request_id,))
            write.execute(
                "INSERT INTO tap (request_id, state, happened_at) VALUES (?, ?, ?) ON CONFLICT (request_id)"
                " DO UPDATE SET state = excluded.state, sealed = NULL",
                (request_id, state, now.timestamp()),
            )

    def end(self, request_id: str) -> None:
        """Note that nothing is left to do for a tap."""
        with writing(self._connection) as write:
            write.execute("UPDATE tap SET state = 'ENDED', sealed = NULL WHERE request_id = ?", (request_id,))

    def reject(self, tap: Kept, reason: str, message: str, *, now: datetime) -> None:
        """Note what people have to see to, and end the tap."""
        with writing(self._connection) as write:
            write.execute(
                "INSERT OR IGNORE INTO reject VALUES (?, ?, ?, ?, ?)",
                (tap.request_id, tap.happened_at.timestamp(), reason, message, now.timestamp()),
            )
            write.execute("UPDATE tap SET state = 'ENDED', sealed = NULL WHERE request_id = ?", (tap.request_id,))

    def rejects(self) -> list[dict[str, object]]:
        """Return what people have to see to, the oldest first."""
        rows = self._connection.execute("SELECT * FROM reject ORDER BY noted_at, request_id")
        return [dict(row) for row in rows]

    def rejected(self) -> int:
        """Return how many taps people have to see to."""
        [(found,)] = self._connection.execute("SELECT count(*) FROM reject")
        return int(found)

    def none_after(self, now: datetime) -> None:
        """Note of taps that are in the future that they were now, at the latest."""
        with writing(self._connection) as write:
            for table, column in (("tap", "happened_at"), ("ride", "at")):
                write.execute(
                    f"UPDATE {table} SET {column} = :now WHERE {column} > :now",  # noqa: S608 - names of ours
                    {"now": now.timestamp()},
                )

    def sweep(self, *, now: datetime) -> None:
        """Drop what nobody needs any more."""
        past = now.timestamp()
        with writing(self._connection) as write:
            write.execute(
                "UPDATE tap SET state = 'ENDED' WHERE state = 'OPENED' AND happened_at < ?",
                (past - ANNUL_SECONDS,),
            )
            write.execute("DELETE FROM tap WHERE state = 'ENDED' AND happened_at < ?", (past - DAY_SECONDS,))
            write.execute("DELETE FROM ride WHERE at < ?", (past - DAY_SECONDS,))
            write.execute("DELETE FROM reject WHERE noted_at < ?", (past - REJECTS_SECONDS,))
