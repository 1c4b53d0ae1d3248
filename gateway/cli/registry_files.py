"""Registry files: CSV or JSON Lines in, records out.

CSV columns: `registry_id,hours,as_of,honours`. Honours are separated by `;`, each `code:year:grade` or
`code:year:grade:withdrawn-day`. JSON Lines have the same members, with honours as a list of objects
`{"code", "year", "grade", "withdrawn"}`. Hours are decimal with at most two places, days are ISO 8601.
"""

import csv
import json
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from gateway.domain.errors import MalformedInput
from gateway.domain.standing import Honour, HonourGrade, RegistryRecord, Standing

COLUMNS = ("registry_id", "hours", "as_of", "honours")
LINE_BYTES_MAX = 4096
"""The longest real line has 200."""

HOURS_MAX = 200_000
"""More hours than a long life has awake."""

HONOUR_CODE = re.compile(r"[a-z0-9-]{1,48}")
"""Too narrow for a name: the code is the one text about a resident that is kept."""


def read_registry(path: Path) -> Iterator[RegistryRecord]:
    """Yield the records of a `.csv` or `.jsonl` file.

    Raises:
        MalformedInput: names the line and what is wrong with it, never what it says.
    """
    with path.open("rb") as file:
        lines = _Lines(file)
        rows = _json_rows(lines) if path.suffix in (".jsonl", ".ndjson") else _csv_rows(lines)
        try:
            for row in rows:
                yield _record(row)
        except _WRONG as error:
            known = error.args[0] if isinstance(error, _Wrong) else "a member is missing or not of its form"
            raise MalformedInput(f"line {lines.number or 1}", f"{known}; see docs/registry.md") from None


class _Wrong(ValueError):
    """A line is wrong; the text is safe to show."""


_WRONG = (ValueError, KeyError, TypeError, AttributeError, InvalidOperation, RecursionError, csv.Error)
"""What reading a line may come to; but for `_Wrong`, the texts may quote it."""


class _Lines:
    """The lines of a file as text, and the number of the one that was read last."""

    def __init__(self, file: Iterator[bytes]) -> None:
        self._file = file
        self.number = 0

    def __iter__(self) -> Iterator[str]:
        for line in self._file:
            self.number += 1
            if len(line) > LINE_BYTES_MAX:
                raise _Wrong(f"it is longer than {LINE_BYTES_MAX} bytes")
            try:
                yield line.decode("utf-8-sig" if self.number == 1 else "utf-8")
            except UnicodeDecodeError:
                raise _Wrong("it is not UTF-8") from None


def _csv_rows(lines: _Lines) -> Iterator[Mapping[str, Any]]:
    reader = csv.DictReader(lines, strict=True)
    if reader.fieldnames is None or not set(COLUMNS) <= set(reader.fieldnames):
        raise _Wrong(f"the columns have to be {','.join(COLUMNS)}")
    for row in reader:
        if None in row or None in row.values():
            raise _Wrong("it has not as many values as there are columns")
        yield {**row, "honours": [_split(one) for one in row["honours"].split(";") if one]}


def _split(text: str) -> Mapping[str, Any]:
    parts = text.strip().split(":")
    if len(parts) not in (3, 4):
        raise _Wrong("write honours as code:year:grade or code:year:grade:withdrawn-day")
    return dict(zip(("code", "year", "grade", "withdrawn"), parts, strict=False))


def _json_rows(lines: _Lines) -> Iterator[Mapping[str, Any]]:
    for line in lines:
        if line.strip():
            yield json.loads(line, parse_float=Decimal)


def _record(row: Mapping[str, Any]) -> RegistryRecord:
    registry_id = row["registry_id"]
    if not isinstance(registry_id, str) or not registry_id.strip():
        raise _Wrong("registry_id is empty")
    hours = Decimal(str(row["hours"]))
    if not hours.is_finite() or not 0 <= hours <= HOURS_MAX or hours != hours.quantize(Decimal("0.01")):
        raise _Wrong(f"hours have to be from 0 to {HOURS_MAX} with at most two decimals")
    as_of = date.fromisoformat(row["as_of"])
    if as_of > datetime.now(UTC).date() + timedelta(days=1):
        raise _Wrong("as_of is in the future")
    return RegistryRecord(registry_id, Standing(int(hours * 100), as_of, tuple(map(_honour, row["honours"]))))


def _honour(row: Mapping[str, Any]) -> Honour:
    if not HONOUR_CODE.fullmatch(row["code"]):
        raise _Wrong("the code of an honour has 1 to 48 of a-z, 0-9 and -")
    withdrawn = row.get("withdrawn")
    return Honour(
        row["code"],
        int(str(row["year"])),
        HonourGrade(row["grade"]),
        date.fromisoformat(withdrawn) if withdrawn else None,
    )
