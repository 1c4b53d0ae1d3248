"""What a scanner types where nothing waits for a pass presses nothing; and small things that a clerk relies on."""

import asyncio

import pytest

from tests.flow.steward import PIN
from tests.pages.counters import Counter

pytestmark = pytest.mark.xdist_group("pages")

CINEMA, SHOW = "cinema-discount", "cultural-event"
DIALOGS = "document.querySelectorAll('dialog').length"
NAMES = "[...document.querySelectorAll('dialog button')].map((one) => one.ariaLabel ?? one.innerText)"
OPTIONS = "[...document.getElementById('shows').options].map((one) => one.textContent)"
UNDO = "document.querySelector('dialog tbody tr button')"


def redeem(till: Counter, guest: str) -> None:
    till.choose(CINEMA)
    till.show(guest)
    till.press("redeem")
    till.see("recorded_title")
    till.press("next")


def test_a_scan_into_the_list_of_today_takes_nothing_back(till: Counter, guest: str) -> None:
    redeem(till, guest)
    till.press("today")
    till.tab.wait_for(f"!!{UNDO}")
    till.tab.value(f"{UNDO}.focus()")
    till.tab.press(*guest, "Enter")
    assert till.tab.value(DIALOGS) == 1
    till.tab.value("new Promise((wake) => setTimeout(wake, 600))")
    till.tab.press("Enter")  # as a clerk presses it
    till.tab.wait_for(f"{DIALOGS} === 2")
    till.tab.press(*guest, "Enter")
    assert till.tab.value(DIALOGS) == 2
    till.end_dialog("Cancel")
    till.end_dialog("Done")


def test_a_scan_on_the_residents_turn_is_no_pin(desk: Counter) -> None:
    [issued] = asyncio.run(desk.sandbox.steward.resident("health"))
    desk.show(issued.code)
    desk.see("eligible_pin")
    desk.press("redeem")
    desk.dialog()
    before = len(desk.requests())
    desk.tab.press(*"7391", *issued.code, *"AB12", "Enter")
    assert "0 of 4 digits" in desk.dialog()
    assert len(desk.requests()) == before
    desk.tab.value("new Promise((wake) => setTimeout(wake, 600))")
    desk.tab.press(*PIN, "Enter")
    assert "Free health check" in desk.see("recorded_title")


def test_a_change_of_the_language_keeps_what_was_typed(till: Counter, guest: str) -> None:
    till.choose(CINEMA)
    till.tab.call("Input.insertText", text=guest[:7])
    for lang in ("zh-Hans", "en"):
        till.press("language")
        till.tab.wait_for(f"document.documentElement.lang === {lang!r}")
        assert till.tab.value("document.getElementById('pass').value") == guest[:7]
        assert "9" in till.tab.value("document.getElementById('pass-hint').innerText")


def test_who_is_told_that_a_show_is_full_sees_it_in_the_list(till: Counter, guest: str) -> None:
    show = asyncio.run(till.sandbox.steward.announce(till.partner, SHOW, capacity=1))
    [other] = asyncio.run(till.sandbox.steward.resident("venue"))
    till.clear()
    till.choose(SHOW, show)
    till.tab.wait_for(f"{OPTIONS}.some((one) => one.startsWith('{show} · 1 left'))")
    for code, answer in ((other.code, "recorded_title"), (guest, "notice_title")):
        till.show(code)
        till.see("eligible_title")
        till.press("redeem")
        till.see(answer)
        if answer == "recorded_title":
            till.press("next")
    till.tab.wait_for(f"{OPTIONS}.some((one) => one.startsWith('{show} · full'))")


def test_a_camera_that_goes_away_is_told(till: Counter) -> None:
    show = "[...document.querySelectorAll('dialog video')].at(-1)"
    stopped = "navigator.mediaDevices.getUserMedia = async (wanted) => { const made = await real(wanted);"
    till.tab.value(
        "{ const real = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices); "
        f"{stopped} made.getTracks().forEach((one) => one.stop()); return made; }}; 0 }}"
    )
    till.tab.value("document.querySelector('button.camera').click()")
    till.tab.wait_for("document.getElementById('pass-hint').innerText.startsWith('No camera')")
    assert till.tab.value(f"{show} === undefined"), "the dialog has ended"


def test_buttons_of_a_list_have_names_of_their_own(till: Counter, guest: str) -> None:
    show = asyncio.run(till.sandbox.steward.announce(till.partner, SHOW))
    redeem(till, guest)
    for reward, occasion in ((CINEMA, None), (SHOW, show)):
        [somebody] = asyncio.run(till.sandbox.steward.resident("venue"))
        till.choose(reward, occasion)
        till.show(somebody.code)
        till.see("eligible_title")
        till.press("hold")
        till.see("held_title")
        till.press("next")
    till.press("today")
    till.tab.wait_for(f"!!{UNDO}")
    confirms = [name for name in till.tab.value(NAMES) if name.startswith(("Paid: confirm", "Not paid: release"))]
    assert len(confirms) == len(set(confirms)) == 4
    assert any(name.startswith("Undo: ") and "Cinema discount × 1" in name for name in till.tab.value(NAMES))
    for _ in range(2):
        till.end_dialog("Not paid: release")
        till.see("released_title")
        till.press("next")
        till.press("today")
        till.dialog()
