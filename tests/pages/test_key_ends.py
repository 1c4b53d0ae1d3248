"""A machine's key ends: said in good time, renewed without a gap, and then a clear screen instead of requests."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.flow.browsers import Browser
from tests.flow.desk import OFFICE, OfficeMachine, new_office
from tests.flow.enrolling import hand_out
from tests.flow.sandboxes import Sandbox
from tests.pages.clocks import DAY_MS, as_it_was, movable, unheard
from tests.pages.counters import Counter, counter
from tests.pages.people_pages import Page, office, page

pytestmark = pytest.mark.xdist_group("pages")

CINEMA = "cinema-discount"
NOTICE = "document.querySelector('[data-notice=ending]')?.innerText ?? ''"
KEPT = """(async () => {
  const { load } = await import("/pages/device/store.js");
  const names = await new Promise((resolve) => {
    const opened = indexedDB.open("laurel");
    opened.onsuccess = () => {
      const keys = opened.result.transaction("settings").objectStore("settings").getAllKeys();
      keys.onsuccess = () => resolve(keys.result);
    };
  });
  return { names, kid: (await load("device")).kid };
})()"""


@pytest.fixture(scope="module")
def ending(city: Sandbox, browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Counter]:
    """A counter whose key ends in ten days."""
    with counter(city, browser, tmp_path_factory.mktemp("ending") / "profile", key_days=10) as opened:
        yield opened


@pytest.fixture
def last_days(ending: Counter) -> Counter:
    """The counter whose key ends, ready for the next customer."""
    ending.clear()
    return ending


def sent(opened: Counter | Page) -> int:
    """Return how many requests the page has sent to the gateway."""
    return sum(request["method"] == "POST" for request in opened.requests())


def test_a_key_with_a_long_life_is_not_spoken_of(till: Counter) -> None:
    assert till.tab.value(NOTICE) == ""


def test_the_end_is_told_in_both_languages_and_with_what_to_do(last_days: Counter) -> None:
    english = last_days.tab.value(NOTICE)
    assert "key ends on" in english
    assert "Ask the city for a new one-time code" in english
    last_days.press("language")
    assert "到期，请提前向市里索取新的一次性代码" in last_days.tab.value(NOTICE)
    last_days.press("language")


def test_the_old_key_works_until_the_new_one_is_registered(last_days: Counter, guest: str) -> None:
    last_days.choose(CINEMA)
    last_days.show(guest)
    last_days.see("eligible_title")
    last_days.press("hold")
    last_days.see("held_title")
    before = last_days.tab.value(KEPT)
    last_days.press("renew")
    last_days.enrol("0123-4567-89AB-CDE8")
    last_days.tab.wait_for("document.getElementById('told').innerText.includes('not good')")
    last_days.press("later")
    last_days.press("next")
    last_days.see("ready_title")
    assert last_days.tab.value(KEPT)["kid"] == before["kid"]
    last_days.press("renew")
    last_days.enrol(last_days.new_code(key_days=9))
    last_days.see("ready_title")
    after = last_days.tab.value(KEPT)
    assert after["kid"] != before["kid"]
    assert set(after["names"]) <= {"device", "key", "language"}
    last_days.press("today")
    assert "Kept for customers" in last_days.dialog()
    last_days.end_dialog("Paid: confirm")
    last_days.see("confirmed_title")


def test_what_was_meant_for_the_card_office_changes_nothing(city: Sandbox, last_days: Counter) -> None:
    asyncio.run(city.steward.add_office(OFFICE))
    [code] = asyncio.run(hand_out(city.steward.settings, OFFICE))
    before = last_days.tab.value(KEPT)
    last_days.press("renew")
    last_days.enrol(code)
    last_days.tab.wait_for("document.getElementById('told').innerText.includes('card office')")
    last_days.press("later")
    last_days.see("ready_title")
    assert last_days.tab.value(KEPT)["kid"] == before["kid"]


def test_a_key_that_has_ended_is_told_without_a_request(last_days: Counter) -> None:
    moved = movable(last_days.tab, ahead_ms=11 * DAY_MS)
    try:
        before = sent(last_days)
        last_days.tab.call("Page.reload")
        said = last_days.see("ended_title")
        assert "nothing about anybody's pass" in said
        assert "new one-time code" in said
        assert sent(last_days) == before
        last_days.press("revoked_again")  # the date of the tablet is wrong, not the key
        assert "clock" in last_days.see("clock_title")
    finally:
        as_it_was(last_days.tab, moved)


def test_an_open_desk_closes_when_its_key_ends(last_days: Counter) -> None:
    moved = movable(last_days.tab, faster=100)
    try:
        last_days.tab.call("Page.reload")
        last_days.see("ready_title")
        last_days.tab.value(f"moveClock({11 * DAY_MS})")
        last_days.see("ended_title")
    finally:
        as_it_was(last_days.tab, moved)


def test_the_office_hears_the_same(city: Sandbox, browser: Browser, tmp_path: Path) -> None:
    with office(city, browser, tmp_path / "profile", key_days=10) as desk:
        assert "key ends on" in desk.tab.value(NOTICE)
        desk.press("renew")
        desk.press("later")
        desk.tab.wait_for("!!document.getElementById('registry')")
        movable(desk.tab)
        desk.open()
        desk.tab.wait_for("!!document.getElementById('registry')")
        before = sent(desk)
        desk.tab.value(f"moveClock({11 * DAY_MS})")
        assert "new one-time code" in desk.see("ended_title")
        desk.tab.call("Page.reload")
        assert sent(desk) == before
        desk.tab.wait_for("!!document.getElementById('registry')")


def test_a_phone_hears_when_its_pass_ends(city: Sandbox, browser: Browser, tmp_path: Path) -> None:
    async def order() -> str:
        registry_id = await city.steward.register()
        with OfficeMachine(await new_office(city)) as desk:
            order = {"registryId": registry_id, "sectors": ["venue"], "form": "live", "days": 10}
            return str(desk.does("issue", **order)["pairing"]["code"])

    code = asyncio.run(order())
    with page(city, browser, tmp_path / "profile", "/pass") as phone:
        phone.fill("code", code)
        phone.tab.press("Enter")
        phone.tab.wait_for("!!document.querySelector('.show svg')")
        phone.tab.wait_for("document.querySelector('.ends').innerText.includes('This pass ends on')")
        unheard(phone.tab)
        movable(phone.tab, ahead_ms=12 * DAY_MS)
        phone.open()
        phone.tab.wait_for("document.querySelector('.code [role=alert]')?.innerText.includes('has ended')")
        assert phone.tab.value("document.querySelector('.code svg')") is None
