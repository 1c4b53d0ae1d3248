"""What comes out of the printer: panels to print, and pages read again as a scanner and a person would."""

import io
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

import pypdfium2
import resvg_py
import zxingcpp
from PIL import Image

from gateway.cards.pages import render_pdf, render_svg
from gateway.cards.panels import Panel, Paper, Title
from gateway.domain.codes import RANDOM_BITS, code_from

DPI = 200
"""What a cheap camera sees of a card in front of it; printers do better."""

A6_MM, A4_MM = (105, 148), (210, 297)
MARGIN_MM = 7.5
"""What is free of ink on each side of a panel: room for a printer's edge and for unsteady scissors."""

MM_PER_INCH = 25.4
POINTS_PER_INCH = 72
TOKEN_CHARACTERS = 430
"""As many as a pass token of the sandbox has: 81 modules."""

PANEL = Panel(
    programme=Title("志愿者与道德模范礼遇计划", "Rewards for volunteers and role models"),
    sector=Title("地铁闸机", "Transit turnstile"),
    token="",
    code="",
    last_day=date(2027, 12, 31),
    has_pin=True,
)


def a_token(length: int = TOKEN_CHARACTERS) -> str:
    """Return a random token of some length."""
    return secrets.token_urlsafe(length)[:length]


def a_panel(**changes: object) -> Panel:
    """Return a panel with a token and a code of its own."""
    token = a_token()
    fresh = {"token": token, "code": code_from(secrets.randbits(RANDOM_BITS))}
    return replace(PANEL, **{**fresh, **changes})  # type: ignore[arg-type]


@dataclass(frozen=True, slots=True)
class Scanned:
    """A QR code on a page: what it says, and its box (left, top, right, bottom) in millimetres."""

    text: str
    box: tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Page:
    """A printed page and its size in millimetres."""

    picture: Image.Image
    width: float
    height: float

    def scan(self) -> list[Scanned]:
        """Return every QR code on the page."""
        return [
            Scanned(
                found.text,
                (
                    _mm(found.position.top_left.x),
                    _mm(found.position.top_left.y),
                    _mm(found.position.bottom_right.x),
                    _mm(found.position.bottom_right.y),
                ),
            )
            for found in zxingcpp.read_barcodes(
                self.picture, formats=zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode)
            )
        ]

    def ink(self, left: float, top: float, right: float, bottom: float) -> bool:
        """Whether anything is printed in a box, in millimetres."""
        left, top, right, bottom = (round(each / MM_PER_INCH * DPI) for each in (left, top, right, bottom))
        return any(self.picture.crop((left, top, right, bottom)).histogram()[:128])


def _mm(pixels: float) -> float:
    return pixels / DPI * MM_PER_INCH


def page(picture: Image.Image) -> Page:
    return Page(picture, _mm(picture.width), _mm(picture.height))


def pages(form: str, panels: Sequence[Panel], paper: Paper) -> list[Page]:
    """Print panels in a form, pdf or svg."""
    if form == "pdf":
        document = pypdfium2.PdfDocument(render_pdf(panels, paper))
        return [page(one.render(scale=DPI / POINTS_PER_INCH).to_pil().convert("L")) for one in document]
    return [page(drawn(picture)) for picture in render_svg(panels, paper)]


def drawn(svg: bytes) -> Image.Image:
    """Draw an SVG picture at the size that it gives in points."""
    drawn = bytes(resvg_py.svg_to_bytes(svg_string=svg.decode(), dpi=DPI))
    return Image.open(io.BytesIO(drawn)).convert("L")


def texts(document: bytes) -> list[str]:
    """Return the text of each page of a PDF document; where a line ends is a space."""
    read = (one.get_textpage().get_text_bounded() for one in pypdfium2.PdfDocument(document))
    return [" ".join(text.replace("\N{ZERO WIDTH SPACE}", "").split()) for text in read]


def assert_margins(page: Page, size: tuple[int, int], *, marks_mm: float) -> None:
    """Fail unless the margins are white; cut marks may lie in the middle of each."""
    width, height = size
    for left, right in ((0, width / 2 - marks_mm), (width / 2 + marks_mm, width)):
        assert not page.ink(left, 0, right, MARGIN_MM)
        assert not page.ink(left, height - MARGIN_MM, right, height)
    for top, bottom in ((0, height / 2 - marks_mm), (height / 2 + marks_mm, height)):
        assert not page.ink(0, top, MARGIN_MM, bottom)
        assert not page.ink(width - MARGIN_MM, top, width, bottom)


def lines(document: bytes) -> list[tuple[float, float, float, float]]:
    """Return the boxes (left, bottom, right, top) of the lines of text on a document's first page, in points."""
    text = pypdfium2.PdfDocument(document)[0].get_textpage()
    return [text.get_rect(number) for number in range(text.count_rects())]
