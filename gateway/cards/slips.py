"""Slips: sheets of one-time codes to be cut off one by one, set by Typst from `slip.typ`."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import date

from gateway.cards.panels import Title
from gateway.cards.qr import qr_code
from gateway.cards.typesetting import Form, require_printable, typeset
from gateway.cards.words import reached_at, words, written_day
from gateway.domain.codes import written

TEMPLATE = "slip.typ"

CODES_PER_PAGE = 20

QR_MM_MAX = 19.0
"""The code with its quiet zone: as high as a row."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """One slip as it is printed, with nothing that says whose it is. `codes` have no separators."""

    programme: Title
    sector: Title
    codes: Sequence[str] = field(repr=False)
    last_day: date
    has_pin: bool
    contact: Title | None = None


def sheet_pages(codes: int) -> int:
    """Return how many pages so many codes take."""
    return -(-codes // CODES_PER_PAGE)


def render_sheet(sheet: Sheet, form: Form) -> Sequence[bytes]:
    """Return a slip as one PDF document, or as an SVG picture for each page.

    Raises:
        ConfigurationError: a title can't be printed; one sentence that says why.
    """
    require_printable(sheet.programme, sheet.sector, sheet.contact)
    notes = [
        words("slip_use"),
        words("slip_reveals"),
        words("slip_lost"),
        *([reached_at(sheet.contact)] if sheet.contact else []),
    ]
    data = {
        "title": f"{sheet.programme.zh} · {sheet.programme.en}",
        "alt": asdict(words("qr")),
        "programme": asdict(sheet.programme),
        "sector": asdict(sheet.sector),
        "kind": asdict(words("slip")),
        "until": asdict(words("until")),
        "day": asdict(written_day(sheet.last_day)),
        "pin": asdict(words("slip_pin" if sheet.has_pin else "slip_no_pin")),
        "notes": [asdict(note) for note in notes],
        "per_page": CODES_PER_PAGE,
        "codes": [
            {"groups": written(code).split("-"), "qr": asdict(qr_code(written(code), side_mm_max=QR_MM_MAX))}
            for code in sheet.codes
        ],
    }
    return typeset(TEMPLATE, data, form)
