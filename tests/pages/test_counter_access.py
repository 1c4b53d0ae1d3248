"""The counter page on screens of all sizes: nothing sticks out, and fingers meet what they aim at."""

from typing import Any

import pytest

from tests.pages.access import LANDSCAPE, PHONE, PORTRAIT, in_colours, on_a_screen
from tests.pages.counters import Counter

pytestmark = pytest.mark.xdist_group("pages")


def look(page: Counter, scheme: str, language: str, size: tuple[int, int]) -> None:
    """Show the page in a colour scheme, a language, and on a screen of some size."""
    in_colours(page.tab, scheme)
    on_a_screen(page.tab, size)
    if page.tab.value("document.documentElement.lang") != language:
        page.press("language")


@pytest.fixture
def as_before(till: Counter) -> Any:
    """The theatre's counter, which is English and light again afterwards."""
    yield till
    till.clear()
    look(till, "light", "en", (1280, 800))
    till.tab.call("Emulation.clearDeviceMetricsOverride")


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
