"""When the line, the gateway or the city says no to the counter itself: it never looks like a denial."""

import asyncio
import re
import time
from pathlib import Path

import pytest

from tests.flow.browsers import Browser
from tests.flow.sandboxes import Sandbox
from tests.pages.counters import Counter, counter, lose_answers, revoke_newest

pytestmark = pytest.mark.xdist_group("pages")

CINEMA = "cinema-discount"
REVOKED_SECONDS_MAX = 5


def test_a_line_that_is_cut_is_told_and_mended(till: Counter, guest: str) -> None:
    till.choose(CINEMA)
    till.hurry()
    till.line.cut()
    till.show(guest)
    said = till.see("line_title")
    assert "says nothing about the pass" in said
    assert "Not available" not in said
    assert till.tab.value("document.querySelector('.answer').className") == "answer line"
    assert till.tab.value("document.querySelector('.line-state').innerText") == "Line down"
    till.line.mend()
    till.press("again")
    till.see("eligible_title")
    assert till.tab.value("document.querySelector('.line-state').innerText") == "Line up"


def test_an_answer_that_was_lost_is_asked_for_again_with_the_same_request_id(till: Counter, guest: str) -> None:
    till.choose(CINEMA)
    till.show(guest)
    till.see("eligible_title")
    before = len(till.requests())
    lose_answers(till, "redeem", times=1)
    assert "earlier try" in till.see("recorded_title")
    bodies = [one["postData"] for one in till.requests()[before:] if "requestId" in one.get("postData", "")]
    assert len(bodies) == 2
    assert len({re.findall(r'"requestId":"([\w-]+)"', body)[0] for body in bodies}) == 1
    till.press("today")
    till.dialog()
    till.end_dialog("Show all counters")
    rows = "document.querySelectorAll('dialog tbody .badge').length"
    till.tab.wait_for(f"{rows} > 0")
    assert till.tab.value(rows) == 1


def test_who_leaves_without_an_answer_can_ask_whether_it_was_recorded(till: Counter, guest: str) -> None:
    till.choose(CINEMA)
    till.show(guest)
    till.see("eligible_title")
    till.hurry()
    till.line.cut()
    till.press("redeem")
    assert "Nobody knows yet" in till.see("line_title")
    till.press("next")
    till.line.mend()
    till.press("today")
    assert "Without an answer" in till.dialog()
    till.end_dialog("Was it recorded?")
    till.tab.wait_for("document.querySelector('dialog li').innerText.includes('was not recorded')")


def test_the_page_opens_without_a_line(till: Counter) -> None:
    till.tab.wait_for("navigator.serviceWorker.controller !== null")
    till.line.cut()
    till.tab.call("Page.navigate", url=f"{till.line.url}/counter")
    till.hurry()
    assert "says nothing about the pass" in till.see("line_title")
    till.line.mend()
    till.press("again")
    till.see("ready_title")


def test_a_counter_whose_documents_are_no_longer_served_says_so(
    city: Sandbox, browser: Browser, tmp_path: Path
) -> None:
    with counter(city, browser, tmp_path / "profile") as page:
        page.tab.value(_SPOIL)
        page.tab.call("Page.navigate", url=f"{page.line.url}/counter")
        assert "one-time code" in page.see("outdated_title")


def test_a_revoked_counter_says_so_and_can_be_enrolled_again(
    city: Sandbox, browser: Browser, guest: str, tmp_path: Path
) -> None:
    with counter(city, browser, tmp_path / "profile") as page:
        page.choose(CINEMA)
        page.show(guest)
        page.see("eligible_title")
        asyncio.run(revoke_newest(city, page.partner))
        began = time.monotonic()
        page.press("redeem")
        said = page.see("revoked_title")
        assert time.monotonic() - began < REVOKED_SECONDS_MAX
        assert "nothing about anybody's pass" in said
        page.press("enrol_anew")
        page.tab.wait_for("document.getElementById('code') !== null")
        assert page.tab.value(_KEPT) == []


_SPOIL = """new Promise((resolve) => {
  const opened = indexedDB.open("laurel");
  opened.onsuccess = () => {
    const store = opened.result.transaction("settings", "readwrite").objectStore("settings");
    const device = store.get("device");
    device.onsuccess = () => {
      device.result.documents.Rewards = `sha256:${"0".repeat(64)}`;
      store.put(device.result, "device").onsuccess = () => resolve(true);
    };
  };
})"""
_KEPT = """new Promise((resolve) => {
  const opened = indexedDB.open("laurel");
  opened.onsuccess = () => {
    const keys = opened.result.transaction("settings").objectStore("settings").getAllKeys();
    keys.onsuccess = () => resolve(keys.result);
  };
})"""
