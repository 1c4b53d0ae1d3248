"""Printed pages: every QR code is read again, every word is found, and nothing lies where scissors go."""

from datetime import date
from itertools import combinations

import pytest

from gateway.auth.passes import TOKEN_CHARACTERS_MAX
from gateway.cards.pages import render_pdf, render_svg
from gateway.cards.panels import Paper, Title
from gateway.domain.codes import normalise
from tests.cards.printer import (
    A4_MM,
    A6_MM,
    MARGIN_MM,
    MM_PER_INCH,
    TOKEN_CHARACTERS,
    a_panel,
    a_token,
    assert_margins,
    lines,
    pages,
    texts,
)

FORMS = ["pdf", "svg"]


@pytest.mark.parametrize("count", range(1, 10))
@pytest.mark.parametrize("paper", Paper)
@pytest.mark.parametrize("form", FORMS)
def test_every_qr_code_is_read_again_and_says_the_token(form: str, paper: Paper, count: int) -> None:
    panels = [a_panel() for _ in range(count)]
    printed = pages(form, panels, paper)
    per_page = 4 if paper is Paper.A4 else 1
    assert len(printed) == -(-count // per_page)
    for number, page in enumerate(printed):
        expected = [panel.token for panel in panels[number * per_page : (number + 1) * per_page]]
        assert [
            one.text for one in sorted(page.scan(), key=lambda one: (one.box[1] > 140, one.box[0]))
        ] == expected


@pytest.mark.parametrize(("paper", "size"), [(Paper.A4, A4_MM), (Paper.A6, A6_MM)])
@pytest.mark.parametrize("form", FORMS)
def test_a_page_has_the_size_of_its_paper(form: str, paper: Paper, size: tuple[int, int]) -> None:
    [page] = pages(form, [a_panel()], paper)
    assert (page.width, page.height) == pytest.approx(size, abs=0.3)


def test_a_person_reads_sector_code_and_last_day_in_both_languages() -> None:
    panel = a_panel(sector=Title("医院服务台", "Hospital desk"))
    [text] = texts(render_pdf([panel], Paper.A6))
    for said in ("医院服务台", "Hospital desk", panel.programme.zh, panel.programme.en):
        assert said in text
    for said in ("有效期至", "2027年 12月31日", "Good until", "31 December 2027"):
        assert said in text
    groups = [panel.code[at : at + 4] for at in (0, 4, 8, 12)]
    assert normalise(" ".join(word for word in text.split() if word in groups)) == panel.code


def test_whether_there_is_a_pin_what_to_do_when_lost_and_what_it_reveals_are_said() -> None:
    with_pin, without = texts(render_pdf([a_panel(), a_panel(has_pin=False)], Paper.A6))
    assert "Never write it here" in with_pin
    assert "Never write it" not in without
    assert "It has no PIN" in without
    for text in (with_pin, without):
        assert "this card is stopped at once" in text
        assert "旧卡立即停用" in text
        assert "says who you are" in text
        assert "同类单位只能看出是同一张卡" in text


def test_how_to_reach_the_card_office_is_said_if_it_is_known() -> None:
    contact = Title("电话 021-0000 0000", "phone 021-0000 0000")
    told, silent = texts(render_pdf([a_panel(contact=contact), a_panel()], Paper.A6))
    assert "志愿服务台：电话 021-0000 0000" in told
    assert "Volunteer desk: phone 021-0000 0000" in told
    assert "Volunteer desk:" not in silent


@pytest.mark.parametrize("form", FORMS)
def test_nothing_but_cut_marks_lies_where_a_sheet_is_cut(form: str) -> None:
    [page] = pages(form, [a_panel() for _ in range(4)], Paper.A4)
    assert_margins(page, A4_MM, marks_mm=8.5)
    assert not page.ink(105 - MARGIN_MM, 9, 105 + MARGIN_MM, 143)
    assert not page.ink(105 - MARGIN_MM, 154, 105 + MARGIN_MM, 288)
    assert not page.ink(9, 148.5 - MARGIN_MM, 100, 148.5 + MARGIN_MM)
    assert not page.ink(110, 148.5 - MARGIN_MM, 201, 148.5 + MARGIN_MM)


@pytest.mark.parametrize(
    "mark",
    [(104, 3, 106, 8), (104, 289, 106, 294), (3, 148, 8, 149), (202, 148, 207, 149), (101, 144, 109, 153)],
    ids=str,
)
def test_a_sheet_shows_where_to_cut(mark: tuple[int, int, int, int]) -> None:
    [page] = pages("pdf", [a_panel()], Paper.A4)
    assert page.ink(*mark)


@pytest.mark.parametrize("form", FORMS)
def test_a_single_card_has_white_margins_and_no_cut_marks(form: str) -> None:
    [page] = pages(form, [a_panel()], Paper.A6)
    assert_margins(page, A6_MM, marks_mm=0)


@pytest.mark.parametrize("paper", Paper)
def test_modules_are_large_and_the_quiet_zone_is_kept(paper: Paper) -> None:
    [page] = pages("pdf", [a_panel()], paper)
    [code] = page.scan()
    left, top, right, bottom = code.box
    module = (right - left) / 81
    assert module >= 0.6
    assert bottom - top == pytest.approx(right - left, abs=MM_PER_INCH / 100)
    quiet, edge = 4 * module - 0.3, 0.3
    assert not page.ink(left - quiet, top - quiet, left - edge, bottom + quiet)
    assert not page.ink(right + edge, top - quiet, right + quiet, bottom + quiet)
    assert not page.ink(left - quiet, top - quiet, right + quiet, top - edge)
    assert not page.ink(left - quiet, bottom + edge, right + quiet, bottom + quiet)


@pytest.mark.parametrize("length", [100, 300, TOKEN_CHARACTERS, 500, 700, 900, TOKEN_CHARACTERS_MAX])
@pytest.mark.parametrize("day", [date(2027, 9, 30), date(2027, 5, 1)], ids=str)
def test_no_line_runs_into_another_or_into_the_code(length: int, day: date) -> None:
    contact = Title("电话 021-0000 0000，工作日九时至十七时", "phone 021-0000 0000, weekdays from nine to five")
    panel = a_panel(token=a_token(length), last_day=day, contact=contact)
    [page] = pages("pdf", [panel], Paper.A6)
    [code] = page.scan()
    boxes = lines(render_pdf([panel], Paper.A6))
    points = [each / MM_PER_INCH * 72 for each in code.box]
    boxes.append(
        (points[0], A6_MM[1] / MM_PER_INCH * 72 - points[3], points[2], A6_MM[1] / MM_PER_INCH * 72 - points[1])
    )
    for one, other in combinations(boxes, 2):
        across = min(one[2], other[2]) - max(one[0], other[0])
        down = min(one[3], other[3]) - max(one[1], other[1])
        assert across <= 0.5 or down <= 0.5, (one, other)


def test_the_same_panels_give_the_same_bytes_and_no_moment_of_printing() -> None:
    panels = [a_panel(), a_panel()]
    document = render_pdf(panels, Paper.A4)
    assert document == render_pdf(panels, Paper.A4)
    assert render_svg(panels, Paper.A4) == render_svg(panels, Paper.A4)
    assert b"CreationDate" not in document
    assert b"ModDate" not in document


def test_a_document_can_be_read_out() -> None:
    document = render_pdf([a_panel()], Paper.A6)
    assert b"/MarkInfo" in document
    assert b"pdfuaid:part" in document


def test_what_a_panel_says_of_itself_is_no_secret() -> None:
    panel = a_panel()
    assert panel.token not in repr(panel)
    assert panel.code not in repr(panel)
