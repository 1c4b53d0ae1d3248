"""Tables for a terminal, and for a file or a pipe: there, one line a row, however long."""

import sys
from collections.abc import Collection, Iterable, Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

LEAST_WIDTH = 132
"""A terminal that is narrower breaks lines by itself; columns that are cut off or folded small say nothing."""

WIDTH_ELSEWHERE = 10_000
"""Wide enough for every row: what greps and mails tables is no terminal."""


def print_table(
    headings: Sequence[str], rows: Iterable[Sequence[object]], *, right: Collection[str] = frozenset()
) -> None:
    """Print rows under headings, those named in `right` to the right. What a row says is text and never markup.

    Nothing in it moves the terminal's cursor.
    """
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for heading in headings:
        table.add_column(heading, justify="right" if heading in right else "left", overflow="fold")
    for row in rows:
        table.add_row(*(_text(str(cell)) for cell in row))
    console = Console()
    console.width = max(console.width, LEAST_WIDTH) if sys.stdout.isatty() else WIDTH_ELSEWHERE
    with console.capture() as captured:
        console.print(table)
    for line in captured.get().splitlines():
        print(line.rstrip())


def _text(said: str) -> Text:
    return Text(said if said.isprintable() else ascii(said))
