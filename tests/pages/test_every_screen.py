"""Everybody can use each screen of each page: axe-core finds nothing, and nothing is cut off or untranslated."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.flow.browsers import Browser
from tests.flow.chromium import Tab
from tests.flow.sandboxes import Sandbox
from tests.pages.access import (
    LANDSCAPE,
    PHONE,
    PORTRAIT,
    in_colours,
    in_language,
    oddities,
    on_a_screen,
    violations,
)
from tests.pages.screens import walk_the_hospital, walk_the_theatre
from tests.pages.screens_of_offices import walk_the_office
from tests.pages.screens_of_phones import walk_the_phone, walk_where_it_is_insecure

pytestmark = pytest.mark.xdist_group("pages")

OTHER = {"light": "dark", "dark": "light"}
LOOKS = {"en": ("light", LANDSCAPE), "zh": ("dark", PORTRAIT)}
WALKS = [
    (walk_the_theatre, None, 27),
    (walk_the_hospital, None, 6),
    (walk_the_office, None, 27),
    (walk_the_phone, PHONE, 9),
    (walk_where_it_is_insecure, None, 3),
]
"""With the size of the screen where that is not a tablet's, and how many screens there are at least."""


@pytest.mark.parametrize("language", LOOKS)
@pytest.mark.parametrize(("walk", "size", "least"), WALKS, ids=lambda one: getattr(one, "__name__", ""))
def test_nothing_is_found_wrong(
    city: Sandbox,
    browser: Browser,
    tmp_path: Path,
    walk: Callable[..., None],
    size: tuple[int, int] | None,
    least: int,
    language: str,
) -> None:
    scheme, tablet = LOOKS[language]
    found: dict[str, list[object]] = {}

    def stop(tab: Tab, name: str) -> None:
        in_language(tab, language)
        on_a_screen(tab, size or tablet)
        media = "print" if name.endswith("printed") else "screen"
        in_colours(tab, OTHER[scheme], media)
        contrast = violations(tab, colours_alone=True)
        in_colours(tab, scheme, media)
        found[name] = [*violations(tab), *contrast, *oddities(tab, language)]

    walk(city, browser, tmp_path / "profile", stop)
    assert {name: wrong for name, wrong in found.items() if wrong} == {}
    assert len(found) >= least
