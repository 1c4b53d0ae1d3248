"""A counter in a browser, with the clerk's hands: what is typed, scanned and pressed, and what is seen."""

import asyncio
import base64
import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gateway.assembly import assemble
from gateway.cli.console import closing, record_of
from gateway.store.partners import SqlPartners
from tests.flow import chromium
from tests.flow.browsers import Browser
from tests.flow.cable import Cable
from tests.flow.chromium import Tab
from tests.flow.enrolling import hand_out
from tests.flow.sandboxes import Sandbox
from tests.pages.traces import watched

ANSWER = "document.querySelector('[data-answer]')?.dataset.answer"
ENGLISH = ("--lang=en-GB",)


@dataclass(frozen=True, slots=True)
class Counter:
    """An enrolled counter of one partner. `line` is all that connects it with the gateway."""

    tab: Tab
    sandbox: Sandbox
    line: Cable
    partner: str

    def clear(self) -> None:
        """Have the desk ready for the next customer, wherever the last test left it."""
        self.line.mend()
        self.tab.value("document.querySelectorAll('dialog').forEach((one) => one.close())")
        self.tab.call("Page.navigate", url=f"{self.line.url}/counter")
        self.see("ready_title")

    def new_code(self, *, key_days: int = 90) -> str:
        """Have the city make a code for one more tablet of this partner."""
        [code] = asyncio.run(hand_out(self.sandbox.steward.settings, self.partner, key_days=key_days))
        return code

    def enrol(self, code: str) -> None:
        """Type a code into the form for it, and press Enter."""
        self.tab.value("document.getElementById('code').select()")
        self.tab.call("Input.insertText", text=code)
        self.tab.press("Enter")

    def choose(self, reward: str, occasion: str | None = None) -> None:
        """Choose a reward, and type the id of a show."""
        self.tab.value(f"document.querySelector('input[value={reward}]').click()")
        if occasion is not None:
            self.tab.value("document.getElementById('occasion').focus()")
            self.tab.call("Input.insertText", text=occasion)
        self.tab.value("document.getElementById('pass').focus()")

    def show(self, code: str) -> None:
        """Type a pass, and press Enter."""
        self.tab.value("document.getElementById('pass').focus()")
        self.tab.call("Input.insertText", text=code)
        self.tab.press("Enter")

    def see(self, answer: str) -> str:
        """Wait for an answer, by the key of its title; return all that it says."""
        self.tab.wait_for(f"{ANSWER} === {answer!r}")
        text: str = self.tab.value("document.querySelector('[data-answer]').innerText")
        return text

    def press(self, act: str) -> None:
        """Press the button of an act."""
        self.tab.wait_for(f"!!document.querySelector('[data-act={act}]')")
        self.tab.value(f"document.querySelector('[data-act={act}]').click()")

    def dialog(self) -> str:
        """Wait for a dialog, and return what it says."""
        text: str = self.tab.wait_for("[...document.querySelectorAll('dialog')].at(-1)?.innerText")
        return text

    def end_dialog(self, name: str) -> None:
        """Press the button of a name in the topmost dialog."""
        dialog = "[...document.querySelectorAll('dialog')].at(-1)"
        button = f"[...{dialog}.querySelectorAll('button')].find((one) => one.innerText === {name!r})"
        self.tab.wait_for(f"!!{button}")
        self.tab.value(f"{button}.click()")

    def hurry(self) -> None:
        """Have the page's clock for deadlines run fast: nobody waits ten seconds for it to give up."""
        self.tab.value("{ const now = performance.now.bind(performance); performance.now = () => now() * 8; 0 }")

    def requests(self) -> list[dict[str, Any]]:
        """Return every request that the page made."""
        return [sent["request"] for sent in self.tab.seen("Network.requestWillBeSent")]


@contextmanager
def new_tablet(
    sandbox: Sandbox, browser: Browser, profile: Path, *flags: str, kind: str = "venue-counter"
) -> Iterator[Counter]:
    """Open the page in a new browser, for the sandbox's partner of a kind, and yield it at the form for a code."""
    cable = Cable(sandbox.gateway.url)
    with cable as line, chromium.tab(browser, profile, *ENGLISH, *flags) as tab:
        tab.call("Page.navigate", url=f"{line.url}/counter")
        tab.wait_for("document.getElementById('code') !== null")
        with watched(tab, line.url):
            yield Counter(tab, sandbox, line, sandbox.partner_file(kind)["partner_id"])


@contextmanager
def counter(
    sandbox: Sandbox, browser: Browser, profile: Path, *flags: str, kind: str = "venue-counter", key_days: int = 90
) -> Iterator[Counter]:
    """Enrol a new browser as a counter of the sandbox's partner of a kind, and yield it at its open desk."""
    with new_tablet(sandbox, browser, profile, *flags, kind=kind) as opened:
        opened.enrol(opened.new_code(key_days=key_days).lower())
        opened.see("ready_title")
        yield opened


def lose_answers(page: Counter, act: str, *, times: int) -> None:
    """Press a button while so many answers of the gateway are lost on their way back: it has them recorded."""
    tab = page.tab
    with _paused(tab, "Response") as next_one:
        page.press(act)
        for _ in range(times):
            tab.call("Fetch.failRequest", requestId=next_one(), errorReason="ConnectionReset")


def show_answered_with(page: Counter, code: str, content: object) -> None:
    """Show a pass while something between the page and the gateway answers in its place."""
    with _paused(page.tab, "Request") as next_one:
        page.show(code)
        page.tab.call(
            "Fetch.fulfillRequest",
            requestId=next_one(),
            responseCode=200,
            responseHeaders=[{"name": "Content-Type", "value": "application/json"}],
            body=base64.b64encode(json.dumps(content).encode()).decode(),
        )


@contextmanager
def _paused(tab: Tab, stage: str) -> Iterator[Callable[[], str]]:
    """Stop what goes between page and gateway; yield what waits for the next one and returns its id."""
    tab.call("Fetch.enable", patterns=[{"urlPattern": "*/graphql", "requestStage": stage}])
    place = len(tab.seen("Fetch.requestPaused"))

    def next_one() -> str:
        nonlocal place
        give_up_at = time.monotonic() + chromium.ANSWER_SECONDS
        while len(tab.seen("Fetch.requestPaused")) <= place:
            assert time.monotonic() < give_up_at, "nothing was sent"
            tab.value("0")
            time.sleep(0.02)
        place += 1
        found: str = tab.seen("Fetch.requestPaused")[place - 1]["requestId"]
        return found

    yield next_one
    tab.call("Fetch.disable")


async def revoke_newest(city: Sandbox, partner: str) -> None:
    """Revoke the machine that a partner registered last."""
    async with closing(assemble(city.steward.settings, sandbox=None)) as laurel:
        rows = SqlPartners(laurel.database, record_of(laurel))
        newest = max(await rows.devices(partner), key=lambda one: one.not_before)
        assert await rows.revoke_device(newest.id)
