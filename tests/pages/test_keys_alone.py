"""A whole life of each page by keys alone: Tab, arrows, space, Enter, Escape, and what is typed."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from laurel_client import LaurelClient, NotEligible
from tests.flow.browsers import Browser
from tests.flow.desk import OFFICE, OfficeMachine, new_office
from tests.flow.enrolling import hand_out
from tests.flow.sandboxes import Sandbox
from tests.flow.steward import PIN
from tests.pages.counters import Counter, new_tablet
from tests.pages.keys import go_to, press, type_into
from tests.pages.people_pages import Page, page

pytestmark = pytest.mark.xdist_group("pages")


@pytest.fixture
def theatre_s(city: Sandbox, browser: Browser, tmp_path: Path) -> Iterator[Counter]:
    """A theatre's new tablet, at the form for a code."""
    with new_tablet(city, browser, tmp_path / "profile") as opened:
        yield opened


def test_a_counter_is_registered_and_works(theatre_s: Counter, guest: str) -> None:
    tab = theatre_s.tab
    type_into(tab, "code", theatre_s.new_code())
    tab.press("Enter")
    theatre_s.see("ready_title")
    go_to(tab, value="cinema-discount")
    tab.press("ArrowDown")
    assert tab.value("document.querySelector('[name=reward]:checked').value") != "cinema-discount"
    while tab.value("document.querySelector('[name=reward]:checked').value") != "cinema-discount":
        tab.press("ArrowDown")
    press(tab, text="+")
    type_into(tab, "pass", guest)
    tab.press("Enter")
    assert "× 2" in theatre_s.see("eligible_title")
    press(tab, act="hold")
    theatre_s.see("held_title")
    press(tab, act="confirm")
    theatre_s.see("confirmed_title")
    press(tab, act="undo")
    theatre_s.dialog()
    press(tab, text="−")
    press(tab, text="Take back")
    assert "1 given back" in theatre_s.see("undone_title")
    press(tab, act="next")
    theatre_s.see("ready_title")
    tab.press(*guest, "Enter")
    theatre_s.see("eligible_title")
    press(tab, act="hold")
    theatre_s.see("held_title")
    press(tab, act="release")
    theatre_s.see("released_title")
    press(tab, act="today")
    tab.wait_for("document.querySelector('dialog tbody tr') !== null")
    press(tab, text="Undo")
    tab.wait_for("document.querySelectorAll('dialog').length === 2")
    tab.press("Escape")
    tab.wait_for("document.querySelectorAll('dialog').length === 1")
    tab.press("Escape")
    tab.wait_for("document.querySelector('dialog') === null")
    press(tab, act="language")
    assert tab.value("document.documentElement.lang") == "zh-Hans"


def test_a_resident_types_the_pin_at_a_counter(desk: Counter) -> None:
    [issued] = asyncio.run(desk.sandbox.steward.resident("health"))
    desk.tab.press(*issued.code, "Enter")
    desk.see("eligible_pin")
    press(desk.tab, act="redeem")
    desk.dialog()
    desk.tab.press(*"12", "Backspace", *PIN, "Enter")
    desk.see("recorded_title")
    press(desk.tab, act="undo")
    desk.dialog()
    press(desk.tab, text="Take back")
    desk.see("undone_title")


async def _offered(city: Sandbox) -> tuple[str, str]:
    """Return a code for a machine of the card office, and the registry id of somebody without a pass."""
    await city.steward.add_office(OFFICE)
    [code] = await hand_out(city.steward.settings, OFFICE)
    return code, await city.steward.register()


async def _denied(city: Sandbox, code: str) -> str:
    async with LaurelClient(city.partner("transit-turnstile")) as gate:
        answer = await gate.verify_pass(code, "transit-discount", quantity=6)
    assert isinstance(answer, NotEligible)
    return answer.reference or ""


def test_a_card_office_works(city: Sandbox, browser: Browser, tmp_path: Path) -> None:
    code, whose = asyncio.run(_offered(city))
    with page(city, browser, tmp_path / "profile", "/office") as desk:
        tab = desk.tab
        type_into(tab, "code", code)
        tab.press("Enter")
        type_into(tab, "registry", whose)
        go_to(tab, value="transit")
        tab.press(" ")
        type_into(tab, "pin", PIN)
        press(tab, act="issue_do")
        desk.see("issued")
        card = desk.code("card")
        tab.wait_for("document.querySelector('a[data-act=print]') !== null")
        go_to(tab, act="print")
        press(tab, act="done")
        reference = asyncio.run(_denied(city, card))
        press(tab, act="denial")
        for field, text in (("pass", card), ("reference", reference), ("pin", PIN)):
            type_into(tab, field, text)
        tab.press("Enter")
        assert "used up" in desk.see("denial")
        press(tab, act="log")
        type_into(tab, "pass", card)
        type_into(tab, "pin", PIN)
        press(tab, act="log_do")
        desk.see("log")
        go_to(tab, act="print_page")
        _replaced_and_stopped(desk, card)


def _replaced_and_stopped(desk: Page, card: str) -> None:
    press(desk.tab, act="replace")
    type_into(desk.tab, "pass", card)
    desk.tab.press("Enter")
    desk.tab.wait_for("document.querySelector('[data-act=replace_do]') !== null")
    press(desk.tab, act="replace_do")
    desk.see("issued")
    new = desk.code("card")
    press(desk.tab, act="stop")
    type_into(desk.tab, "pass", new)
    desk.tab.press("Enter")
    desk.tab.wait_for("document.querySelector('[data-act=stop_do]') !== null")
    press(desk.tab, act="stop_do")
    desk.see("stopped")


def test_a_phone_is_paired_and_shows(city: Sandbox, browser: Browser, tmp_path: Path) -> None:
    async def pairing() -> str:
        registry_id = await city.steward.register()
        with OfficeMachine(await new_office(city)) as office:
            order = {"registryId": registry_id, "sectors": ["venue"], "form": "live", "pin": PIN}
            return str(office.does("issue", **order)["pairing"]["code"])

    code = asyncio.run(pairing())
    with page(city, browser, tmp_path / "profile", "/pass") as phone:
        type_into(phone.tab, "code", code)
        phone.tab.press("Enter")
        phone.tab.wait_for("document.querySelector('.show svg') !== null")
        press(phone.tab, act="next")
        press(phone.tab, act="log")
        type_into(phone.tab, "pin", PIN)
        phone.tab.press("Enter")
        phone.tab.wait_for("document.getElementById('found').innerText !== ''")
        press(phone.tab, act="back")
        press(phone.tab, act="remove")
        press(phone.tab, act="cancel")
        phone.tab.wait_for("document.querySelector('.show svg') !== null")
        press(phone.tab, act="remove")
        press(phone.tab, act="remove-do")
        phone.tab.wait_for("document.getElementById('code') !== null")
