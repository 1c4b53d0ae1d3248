"""Printed slips: every code is read again by a scanner and by a person, and titles of any length fit."""

import io
import secrets
from dataclasses import replace
from datetime import date

import pypdfium2
import pytest

from gateway.cards.panels import Title
from gateway.cards.slips import CODES_PER_PAGE, Sheet, render_sheet, sheet_pages
from gateway.domain.codes import RANDOM_BITS, code_from, written
from gateway.domain.errors import ConfigurationError
from tests.cards.printer import A4_MM, DPI, MARGIN_MM, POINTS_PER_INCH, Page, drawn, page, texts

SHEET = Sheet(
    programme=Title("志愿者与道德模范礼遇计划", "Rewards for volunteers and role models"),
    sector=Title("剧院与景点", "Theatres and sights"),
    codes=(),
    last_day=date(2027, 12, 31),
    has_pin=True,
)


def a_sheet(count: int = CODES_PER_PAGE, **changes: object) -> Sheet:
    """Return a slip of so many codes."""
    codes = tuple(code_from(secrets.randbits(RANDOM_BITS)) for _ in range(count))
    return replace(SHEET, codes=codes, **changes)  # type: ignore[arg-type]


def printed(sheet: Sheet, form: str) -> list[Page]:
    """Print a slip and look at its pages."""
    if form == "svg":
        return [page(drawn(picture)) for picture in render_sheet(sheet, "svg")]
    [document] = render_sheet(sheet, "pdf")
    pages = pypdfium2.PdfDocument(io.BytesIO(document))
    return [page(one.render(scale=DPI / POINTS_PER_INCH).to_pil().convert("L")) for one in pages]


@pytest.mark.parametrize("form", ["pdf", "svg"])
@pytest.mark.parametrize("count", [1, 20, 41])
def test_every_code_is_scanned_again(form: str, count: int) -> None:
    sheet = a_sheet(count)
    pages = printed(sheet, form)
    assert len(pages) == sheet_pages(count)
    assert [len(one.scan()) for one in pages] == [min(20, count - 20 * at) for at in range(len(pages))]
    read = {found.text for one in pages for found in one.scan()}
    assert read == {written(code) for code in sheet.codes}
    for one in pages:
        assert (one.width, one.height) == pytest.approx(A4_MM, abs=0.3)
        assert not one.ink(0, 0, MARGIN_MM, one.height)
        assert not one.ink(0, one.height - MARGIN_MM, one.width, one.height)


def test_a_person_reads_codes_sector_and_what_to_do() -> None:
    sheet = a_sheet(2, contact=Title("静安 021-12345678", "Jing'an 021-12345678"))
    [text] = texts(render_sheet(sheet, "pdf")[0])
    for said in (
        "剧院与景点",
        "Theatres and sights",
        "2027年 12月31日",
        "31 December 2027",
        "Jing'an 021-12345678",
    ):
        assert said in text
    for said in ("Each code is good once", "每个码只能用一次", "It has a PIN"):
        assert said in text
    for code in sheet.codes:
        assert all(group in text for group in written(code).split("-"))
    [without] = texts(render_sheet(replace(sheet, has_pin=False), "pdf")[0])
    assert "It has no PIN" in without


def test_titles_of_any_length_fit_or_are_refused_in_a_sentence() -> None:
    long = Title("很长的名称" * 12, "A very long name of a sector " * 4)
    assert len(printed(a_sheet(sector=long, programme=long, contact=long), "pdf")[0].scan()) == 20
    with pytest.raises(ConfigurationError, match="too long"):
        render_sheet(a_sheet(1, sector=Title("长" * 4000, "x" * 4000)), "pdf")
    with pytest.raises(ConfigurationError, match="can't show"):
        render_sheet(a_sheet(1, sector=Title("☃", "snow")), "pdf")


def test_the_same_slip_is_the_same_bytes() -> None:
    sheet = a_sheet(3)
    assert render_sheet(sheet, "pdf") == render_sheet(sheet, "pdf")
