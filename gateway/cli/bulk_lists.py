"""The list of a bulk issue: a line for each resident, with the sectors of the card and perhaps a PIN."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from gateway.cli.line_files import LineFile, WrongLine, cells_of, text_of
from gateway.domain.errors import MalformedInput

NEEDED = frozenset({"registry_id", "sectors"})
COLUMNS = NEEDED | {"pin"}


@dataclass(frozen=True, slots=True)
class Wanted:
    """One line of a list: whose card it is to be, and what for."""

    registry_id: str = field(repr=False)
    sectors: tuple[str, ...]
    pin: str | None = field(repr=False)


def read_list(lines: LineFile, reject: Callable[[int, str], None]) -> Iterator[tuple[int, Wanted]]:
    """Yield the number of each line and what it wants; hand that of a wrong one, and the reason, to `reject`.

    Raises:
        MalformedInput: the heading is not that of a list.
    """
    rest = iter(lines)
    columns = _heading(next(rest, b""))
    for line in rest:
        try:
            text = text_of(line)
            if text.strip():
                yield lines.number, _wanted(columns, cells_of(text))
        except WrongLine as wrong:
            reject(lines.number, str(wrong))


def _heading(line: bytes) -> list[str]:
    try:
        columns = cells_of(text_of(line.removeprefix(b"\xef\xbb\xbf")))
    except WrongLine:
        columns = []
    if not set(columns) >= NEEDED or not set(columns) <= COLUMNS or len(set(columns)) < len(columns):
        raise MalformedInput(
            "line 1", "it has to name the columns: registry_id,sectors or registry_id,sectors,pin."
        )
    return columns


def _wanted(columns: list[str], cells: list[str]) -> Wanted:
    if len(cells) != len(columns):
        raise WrongLine("it has not as many values as there are columns")
    row = dict(zip(columns, cells, strict=True))
    sectors = tuple(sector.strip() for sector in row["sectors"].split(";"))
    return Wanted(row["registry_id"], sectors, row.get("pin", "").strip() or None)
