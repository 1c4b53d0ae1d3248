"""Handing passes over: to standard output first, for they exist nowhere else, and then to a file."""

import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Annotated, assert_never
from zoneinfo import ZoneInfo

import typer

from gateway.assembly import Laurel
from gateway.cards.panels import Paper
from gateway.cards.qr import qr_svg, show_qr
from gateway.cli.card_files import card_paths, require_new, write_new
from gateway.domain.card_days import last_day
from gateway.domain.codes import written
from gateway.domain.errors import MalformedInput
from gateway.domain.passes import IssuedPass, PassForm
from gateway.domain.showings import SLIP_CODES
from gateway.office.printing import CardForm, Printer, printer_of
from gateway.services.card_office import CardOffice

Card = Annotated[Path | None, typer.Option(help="Print the pass to this new file, .pdf or .svg, too.")]
Presented = Annotated[
    str,
    typer.Argument(help="The pass: its token, its code or what the phone shows; - reads it from standard input."),
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """Where passes of one form are handed over: as text or as JSON, and in a file if one was named."""

    zone: ZoneInfo
    form: PassForm
    as_json: bool
    path: Path | None
    printer: Printer | None

    def prepare(
        self, office: CardOffice, sectors: Sequence[str], expires_at: datetime, *, code_count: int = SLIP_CODES
    ) -> None:
        """Refuse what could go wrong with the passes of some sectors, before there is one.

        Raises:
            MalformedInput: the file is there already, or its folder is not, or no kind of partner is of a sector.
            ConfigurationError: a title can't be printed.
        """
        require_new(self._paths(len(sectors), code_count), "--card")
        if self.printer is not None:
            for sector in sectors:
                if sector not in self.printer.sectors:  # a pass can outlive the kinds of its sector
                    advice = "leave this option out, or revoke the pass"
                    raise MalformedInput("--card", f"No partner serves {sector} any more; {advice}.")
            self.printer.rehearse(office, sectors, expires_at, self.form, code_count=code_count)

    def hand_over(self, passes: Sequence[IssuedPass]) -> None:
        """Print passes, then write their file."""
        paths = self._paths(len(passes), len(passes[0].texts))
        if self.as_json:
            facts = {"passes": [self._facts(one) for one in passes], "files": [str(path) for path in paths]}
            print(json.dumps(facts, ensure_ascii=False, indent=2), flush=True)
        else:
            print("\n\n".join(self._shown(one) for one in passes), flush=True)
        for path, content in zip(paths, self._contents(passes), strict=True):
            write_new(path, content)
            if not self.as_json:
                print(f"card     {path}", flush=True)

    def _contents(self, passes: Sequence[IssuedPass]) -> list[bytes]:
        if self.path is None:
            return []
        return [qr_svg(one.texts[0]) for one in passes] if self.printer is None else self.printer.print(passes)

    def _paths(self, passes: int, code_count: int) -> list[Path]:
        if self.path is None:
            return []
        files = passes if self.printer is None else self.printer.files(passes, self.form, code_count)
        return card_paths(self.path, files)

    def _facts(self, issued: IssuedPass) -> dict[str, object]:
        return {
            "sector": issued.sector,
            "until": last_day(issued.expires_at, self.zone).isoformat(),
            "has_pin": issued.has_pin,
            **_texts(issued),
        }

    def _shown(self, issued: IssuedPass) -> str:
        if sys.stdout.isatty() and issued.form is not PassForm.SLIP:
            show_qr(issued.texts[0])
        facts = {name: value for name, value in self._facts(issued).items() if name != "has_pin"}
        codes = facts.pop("codes", [])
        lines = [f"{name:<8} {value}" for name, value in facts.items()]
        return "\n".join([*lines, *(f"{'code':<8} {code}" for code in codes)])  # type: ignore[attr-defined]


def _texts(issued: IssuedPass) -> dict[str, object]:
    """Return what exists at this moment alone, by its name."""
    match issued.form:
        case PassForm.CARD:
            return {"code": written(issued.code), "token": issued.token}
        case PassForm.SLIP:
            return {"codes": [written(code) for code in issued.texts]}
        case PassForm.LIVE:
            return {"pairing": issued.texts[0]}
        case _:
            assert_never(issued.form)


def desk_of(laurel: Laurel, form: PassForm, path: Path | None, paper: Paper, *, as_json: bool) -> Desk:
    """Return the desk of a gateway's card office for one form; `path` is the file, if there is to be one.

    Raises:
        MalformedInput: the file's name ends with neither .pdf nor .svg, or not with .svg where a phone is paired.
    """
    printer = None
    if path is not None and form is PassForm.LIVE:
        if path.suffix != ".svg":
            raise MalformedInput("--card", "Name a file that ends with .svg: a picture for the phone to scan.")
    elif path is not None:
        printer = printer_of(laurel, paper, _form(path))
    return Desk(zone=laurel.ports.catalogue.zone, form=form, as_json=as_json, path=path, printer=printer)


def _form(path: Path) -> CardForm:
    try:
        return CardForm(path.suffix.removeprefix("."))
    except ValueError:
        raise MalformedInput("--card", "Name a file that ends with .pdf or .svg.") from None


def given(text: str) -> str:
    """Return what a word of the command line stands for: itself, or with `-` a line of standard input."""
    return sys.stdin.readline().strip() if text == "-" else text
