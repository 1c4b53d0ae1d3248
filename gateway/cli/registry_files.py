"""Registry files: CSV or JSON Lines in, records out, and a reason for each line that is none.

CSV columns: `registry_id,hours,as_of,honours`. Honours are separated by `;`, each `code:year:grade` or
`code:year:grade:withdrawn-day`. JSON Lines have the same members, with honours as a list of objects
`{"code", "year", "grade", "withdrawn"}`. Hours are decimal with at most two places, days are ISO 8601.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
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

HONOUR_CODE = re.compile(r"(?!.*[0-9]{5})[a-z][a-z0-9-]{0,47}")
"""Too narrow for a name or a number of a person: the code is the one text about a resident that is kept."""

YEAR_MIN = 1949
"""Before it there was no such honour; and a year has no room for a number of a person either."""

REMEMBERED_MAX = 65_536
"""Hours and days that were read before: most lines of a registry have those of another one."""

Row = tuple[object, str, str, Sequence[Mapping[str, Any]]]
"""A line's registry id, hours, day and honours, as they stand there."""

RowOf = Callable[[str], Row]


def read_registry(lines: LineFile, reject: Callable[[int, str], None], *, today: date) -> Iterator[RegistryRecord]:
    """Yield the records of a file; hand the number of each line that is none, and the reason, to `reject`.

    No line may speak of a day after `today`, the civil day.

    Raises:
        MalformedInput: the file is no registry: it is empty, its heading is wrong, or it is damaged.
    """
    rest = iter(lines)
    first = next(rest, b"").removeprefix(b"\xef\xbb\xbf")
    if lines.is_json:
        row_of: RowOf = _row_of_json
        rest = chain([first], rest)
    else:
        row_of = _csv_rows(first)
    for line in rest:
        try:
            text = text_of(line)
            if text.strip():
                yield _record(row_of(text), today)
        except _WRONG as error:
            known = error.args[0] if isinstance(error, WrongLine) else "a member is missing or not of its form"
            reject(lines.number, known)


_WRONG = (ValueError, KeyError, TypeError, AttributeError, InvalidOperation, RecursionError)
"""What reading a line may come to; but for `WrongLine`, the texts may quote it."""


def _csv_rows(heading: bytes) -> RowOf:
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
    return lambda text: _row_of_csv(cells_of(text), places, width=len(names))


def _row_of_csv(cells: Sequence[str], places: Sequence[int], *, width: int) -> Row:
    if len(cells) != width:
        raise WrongLine("it has not as many values as there are columns")
    registry_id, hours, as_of, honours = (cells[place] for place in places)
    return registry_id, hours, as_of, [_split(one) for one in honours.split(";")] if honours else ()


def _split(text: str) -> Mapping[str, Any]:
    parts = text.strip().split(":")
    if len(parts) not in (3, 4):
        raise WrongLine("write honours as code:year:grade or code:year:grade:withdrawn-day")
    return dict(zip(("code", "year", "grade", "withdrawn"), parts, strict=False))


def _row_of_json(text: str) -> Row:
    row = json.loads(text, parse_float=Decimal)
    return row["registry_id"], str(row["hours"]), row["as_of"], row["honours"]


def _record(row: Row, today: date) -> RegistryRecord:
    registry_id, hours, as_of, honours = row
    if not isinstance(registry_id, str) or not registry_id.strip():
        raise WrongLine("registry_id is empty")
    credit = _credit(hours, as_of, today)
    if not honours:
        return RegistryRecord(registry_id, credit)
    held = tuple(_honour(one, today) for one in honours)
    if len({(honour.code, honour.year) for honour in held}) < len(held):
        raise WrongLine("an honour of one code and year is there twice")
    return RegistryRecord(registry_id, Standing(credit.centihours, credit.as_of, held))


@lru_cache(REMEMBERED_MAX)
def _credit(hours: str, as_of: str, today: date) -> Standing:
    amount = Decimal(hours)
    if not amount.is_finite() or not 0 <= amount <= HOURS_MAX or amount != amount.quantize(Decimal("0.01")):
        raise WrongLine(f"hours have to be from 0 to {HOURS_MAX} with at most two decimals")
    day = date.fromisoformat(as_of)
    if day > today:
        raise WrongLine("as_of is in the future")
    return Standing(int(amount * 100), day)


def _honour(row: Mapping[str, Any], today: date) -> Honour:
    if not HONOUR_CODE.fullmatch(row["code"]):
        raise WrongLine("the code of an honour begins with a letter and has 1 to 48 of a-z, 0-9 and -, no number")
    year = int(str(row["year"]))
    if not YEAR_MIN <= year <= today.year + 1:
        raise WrongLine(f"the year of an honour is from {YEAR_MIN} to next year")
    withdrawn = row.get("withdrawn")
    ends = date.fromisoformat(withdrawn) if withdrawn else None
    return Honour(row["code"], year, HonourGrade(row["grade"]), ends)
