"""Occasion files: CSV or JSON Lines in, occasions out, and a reason for each line that is none.

Columns or members: `id,partner,reward,capacity,ends_at`. Whatever else there is, is not read.
"""

import json
import re
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import chain
from zoneinfo import ZoneInfo

from gateway.cli.line_files import LineFile, WrongLine, cells_of, text_of
from gateway.domain.errors import MalformedInput
from gateway.domain.occasions import Occasion
from gateway.domain.requests import require_name

COLUMNS = ("id", "partner", "reward", "capacity", "ends_at")

CAPACITY_MAX = 1_000_000
"""Ten times the largest stadium; more is a slip of the pen."""

AHEAD_MAX = timedelta(days=3660)
"""Ten years: no programme is announced earlier, and a wrong year would keep a show on sale for good."""

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_CAPACITY = re.compile(r"[0-9]{1,7}")
_INSTANT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,6})?)?(Z|[+-][0-9]{2}:[0-9]{2})?"
)
"""What people write of ISO 8601; Python would also take week dates, and a day for its midnight."""

Values = Callable[[str], Sequence[object]]


def read_occasions(
    lines: LineFile, zone: ZoneInfo, reject: Callable[[int, str], None]
) -> Iterator[tuple[int, Occasion]]:
    """Yield number and occasion of each line; hand the number of one that is none, and the reason, to `reject`.

    An end without an offset is in `zone`. A line is judged by itself: what is known elsewhere is not asked.

    Raises:
        MalformedInput: the heading is wrong, or the compressed file is damaged.
    """
    rest = iter(lines)
    first = next(rest, b"").removeprefix(_BYTE_ORDER_MARK)
    if lines.is_json:
        values: Values = _values_of_json
        rest = chain([first], rest)
    else:
        values = _csv_reader(first)
    for line in rest:
        try:
            text = text_of(line)
            if text.strip():
                yield lines.number, _occasion(values(text), zone)
        except (WrongLine, MalformedInput) as wrong:
            reject(lines.number, str(wrong))


def _csv_reader(heading: bytes) -> Values:
    """Return what reads the lines below a heading.

    Raises:
        MalformedInput: a column is missing, or there twice.
    """
    try:
        names = [name.strip() for name in cells_of(text_of(heading))]
    except WrongLine:
        names = []
    if any(names.count(column) != 1 for column in COLUMNS):
        reason = f"The columns have to be {','.join(COLUMNS)}; see docs/occasions.md."
        raise MalformedInput("line 1", reason)
    places = [names.index(column) for column in COLUMNS]

    def values(text: str) -> Sequence[object]:
        cells = cells_of(text)
        if len(cells) != len(names):
            raise WrongLine("it has not as many values as there are columns")
        return [cells[place].strip() for place in places]

    return values


def _values_of_json(text: str) -> Sequence[object]:
    try:
        row = json.loads(text)
        return [row[column] for column in COLUMNS]
    except (ValueError, TypeError, KeyError, RecursionError):
        raise WrongLine(f"it is no JSON object with the members {', '.join(COLUMNS)}") from None


def _occasion(values: Sequence[object], zone: ZoneInfo) -> Occasion:
    """Return the occasion of a line; nothing is known of what is sold."""
    occasion_id, partner_id, reward, capacity, end = values
    ends_at = _instant(end, zone)
    return Occasion(
        id=require_name("id", _text(occasion_id)),
        partner_id=require_name("partner", _text(partner_id)),
        reward=_text(reward),
        capacity=_capacity(capacity),
        used=0,
        ends_at=ends_at,
        announced_end=ends_at,
    )


def _text(value: object) -> str:
    """Return a text as it is; what is none could be no id."""
    return value if isinstance(value, str) else ""


def _capacity(value: object) -> int:
    text = str(value)
    if not _CAPACITY.fullmatch(text) or int(text) > CAPACITY_MAX:
        raise MalformedInput("capacity", f"Give a whole number from 0 to {CAPACITY_MAX}.")
    return int(text)


def _instant(value: object, zone: ZoneInfo) -> datetime:
    text = _text(value)
    try:
        instant = datetime.fromisoformat(text) if _INSTANT.fullmatch(text) else None
        if instant is not None and instant.tzinfo is None:
            instant = _civil(instant, zone)
        instant = None if instant is None else instant.astimezone(UTC)
    except (ValueError, OverflowError):
        instant = None
    if instant is None:
        raise MalformedInput("ends_at", "Write 2026-11-28T21:30, or with an offset 2026-11-28T21:30+08:00.")
    if instant > datetime.now(UTC) + AHEAD_MAX:
        raise MalformedInput("ends_at", "This is more than ten years ahead; correct the year.")
    return instant


def _civil(naive: datetime, zone: ZoneInfo) -> datetime:
    """Return a civil time of a zone as an instant.

    Raises:
        MalformedInput: the clocks skip that hour or have it twice.
    """
    earlier, later = (naive.replace(tzinfo=zone, fold=fold) for fold in (0, 1))
    if earlier.utcoffset() != later.utcoffset():
        raise MalformedInput("ends_at", "The clocks change in that hour; write the time with its offset.")
    return earlier
