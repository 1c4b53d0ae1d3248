"""Every screen and dialog of the counter's page, one after the other. Tests and pictures stop at each.

Left out are those that say other words in the same frame: other reasons to check, no reward at the moment.
"""

import asyncio
from collections.abc import Callable
from pathlib import Path

from tests.flow.browsers import Browser
from tests.flow.chromium import Tab
from tests.flow.sandboxes import Sandbox
from tests.flow.steward import PIN
from tests.pages.clocks import DAY_MS, movable
from tests.pages.counters import Counter, new_tablet, revoke_newest, show_answered_with

Stop = Callable[[Tab, str], None]
"""What is done at each screen, by the screen's name."""

UNKNOWN_CODE, MISTYPED_CODE = "0123-4567-89AB-CDE8", "0123-4567-89AB-CDEF"
NO_CODE_IN_SIGHT = ("--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream")
SHOW, CINEMA = "cultural-event", "cinema-discount"

_PRIMARY = "[...document.querySelectorAll('dialog')].at(-1).querySelector('.primary').click()"
_TOLD = "document.getElementById('told').innerText !== ''"


def walk_the_theatre(city: Sandbox, browser: Browser, home: Path, stop: Stop) -> None:
    """Go through all that a theatre's counter shows, from its registration until its key ends."""
    with new_tablet(city, browser, home, *NO_CODE_IN_SIGHT) as page:
        code = _registering(page, stop)
        page.enrol(code)
        page.see("ready_title")
        stop(page.tab, "ending")
        page.press("renew")
        stop(page.tab, "renewing")
        page.enrol(page.new_code())
        page.see("ready_title")
        _asking(page, stop)
        _holding(page, stop)
        _failing(page, stop)
        movable(page.tab, ahead_ms=91 * DAY_MS)
        page.tab.call("Page.reload")
        page.see("ended_title")
        stop(page.tab, "ended")
        page.press("revoked_again")
        page.see("clock_title")
        stop(page.tab, "clock")


def _registering(page: Counter, stop: Stop) -> str:
    stop(page.tab, "enrol")
    code = page.new_code(key_days=10)
    page.enrol("0000")
    page.tab.wait_for(_TOLD)
    stop(page.tab, "enrol-mistyped")
    page.enrol(UNKNOWN_CODE)
    page.tab.wait_for(f"!document.querySelector('form [type=submit]').disabled && {_TOLD}")
    stop(page.tab, "enrol-not-good")
    page.hurry()
    page.line.cut()
    page.enrol(code)
    page.tab.wait_for(f"!document.querySelector('form [type=submit]').disabled && {_TOLD}")
    stop(page.tab, "enrol-no-line")
    page.line.mend()
    return code


def _asking(page: Counter, stop: Stop) -> None:
    [card] = asyncio.run(page.sandbox.steward.resident("venue"))
    page.press("today")
    page.tab.wait_for("document.querySelector('dialog tbody tr, dialog .list p') !== null")
    page.tab.press("Escape")
    page.choose(SHOW)
    page.show(card.code)
    page.see("notice_title")
    stop(page.tab, "no-show")
    page.clear()
    page.choose(CINEMA)
    stop(page.tab, "ready")
    page.show(MISTYPED_CODE)
    page.see("notice_title")
    stop(page.tab, "mistyped")
    page.clear()
    page.choose(CINEMA)
    page.tab.value("document.querySelector('button.camera').click()")
    page.tab.wait_for("document.querySelector('dialog video')?.videoWidth > 0")
    stop(page.tab, "camera")
    page.tab.press("Escape")
    page.show(page.sandbox.persona("volunteer-10h", "venue")["code"])
    page.see("denied_title")
    stop(page.tab, "denied")
    page.line.silence()
    page.show(card.code)
    page.see("busy")
    stop(page.tab, "busy")
    page.line.mend()
    page.see("eligible_title")
    page.press("redeem")
    page.see("recorded_title")
    stop(page.tab, "recorded")
    page.press("undo")
    page.dialog()
    page.tab.value(_PRIMARY)
    page.see("undone_title")
    stop(page.tab, "undone")


def _holding(page: Counter, stop: Stop) -> None:
    [card] = asyncio.run(page.sandbox.steward.resident("venue"))
    show = asyncio.run(page.sandbox.steward.announce(page.partner, SHOW))
    page.clear()
    page.choose(SHOW, show)
    page.tab.value("document.querySelector('.step:last-child').click()")
    page.show(card.code)
    page.see("eligible_title")
    stop(page.tab, "eligible")
    page.press("hold")
    page.see("held_title")
    stop(page.tab, "held")
    page.press("confirm")
    page.see("confirmed_title")
    stop(page.tab, "confirmed")
    page.press("undo")
    page.dialog()
    stop(page.tab, "undo")
    page.tab.press("Escape")
    [other] = asyncio.run(page.sandbox.steward.resident("venue"))
    page.choose(CINEMA)
    for _ in range(2):
        page.show(other.code)
        page.see("eligible_title")
        page.press("hold")
        page.see("held_title")
    page.press("release")
    page.see("released_title")
    stop(page.tab, "released")


def _failing(page: Counter, stop: Stop) -> None:
    [card] = asyncio.run(page.sandbox.steward.resident("venue"))
    page.choose(CINEMA)
    for name, content in (("unsure", {"verifyPass": {"__typename": "Undetermined"}}), ("failed", {})):
        show_answered_with(page, card.code, {"data": content})
        page.see(f"{name}_title")
        stop(page.tab, name)
    page.show(card.code)
    page.see("eligible_title")
    page.hurry()
    page.line.cut()
    page.press("redeem")
    page.see("line_title")
    stop(page.tab, "line-amid-redeeming")
    page.show(card.code)
    page.see("line_title")
    stop(page.tab, "line")
    page.press("today")
    page.tab.wait_for("document.querySelector('dialog .list .wrong') !== null")
    stop(page.tab, "today-no-line")
    page.tab.press("Escape")
    page.line.mend()
    page.press("today")
    page.tab.wait_for("document.querySelector('dialog tbody tr') !== null")
    stop(page.tab, "today")
    page.tab.press("Escape")


def walk_the_hospital(city: Sandbox, browser: Browser, home: Path, stop: Stop) -> None:
    """Go through what a reward with a PIN shows, until the counter is revoked."""
    [card] = asyncio.run(city.steward.resident("health"))
    with new_tablet(city, browser, home, kind="hospital-desk") as page:
        stop(page.tab, "enrol")
        page.enrol(page.new_code())
        page.see("ready_title")
        stop(page.tab, "one-reward")
        page.show(card.code)
        page.see("eligible_pin")
        stop(page.tab, "eligible-pin")
        page.press("redeem")
        page.dialog()
        page.tab.press(*PIN[:2])
        stop(page.tab, "pin")
        page.tab.press(*"00", "Enter")
        page.see("denied_title")
        stop(page.tab, "denied-pin")
        asyncio.run(revoke_newest(city, page.partner))
        page.press("pin")
        page.dialog()
        page.tab.press(*PIN, "Enter")
        page.see("revoked_title")
        stop(page.tab, "revoked")
