"""Everybody can use the counter page: axe-core finds nothing, in both languages and both colour schemes."""

import asyncio
from typing import Any

import pytest

from tests.flow.browsers import NODE_MODULES
from tests.pages.counters import Counter

pytestmark = pytest.mark.xdist_group("pages")

AXE = NODE_MODULES / "axe-core" / "axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
LANDSCAPE, PORTRAIT, PHONE = (1180, 820), (820, 1180), (390, 844)


def violations(page: Counter) -> list[Any]:
    """Return what axe-core finds wrong with what is shown now. As a debugger it passes the policy."""
    if not page.tab.value("typeof axe === 'object'"):
        page.tab.call("Runtime.evaluate", expression=AXE.read_text("utf-8"))
    found = page.tab.value(f"axe.run({{ runOnly: {RULES} }})")
    assert len(found["passes"]) > 15, "axe-core looked at nothing"
    return [[one["id"], [node["failureSummary"] for node in one["nodes"]]] for one in found["violations"]]


def look(page: Counter, scheme: str, language: str, size: tuple[int, int]) -> None:
    """Show the page in a colour scheme, a language, and on a screen of some size."""
    feature = [{"name": "prefers-color-scheme", "value": scheme}]
    page.tab.call("Emulation.setEmulatedMedia", features=feature)
    width, height = size
    page.tab.call(
        "Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False
    )
    if page.tab.value("document.documentElement.lang") != language:
        page.press("language")


@pytest.fixture
def as_before(till: Counter) -> Any:
    """The theatre's counter, which is English and light again afterwards."""
    yield till
    till.clear()
    look(till, "light", "en", (1280, 800))
    till.tab.call("Emulation.clearDeviceMetricsOverride")


@pytest.mark.parametrize("language", ["en", "zh-Hans"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_is_found_wrong_with_the_desk(as_before: Counter, guest: str, scheme: str, language: str) -> None:
    page = as_before
    look(page, scheme, language, LANDSCAPE)
    page.choose("cultural-event")
    found = {"ready": violations(page)}
    page.show("0000")
    page.see("notice_title")
    found["notice"] = violations(page)
    page.clear()
    page.choose("cinema-discount")
    for name, code, answer in (
        ("denied", page.sandbox.persona("volunteer-10h", "venue")["code"], "denied_title"),
        ("eligible", guest, "eligible_title"),
    ):
        page.show(code)
        page.see(answer)
        found[name] = violations(page)
    page.press("hold")
    page.see("held_title")
    found["held"] = violations(page)
    page.press("confirm")
    page.see("confirmed_title")
    page.press("undo")
    page.dialog()
    found["undo"] = violations(page)
    page.tab.press("Escape")
    page.press("today")
    page.tab.wait_for("document.querySelectorAll('dialog tbody tr').length > 0")
    found["today"] = violations(page)
    page.tab.press("Escape")
    page.hurry()
    page.line.cut()
    page.show(guest)
    page.see("line_title")
    found["line"] = violations(page)
    assert {name: wrong for name, wrong in found.items() if wrong} == {}


@pytest.mark.parametrize("size", [LANDSCAPE, PORTRAIT, PHONE])
def test_nothing_sticks_out_of_the_screen(as_before: Counter, guest: str, size: tuple[int, int]) -> None:
    for language in ("en", "zh-Hans"):
        look(as_before, "light", language, size)
        as_before.choose("cultural-event")
        as_before.show("0000")
        as_before.see("notice_title")
        assert as_before.tab.value("document.documentElement.scrollWidth <= innerWidth")


def test_what_a_finger_meets_is_large_enough(as_before: Counter) -> None:
    look(as_before, "light", "en", PORTRAIT)
    small = as_before.tab.value(
        "[...document.querySelectorAll('button, .choice, input:not([type=radio]), select')]"
        ".map((one) => one.getBoundingClientRect())"
        ".filter(({ width, height }) => width < 44 || height < 44).length"
    )
    assert small == 0


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_is_found_wrong_with_the_pin(desk: Counter, scheme: str) -> None:
    [issued] = asyncio.run(desk.sandbox.steward.resident("health"))
    desk.tab.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])
    desk.show(issued.code)
    desk.see("eligible_pin")
    desk.press("redeem")
    desk.dialog()
    assert violations(desk) == []
    desk.tab.press("Escape")
