"""A theatre's box office: its lines for the steward, what it sells, and what comes back."""

import csv
import json
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tests.cli.conftest import Steward

HEAD = "id,partner,reward,capacity,ends_at\n"

YEAR = datetime.now(UTC).year + 1
"""Commands live by the real clock: what they import must not be over."""


def open_theatre(steward: Steward) -> Steward:
    """Add a theatre and a hospital."""
    steward.does("partners", "add", "venue-counter", "Grand Theatre")
    steward.does("partners", "add", "hospital-desk", "First Hospital")
    return steward


def show(occasion_id: str = "ham-1", **changes: object) -> str:
    """Return a line."""
    values: dict[str, object] = {
        "partner": "grand-theatre",
        "reward": "cultural-event",
        "capacity": 120,
        "ends_at": f"{YEAR}-03-05T21:30",
    }
    return ",".join(map(str, (occasion_id, *{**values, **changes}.values()))) + "\n"


def sell(office: Steward, places: int) -> None:
    """Take places of every occasion."""
    path = office.settings["GATEWAY_DATABASE_URL"].partition("///")[2]
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE occasion SET used = ?", (places,))


def listed(office: Steward, *options: str) -> list[dict[str, Any]]:
    """Return what is listed."""
    found: list[dict[str, Any]] = json.loads(office.does("occasions", "list", "--json", *options))
    return found


def acts(office: Steward) -> list[dict[str, Any]]:
    """Return what the record says of imports."""
    lines = office.does("audit", "acts", "--json", "--action", "occasions import").splitlines()
    return [json.loads(line) for line in lines]


def rejects(path: Path) -> list[tuple[int, str]]:
    """Return what the rejects file of a file says."""
    with path.with_name(f"{path.name}.rejects.csv").open(newline="", encoding="utf-8") as file:
        return [(int(row["line"]), row["reason"]) for row in csv.DictReader(file)]
