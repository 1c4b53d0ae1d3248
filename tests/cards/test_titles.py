"""Titles that a city writes: printed as they are, inside their panel, or refused in one sentence."""

import re

import pytest

from gateway.cards.glyphs import FONTS
from gateway.cards.pages import render_pdf, render_svg
from gateway.cards.panels import Paper, Title
from gateway.domain.errors import ConfigurationError
from tests.cards.printer import A6_MM, a_panel, assert_margins, pages, texts

LONG = 200
"""As long as a title in a TOML file may be."""

HOSTILE = {
    "code": '#read("/etc/passwd")',
    "function": "#panic()",
    "emphasis": "*bold* _thin_ `raw`",
    "mathematics": "$x^2$",
    "heading": "= Heading",
    "list": "- one",
    "label": "<here> @there",
    "link": "https://example.org/a//b",
    "comment": "/* gone */ // gone",
    "escape": r"\u{41} \#",
    "json": '"}],"code":["',
    "braces": "{contact} {year}",
    "dashes": "a -- b --- c ... d ~ e",
    "quotes": "\"double\" and 'single'",
}


@pytest.mark.parametrize("title", HOSTILE.values(), ids=HOSTILE)
def test_markup_is_printed_and_not_read(title: str) -> None:
    panel = a_panel(programme=Title(title, title), sector=Title(title, title), contact=Title(title, title))
    [text] = texts(render_pdf([panel], Paper.A6))
    assert re.sub(r"\s+", "", text).count(re.sub(r"\s+", "", title)) == 6


@pytest.mark.parametrize(
    "title",
    ["馆" * LONG, "W" * LONG, ("Wonderful " * LONG)[: LONG - 1], "é" * LONG, "Ж" * LONG, "（" * LONG, "，" * LONG],
    ids=["chinese", "one word", "words", "accents", "cyrillic", "brackets", "commas"],
)
@pytest.mark.parametrize("form", ["pdf", "svg"])
def test_the_longest_title_stays_inside_its_panel_and_off_the_code(form: str, title: str) -> None:
    panel = a_panel(programme=Title(title, title), sector=Title(title, title), contact=Title(title, title))
    [page] = pages(form, [panel], Paper.A6)
    assert_margins(page, A6_MM, marks_mm=0)
    [code] = page.scan()
    assert code.text == panel.token
    [text] = texts(render_pdf([panel], Paper.A6))
    assert re.sub(r"\s+", "", text).count(re.sub(r"\s+", "", title)) == 6


@pytest.mark.parametrize("where", ["programme", "sector", "contact"])
def test_a_title_that_no_size_of_type_fits_is_refused(where: str) -> None:
    panel = a_panel(**{where: Title("馆" * 3000, "hall")})
    for render in (render_pdf, render_svg):
        with pytest.raises(ConfigurationError, match="too long for a card"):
            render([panel], Paper.A6)


@pytest.mark.parametrize(
    ("character", "named"),
    [
        ("😀", "U+1F600"),
        ("\u202e", "U+202E"),
        ("\n", "U+000A"),
        ("한", "U+D55C"),
        ("\u200b", "U+200B"),
        ("ﷺ", "U+FDFA"),
    ],
    ids=["emoji", "override", "line break", "hangul", "zero width", "ligature"],
)
@pytest.mark.parametrize(
    ("where", "told"),
    [("programme", "programme (en)"), ("sector", "sector (en)"), ("contact", "card office (en)")],
)
def test_a_character_without_a_glyph_is_refused_and_named(
    where: str, told: str, character: str, named: str
) -> None:
    panel = a_panel(**{where: Title("馆", f"Hall {character}")})
    for render in (render_pdf, render_svg):
        with pytest.raises(ConfigurationError) as refused:
            render([panel], Paper.A4)
        assert named in str(refused.value)
        assert told in str(refused.value)
        assert len(str(refused.value).splitlines()) == 1


def test_every_character_that_is_promised_can_be_printed() -> None:
    """PDF/UA refuses a document with a missing glyph: each of them has one in both weights."""
    promised = (FONTS / "characters.txt").read_text("utf-8").split()
    for at in range(0, len(promised), 3):
        line = "".join(promised[at : at + 3])
        [text] = texts(render_pdf([a_panel(programme=Title(line, line))], Paper.A6))
        assert text
