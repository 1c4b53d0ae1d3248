"""Pages of cards, set by Typst from `template.typ`."""

from collections.abc import Sequence
from dataclasses import asdict

from gateway.cards.panels import Panel, Paper
from gateway.cards.qr import qr_code
from gateway.cards.typesetting import Form, require_printable, typeset
from gateway.cards.words import reached_at, words, written_day
from gateway.domain.codes import written

TEMPLATE = "template.typ"

PANELS_PER_PAGE = {Paper.A4: 4, Paper.A6: 1}


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
    return list(_compiled(panels, paper, "svg"))


def _compiled(panels: Sequence[Panel], paper: Paper, form: Form) -> Sequence[bytes]:
    for panel in panels:
        require_printable(panel.programme, panel.sector, panel.contact)
    first = panels[0].programme
    data = {
        "paper": paper.value,
        "title": f"{first.zh} · {first.en}",
        "alt": asdict(words("qr")),
        "panels": [_described(panel) for panel in panels],
    }
    return typeset(TEMPLATE, data, form)


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
