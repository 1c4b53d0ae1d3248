"""The files of a partner's settlement: CSV for its books, JSON for its programs, signed JSON for a dispute.

None has a time of its making in it, and their names come from month and partner: written again, they are the same.
"""

import csv
import io
from collections.abc import AsyncIterator, Iterable
from pathlib import Path

from gateway.auth.statements import Statements, canonical
from gateway.domain.settlement import RejectedTap, Settlement

_LINES = ("reward", "tariff_fen", "redeemed", "reversed", "units", "amount_fen")
_REJECTED = ("request_id", "device_id", "reward", "quantity", "happened_at", "arrived_at", "reason")


async def write_settlement(
    folder: Path, settled: Settlement, statements: Statements, rejected: AsyncIterator[RejectedTap]
) -> None:
    """Write a partner's files into a folder, over those of before; each appears whole or not at all."""
    stem = folder / f"settlement-{settled.month.name}-{settled.partner_id}"
    _write(stem, ".csv", _csv(_LINES, ([getattr(line, name) for name in _LINES] for line in settled.lines)))
    _write(stem, ".json", canonical(statements.claims(settled)) + "\n")
    _write(stem, ".jws", statements.sign_settlement(settled) + "\n")
    rows = [[_plain(getattr(tap, name)) for name in _REJECTED] async for tap in rejected]
    _write(stem, "-rejected.csv", _csv(_REJECTED, rows))


def _csv(heading: Iterable[str], rows: Iterable[Iterable[object]]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")  # RFC 4180
    writer.writerow(heading)
    writer.writerows(rows)
    return text.getvalue()


def _plain(value: object) -> object:
    return value.isoformat() if hasattr(value, "isoformat") else value


def _write(stem: Path, ending: str, text: str) -> None:
    path = stem.with_name(stem.name + ending)
    draft = path.with_name(f".{path.name}.part")
    draft.write_bytes(text.encode())
    draft.replace(path)
