"""Registry files: CSV or JSON Lines in, records out; and a made-up registry to try things with.

CSV columns: `registry_id,hours,as_of,honours`. Honours are separated by `;`, each `code:year:grade` or
`code:year:grade:withdrawn-day`. JSON Lines have the same members, with honours as a list of objects
`{"code", "year", "grade", "withdrawn"}`. Hours are decimal with at most two places, days are ISO 8601.
"""

import csv
import json
from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from gateway.domain.errors import MalformedInput
from gateway.domain.standing import Honour, HonourGrade, RegistryRecord, Standing

COLUMNS = ("registry_id", "hours", "as_of", "honours")
LINE_LENGTH_MAX = 4096
"""The longest real line has 200 characters."""

HOURS_MAX = 200_000
"""More hours than a long life has awake."""


def read_registry(path: Path) -> Iterator[RegistryRecord]:
    """Yield the records of a `.csv` or `.jsonl` file.

    Raises:
        MalformedInput: names the line and what is wrong with it, never what it says.
    """
    with path.open(encoding="utf-8-sig", newline="") as file:
        lines = _bounded(file)
        rows = _json_rows(lines) if path.suffix in (".jsonl", ".ndjson") else _csv_rows(lines)
        for number, row in rows:
            try:
                yield _record(row)
            except (ValueError, KeyError, TypeError, AttributeError, InvalidOperation) as error:
                known = error.args[0] if isinstance(error, _Wrong) else "a member is missing or not of its form"
                raise MalformedInput(f"line {number}", f"{known}; see docs/registry.md") from None


class _Wrong(ValueError):
    """A line is wrong; the text is safe to show."""


def _bounded(lines: Iterator[str]) -> Iterator[str]:
    for number, line in enumerate(lines, 1):
        if len(line) > LINE_LENGTH_MAX:
            raise MalformedInput(f"line {number}", f"it is longer than {LINE_LENGTH_MAX} characters")
        yield line


def _csv_rows(lines: Iterator[str]) -> Iterator[tuple[int, Mapping[str, Any]]]:
    reader = csv.DictReader(lines, strict=True)
    if reader.fieldnames is None or not set(COLUMNS) <= set(reader.fieldnames):
        raise MalformedInput("line 1", f"the columns have to be {','.join(COLUMNS)}")
    for row in reader:
        yield reader.line_num, {**row, "honours": [_split(one) for one in row["honours"].split(";") if one]}


def _split(text: str) -> Mapping[str, Any]:
    parts = text.strip().split(":")
    if len(parts) not in (3, 4):
        raise MalformedInput("honours", "write code:year:grade or code:year:grade:withdrawn-day")
    return dict(zip(("code", "year", "grade", "withdrawn"), parts, strict=False))


def _json_rows(lines: Iterator[str]) -> Iterator[tuple[int, Mapping[str, Any]]]:
    for number, line in enumerate(lines, 1):
        if line.strip():
            try:
                yield number, json.loads(line, parse_float=Decimal)
            except ValueError:
                raise MalformedInput(f"line {number}", "it is no JSON object") from None


def _record(row: Mapping[str, Any]) -> RegistryRecord:
    registry_id = row["registry_id"]
    if not isinstance(registry_id, str) or not registry_id.strip():
        raise _Wrong("registry_id is empty")
    hours = Decimal(str(row["hours"]))
    if not hours.is_finite() or not 0 <= hours <= HOURS_MAX or hours != hours.quantize(Decimal("0.01")):
        raise _Wrong(f"hours have to be from 0 to {HOURS_MAX} with at most two decimals")
    honours = tuple(_honour(one) for one in row["honours"])
    return RegistryRecord(registry_id, Standing(int(hours * 100), date.fromisoformat(row["as_of"]), honours))


def _honour(row: Mapping[str, Any]) -> Honour:
    withdrawn = row.get("withdrawn")
    return Honour(
        str(row["code"]),
        int(row["year"]),
        HonourGrade(row["grade"]),
        date.fromisoformat(withdrawn) if withdrawn else None,
    )
