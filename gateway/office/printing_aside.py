"""Printing for a server: each document in a process of its own, one at a time, so that no gate waits for it."""

import asyncio
import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import date

from gateway.assembly import Laurel
from gateway.cards.__main__ import CANT_BE_PRINTED
from gateway.cards.panels import Panel, Paper
from gateway.cards.slips import Sheet
from gateway.domain.errors import ConfigurationError, MalformedInput
from gateway.domain.passes import IssuedPass, PassForm
from gateway.office.printing import CardForm, printer_of

COMMAND = (sys.executable, "-m", "gateway.cards")


class PrinterAside:
    """Implements `web.office.printing.Printer`."""

    def __init__(self, laurel: Laurel) -> None:
        """Read the programme's titles.

        Raises:
            ConfigurationError: `programme.toml` is wrong.
        """
        self._printer = printer_of(laurel, Paper.A4, CardForm.PDF)
        self._one_at_a_time = asyncio.Semaphore(1)

    @property
    def titles(self) -> Mapping[str, tuple[str, str]]:
        """What the programme, by the name of nothing, and each sector are called, in Chinese and English."""
        programme = self._printer.programme
        sectors = {sector: (title.zh, title.en) for sector, title in self._printer.sectors.items()}
        return {"": (programme.zh, programme.en), **sectors}

    async def pdf(self, passes: Sequence[IssuedPass], paper: str) -> bytes:
        """Return cards, or one slip, as a PDF document.

        Raises:
            MalformedInput: there is no such paper, or no partner serves a sector any more.
            ConfigurationError: a title can't be printed.
        """
        if paper not in tuple(Paper):
            raise MalformedInput("paper", f"Choose from {', '.join(Paper)}.")
        if not self._printer.sectors.keys() >= {one.sector for one in passes}:
            raise MalformedInput("passes", "No partner serves this sector any more; revoke the pass.")
        if passes[0].form is PassForm.SLIP:
            order = order_of(self._printer.sheet(passes[0]), paper)
        else:
            order = order_of([self._printer.panel(one) for one in passes], paper)
        async with self._one_at_a_time:
            return await print_aside(order)


def order_of(what: Sheet | Sequence[Panel], paper: str) -> bytes:
    """Return what stands on the standard input of the process that prints a slip, or cards."""
    if isinstance(what, Sheet):
        order: dict[str, object] = {"sheet": asdict(what)}
    else:
        order = {"paper": paper, "panels": [asdict(panel) for panel in what]}
    return json.dumps(order, default=_written).encode()


def _written(value: object) -> str:
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(type(value).__name__)


async def print_aside(order: bytes) -> bytes:
    """Return what a process of its own prints; it is ended where nobody waits for it any more.

    Raises:
        ConfigurationError: a title can't be printed.
    """
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(*COMMAND, stdin=pipe, stdout=pipe, stderr=pipe)
    try:
        printed, said = await process.communicate(order)
    finally:
        if process.returncode is None:
            process.kill()
    if process.returncode == CANT_BE_PRINTED:
        raise ConfigurationError(said.decode().strip())
    if process.returncode:
        raise RuntimeError("printing failed")  # what it said may quote what was to be printed
    return printed
