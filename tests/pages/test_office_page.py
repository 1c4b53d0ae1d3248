"""The card office's page: issue, print, replace, stop, explain, by keys alone; and it forgets who it was."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from laurel_client import LaurelClient, NotEligible
from tests.flow.browsers import Browser
from tests.flow.sandboxes import Sandbox
from tests.pages.counters import Counter
from tests.pages.people_pages import SCREEN, Page, office, page

pytestmark = pytest.mark.xdist_group("pages")

PIN = "4071"


@pytest.fixture(scope="module")
def machine(city: Sandbox, browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    """A machine of the card office, enrolled once for all tests."""
    with office(city, browser, tmp_path_factory.mktemp("office") / "profile") as opened:
        yield opened


@pytest.fixture
def desk(machine: Page) -> Page:
    """The machine, ready for the next resident."""
    machine.open()
    machine.tab.wait_for("!!document.getElementById('registry')")
    return machine


@pytest.fixture
def whose(city: Sandbox) -> str:
    """The registry id of somebody who may have everything, and has no pass."""
    return asyncio.run(city.steward.register())


def issue(desk: Page, registry_id: str, *sectors: str, form: str = "card") -> None:
    """Issue passes with a PIN."""
    desk.press("issue")
    desk.fill("registry", registry_id)
    for sector in sectors:
        desk.tick(sector)
    desk.tick(form)
    desk.fill("pin", PIN)
    desk.press("issue_do")


def test_a_card_is_issued_printed_and_taken_at_a_counter(desk: Page, whose: str, till: Counter) -> None:
    issue(desk, whose, "venue")
    assert "With a PIN" in desk.see("issued")
    code, token = desk.code("card"), desk.scan()
    assert token.count(".") == 2
    desk.tab.wait_for("document.querySelector('a[data-act=print]')?.href.startsWith('blob:')")
    till.choose("cinema-discount")
    till.show(token)
    till.see("eligible_title")
    till.press("next")
    desk.press("done")
    fields = "[...document.querySelectorAll('input')].map((one) => one.value)"
    text = desk.tab.value(f"document.documentElement.outerHTML + {fields}")
    assert not any(secret in text for secret in (whose, code, token, PIN))


def test_a_phone_is_paired_from_the_page_s_code(
    desk: Page, whose: str, browser: Browser, till: Counter, tmp_path: Path
) -> None:
    issue(desk, whose, "venue", form="live")
    desk.see("pair_title")
    code = desk.code("pairing")
    with page(desk.sandbox, browser, tmp_path / "profile", "/pass") as phone:
        phone.fill("code", code)
        phone.tab.press("Enter")
        phone.tab.wait_for("!!document.querySelector('.show svg')")
        till.choose("cinema-discount")
        till.show(phone.scan())
        till.see("eligible_title")
        till.press("next")


def test_a_card_is_replaced_and_all_of_a_resident_are_stopped(desk: Page, whose: str, till: Counter) -> None:
    issue(desk, whose, "venue")
    old = desk.code("card")
    desk.press("done")
    desk.press("replace")
    desk.fill("pass", old)
    desk.tab.press("Enter")
    desk.press("replace_do")
    desk.see("issued")
    new = desk.code("card")
    assert new != old
    desk.press("done")
    desk.press("stop")
    desk.fill("registry", whose)
    desk.press("look_of")
    desk.press("stop_all")
    desk.see("stopped")
    till.choose("cinema-discount")
    till.show(new)
    till.see("denied_title")


async def _denied(city: Sandbox, code: str) -> str:
    """Have a gate ask for more rides than a day has, and return what it shows with the denial."""
    async with LaurelClient(city.partner("transit-turnstile")) as gate:
        answer = await gate.verify_pass(code, "transit-discount", quantity=6)
    assert isinstance(answer, NotEligible)
    assert answer.reference is not None
    return answer.reference


def test_the_holder_hears_why_and_who_asked(desk: Page, city: Sandbox, whose: str) -> None:
    issue(desk, whose, "transit")
    code = desk.code("card")
    desk.press("done")
    reference = asyncio.run(_denied(city, code))
    desk.press("denial")
    for pin, answer in (("0000", "wrong_reference"), (PIN, "denial")):
        desk.fill("pass", code)
        desk.fill("reference", reference)
        desk.fill("pin", pin)
        desk.press("denial_do")
        desk.see(answer)
    assert "What this period allows is used up" in desk.see("denial")
    desk.press("log")
    while True:  # nobody waits for a look to be written, so it may take a second
        desk.fill("pass", code)
        desk.fill("pin", PIN)
        desk.press("log_do")
        if "Harbour Metro" in desk.see("log"):
            break


def test_what_is_wrong_is_said_and_nothing_is_done(desk: Page, whose: str) -> None:
    issue(desk, whose + "x", "venue")
    desk.see("wrong_registryId")
    desk.press("replace")
    desk.fill("pass", "0123-4567-89AB-CDEF")
    desk.tab.press("Enter")
    desk.tab.wait_for("document.querySelector('[role=alert]').innerText.includes('Mistyped')")


def test_nobody_else_is_asked_and_no_address_names_anybody(desk: Page, whose: str) -> None:
    issue(desk, whose, "venue")
    code = desk.code("card")
    addresses = [request["url"] for request in desk.requests() if not request["url"].startswith("blob:")]
    assert {urlsplit(url).netloc for url in addresses} == {urlsplit(desk.line.url).netloc}
    assert {urlsplit(url).query for url in addresses} == {""}
    assert not any(secret in url for url in addresses for secret in (whose, code))
    kept = desk.tab.value("indexedDB.databases().then((all) => all.map(({ name }) => name))")
    assert (kept, desk.tab.value("localStorage.length + sessionStorage.length")) == (["laurel"], 0)


def test_an_error_below_a_long_form_is_brought_into_sight(desk: Page, whose: str) -> None:
    size = {"width": 700, "height": 420, "deviceScaleFactor": 1, "mobile": False}
    desk.tab.call("Emulation.setDeviceMetricsOverride", **size)
    try:
        issue(desk, whose + "x", "venue")
        desk.see("wrong_registryId")
        place = desk.tab.value(
            "{ const told = document.querySelector('[data-answer=wrong_registryId]').getBoundingClientRect();"
            " [told.top, told.bottom, innerHeight] }"
        )
        assert 0 <= place[0] < place[1] <= place[2]
    finally:
        width, height = SCREEN
        desk.tab.call("Emulation.setDeviceMetricsOverride", **{**size, "width": width, "height": height})


def test_what_was_typed_outlives_a_change_of_the_language(desk: Page, whose: str) -> None:
    desk.fill("registry", whose)
    for lang in ("zh-Hans", "en"):
        desk.press("language")
        desk.tab.wait_for(f"document.documentElement.lang === {lang!r}")
        assert desk.tab.value("document.getElementById('registry').value") == whose


def test_a_print_that_failed_can_be_tried_again(desk: Page, whose: str) -> None:
    desk.tab.call("Network.setBlockedURLs", urls=["*/office/print*"])
    issue(desk, whose, "venue")
    desk.press("print_again")
    desk.press("print_again")
    assert "could not be printed" in desk.see("issued")
    desk.tab.call("Network.setBlockedURLs", urls=[])
    desk.press("print_again")
    desk.tab.wait_for("document.querySelector('a[data-act=print]')?.href.startsWith('blob:')")
    desk.press("done")


def test_each_of_the_two_forms_is_answered_below_itself(desk: Page, whose: str) -> None:
    issue(desk, whose, "venue")
    code = desk.code("card")
    desk.press("done")
    desk.press("stop")
    for field, text, act in (("pass", code, "stop_do"), ("registry", whose, "stop_all")):
        desk.fill(field, text)
        desk.tab.press("Enter")
        desk.tab.wait_for(f"document.querySelectorAll('[data-act={act}]').length === 1")
        below = f"document.querySelector('[data-act={act}]').closest('.work')"
        assert desk.tab.value(f"{below} === document.getElementById({field!r}).closest('.work')")
        assert desk.tab.value("document.querySelectorAll('section.card').length") == 1


def test_a_scan_that_nothing_waits_for_leaves_what_was_issued_on_the_screen(desk: Page, whose: str) -> None:
    issue(desk, whose, "venue")
    desk.see("issued")
    desk.tab.value("document.querySelector('[data-act=done]').focus()")
    desk.tab.press(*"SH310101A", "Enter")
    assert desk.tab.value("!!document.querySelector('[data-answer=issued]')")
    desk.press("done")
