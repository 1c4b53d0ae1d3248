"""The clerk's work at the counter page, in a real browser: each answer, and what can be done with it."""

import asyncio

import pytest

from gateway.domain.codes import ALPHABET, written
from gateway.domain.passes import IssuedPass
from tests.flow.steward import PIN
from tests.pages.counters import Counter

pytestmark = pytest.mark.xdist_group("pages")

CINEMA = "cinema-discount"
SHOW = "cultural-event"


def test_a_pass_is_scanned_verified_redeemed_and_undone(till: Counter, filmed: IssuedPass) -> None:
    till.choose(CINEMA)
    till.tab.value("document.querySelector('button.camera').click()")
    assert "Eligible" in till.see("eligible_title")
    till.press("redeem")
    assert "Give it now: Cinema discount × 1" in till.see("recorded_title")
    till.press("undo")
    till.end_dialog("Take back")
    assert "1 given back" in till.see("undone_title")
    till.press("next")
    till.see("ready_title")
    assert till.tab.value("document.getElementById('pass').value") == ""


def test_places_are_held_and_confirmed(till: Counter, guest: str) -> None:
    show = asyncio.run(till.sandbox.steward.announce(till.partner, SHOW))
    till.choose(SHOW, show)
    till.tab.value("document.querySelector('.step:last-child').click()")
    till.show(guest)
    assert "Free cultural event × 2" in till.see("eligible_title")
    till.press("hold")
    assert "Kept until" in till.see("held_title")
    till.press("confirm")
    assert "Free cultural event × 2" in till.see("confirmed_title")


def test_places_are_held_and_released_after_another_customer(till: Counter, guest: str) -> None:
    till.choose(CINEMA)
    till.show(guest)
    till.see("eligible_title")
    till.press("hold")
    till.see("held_title")
    till.press("next")
    till.press("today")
    assert "Kept for customers" in till.dialog()
    till.end_dialog("Not paid: release")
    assert "Nothing was redeemed" in till.see("released_title")
    till.press("today")
    assert "Kept for customers" not in till.dialog()


def test_somebody_not_entitled_is_denied_kindly_with_a_reference(till: Counter) -> None:
    denied = till.sandbox.persona("volunteer-10h", "venue")["code"]
    till.choose(CINEMA)
    till.show(denied)
    said = till.see("denied_title")
    assert "normal price" in said
    assert len(till.tab.value("document.querySelector('.reference').innerText")) > 20
    assert till.tab.value("document.querySelector('.answer.no .shape path') !== null")


@pytest.mark.parametrize("place", [0, 7, 15])
def test_a_mistyped_code_is_told_at_once_and_never_sent(till: Counter, guest: str, place: int) -> None:
    wrong = next(one for one in ALPHABET if one != guest[place])
    till.choose(CINEMA)
    before = len(till.requests())
    till.tab.call("Input.insertText", text=written(guest[:place] + wrong + guest[place + 1 :]))
    assert till.tab.value("document.getElementById('pass-hint').innerText") == "Mistyped: check each character"
    till.tab.press("Enter")
    assert "Mistyped" in till.see("notice_title")
    assert len(till.requests()) == before


def test_a_show_that_is_not_known_says_nothing_about_the_pass(till: Counter, guest: str) -> None:
    till.choose(SHOW, "no-such-show")
    till.show(guest)
    said = till.see("notice_title")
    assert "mistyped" in said or "No such show" in said


def test_the_list_of_today_takes_back(till: Counter, guest: str) -> None:
    till.choose(CINEMA)
    till.show(guest)
    till.press("redeem")
    till.see("recorded_title")
    till.press("next")
    till.press("today")
    till.tab.wait_for("document.querySelectorAll('dialog tbody tr').length > 0")
    assert "Cinema discount" in till.tab.value("document.querySelector('dialog tbody tr').innerText")
    till.tab.value("document.querySelector('dialog tbody tr button').click()")
    till.end_dialog("Take back")
    assert "1 given back" in till.see("undone_title")


def test_a_scanner_that_types_begins_the_next_customer_wherever_the_focus_is(till: Counter, guest: str) -> None:
    till.choose(CINEMA)
    till.show(till.sandbox.persona("volunteer-10h", "venue")["code"])
    till.see("denied_title")
    till.tab.value("document.querySelector('[data-act=next]').focus()")
    till.tab.press(*guest, "Enter")
    till.see("eligible_title")


def test_the_keyboard_alone_is_enough(till: Counter, guest: str) -> None:
    till.tab.press(*guest, "Enter")
    till.see("eligible_title")
    till.tab.press("Tab")
    assert till.tab.value("document.activeElement.dataset.act") == "redeem"
    till.tab.press("Enter")
    till.see("recorded_title")
    till.tab.press("Tab", "Enter")
    till.see("ready_title")


def test_the_resident_types_a_pin(desk: Counter) -> None:
    [issued] = asyncio.run(desk.sandbox.steward.resident("health"))
    desk.show(issued.code)
    desk.see("eligible_pin")
    desk.press("redeem")
    assert "Your PIN" in desk.dialog()
    desk.tab.press(*"0000", "Enter")
    assert "Check the PIN" in desk.see("denied_title")
    desk.press("pin")
    for digit in PIN:
        desk.end_dialog(digit)
    assert PIN not in desk.tab.value("document.documentElement.outerHTML")
    desk.end_dialog("Done")
    assert "Free health check" in desk.see("recorded_title")
