"""Handing passes over: to standard output first, for they exist nowhere else, and then to a card's file."""

import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from gateway.assembly import Laurel
from gateway.cards.panels import Paper
from gateway.cards.qr import show_qr
from gateway.cli.card_files import card_paths, require_new, write_new
from gateway.cli.cards import CardForm, Printer, last_day, printer_of
from gateway.domain.codes import written
from gateway.domain.errors import MalformedInput
from gateway.domain.passes import IssuedPass
from gateway.services.card_office import CardOffice

Card = Annotated[Path | None, typer.Option(help="Print the card to this new file, .pdf or .svg, too.")]
Presented = Annotated[str, typer.Argument(help="The pass: its token or its code; - reads it from standard input.")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """Where passes are handed over: as text or as JSON, and in a file if one was named."""

    zone: ZoneInfo
    as_json: bool
    path: Path | None
    printer: Printer | None

    def prepare(self, office: CardOffice, sectors: Sequence[str], expires_at: datetime) -> None:
        """Refuse what could go wrong with the card of some sectors, before there is a pass for it.

        Raises:
            MalformedInput: the file is there already, or its folder is not, or no kind of partner is of a sector.
            ConfigurationError: a title can't be printed.
        """
        if self.printer is not None:
            require_new(self._paths(len(sectors)), "--card")
            for sector in sectors:
                if sector not in self.printer.sectors:  # a pass can outlive the kinds of its sector
                    advice = "leave this option out, or revoke the pass"
                    raise MalformedInput("--card", f"No partner serves {sector} any more; {advice}.")
            self.printer.rehearse(office, sectors, expires_at)

    def hand_over(self, passes: Sequence[IssuedPass]) -> None:
        """Print passes, then write their card."""
        paths = self._paths(len(passes))
        if self.as_json:
            facts = {"passes": [self._facts(one) for one in passes], "files": [str(path) for path in paths]}
            print(json.dumps(facts, ensure_ascii=False, indent=2), flush=True)
        else:
            print("\n\n".join(self._shown(one) for one in passes), flush=True)
        if self.printer is not None:
            for path, content in zip(paths, self.printer.print(passes), strict=True):
                write_new(path, content)
                if not self.as_json:
                    print(f"card     {path}", flush=True)

    def _paths(self, passes: int) -> list[Path]:
        if self.path is None or self.printer is None:
            return []
        return card_paths(self.path, self.printer.files(passes))

    def _facts(self, issued: IssuedPass) -> dict[str, object]:
        return {
            "sector": issued.sector,
            "until": last_day(issued.expires_at, self.zone).isoformat(),
            "has_pin": issued.has_pin,
            "code": written(issued.code),
            "token": issued.token,
        }

    def _shown(self, issued: IssuedPass) -> str:
        if sys.stdout.isatty():
            show_qr(issued.token)
        facts = self._facts(issued)
        return "\n".join(f"{name:<8} {facts[name]}" for name in ("sector", "until", "code", "token"))


def desk_of(laurel: Laurel, path: Path | None, paper: Paper, *, as_json: bool) -> Desk:
    """Return the desk of a gateway's card office; `path` is the card's file, if there is to be one.

    Raises:
        MalformedInput: the file's name ends with neither .pdf nor .svg.
    """
    printer = None if path is None else printer_of(laurel, paper, _form(path))
    return Desk(zone=laurel.ports.catalogue.zone, as_json=as_json, path=path, printer=printer)


def _form(path: Path) -> CardForm:
    try:
        return CardForm(path.suffix.removeprefix("."))
    except ValueError:
        raise MalformedInput("--card", "Name a file that ends with .pdf or .svg.") from None


def given(text: str) -> str:
    """Return what a word of the command line stands for: itself, or with `-` a line of standard input."""
    return sys.stdin.readline().strip() if text == "-" else text
