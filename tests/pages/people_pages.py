"""The card office's page and the phone's in browsers, with the hands of a clerk and of a resident."""

import asyncio
import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import zxingcpp
from PIL import Image

from tests.flow import chromium
from tests.flow.browsers import Browser
from tests.flow.cable import Cable
from tests.flow.chromium import Tab
from tests.flow.desk import OFFICE
from tests.flow.enrolling import hand_out
from tests.flow.sandboxes import Sandbox
from tests.pages.counters import ENGLISH
from tests.pages.traces import watched

SCREEN = (820, 1180)


@dataclass(frozen=True, slots=True)
class Page:
    """A page for people. `line` is all that connects it with the gateway."""

    tab: Tab
    sandbox: Sandbox
    line: Cable
    path: str

    def open(self) -> None:
        """Open the page, as whoever comes back to it."""
        self.line.mend()
        self.tab.call("Page.navigate", url=f"{self.line.url}{self.path}")
        self.tab.wait_for("document.querySelector('main h1') !== null")

    def fill(self, name: str, text: str) -> None:
        """Type a text into a field."""
        self.tab.wait_for(f"!!document.getElementById({name!r})")
        self.tab.value(f"document.getElementById({name!r}).focus()")
        self.tab.call("Input.insertText", text=text)

    def tick(self, value: str) -> None:
        """Choose something."""
        self.tab.value(f"document.querySelector('input[value={value}]').click()")

    def press(self, act: str) -> None:
        """Press the button of an act, once it can be pressed."""
        button = f"[...document.querySelectorAll('[data-act={act}]')].at(-1)"
        self.tab.wait_for(f"{button}?.disabled === false || {button}?.href !== undefined")
        self.tab.value(f"{button}.click()")

    def see(self, answer: str) -> str:
        """Wait for an answer, by its key; return all that it says."""
        self.tab.wait_for(f"!!document.querySelector('[data-answer={answer}]')")
        text: str = self.tab.value(f"document.querySelector('[data-answer={answer}]').innerText")
        return text

    def told(self) -> str:
        """Wait for what is said beside a field, and return it."""
        text: str = self.tab.wait_for("document.getElementById('told').innerText")
        return text

    def code(self, kind: str) -> str:
        """Return a code that is shown in large type."""
        text: str = self.tab.wait_for(f"document.querySelector('[data-code={kind}]')?.innerText")
        return text

    def scan(self) -> str:
        """Return what the one QR code on the screen holds, as a counter's camera sees it."""
        self.tab.wait_for("document.querySelector('svg[role=img] path')?.getAttribute('d').length > 100")
        picture = Image.open(io.BytesIO(self.tab.picture())).convert("L")
        formats = zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode)
        [found] = zxingcpp.read_barcodes(picture, formats=formats)
        return found.text

    def requests(self) -> list[dict[str, Any]]:
        """Return every request that the page made."""
        return [sent["request"] for sent in self.tab.seen("Network.requestWillBeSent")]


@contextmanager
def page(sandbox: Sandbox, browser: Browser, profile: Path, path: str) -> Iterator[Page]:
    """Open a page in a new browser, on the screen of a tablet."""
    with Cable(sandbox.gateway.url) as line, chromium.tab(browser, profile, *ENGLISH) as tab:
        width, height = SCREEN
        size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
        tab.call("Emulation.setDeviceMetricsOverride", **size)
        opened = Page(tab, sandbox, line, path)
        opened.open()
        with watched(tab, line.url):
            yield opened


@contextmanager
def office(sandbox: Sandbox, browser: Browser, profile: Path, *, key_days: int = 90) -> Iterator[Page]:
    """Enrol a new browser as a machine of the card office, and yield it at its desk."""
    asyncio.run(sandbox.steward.add_office(OFFICE))
    [code] = asyncio.run(hand_out(sandbox.steward.settings, OFFICE, key_days=key_days))
    with page(sandbox, browser, profile, "/office") as opened:
        opened.fill("code", code.lower())
        opened.tab.press("Enter")
        opened.tab.wait_for("!!document.getElementById('registry')")
        yield opened


def type_wrongly(opened: Page, code: str) -> None:
    """Type a code that is not taken, and wait until that is said."""
    opened.tab.value("document.getElementById('code').value = ''")
    opened.fill("code", code)
    opened.tab.press("Enter")
    told = "document.getElementById('told').innerText !== ''"
    opened.tab.wait_for(f"!document.querySelector('form [type=submit]').disabled && {told}")
