"""What a gate holds for deciding alone, on the disk for a start without a line: keys, status list, allowance."""

import json
import sqlite3
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from laurel_client import BadReply, OfflineAllowance, StatusList, read_status_list
from laurel_client.signed_statements import signed_claims
from laurel_turnstile.box import Box
from laurel_turnstile.decision import CLOCK_SKEW, Allowance, Held, instant
from laurel_turnstile.tables import writing

ALLOWANCE_TYPE = "offline-allowance+jwt"


class Provisions:
    """Keys, status list and allowances; each is read again, signature and all, at the start."""

    def __init__(self, connection: sqlite3.Connection, box: Box) -> None:
        self._connection = connection
        self._box = box
        self.keys: Mapping[str, Any] | None = None
        self.status: StatusList | None = None
        self.allowance = self._newest_allowance()
        self._read_again()

    def held(self) -> Held:
        """Return all that a decision needs."""
        known = [self._box.newest()]
        known += [self.status.issued_at] if self.status else []
        known += [self.allowance.issued_at] if self.allowance else []
        return Held(
            keys=self.keys, status=self.status, allowance=self.allowance, used=self.used(), newest=max(known)
        )

    def used(self) -> int:
        """Return how many units of the allowance's day this gate has granted."""
        if self.allowance is None:
            return 0
        rows = self._connection.execute("SELECT units FROM used WHERE day = ?", (self.allowance.day,))
        return next((int(units) for (units,) in rows), 0)

    def keep_list(self, status: StatusList, keys: Mapping[str, Any]) -> None:
        """Hold another status list, and the keys that cards are signed by.

        An older one, of a node that is behind, changes nothing: a card that was called INVALID stays so.
        """
        held = self.status
        if (
            held is not None
            and held.uri == status.uri
            and status.issued_at < held.issued_at <= datetime.now(UTC) + CLOCK_SKEW
        ):
            return
        self._put(keys=json.dumps(keys), status=status.signed, status_uri=status.uri, status_tag=status.tag or "")
        self.status, self.keys = status, keys

    def keep_allowance(self, given: OfflineAllowance) -> None:
        """Hold a newer allowance. Older ones stay for as long as a tap needs them."""
        if self.keys is None:
            return
        day = str(signed_claims(given.token, self.keys, typ=ALLOWANCE_TYPE).get("day", ""))
        self._connection.execute(
            "INSERT OR IGNORE INTO allowance (token, day, units, rewards, issued_at, ends_at)"
            " VALUES (?, ?, ?, ?, ?, ?)",
            (
                given.token,
                day,
                given.units,
                " ".join(sorted(given.rewards)),
                given.issued_at.timestamp(),
                given.ends_at.timestamp(),
            ),
        )
        self.allowance = self._newest_allowance()

    def token(self, allowance: int) -> str:
        """Return the signed text of an allowance."""
        [(found,)] = self._connection.execute("SELECT token FROM allowance WHERE id = ?", (allowance,))
        return str(found)

    def sweep(self) -> None:
        """Drop allowances that no tap needs, but for the newest one."""
        newest = self.allowance.id if self.allowance else 0
        self._connection.execute(
            "DELETE FROM allowance WHERE id <> ? AND id NOT IN"
            " (SELECT allowance FROM tap WHERE allowance IS NOT NULL)",
            (newest,),
        )
        self._connection.execute("DELETE FROM used WHERE day NOT IN (SELECT day FROM allowance)")

    def _newest_allowance(self) -> Allowance | None:
        query = "SELECT * FROM allowance ORDER BY issued_at DESC, id DESC LIMIT 1"
        for row in self._connection.execute(query):
            return Allowance(
                id=row["id"],
                day=row["day"],
                units=row["units"],
                rewards=frozenset(row["rewards"].split()),
                issued_at=instant(row["issued_at"]),
                ends_at=instant(row["ends_at"]),
            )
        return None

    def _put(self, **values: str) -> None:
        with writing(self._connection) as write:
            write.executemany("INSERT OR REPLACE INTO kept VALUES (?, ?)", list(values.items()))

    def _read_again(self) -> None:
        kept = dict(tuple(row) for row in self._connection.execute("SELECT name, value FROM kept"))
        if "status" not in kept:
            return
        keys = json.loads(kept["keys"])
        try:
            # One that has expired is held, too: a decision says so, and `status` shows its age.
            self.status = read_status_list(
                kept["status"],
                keys,
                uri=kept["status_uri"],
                tag=kept["status_tag"] or None,
                at=datetime.min.replace(tzinfo=UTC),
            )
        except BadReply:
            return
        self.keys = keys
