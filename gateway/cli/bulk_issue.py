"""`gateway pass issue-many`: a card for each line of a list, safe to interrupt and to repeat."""

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from types import FrameType
from typing import Annotated

import typer

from gateway.assembly import Laurel
from gateway.cards.panels import Paper
from gateway.cli.bulk_lists import Wanted, read_list
from gateway.cli.card_files import require_writable
from gateway.cli.cards import Days, PaperSize, expiry
from gateway.cli.console import INTERRUPTED, TRY_AGAIN, WRONG_INPUT, AsJson, fail, tell, with_card_office
from gateway.cli.issued_cards import IssuedCards, mark_of
from gateway.cli.line_files import LineFile, Rejects
from gateway.cli.progress import progress
from gateway.domain.card_days import CARD_DAYS
from gateway.domain.errors import MalformedInput, Unavailable
from gateway.domain.passes import PresentedPass
from gateway.office.printing import CardForm, Printer, printer_of
from gateway.services.card_office import CardOffice


def issue_many(
    *,
    file: Annotated[
        Path, typer.Argument(metavar="LIST", exists=True, dir_okay=False, help="A .csv file; see docs/cards.md.")
    ],
    out: Annotated[Path, typer.Option(help="The folder that the cards go to, one card for each line.")],
    paper: PaperSize = Paper.A4,
    form: Annotated[CardForm, typer.Option(help="The form of the files.")] = CardForm.PDF,
    days: Days = CARD_DAYS,
    keep_pins: Annotated[
        bool, typer.Option("--keep-pins", help="A card without a PIN in the list has that of the one before it.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Issue and print a card for each line of a list. Lines that have a card in the folder are skipped."""

    async def work(laurel: Laurel, office: CardOffice) -> None:
        printer, expires_at = printer_of(laurel, paper, form), expiry(days)
        printer.rehearse(office, sorted(office.sectors), expires_at)
        out.mkdir(parents=True, exist_ok=True)
        require_writable(out, "--out")
        with LineFile(file) as lines, IssuedCards(out) as cards, Rejects(out / "rejects.csv") as rejects:
            bulk = _Bulk(office, printer, expires_at, cards, rejects, keep_pins)
            try:
                await bulk.issue(lines)
            except Unavailable as error:
                fail(f"The {error} does not answer. Say the same again to go on with the rest.", TRY_AGAIN)
            finally:
                tell(bulk.facts(), bulk.sentence(), as_json=as_json)
        if bulk.interrupted:
            fail("Interrupted between two cards. Say the same again to go on with the rest.", INTERRUPTED)
        if rejects.count:
            raise typer.Exit(WRONG_INPUT)

    with_card_office(work, interrupted="Interrupted. What was issued stays; say the same again to go on.")


@dataclass(slots=True)
class _Bulk:
    """A list under way, and how far it is."""

    office: CardOffice
    printer: Printer
    expires_at: datetime
    cards: IssuedCards
    rejects: Rejects
    keep_pins: bool
    issued: int = 0
    skipped: int = 0
    interrupted: bool = False

    async def issue(self, lines: LineFile) -> None:
        """Issue and print what is not there yet, line by line, until somebody interrupts."""
        with progress("Issuing", "cards") as show, interruptions() as asked_to_stop:
            for number, wanted in read_list(lines, self.rejects.add):
                if asked_to_stop():
                    self.interrupted = True
                    return
                mark = mark_of(wanted, self.office.hasher.hash)
                card = self.cards.find(mark)
                if card is not None:
                    self.skipped += 1
                else:
                    card = await self._try(number, wanted, mark)
                if card is not None:
                    self.cards.assign(number, card)
                show(self.issued, lines.position / max(lines.size, 1))

    def facts(self) -> dict[str, object]:
        """Return what was done."""
        rejects = str(self.rejects.path) if self.rejects.count else None
        counts = {"issued": self.issued, "skipped": self.skipped, "rejected": self.rejects.count}
        return {**counts, "rejects": rejects, "interrupted": self.interrupted}

    def sentence(self) -> str:
        """Return what was done, in a sentence."""
        rejected = f"{self.rejects.count} rejected" + (f": see {self.rejects.path}" if self.rejects.count else "")
        return f"{self.issued} cards issued, {self.skipped} skipped because they are there, {rejected}."

    async def _try(self, number: int, wanted: Wanted, mark: str) -> str | None:
        """Issue and print a line's card; return its name, or None where the line was rejected."""
        try:
            passes = await self.office.issue_all(
                wanted.registry_id,
                sectors=wanted.sectors,
                expires_at=self.expires_at,
                pin=wanted.pin,
                keep_pins=self.keep_pins,
            )
        except MalformedInput as refusal:
            self.rejects.add(number, f"{refusal.argument}: {refusal.message}")
            return None
        try:
            card = self.cards.add(mark, self.printer.print(passes), self.printer.form)
        except BaseException:  # whatever it was: nobody will ever have these passes
            for one in passes:
                await self.office.revoke(PresentedPass(one.token))
            raise
        self.issued += 1
        return card


@contextmanager
def interruptions() -> Iterator[Callable[[], bool]]:
    """Yield whether somebody asked to stop, by Ctrl-C or SIGTERM. Whoever asks twice is obeyed at once."""
    asked = False

    def ask(number: int, frame: FrameType | None) -> None:
        nonlocal asked
        asked = True
        signal.signal(number, before[signal.Signals(number)])

    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    for number in before:
        signal.signal(number, ask)
    try:
        yield lambda: asked
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
