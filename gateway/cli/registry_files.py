"""Registry files: CSV or JSON Lines in, records out, and a reason for each line that is none.

CSV columns: `registry_id,hours,as_of,honours`. Honours are separated by `;`, each `code:year:grade` or
`code:year:grade:withdrawn-day`. JSON Lines have the same members, with honours as a list of objects
`{"code", "year", "grade", "withdrawn"}`. Hours are decimal with at most two places, days are ISO 8601.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from itertools import chain
from typing import Any

from gateway.cli.line_files import LineFile, WrongLine, cells_of, text_of
from gateway.domain.errors import MalformedInput
from gateway.domain.standing import Honour, HonourGrade, RegistryRecord, Standing

COLUMNS = ("registry_id", "hours", "as_of", "honours")

HOURS_MAX = 200_000
"""More hours than a long life has awake."""

HONOUR_CODE = re.compile(r"[a-z0-9-]{1,48}")
"""Too narrow for a name: the code is the one text about a resident that is kept."""

REMEMBERED_MAX = 65_536
"""Hours and days that were read before: most lines of a registry have those of another one."""

Read = Callable[[str], RegistryRecord]


def read_registry(lines: LineFile, reject: Callable[[int, str], None]) -> Iterator[RegistryRecord]:
    """Yield the records of a file; hand the number of each line that is none, and the reason, to `reject`.

    Raises:
        MalformedInput: the file is no registry: it is empty, its heading is wrong, or it is damaged.
    """
    rest = iter(lines)
    first = next(rest, b"").removeprefix(b"\xef\xbb\xbf")
    if lines.is_json:
        read: Read = _record_of_json
        rest = chain([first], rest)
    else:
        read = _csv_reader(first)
    for line in rest:
        try:
            text = text_of(line)
            if text.strip():
                yield read(text)
        except _WRONG as error:
            known = error.args[0] if isinstance(error, WrongLine) else "a member is missing or not of its form"
            reject(lines.number, known)


_WRONG = (ValueError, KeyError, TypeError, AttributeError, InvalidOperation, RecursionError)
"""What reading a line may come to; but for `WrongLine`, the texts may quote it."""


def _csv_reader(heading: bytes) -> Read:
    """Return what reads the lines below a heading.

    Raises:
        MalformedInput: a column is missing.
    """
    try:
        names = [name.strip() for name in cells_of(text_of(heading))]
        places = [names.index(column) for column in COLUMNS]
    except ValueError:
        reason = f"the columns have to be {','.join(COLUMNS)}; see docs/registry.md"
        raise MalformedInput("line 1", reason) from None
    return lambda text: _record_of_csv(cells_of(text), places, width=len(names))


def _record_of_csv(cells: Sequence[str], places: Sequence[int], *, width: int) -> RegistryRecord:
    if len(cells) != width:
        raise WrongLine("it has not as many values as there are columns")
    registry_id, hours, as_of, honours = (cells[place] for place in places)
    return _record(registry_id, hours, as_of, [_split(one) for one in honours.split(";")] if honours else ())


def _split(text: str) -> Mapping[str, Any]:
    parts = text.strip().split(":")
    if len(parts) not in (3, 4):
        raise WrongLine("write honours as code:year:grade or code:year:grade:withdrawn-day")
    return dict(zip(("code", "year", "grade", "withdrawn"), parts, strict=False))


def _record_of_json(text: str) -> RegistryRecord:
    row = json.loads(text, parse_float=Decimal)
    return _record(row["registry_id"], str(row["hours"]), row["as_of"], row["honours"])


def _record(registry_id: object, hours: str, as_of: str, honours: Sequence[Mapping[str, Any]]) -> RegistryRecord:
    if not isinstance(registry_id, str) or not registry_id.strip():
        raise WrongLine("registry_id is empty")
    credit = _credit(hours, as_of)
    if not honours:
        return RegistryRecord(registry_id, credit)
    held = tuple(map(_honour, honours))
    if len({(honour.code, honour.year) for honour in held}) < len(held):
        raise WrongLine("an honour of one code and year is there twice")
    return RegistryRecord(registry_id, Standing(credit.centihours, credit.as_of, held))


@lru_cache(REMEMBERED_MAX)
def _credit(hours: str, as_of: str) -> Standing:
    amount = Decimal(hours)
    if not amount.is_finite() or not 0 <= amount <= HOURS_MAX or amount != amount.quantize(Decimal("0.01")):
        raise WrongLine(f"hours have to be from 0 to {HOURS_MAX} with at most two decimals")
    day = date.fromisoformat(as_of)
    if day > datetime.now(UTC).date() + timedelta(days=1):
        raise WrongLine("as_of is in the future")
    return Standing(int(amount * 100), day)


def _honour(row: Mapping[str, Any]) -> Honour:
    if not HONOUR_CODE.fullmatch(row["code"]):
        raise WrongLine("the code of an honour has 1 to 48 of a-z, 0-9 and -")
    withdrawn = row.get("withdrawn")
    return Honour(
        row["code"],
        int(str(row["year"])),
        HonourGrade(row["grade"]),
        date.fromisoformat(withdrawn) if withdrawn else None,
    )
