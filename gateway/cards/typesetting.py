"""Typst at work: data in, pages out; no network, no fonts but ours, the same bytes each time."""

import json
import re
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, Literal

import typst

from gateway.cards.glyphs import FONTS, require_glyphs
from gateway.cards.panels import Title
from gateway.domain.errors import ConfigurationError

Form = Literal["pdf", "svg"]

_FOLDER = Path(__file__).parent

_TOO_LONG = re.compile("too long: (programme|sector|contact)")
"""What a template says where even its smallest type does not fit."""

_NAMES = {
    "programme": "title of the programme",
    "sector": "title of a sector",
    "contact": "contact of the card office",
}


def require_printable(programme: Title, sector: Title, contact: Title | None) -> None:
    """Refuse titles with a character that no font has.

    Raises:
        ConfigurationError: says which, and what to do.
    """
    for name, title in (("programme", programme), ("sector", sector), ("contact", contact)):
        if title is not None:
            require_glyphs(_NAMES[name], title)


def typeset(template: str, data: Mapping[str, Any], form: Form) -> Sequence[bytes]:
    """Return the one PDF document of a template, or its pages as SVG pictures.

    Raises:
        ConfigurationError: a title is too long.
    """
    try:
        compiled = _compiler(template).compile(
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
def _compiler(template: str) -> typst.Compiler:
    fonts = typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[FONTS])
    return typst.Compiler(_FOLDER / template, root=_FOLDER, font_paths=fonts, ignore_system_fonts=True)
