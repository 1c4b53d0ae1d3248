"""Printing for a server: the same bytes as the command prints, in a process that is gone afterwards."""

import asyncio
import sys
from dataclasses import replace
from datetime import date

import pytest

from gateway.cards import __main__ as cards
from gateway.cards.pages import render_pdf
from gateway.cards.panels import Panel, Paper, Title
from gateway.domain.errors import ConfigurationError
from gateway.office import printing_aside
from gateway.office.printing_aside import order_of, print_aside

pytestmark = pytest.mark.anyio

PANEL = Panel(
    programme=Title("嘉许礼遇", "Civic Laurel"),
    contact=None,
    sector=Title("公共交通", "Transit"),
    token="eyJhbGciOiJFZERTQSJ9.eyJqdGkiOiJ0ZXN0In0." + "A" * 86,
    code="0123456789ABCDE8",
    last_day=date(2027, 12, 31),
    has_pin=True,
)


async def test_it_prints_what_the_command_prints() -> None:
    assert await print_aside(order_of([PANEL], "a6")) == render_pdf([PANEL], Paper.A6)


async def test_what_cant_be_printed_is_told_in_one_sentence() -> None:
    strange = replace(PANEL, sector=Title("\N{SNOWMAN WITHOUT SNOW}\N{GOTHIC LETTER AHSA}", "Transit"))
    with pytest.raises(ConfigurationError, match="title of a sector"):
        await print_aside(order_of([strange], "a4"))


async def test_a_process_that_fails_says_nothing_of_what_it_printed(monkeypatch: pytest.MonkeyPatch) -> None:
    talks = (sys.executable, "-c", "import sys; sys.exit(sys.stdin.read())")
    monkeypatch.setattr(printing_aside, "COMMAND", talks)
    with pytest.raises(RuntimeError) as failure:
        await print_aside(order_of([PANEL], "a4"))
    assert str(failure.value) == "printing failed"


async def test_it_is_ended_when_nobody_waits_for_it(monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[asyncio.subprocess.Process] = []
    really = asyncio.create_subprocess_exec

    async def start(*command: str, **pipes: int) -> asyncio.subprocess.Process:
        process = await really(*command, **pipes)  # type: ignore[arg-type]
        started.append(process)
        return process

    monkeypatch.setattr(asyncio, "create_subprocess_exec", start)
    monkeypatch.setattr(printing_aside, "COMMAND", (sys.executable, "-c", "import time; time.sleep(600)"))
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(1):
            await print_aside(b"{}")
    assert await started[0].wait() < 0


def test_an_order_names_no_paper_that_there_is_not() -> None:
    with pytest.raises(ValueError, match="a3"):
        cards.pdf_of({"paper": "a3", "panels": []})
