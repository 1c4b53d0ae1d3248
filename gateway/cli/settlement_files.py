"""The files of a partner's settlement: CSV for its books, JSON for its programs, signed JSON for a dispute.

None has a time of its making in it, and their names come from month and partner: written again, they are the same.
"""

import csv
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TextIO

from gateway.auth.statements import Statements, canonical
from gateway.domain.settlement import RejectedTap, Settlement

_LINES = ("reward", "tariff_fen", "redeemed", "reversed", "units", "amount_fen")
_REJECTED = ("request_id", "device_id", "reward", "quantity", "happened_at", "arrived_at", "reason")


async def write_settlement(
    folder: Path, settled: Settlement, statements: Statements, rejected: AsyncIterator[RejectedTap]
) -> None:
    """Write a partner's files into a folder, over those of before; each appears whole or not at all.

    Rejected taps are written as they are read: a month's may be more than fits into memory.
    """
    stem = folder / f"settlement-{settled.month.name}-{settled.partner_id}"
    with _whole(stem, ".csv") as file:
        rows = _rows(file, _LINES)
        rows.writerows([getattr(line, name) for name in _LINES] for line in settled.lines)
    with _whole(stem, ".json") as file:
        file.write(canonical(statements.claims(settled)) + "\n")
    with _whole(stem, ".jws") as file:
        file.write(statements.sign_settlement(settled) + "\n")
    with _whole(stem, "-rejected.csv") as file:
        rows = _rows(file, _REJECTED)
        async for tap in rejected:
            rows.writerow(_plain(getattr(tap, name)) for name in _REJECTED)


def _rows(file: TextIO, heading: Sequence[str]) -> Any:
    """Return what writes rows of CSV (RFC 4180) into a file, under their heading."""
    rows = csv.writer(file, lineterminator="\r\n")
    rows.writerow(heading)
    return rows


def _plain(value: object) -> object:
    return value.isoformat() if hasattr(value, "isoformat") else value


@contextmanager
def _whole(stem: Path, ending: str) -> Iterator[TextIO]:
    """Yield a file under another name, which gets its own once all is in it, and goes where that fails."""
    path = stem.with_name(stem.name + ending)
    draft = path.with_name(f".{path.name}.part")
    try:
        with draft.open("w", encoding="utf-8", newline="") as file:
            yield file
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
