"""What a card office sees of passes: what was printed, what is on record, and what a scanner reads of a card."""

import asyncio
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pypdfium2

from gateway.auth.keyring import Keyring
from gateway.auth.passes import PassReader
from gateway.domain.passes import PassRecord, PresentedPass
from gateway.store.database import Database
from gateway.store.passes import SqlPassDirectory
from tests.cards.printer import DPI, POINTS_PER_INCH, drawn, page
from tests.cli.conftest import Steward

ISSUER = "http://127.0.0.1:8000"
ZERO = "0000-0000-0000-0000"
"""A well-formed code that nobody holds."""


def printed(output: str) -> list[dict[str, str]]:
    """Return the facts of each pass that a command printed."""
    return [dict(line.split(maxsplit=1) for line in one.splitlines()) for one in output.split("\n\n")]


def one_printed(output: str) -> dict[str, str]:
    """Return the facts of the one pass that a command printed."""
    [facts] = printed(output)
    return facts


def record(office: Steward, shown: str) -> PassRecord | None:
    """Return what is on record of a pass, as a gate's request would find it."""
    keyring = Keyring.load(Path(office.settings["GATEWAY_KEYS_DIR"]), clock=lambda: datetime.now(UTC))
    handle = PassReader(keyring, issuer=ISSUER).open(PresentedPass(shown)).handle

    async def look() -> PassRecord | None:
        database = Database(office.settings["GATEWAY_DATABASE_URL"])
        try:
            return (await SqlPassDirectory(database).look_up(handle, bytes(32))).record
        finally:
            await database.close()

    return asyncio.run(look())


def known(office: Steward, shown: str) -> PassRecord:
    """Return what is on record of a pass that has to be."""
    found = record(office, shown)
    assert found is not None
    return found


def database_file(office: Steward) -> Path:
    """Return the file of the card office's database."""
    return Path(office.settings["GATEWAY_DATABASE_URL"].partition("///")[2])


def passes_on_record(office: Steward, *, working: bool = False) -> int:
    """Return how many passes are on record, or how many of them are not revoked."""
    which = "WHERE revoked_at IS NULL" if working else ""
    with closing(sqlite3.connect(database_file(office))) as connection:
        return int(connection.execute(f"SELECT count(*) FROM pass {which}").fetchone()[0])


def scanned(card: Path) -> list[str]:
    """Return what the QR codes of a card's file say, page by page."""
    if card.suffix == ".svg":
        return [found.text for found in page(drawn(card.read_bytes())).scan()]
    sheets = pypdfium2.PdfDocument(card)
    pictures = [sheet.render(scale=DPI / POINTS_PER_INCH).to_pil().convert("L") for sheet in sheets]
    return [found.text for picture in pictures for found in page(picture).scan()]
