"""The pictures of docs/images, taken anew: `python -m tests.pages.pictures docs/images`. Look at each of them.

Each screen that docs/screens.md shows is taken in English, light, and in Chinese, dark; a tablet lies in one and
stands in the other, and two answers are taken both ways in both.
"""

import io
import sys
import tempfile
from pathlib import Path

from PIL import Image

from tests.flow.browsers import find
from tests.flow.chromium import Tab
from tests.flow.conftest import ALL_LOGS, NO_LIMITS
from tests.flow.sandboxes import sandbox
from tests.pages.access import LANDSCAPE, PHONE, PORTRAIT, in_colours, in_language, on_a_screen
from tests.pages.screens import Stop, walk_the_hospital, walk_the_theatre
from tests.pages.screens_of_offices import walk_the_office
from tests.pages.screens_of_phones import walk_the_phone

COLOURS = 48
LOOKS = {"en": ("light", LANDSCAPE, PORTRAIT), "zh": ("dark", PORTRAIT, LANDSCAPE)}
WALKS = {
    "theatre": walk_the_theatre,
    "hospital": walk_the_hospital,
    "office": walk_the_office,
    "phone": walk_the_phone,
}
SHOWN = {
    "theatre": {"eligible", "recorded", "denied", "line-amid-redeeming", "today", "ending", "ended"},
    "hospital": {"enrol", "one-reward", "pin", "revoked"},
    "office": {"issue", "issued-card", "issued-live", "denial-told", "log-shown"},
    "phone": {"pair", "pass", "log-shown"},
}
BOTH_WAYS = {"eligible", "denied"}
PAGES = {"theatre": "counter", "hospital": "counter"}


def take(tab: Tab, path: Path) -> None:
    """Write what is seen as a small PNG."""
    tab.value("document.activeElement?.matches('[data-act=language]') && document.activeElement.blur()")
    tab.value("Promise.all([...document.images].map((one) => one.decode().catch(() => {}))).then(() => 0)")
    tab.value("new Promise((wake) => requestAnimationFrame(() => requestAnimationFrame(wake)))")
    picture = Image.open(io.BytesIO(tab.picture())).convert("RGB")
    picture.quantize(COLOURS, dither=Image.Dither.NONE).save(path, optimize=True)


def photographer(walk: str, language: str, folder: Path) -> Stop:
    """Return what takes those screens of a walk that are shown."""
    scheme, first, second = LOOKS[language]

    def stop(tab: Tab, name: str) -> None:
        in_language(tab, language)
        on_a_screen(tab, PHONE if walk == "phone" else first)
        in_colours(tab, scheme)
        if name not in SHOWN[walk]:
            return
        path = folder / f"{PAGES.get(walk, walk)}-{name}-{language}.png"
        take(tab, path)
        if name in BOTH_WAYS:
            on_a_screen(tab, second)
            take(tab, path.with_stem(f"{path.stem}-turned"))
            on_a_screen(tab, first)

    return stop


def main(folder: Path) -> None:
    """Go through all screens in both languages, and take those that are shown."""
    browser = find()
    assert browser is not None, "no Chromium runs here"
    home = Path(tempfile.mkdtemp())
    with sandbox(home, {**ALL_LOGS, **NO_LIMITS}) as city:
        for walk, through in WALKS.items():
            for language in LOOKS:
                through(city, browser, home / f"{walk}-{language}", photographer(walk, language, folder))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
