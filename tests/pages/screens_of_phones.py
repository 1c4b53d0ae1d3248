"""Every screen of the phone's page, one after the other, and of all pages where they can't work."""

import asyncio
from pathlib import Path

from tests.flow import chromium
from tests.flow.browsers import Browser
from tests.flow.desk import OfficeMachine, new_office
from tests.flow.sandboxes import Sandbox
from tests.pages.clocks import DAY_MS, movable, unheard
from tests.pages.counters import ENGLISH
from tests.pages.people_pages import page, type_wrongly
from tests.pages.screens import MISTYPED_CODE, UNKNOWN_CODE, Stop

PIN = "4071"


def walk_the_phone(city: Sandbox, browser: Browser, home: Path, stop: Stop) -> None:
    """Go through all that a phone shows, from its pairing until its passes have ended."""

    async def pairing() -> str:
        registry_id = await city.steward.register()
        with OfficeMachine(await new_office(city)) as desk:
            order = {"registryId": registry_id, "sectors": ["venue", "transit"], "form": "live", "days": 10}
            return str(desk.does("issue", **order, pin=PIN)["pairing"]["code"])

    code = asyncio.run(pairing())
    with page(city, browser, home, "/pass") as phone:
        stop(phone.tab, "pair")
        for name, typed in (("mistyped", MISTYPED_CODE), ("not-good", UNKNOWN_CODE)):
            type_wrongly(phone, typed)
            stop(phone.tab, f"pair-{name}")
        phone.tab.value("document.getElementById('code').value = ''")
        phone.fill("code", code)
        phone.tab.press("Enter")
        phone.tab.wait_for("!!document.querySelector('.show svg')")
        stop(phone.tab, "pass")
        phone.press("log")
        stop(phone.tab, "log")
        for pin, seen in (("0000", "'told'"), (PIN, "'found'")):
            phone.fill("pin", pin)
            phone.tab.press("Enter")
            phone.tab.wait_for(f"document.getElementById({seen}).innerText !== ''")
            stop(phone.tab, f"log-{'shown' if pin == PIN else 'wrong'}")
        phone.press("back")
        phone.press("remove")
        stop(phone.tab, "remove")
        phone.press("cancel")
        unheard(phone.tab)
        movable(phone.tab, ahead_ms=12 * DAY_MS)
        phone.open()
        phone.tab.wait_for("document.querySelector('.code [role=alert]') !== null")
        stop(phone.tab, "ended")


def walk_where_it_is_insecure(city: Sandbox, browser: Browser, home: Path, stop: Stop) -> None:
    """Open all three pages without https and elsewhere than on this machine: browsers make no key there."""
    port = city.gateway.url.rpartition(":")[2]
    resolved = "--host-resolver-rules=MAP desk.example 127.0.0.1"
    with chromium.tab(browser, home, *ENGLISH, resolved) as tab:
        for path in ("counter", "office", "pass"):
            tab.call("Page.navigate", url=f"http://desk.example:{port}/{path}")
            tab.wait_for("document.querySelector('[data-answer=insecure_title]') !== null")
            stop(tab, f"insecure-{path}")
