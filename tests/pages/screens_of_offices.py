"""Every screen of the card office's page, one after the other. Tests and pictures stop at each."""

import asyncio
from pathlib import Path

from laurel_client import LaurelClient, NotEligible
from tests.flow.browsers import Browser
from tests.flow.desk import OFFICE
from tests.flow.enrolling import hand_out
from tests.flow.sandboxes import Sandbox
from tests.pages.clocks import DAY_MS, movable
from tests.pages.counters import revoke_newest
from tests.pages.people_pages import Page, page, type_wrongly
from tests.pages.screens import MISTYPED_CODE, UNKNOWN_CODE, Stop

PIN = "4071"


def walk_the_office(city: Sandbox, browser: Browser, home: Path, stop: Stop) -> None:
    """Go through all that the card office's page shows, from its registration until it is revoked."""
    asyncio.run(city.steward.add_office(OFFICE))
    wrong, ending, new = asyncio.run(_codes(city))
    with page(city, browser, home, "/office") as desk:
        stop(desk.tab, "enrol")
        for name, typed in (("mistyped", MISTYPED_CODE), ("not-good", UNKNOWN_CODE), ("other", wrong)):
            type_wrongly(desk, typed)
            stop(desk.tab, f"enrol-{name}")
        _type_and_see(desk, ending)
        stop(desk.tab, "ending")
        desk.press("renew")
        stop(desk.tab, "renewing")
        _type_and_see(desk, new)
        whose = asyncio.run(city.steward.register())
        old = _issuing(desk, whose, stop)
        _holders(desk, city, old, stop)
        _stopping(desk, whose, old, stop)
        _failing(desk, whose, stop)
        asyncio.run(revoke_newest(city, OFFICE))
        desk.press("issue")
        _order(desk, whose, "card")
        desk.see("revoked_title")
        stop(desk.tab, "revoked")
        movable(desk.tab, ahead_ms=91 * DAY_MS)
        desk.tab.call("Page.reload")
        desk.see("ended_title")
        stop(desk.tab, "ended")


def _type_and_see(desk: Page, code: str) -> None:
    desk.fill("code", code)
    desk.tab.press("Enter")
    desk.tab.wait_for("!!document.getElementById('registry')")


async def _codes(city: Sandbox) -> tuple[str, str, str]:
    partner = city.partner_file("venue-counter")["partner_id"]
    [wrong] = await hand_out(city.steward.settings, partner)
    [ending] = await hand_out(city.steward.settings, OFFICE, key_days=10)
    [new] = await hand_out(city.steward.settings, OFFICE)
    return wrong, ending, new


def _order(desk: Page, whose: str, form: str) -> None:
    desk.fill("registry", whose)
    for choice in ("venue", "transit", form):
        desk.tick(choice)
    desk.fill("pin", PIN)
    desk.press("issue_do")


def _issuing(desk: Page, whose: str, stop: Stop) -> str:
    """Issue each form, and return the code of a card for public transport."""
    codes = []
    stop(desk.tab, "issue")
    _order(desk, f"{whose}x", "card")
    desk.see("wrong_registryId")
    stop(desk.tab, "issue-wrong")
    for form, answer in (("live", "pair_title"), ("slip", "issued"), ("card", "issued")):
        desk.press("issue")
        _order(desk, whose, form)
        desk.see(answer)
        if form != "live":
            desk.tab.wait_for("document.querySelector('a[data-act=print]')?.href.startsWith('blob:')")
        stop(desk.tab, f"issued-{form}")
        if form == "card":
            codes.append(desk.tab.value("document.querySelector('[data-sector=transit] [data-code]').innerText"))
        desk.press("done")
    return str(codes[0])


def _holders(desk: Page, city: Sandbox, code: str, stop: Stop) -> None:
    async def denied() -> str:
        async with LaurelClient(city.partner("transit-turnstile")) as gate:
            answer = await gate.verify_pass(code, "transit-discount", quantity=6)
        assert isinstance(answer, NotEligible)
        return answer.reference or ""

    reference = asyncio.run(denied())
    desk.press("denial")
    stop(desk.tab, "denial")
    for pin, answer in (("0000", "wrong_reference"), (PIN, "denial")):
        for name, text in (("pass", code), ("reference", reference), ("pin", pin)):
            desk.fill(name, text)
        desk.press("denial_do")
        desk.see(answer)
        stop(desk.tab, f"denial-{'told' if answer == 'denial' else 'wrong'}")
    desk.press("log")
    stop(desk.tab, "log")
    while True:  # nobody waits for a look to be written, so it may take a second
        desk.fill("pass", code)
        desk.fill("pin", PIN)
        desk.press("log_do")
        if "Harbour Metro" in desk.see("log"):
            break
    stop(desk.tab, "log-shown")
    stop(desk.tab, "log-printed")


def _stopping(desk: Page, whose: str, code: str, stop: Stop) -> None:
    desk.press("replace")
    stop(desk.tab, "replace")
    desk.fill("pass", MISTYPED_CODE)
    desk.tab.press("Enter")
    desk.tab.wait_for("document.querySelector('[role=alert]').innerText !== ''")
    stop(desk.tab, "replace-mistyped")
    desk.tab.value("document.getElementById('pass').value = ''")
    desk.fill("pass", code)
    desk.tab.press("Enter")
    desk.tab.wait_for("document.querySelector('[data-act=replace_do]') !== null")
    stop(desk.tab, "replace-looked-up")
    desk.press("stop")
    stop(desk.tab, "stop")
    desk.fill("pass", code)
    desk.tab.press("Enter")
    desk.tab.wait_for("document.querySelector('[data-act=stop_do]') !== null")
    stop(desk.tab, "stop-looked-up")
    desk.fill("registry", whose)
    desk.press("look_of")
    desk.tab.wait_for("document.querySelector('[data-act=stop_all]') !== null")
    stop(desk.tab, "stop-all")
    desk.press("stop_all")
    desk.see("stopped")
    stop(desk.tab, "stopped")


def _failing(desk: Page, whose: str, stop: Stop) -> None:
    desk.press("stop")
    desk.tab.value("{ const now = performance.now.bind(performance); performance.now = () => now() * 8; 0 }")
    desk.line.cut()
    desk.fill("registry", whose)
    desk.press("look_of")
    desk.see("no_line")
    stop(desk.tab, "no-line")
    desk.open()
    desk.tab.wait_for("!!document.getElementById('registry')")
