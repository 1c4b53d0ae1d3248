"""Showing how far a long piece of work is: on standard error, where somebody looks; else nothing."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

COPYING_SECONDS = 10
"""Between two lines about a migration that copies tables."""

Show = Callable[[int, float], None]
"""Takes how many things are done, and which part of the whole that is, from 0 to 1."""


@contextmanager
def progress(doing: str, things: str) -> Iterator[Show]:
    """Yield what shows a bar with the rate in `things` a second and the time left."""
    if not sys.stderr.isatty():
        yield lambda done, part: None
        return
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TextColumn("{task.fields[rate]}"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True)) as bars:
        task = bars.add_task(doing.ljust(12), total=1.0, rate="")
        began = time.monotonic()

        def show(done: int, part: float) -> None:
            rate = done / max(time.monotonic() - began, 0.001)
            bars.update(task, completed=min(part, 1.0), rate=f"{done:,} {things}, {rate:,.0f}/s")

        yield show
        bars.update(task, completed=1.0)


def copying() -> Callable[[str, int, float], None]:
    """Return what says how far tables are copied: a line on standard error now and then, whoever looks.

    It may take an hour, and a log has to show that it goes on; what is done within seconds says nothing.
    """
    said = began = time.monotonic()

    def tell(table: str, rows: int, part: float) -> None:
        nonlocal said
        if time.monotonic() - said >= COPYING_SECONDS:
            said = time.monotonic()
            print(
                f"copying {table}: {part:.0%}, {rows:,} rows, {said - began:,.0f} s", file=sys.stderr, flush=True
            )

    return tell
