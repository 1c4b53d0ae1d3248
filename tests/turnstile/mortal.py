"""The agent as people run it, but quickly born, and mortal: it dies, as by SIGKILL, at a point that a test names.

ask after         the question is on the disk, and was not sent
grant before      the gate has decided, and nothing is on the disk
grant after       the tap is on the disk, and nobody has heard that the gate opens
opened before     the gateway's answer or verdict is here, and is not marked
tell after        an upload is on the disk as begun, and was not sent
upload sent       an upload is under way
upload answered   all verdicts of a batch are here, and none is marked
end before        a ride was given back, and that is not marked
"""

import asyncio
import functools
import multiprocessing
import os
import random
import signal
import socket
import sqlite3
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

from laurel_client import LaurelClient
from laurel_turnstile import __main__ as command
from laurel_turnstile import agent
from laurel_turnstile.box import Box
from laurel_turnstile.terms import Terms
from tests.faults import nursery
from tests.turnstile.metro import SECONDS_MAX, City, socket_in

POINTS = (
    "ask after",
    "grant before",
    "grant after",
    "opened before",
    "tell after",
    "upload sent",
    "upload answered",
    "end before",
)
WRITES = ("ask", "grant", "opened", "tell", "end")
UNDER_WAY_SECONDS = 0.05
"""Within so long an upload has left, and mostly has no answer."""

_births = multiprocessing.get_context("forkserver")
_births.set_forkserver_preload([nursery.__name__, __name__])


@dataclass(slots=True)
class Fate:
    """A point, and how many times the agent comes by before it dies there; `delay` is for an upload under way."""

    point: str
    times: int
    delay: float = 0.0

    @classmethod
    def drawn(cls, point: str, chance: random.Random) -> "Fate":
        """Return one by chance."""
        return cls(point, chance.randint(1, 2), chance.uniform(0, UNDER_WAY_SECONDS))

    def meets(self, point: str) -> None:
        """Come by a point."""
        if point == self.point:
            self.times -= 1
            if self.times <= 0:
                os.kill(os.getpid(), signal.SIGKILL)
                signal.pause()  # not one statement later


@dataclass(slots=True)
class Mortal:
    """One gate's agent, in one life after the other."""

    of: City
    folder: Path
    process: BaseProcess | None = None

    @property
    def socket(self) -> str:
        """Where it listens."""
        return socket_in(self.folder)

    def start(self, fate: Fate | None = None) -> None:
        """Have it born, and wait until it listens or is dead already."""
        words = ["run", self.of.file, "--folder", self.folder / "queue", "--listen", self.socket]
        more = ["--settle", "0.1", "--rides-per-card", "100000", "--deadline-ms", "500"]
        given = ([*map(str, words), *more], fate, str(self.folder / "agent.log"))
        self.process = _births.Process(target=_live, args=given, daemon=True)
        self.process.start()
        give_up_at = time.monotonic() + SECONDS_MAX
        while not self.is_dead() and not self._listens():
            assert time.monotonic() < give_up_at
            time.sleep(0.01)

    def kill(self) -> None:
        """End it at once, if it lives."""
        assert self.process is not None
        self.process.kill()
        self.process.join(SECONDS_MAX)
        assert self.is_dead()

    def is_dead(self) -> bool:
        """Whether it was killed; an agent that ends in any other way, or with a traceback, fails the test."""
        assert self.process is not None
        if self.process.is_alive():
            return False
        said = (self.folder / "agent.log").read_text("utf-8")
        assert (self.process.exitcode, "Traceback" in said) == (-signal.SIGKILL, False), said[-4000:]
        return True

    def _listens(self) -> bool:
        with closing(socket.socket(socket.AF_UNIX)) as probe:
            return probe.connect_ex(self.socket) == 0


def _live(words: Sequence[str], fate: Fate | None, log: str) -> None:
    """Be `laurel-turnstile WORDS`, which probes its line more often."""
    os.setsid()
    written = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.dup2(written, 1)
    os.dup2(written, 2)
    os.environ.clear()
    vars(command)["Terms"] = functools.partial(Terms, probe_every=0.1)
    if fate is not None:
        _doom(fate)
    sys.exit(command.main(words))


def _doom(fate: Fate) -> None:
    class MortalBox(Box):
        within = ""

        def __init__(self, connection: sqlite3.Connection) -> None:
            super().__init__(connection)
            connection.set_trace_callback(self._traced)

        def _traced(self, statement: str) -> None:
            if statement == "COMMIT":
                fate.meets(f"{self.within} before")

    def mortal(name: str) -> Callable[..., Any]:
        def write(self: MortalBox, *given: Any, **named: Any) -> Any:
            self.within = name
            done = getattr(Box, name)(self, *given, **named)
            self.within = ""
            fate.meets(f"{name} after")
            return done

        return write

    for name in WRITES:
        setattr(MortalBox, name, mortal(name))

    class MortalClient(LaurelClient):
        async def execute(self, document: str, variables: Mapping[str, object]) -> dict[str, Any]:
            if document != "UploadRedemptions":
                return await super().execute(document, variables)
            asyncio.get_running_loop().call_later(fate.delay, fate.meets, "upload sent")
            found = await super().execute(document, variables)
            fate.meets("upload answered")
            return found

    vars(agent).update(Box=MortalBox, LaurelClient=MortalClient)
