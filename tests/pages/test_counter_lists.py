"""What the counter page lists: the partner's shows to choose from, and what this counter gave today."""

import asyncio
import secrets
from pathlib import Path

import pytest

from tests.flow.browsers import Browser
from tests.flow.sandboxes import Sandbox
from tests.pages.counters import Counter, counter

pytestmark = pytest.mark.xdist_group("pages")

CINEMA, SHOW, MATCH = "cinema-discount", "cultural-event", "sports-event"
OPTIONS = "[...document.getElementById('shows').options].map((one) => one.textContent)"
LISTED = f"!document.getElementById('shows').hidden && {OPTIONS}.some((one) => one.startsWith(%r))"
CHOSEN = "document.getElementById('shows').value"
TYPED = "document.getElementById('occasion').value"
ROWS = "[...document.querySelectorAll('dialog tbody tr')].map((one) => one.innerText)"
LEAD = "[...document.querySelectorAll('dialog > .hint')].map((one) => one.innerText).join()"


def announce(page: Counter, reward: str, *, capacity: int = 20, partner: str | None = None) -> str:
    """Import a show, and have the page ask for the list anew."""
    show = asyncio.run(page.sandbox.steward.announce(partner or page.partner, reward, capacity=capacity))
    page.clear()
    return show


def options(page: Counter, reward: str, *, until: str) -> list[str]:
    """Choose a reward, and return the list of shows as soon as one of them is in it."""
    page.choose(reward)
    page.tab.wait_for(LISTED % until)
    found: list[str] = page.tab.value(OPTIONS)
    return found


def choose_from_list(page: Counter, show: str) -> None:
    """Choose a show as a finger or a mouse does."""
    page.tab.value(
        f"{{ const list = document.getElementById('shows'); list.value = {show!r};"
        " list.dispatchEvent(new Event('change')); 0 }"
    )


def test_a_show_is_chosen_from_the_list_and_redeemed_for(till: Counter, guest: str) -> None:
    show = announce(till, SHOW)
    [own] = [one for one in options(till, SHOW, until=show) if one.startswith(show)]
    assert own.startswith(f"{show} · 20 left · until ")
    choose_from_list(till, show)
    assert till.tab.value(TYPED) == show
    till.show(guest)
    till.see("eligible_title")
    till.press("redeem")
    till.see("recorded_title")
    till.press("next")
    till.see("ready_title")
    assert (till.tab.value(TYPED), till.tab.value(CHOSEN)) == (show, show), "it stays for the next customer"


def test_the_list_is_used_with_the_keyboard_alone(till: Counter, guest: str) -> None:
    show = announce(till, MATCH)
    found = options(till, MATCH, until=show)
    till.tab.value("document.getElementById('shows').focus()")
    place = next(number for number, one in enumerate(found) if one.startswith(show))
    till.tab.press(*["ArrowDown"] * place)
    assert till.tab.value(TYPED) == show
    till.tab.press(*guest, "Enter")  # as a scanner types, while the list has the focus
    till.see("eligible_title")
    assert till.tab.value(CHOSEN) == show


def test_an_id_can_be_typed_and_is_then_the_chosen_one(till: Counter) -> None:
    show = announce(till, SHOW)
    options(till, SHOW, until=show)
    till.choose(SHOW, show)
    assert till.tab.value(CHOSEN) == show
    till.tab.value("document.getElementById('occasion').focus()")
    till.tab.call("Input.insertText", text="-b")
    assert (till.tab.value(CHOSEN), till.tab.value(TYPED)) == ("", f"{show}-b")


def test_the_list_has_ones_own_shows_of_that_reward_that_are_on(till: Counter, guest: str) -> None:
    other = f"other-theatre-{secrets.token_hex(4)}"
    asyncio.run(till.sandbox.steward.add_partner("venue-counter", other))
    theirs = announce(till, SHOW, partner=other)
    match, full, show = announce(till, MATCH), announce(till, SHOW, capacity=0), announce(till, SHOW)
    found = options(till, SHOW, until=show)
    assert not any(one.startswith((theirs, match)) for one in found)
    assert [one.startswith(f"{full} · full · ") for one in found if one.startswith(full)] == [True]
    choose_from_list(till, full)
    till.show(guest)
    till.see("eligible_title")
    till.press("redeem")
    assert "No more places" in till.see("notice_title")


def test_nothing_is_asked_before_there_is_a_show(till: Counter, guest: str) -> None:
    till.choose(SHOW)
    till.tab.wait_for("document.getElementById('shows') !== null")
    before = [one for one in till.requests() if "pass" in one.get("postData", "")]
    till.show(guest)
    assert "Choose the show first" in till.see("notice_title")
    assert [one for one in till.requests() if "pass" in one.get("postData", "")] == before
    assert till.tab.value("document.activeElement.id") == "occasion"


def test_without_a_line_the_list_stays_and_an_id_can_be_typed(till: Counter) -> None:
    show = announce(till, SHOW)
    options(till, SHOW, until=show)
    till.line.cut()
    till.choose(CINEMA)
    till.choose(MATCH)
    assert till.tab.value("document.getElementById('shows').hidden"), "never heard of: nothing to choose from"
    till.choose(MATCH, "derby-2027")
    assert till.tab.value(TYPED) == "derby-2027"
    till.choose(SHOW)
    assert till.tab.value(LISTED % show)
    till.line.mend()


def test_the_list_speaks_both_languages(till: Counter) -> None:
    show = announce(till, SHOW)
    options(till, SHOW, until=show)
    choose_from_list(till, show)
    till.press("language")
    till.tab.wait_for("document.documentElement.lang === 'zh-Hans'")
    assert [one for one in till.tab.value(OPTIONS) if one.startswith(show) and "余 20" in one]
    assert till.tab.value(CHOSEN) == show
    till.press("language")


def test_today_lists_what_this_counter_gave_and_where_asked_all(
    till: Counter, city: Sandbox, browser: Browser, guest: str, tmp_path: Path
) -> None:
    show = announce(till, SHOW)
    till.choose(CINEMA)
    till.show(guest)
    till.press("redeem")
    till.see("recorded_title")
    with counter(city, browser, tmp_path / "profile") as other:
        assert other.partner == till.partner
        other.press("today")
        other.tab.wait_for("document.querySelector('dialog .list').innerText.includes('Nothing was redeemed yet')")
        assert other.tab.value(LEAD) == "What this counter gave."
        other.end_dialog("Done")
        other.choose(SHOW, show)
        other.show(guest)
        other.press("redeem")
        other.see("recorded_title")
        other.press("today")
        other.tab.wait_for(f"{ROWS}.length === 1")
        assert show in other.tab.value(ROWS)[0]
        other.end_dialog("Show all counters")
        other.tab.wait_for(f"{ROWS}.length > 1")
        assert [show in one for one in other.tab.value(ROWS)[:2]] == [True, False]
        assert ["here" in one for one in other.tab.value(ROWS)[:2]] == [True, False]
        other.tab.value("document.querySelectorAll('dialog tbody tr button')[1].click()")
        other.end_dialog("Take back")
        assert "1 given back" in other.see("undone_title"), "what another counter gave, a customer may bring here"
        other.press("today")
        other.tab.wait_for(f"{ROWS}.length === 1")
    till.press("today")
    till.tab.wait_for(f"{ROWS}.length > 0")
    assert not any(show in one for one in till.tab.value(ROWS))


def test_a_counter_that_was_enrolled_before_there_were_lists_works_on(
    city: Sandbox, browser: Browser, guest: str, tmp_path: Path
) -> None:
    with counter(city, browser, tmp_path / "profile") as page:
        page.tab.value(_AS_BEFORE)
        show = announce(page, SHOW)
        page.choose(SHOW, show)
        assert page.tab.value("document.getElementById('shows').hidden")
        page.show(guest)
        page.press("redeem")
        page.see("recorded_title")
        page.press("today")
        page.tab.wait_for(f"{ROWS}.length > 0")
        assert "All counters of yours" in page.tab.value(LEAD)
        assert page.tab.value("document.querySelector('dialog .scope')") is None


_AS_BEFORE = """new Promise((resolve) => {
  const opened = indexedDB.open("laurel");
  opened.onsuccess = () => {
    const store = opened.result.transaction("settings", "readwrite").objectStore("settings");
    const device = store.get("device");
    device.onsuccess = () => {
      delete device.result.documents.Occasions;
      delete device.result.documents.DeviceRedemptions;
      store.put(device.result, "device").onsuccess = () => resolve(true);
    };
  };
})"""
