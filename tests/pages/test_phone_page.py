"""A phone's page: it pairs with a code, shows what is new each time, offline, too, and keeps no more."""

import asyncio
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest

from tests.flow.browsers import Browser
from tests.flow.desk import OfficeMachine, new_office
from tests.flow.sandboxes import Sandbox
from tests.pages.clocks import as_it_was, movable
from tests.pages.counters import Counter
from tests.pages.people_pages import Page, page

pytestmark = pytest.mark.xdist_group("pages")

PIN = "4071"
KEPT = """(async () => {
  const opened = await new Promise((resolve) => {
    const request = indexedDB.open("laurel-pass");
    request.onsuccess = () => resolve(request.result);
  });
  const all = (act) => new Promise((resolve) => {
    const request = act(opened.transaction("kept").objectStore("kept"));
    request.onsuccess = () => resolve(request.result);
  });
  const passes = await all((store) => store.get("passes"));
  const exported = ({ key }) => crypto.subtle.exportKey("raw", key).catch(({ name }) => name);
  const keys = await Promise.all(passes.map(exported));
  return {
    databases: (await indexedDB.databases()).map(({ name }) => name),
    names: await all((store) => store.getAllKeys()),
    members: Object.keys(passes[0]).sort(),
    keys,
    local: localStorage.length + sessionStorage.length,
    cookies: document.cookie,
  };
})()"""


def pairing(city: Sandbox, *sectors: str) -> str:
    """Issue live passes for somebody new, and return the code for the phone."""

    async def issue() -> str:
        registry_id = await city.steward.register()
        with OfficeMachine(await new_office(city)) as desk:
            order = {"registryId": registry_id, "sectors": list(sectors), "form": "live", "pin": PIN}
            return str(desk.does("issue", **order)["pairing"]["code"])

    return asyncio.run(issue())


@pytest.fixture(scope="module")
def paired(
    city: Sandbox, browser: Browser, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Page, str]]:
    """A phone that has paired, after a code that was mistyped and one that is not good; and its code."""
    code = pairing(city, "venue", "transit")
    with page(city, browser, tmp_path_factory.mktemp("phone") / "profile", "/pass") as phone:
        for wrong, said in (("0123-4567-89AB-CDEF", "Mistyped"), ("0123-4567-89AB-CDE8", "not good")):
            phone.fill("code", wrong)
            phone.tab.press("Enter")
            phone.tab.wait_for(f"document.getElementById('told').innerText.includes({said!r})")
            phone.tab.value("document.getElementById('code').value = ''")
        phone.fill("code", code.lower())
        phone.tab.press("Enter")
        phone.tab.wait_for("!!document.querySelector('.show')")
        yield phone, code


@pytest.fixture
def phone(paired: tuple[Page, str]) -> Page:
    """The phone, opened again."""
    opened, _ = paired
    opened.open()
    return opened


def test_a_second_browser_s_counter_takes_each_showing_once(phone: Page, till: Counter) -> None:
    first = phone.scan()
    assert (first.startswith("L1."), len(first)) == (True, 267)
    phone.press("next")
    phone.tab.wait_for("!!document.querySelector('.code svg')")
    second = phone.scan()
    assert second != first
    till.choose("cinema-discount")
    for shown, answer in ((first, "eligible_title"), (second, "eligible_title")):
        till.show(shown)
        till.see(answer)
        till.press("redeem")
        till.see("recorded_title")
        till.press("next")
    till.choose("cinema-discount")
    till.show(first)
    till.see("denied_title")


def test_it_shows_without_a_line(phone: Page, till: Counter) -> None:
    phone.tab.wait_for("navigator.serviceWorker.ready.then(() => true)")
    phone.tab.wait_for(
        "caches.open('laurel-pass-shell-1').then((one) => one.keys()).then((all) => all.length > 20)"
    )
    phone.line.cut()
    phone.tab.call("Page.reload")
    phone.tab.wait_for("!!document.querySelector('.show svg')")
    till.choose("cinema-discount")
    till.show(phone.scan())
    till.see("eligible_title")
    phone.press("log")
    phone.fill("pin", PIN)
    phone.tab.value("{ const now = performance.now.bind(performance); performance.now = () => now() * 8; 0 }")
    phone.tab.press("Enter")
    assert "No answer" in phone.told()
    phone.line.mend()


def test_the_holder_reads_who_asked_and_a_wrong_pin_reads_nothing(phone: Page) -> None:
    phone.press("log")
    phone.fill("pin", "0000")
    phone.tab.press("Enter")
    assert "not right" in phone.told()
    phone.fill("pin", PIN)
    phone.tab.press("Enter")
    phone.tab.wait_for("document.querySelector('[role=status]').innerText !== ''")
    assert phone.tab.value("document.getElementById('pin').value") == ""


def test_nothing_is_kept_but_passes_whose_keys_nobody_reads(paired: tuple[Page, str], phone: Page) -> None:
    kept = phone.tab.value(KEPT)
    assert {"passes"} <= set(kept.pop("names")) <= {"language", "passes"}
    assert kept == {
        "databases": ["laurel-pass"],
        "members": ["en", "ends", "gateway", "id", "key", "sector", "zh"],
        "keys": ["InvalidAccessError"] * 2,
        "local": 0,
        "cookies": "",
    }
    addresses = [request["url"] for request in phone.requests()]
    assert {urlsplit(url).netloc for url in addresses} == {urlsplit(phone.line.url).netloc}
    assert {urlsplit(url).query for url in addresses} == {""}
    assert not any(paired[1].replace("-", "") in url.upper().replace("-", "") for url in addresses)


@pytest.mark.parametrize(("ahead_ms", "said"), [(300_000, "5 minutes fast"), (-7_200_000, "2 hours slow")])
def test_a_clock_that_is_wrong_is_told_and_put_right(phone: Page, till: Counter, ahead_ms: int, said: str) -> None:
    script = movable(phone.tab, ahead_ms=ahead_ms)
    try:
        phone.open()
        told = "document.querySelector('[data-told=clock]')?.innerText"
        phone.tab.wait_for(f"{told}?.includes({said!r})")
        till.choose("cinema-discount")
        till.show(phone.scan())
        till.see("eligible_title")
        till.press("next")
    finally:
        as_it_was(phone.tab, script)
    phone.open()
    phone.tab.wait_for("!!document.querySelector('.show svg')")
    assert phone.tab.value(told) == ""
