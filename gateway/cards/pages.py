"""Pages of cards, set by Typst from `template.typ`: no network, no fonts but ours, the same bytes each time."""

import json
import re
from collections.abc import Sequence
from dataclasses import asdict
from functools import cache
from pathlib import Path
from typing import Literal

import typst

from gateway.cards.glyphs import FONTS, require_glyphs
from gateway.cards.panels import Panel, Paper
from gateway.cards.qr import qr_code
from gateway.cards.words import reached_at, words, written_day
from gateway.domain.codes import written
from gateway.domain.errors import ConfigurationError

TEMPLATE = Path(__file__).with_name("template.typ")

PANELS_PER_PAGE = {Paper.A4: 4, Paper.A6: 1}

_TOO_LONG = re.compile("too long: (programme|sector|contact)")
"""What the template says where even its smallest type does not fit."""

_NAMES = {
    "programme": "title of the programme",
    "sector": "title of a sector",
    "contact": "contact of the card office",
}


def pages(panels: int, paper: Paper) -> int:
    """Return how many pages so many panels take."""
    return -(-panels // PANELS_PER_PAGE[paper])


def render_pdf(panels: Sequence[Panel], paper: Paper) -> bytes:
    """Return panels as one PDF document.

    Raises:
        ConfigurationError: a title or a token can't be printed; one sentence that says why.
    """
    [document] = _compiled(panels, paper, "pdf")
    return document


def render_svg(panels: Sequence[Panel], paper: Paper) -> list[bytes]:
    """Return panels as SVG pictures, one for each page; text is drawn as shapes, so they need no fonts.

    Raises:
        ConfigurationError: as for `render_pdf`.
    """
    return _compiled(panels, paper, "svg")


def _compiled(panels: Sequence[Panel], paper: Paper, form: Literal["pdf", "svg"]) -> list[bytes]:
    for panel in panels:
        _require_printable(panel)
    first = panels[0].programme
    data = {
        "paper": paper.value,
        "title": f"{first.zh} · {first.en}",
        "alt": asdict(words("qr")),
        "panels": [_described(panel) for panel in panels],
    }
    try:
        compiled = _compiler().compile(
            format=form,
            sys_inputs={"data": json.dumps(data, ensure_ascii=False)},
            pdf_standards=["ua-1"] if form == "pdf" else [],  # ISO 14289-1: can be read out, and misses no glyph
        )
    except typst.TypstError as error:
        text = _TOO_LONG.search(error.message)
        if text is None:
            raise
        raise ConfigurationError(f"The {_NAMES[text[1]]} is too long for a card: shorten it.") from None
    if compiled is None:
        raise RuntimeError("typst gave no pages back")
    return compiled if isinstance(compiled, list) else [compiled]


@cache
def _compiler() -> typst.Compiler:
    fonts = typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[FONTS])
    return typst.Compiler(TEMPLATE, root=TEMPLATE.parent, font_paths=fonts, ignore_system_fonts=True)


def _require_printable(panel: Panel) -> None:
    for name, title in (("programme", panel.programme), ("sector", panel.sector), ("contact", panel.contact)):
        if title is not None:
            require_glyphs(_NAMES[name], title)


def _described(panel: Panel) -> dict[str, object]:
    """Return a panel as the template reads it: text to be printed as it is, and modules to be drawn."""
    notes = [words("lost"), *([reached_at(panel.contact)] if panel.contact else []), words("reveals")]
    return {
        "programme": asdict(panel.programme),
        "sector": asdict(panel.sector),
        "until": asdict(words("until")),
        "day": asdict(written_day(panel.last_day)),
        "pin": asdict(words("pin" if panel.has_pin else "no_pin")),
        "call": asdict(words("code")),
        "code": written(panel.code).split("-"),
        "notes": [asdict(note) for note in notes],
        "qr": asdict(qr_code(panel.token)),
    }
