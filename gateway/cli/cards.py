"""Printing passes: the programme's titles and an issued pass make a panel or a slip, and those make files."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from gateway.assembly import Laurel
from gateway.cards.pages import pages, render_pdf, render_svg
from gateway.cards.panels import Panel, Paper, Title
from gateway.cards.slips import Sheet, render_sheet, sheet_pages
from gateway.domain.errors import MalformedInput
from gateway.domain.partners import Profile
from gateway.domain.passes import IssuedPass, PassForm
from gateway.domain.showings import SLIP_DAYS_MAX
from gateway.services.card_office import CardOffice
from gateway.store.reward_files import ProgrammeFile
from gateway.store.toml_files import Title as FileTitle
from gateway.store.toml_files import read_table

CARD_DAYS = 400
"""A card outlives the yearly credit update by a month."""

Days = Annotated[int, typer.Option(min=1, max=1095, help="How long the passes are good for.")]
PaperSize = Annotated[Paper, typer.Option(help="A4 with four passes to cut apart, or A6 with one on each page.")]


class CardForm(StrEnum):
    """The two forms of a card's file."""

    PDF = "pdf"
    SVG = "svg"


@dataclass(frozen=True, slots=True, kw_only=True)
class Printer:
    """Prints passes of one programme."""

    programme: Title
    contact: Title | None
    sectors: Mapping[str, Title]
    zone: ZoneInfo
    paper: Paper
    form: CardForm

    def print(self, passes: Sequence[IssuedPass]) -> list[bytes]:
        """Return the files of a card, or of one slip: one PDF document, or an SVG picture for each page.

        Raises:
            ConfigurationError: a title can't be printed; says which, and what to do.
        """
        if passes[0].form is PassForm.SLIP:
            [slip] = passes
            return list(render_sheet(self._sheet(slip), self.form.value))
        panels = [self._panel(issued) for issued in passes]
        if self.form is CardForm.PDF:
            return [render_pdf(panels, self.paper)]
        return render_svg(panels, self.paper)

    def rehearse(
        self,
        office: CardOffice,
        sectors: Sequence[str],
        expires_at: datetime,
        form: PassForm = PassForm.CARD,
        *,
        code_count: int = 1,
    ) -> None:
        """Print specimens, so that what can't be printed is told before a pass exists.

        Raises:
            ConfigurationError: as for `print`.
        """
        facts = {"expires_at": expires_at, "has_pin": True, "form": form, "code_count": code_count}
        self.print([office.specimen(sector, **facts) for sector in sectors])  # type: ignore[arg-type]

    def files(self, passes: int, form: PassForm, code_count: int) -> int:
        """Return how many files the card for so many passes has, or a slip of so many codes."""
        if self.form is CardForm.PDF:
            return 1
        return sheet_pages(code_count) if form is PassForm.SLIP else pages(passes, self.paper)

    def _sheet(self, issued: IssuedPass) -> Sheet:
        return Sheet(
            programme=self.programme,
            contact=self.contact,
            sector=self.sectors[issued.sector],
            codes=issued.texts,
            last_day=last_day(issued.expires_at, self.zone),
            has_pin=issued.has_pin,
        )

    def _panel(self, issued: IssuedPass) -> Panel:
        return Panel(
            programme=self.programme,
            contact=self.contact,
            sector=self.sectors[issued.sector],
            token=issued.token,
            code=issued.code,
            last_day=last_day(issued.expires_at, self.zone),
            has_pin=issued.has_pin,
        )


def printer_of(laurel: Laurel, paper: Paper, form: CardForm) -> Printer:
    """Return the printer of a gateway's programme.

    Raises:
        ConfigurationError: `programme.toml` is wrong.
    """
    programme = read_table(laurel.settings.partners_dir / "catalogue" / "programme.toml", ProgrammeFile)
    named = {sector: _title(title) for sector, title in programme.sectors.items()}
    return Printer(
        programme=_title(programme.title),
        contact=None if programme.card_office is None else _title(programme.card_office),
        sectors=sector_titles(laurel.profiles.values()) | named,
        zone=laurel.ports.catalogue.zone,
        paper=paper,
        form=form,
    )


def _title(title: FileTitle) -> Title:
    return Title(title.zh, title.en)


def sector_titles(profiles: Iterable[Profile]) -> dict[str, Title]:
    """Return what each sector is called on a card unless the programme names it: its kinds of partner."""
    zh: dict[str, dict[str, None]] = {}
    en: dict[str, dict[str, None]] = {}
    for profile in sorted(profiles, key=lambda each: each.kind):
        zh.setdefault(profile.sector, {})[profile.title_zh] = None
        en.setdefault(profile.sector, {})[profile.title_en] = None
    return {sector: Title("、".join(zh[sector]), ", ".join(en[sector])) for sector in zh}


def expiry(days: int, form: PassForm = PassForm.CARD) -> datetime:
    """Return when a pass ends that is good for some days from now.

    Raises:
        MalformedInput: no slip is good for so long.
    """
    if form is PassForm.SLIP and days > SLIP_DAYS_MAX:
        raise MalformedInput("--days", f"A slip is good for {SLIP_DAYS_MAX} days at most.")
    return datetime.now(UTC) + timedelta(days=days)


def last_day(expires_at: datetime, zone: ZoneInfo) -> date:
    """Return the last civil day on which a pass works."""
    return (expires_at - timedelta(seconds=1)).astimezone(zone).date()
