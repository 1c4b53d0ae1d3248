"""The pictures of docs/images, taken anew: `python -m tests.pages.pictures FOLDER`. Look at each of them."""

import asyncio
import io
import sys
import tempfile
from pathlib import Path

from PIL import Image

from tests.flow.browsers import Browser, find
from tests.flow.conftest import ALL_LOGS, NO_LIMITS
from tests.flow.sandboxes import Sandbox, sandbox
from tests.pages import people_pages
from tests.pages.counters import Counter, counter
from tests.pages.people_pages import Page
from tests.pages.test_counter_access import LANDSCAPE, PORTRAIT, look

COLOURS = 128


def take(page: Counter | Page, path: Path) -> None:
    """Write what is seen as a small PNG."""
    picture = Image.open(io.BytesIO(page.tab.picture())).convert("RGB")
    picture.quantize(COLOURS, dither=Image.Dither.NONE).save(path, optimize=True)


def theatre(page: Counter, folder: Path) -> None:
    """Take the theatre's: a yes and a hold, a no, no line, the list."""
    [card] = asyncio.run(page.sandbox.steward.resident("venue"))
    show = asyncio.run(page.sandbox.steward.announce(page.partner, "cultural-event"))
    look(page, "light", "en", LANDSCAPE)
    page.choose("cultural-event", show)
    page.show(card.code)
    page.see("eligible_title")
    take(page, folder / "counter-eligible-en.png")
    page.press("hold")
    page.see("held_title")
    page.press("confirm")
    page.see("confirmed_title")
    page.press("next")
    look(page, "dark", "zh-Hans", LANDSCAPE)
    page.choose("cinema-discount")
    page.show(page.sandbox.persona("volunteer-10h", "venue")["code"])
    page.see("denied_title")
    take(page, folder / "counter-denied-zh.png")
    look(page, "light", "en", PORTRAIT)
    page.hurry()
    page.line.cut()
    page.show(card.code)
    page.see("line_title")
    take(page, folder / "counter-line-en.png")
    page.line.mend()
    page.press("today")
    page.tab.wait_for("document.querySelectorAll('dialog tbody tr').length > 0")
    look(page, "light", "en", LANDSCAPE)
    take(page, folder / "counter-today-en.png")


def hospital(page: Counter, folder: Path) -> None:
    """Take the hospital's: the resident's turn, and what is recorded."""
    [card] = asyncio.run(page.sandbox.steward.resident("health"))
    look(page, "light", "zh-Hans", PORTRAIT)
    page.show(card.code)
    page.see("eligible_pin")
    page.press("redeem")
    page.dialog()
    page.tab.press("1", "2")
    take(page, folder / "counter-pin-zh.png")
    page.tab.press("Escape")


def card_office(page: Page, folder: Path) -> str:
    """Take the card office's: cards that were issued, and a phone's code, which is returned."""
    whose = asyncio.run(page.sandbox.steward.register())
    page.fill("registry", whose)
    for choice in ("venue", "transit"):
        page.tick(choice)
    page.press("issue_do")
    page.see("issued")
    page.tab.wait_for("document.querySelector('a[data-act=print]')?.href.startsWith('blob:')")
    take(page, folder / "office-issued-en.png")
    page.press("done")
    page.press("language")
    page.fill("registry", whose)
    for choice in ("venue", "transit", "live"):
        page.tick(choice)
    page.press("issue_do")
    page.see("pair_title")
    take(page, folder / "office-pairing-zh.png")
    return page.code("pairing")


def phone(page: Page, code: str, folder: Path) -> None:
    """Take the phone's: the pass."""
    size = {"width": 390, "height": 844, "deviceScaleFactor": 1, "mobile": False}
    page.tab.call("Emulation.setDeviceMetricsOverride", **size)
    page.fill("code", code)
    page.tab.press("Enter")
    page.tab.wait_for("document.querySelector('.show svg') !== null")
    page.press("language")
    page.tab.wait_for("document.querySelector('.show svg') !== null")
    take(page, folder / "phone-pass-zh.png")


def people(city: Sandbox, browser: Browser, home: Path, folder: Path) -> None:
    """Take the pictures of the card office's page and of the phone's."""
    with (
        people_pages.office(city, browser, home / "office") as desk,
        people_pages.page(city, browser, home / "phone", "/pass") as own,
    ):
        phone(own, card_office(desk, folder), folder)


def main(folder: Path) -> None:
    """Start a sandbox, enrol two counters and an office, pair a phone, and take the pictures."""
    browser = find()
    assert browser is not None, "no Chromium runs here"
    home = Path(tempfile.mkdtemp())
    with sandbox(home, {**ALL_LOGS, **NO_LIMITS}) as city:
        with counter(city, browser, home / "theatre") as page:
            theatre(page, folder)
        with counter(city, browser, home / "hospital", kind="hospital-desk") as page:
            hospital(page, folder)
        people(city, browser, home, folder)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
