"""Printing passes: the programme's titles and an issued pass make a panel or a slip, and those make files."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from gateway.assembly import Laurel
from gateway.cards.pages import pages, render_pdf, render_svg
from gateway.cards.panels import Panel, Paper, Title
from gateway.cards.slips import Sheet, render_sheet, sheet_pages
from gateway.domain.card_days import last_day
from gateway.domain.partners import Profile
from gateway.domain.passes import IssuedPass, PassForm
from gateway.services.card_office import CardOffice
from gateway.store.reward_files import ProgrammeFile
from gateway.store.toml_files import Title as FileTitle
from gateway.store.toml_files import read_table


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
            return list(render_sheet(self.sheet(slip), self.form.value))
        panels = [self.panel(issued) for issued in passes]
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

    def sheet(self, issued: IssuedPass) -> Sheet:
        """Return a slip as it is printed."""
        return Sheet(
            programme=self.programme,
            contact=self.contact,
            sector=self.sectors[issued.sector],
            codes=issued.texts,
            last_day=last_day(issued.expires_at, self.zone),
            has_pin=issued.has_pin,
        )

    def panel(self, issued: IssuedPass) -> Panel:
        """Return a card as it is printed."""
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
