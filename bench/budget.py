"""`python -m bench.budget`: what a warm request may cost, counted and not timed, so that `make check` can hold it.

Counted are the calls that the event loop's thread makes, of Python's functions and of C's, and the statements that
the database is asked. With the locked dependencies on CPython 3.11 they are the same on every machine, under any
load. They are not microseconds: a call may be dear. But what makes a request slower nearly always makes some.
"""

import gc
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any
from unittest import mock

import uvloop
from sqlalchemy import event
from sqlalchemy.engine import Engine
from starlette.types import ASGIApp

from bench.inside import Gate, Given, ask, inside, prepare, right
from gateway.store import partner_directory
from gateway.store.sqlite_lookups import InLoop
from gateway.store.steps import Compiled

COUNTED_ON = (3, 11)
"""Other versions of Python call in other ways; there, statements alone are held."""

CROWD = 24
"""Below twenty a reward is not given."""

TIMES = 5
"""A nonce is made anew every minute: the least of so many is without."""

FIRST = "the-first-request-there-was"
LONG = 3600.0
"""Seconds for which the device is remembered here: else how busy the machine is would count."""


@dataclass(frozen=True, slots=True)
class Count:
    """What one request took; or, as a ceiling, what it may take."""

    calls: int
    statements: int


CEILINGS = {
    "verify": Count(calls=696, statements=2),
    "redeem": Count(calls=1_636, statements=11),
    "replay": Count(calls=618, statements=2),
}
"""On SQLite, one per cent above what was counted. Whoever makes a request cheaper lowers them."""

ADVICE = """\
Something on its way does work that it did not do: a query, a thing that is read or encoded twice.
`python -m bench.verify_steps` shows where time goes. If it has to be, raise the ceiling in bench/budget.py, and
say in the commit what the request gets for it."""


class Tally:
    """Counts calls, of this thread, and statements, of this process, while it is on."""

    def __init__(self) -> None:
        self.calls = self.statements = 0

    @contextmanager
    def on(self) -> Iterator[None]:
        """Count until the block ends. Nothing is collected meanwhile: that falls on whoever comes by."""
        fetch, run = InLoop.fetch, Compiled.run

        async def asked(*given: Any) -> Any:
            self.statements += 1
            return await fetch(*given)

        async def stepped(*given: Any) -> Any:
            self.statements += 1
            return await run(*given)

        event.listen(Engine, "before_cursor_execute", self._asked)
        gc.collect()
        gc.disable()
        try:
            with mock.patch.object(InLoop, "fetch", asked), mock.patch.object(Compiled, "run", stepped):
                sys.setprofile(self._called)
                yield
        finally:
            sys.setprofile(None)
            gc.enable()
            event.remove(Engine, "before_cursor_execute", self._asked)

    def _asked(self, *_: Any) -> None:
        self.statements += 1

    def _called(self, frame: FrameType, what: str, argument: Any) -> None:
        if what in ("call", "c_call"):
            self.calls += 1


async def count(folder: Path) -> dict[str, Count]:
    """Return the least that each kind of request took, on an empty SQLite database in a folder."""
    url = f"sqlite:///{folder / 'laurel.sqlite'}"
    with mock.patch.object(partner_directory, "STALE_SECONDS_MAX", LONG):
        async with inside(folder, url, crowd=CROWD) as (app, gate):
            return await _count(app, gate)


async def _count(app: ASGIApp, gate: Gate) -> dict[str, Count]:
    shown = iter(gate.crowd)
    right(await ask(app, gate.redeem(next(shown), FIRST)), "Redemption")
    return {
        "verify": await _least(app, lambda: gate.verify(gate.crowd[-1]), "Eligible"),
        "redeem": await _least(app, lambda: gate.redeem(next(shown)), "Redemption"),
        "replay": await _least(app, lambda: gate.redeem(gate.crowd[0], FIRST), "Redemption"),
    }


async def _least(app: ASGIApp, request: Callable[[], Given], kind: str) -> Count:
    right(await ask(app, request()), kind)
    found = [await _counted(app, request(), kind) for _ in range(TIMES)]
    return Count(min(one.calls for one in found), min(one.statements for one in found))


async def _counted(app: ASGIApp, given: Given, kind: str) -> Count:
    tally = Tally()
    with tally.on():
        answer = await ask(app, given)
    right(answer, kind)
    return Count(tally.calls, tally.statements)


def excesses(found: dict[str, Count], *, calls_count: bool) -> list[str]:
    """Return a sentence for each count beyond its ceiling."""
    return [
        f"{work} takes {getattr(one, what):,} {what}; it may take {getattr(CEILINGS[work], what):,}."
        for work, one in found.items()
        for what in ("calls", "statements")
        if (calls_count or what != "calls") and getattr(one, what) > getattr(CEILINGS[work], what)
    ]


def main() -> int:
    """Count, print a table, and return 1 if anything is beyond its ceiling."""
    with tempfile.TemporaryDirectory() as folder:
        prepare(Path(folder), f"sqlite:///{Path(folder) / 'laurel.sqlite'}")
        found = uvloop.run(count(Path(folder)))
    print(f"{'request':<8} {'calls':>7} {'may':>7} {'statements':>11} {'may':>4}")
    for work, one in found.items():
        may = CEILINGS[work]
        print(f"{work:<8} {one.calls:>7,} {may.calls:>7,} {one.statements:>11} {may.statements:>4}")
    wrong = excesses(found, calls_count=sys.version_info[:2] == COUNTED_ON)
    if wrong:
        print("\n".join([*wrong, ADVICE]), file=sys.stderr)
    return int(bool(wrong))


if __name__ == "__main__":
    sys.exit(main())
