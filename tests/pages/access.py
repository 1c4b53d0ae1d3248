"""Looking at a screen as somebody who can't do with less: axe-core, and what it doesn't look at."""

from typing import Any

from tests.flow.browsers import NODE_MODULES
from tests.flow.chromium import Tab

LANDSCAPE, PORTRAIT, PHONE = (1180, 820), (820, 1180), (390, 844)

_AXE = NODE_MODULES / "axe-core" / "axe.min.js"
_TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
_FOREIGN = """((pattern) => {
  const apart = "[lang]:not(html), .who, .reference, [data-code], time, td, .codes, strong";
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const found = [];
  for (let text; (text = walker.nextNode());) {
    const { parentElement: said } = text;
    if (said.checkVisibility() && !said.closest(apart) && pattern.test(text.data)) found.push(text.data.trim());
  }
  for (const one of document.querySelectorAll("[aria-label], [placeholder], [alt]")) {
    const said = ["aria-label", "placeholder", "alt"].map((name) => one.getAttribute(name) ?? "").join(" ");
    if (!one.closest(apart) && pattern.test(said)) found.push(said.trim());
  }
  return found;
})"""
"""What is said on the screen and matches: of addresses, ids, days and names of partners nobody has two."""

_CUT = """(() => {
  const across = ({ scrollWidth, clientWidth }) => scrollWidth > clientWidth + 1;
  const shown = [...document.querySelectorAll("button, a, h1, h2, h3, p, label, legend, th, .choice, .reference")]
    .filter((one) => one.checkVisibility() && !one.closest(".unseen"))
    .filter((one) => getComputedStyle(one).display !== "inline");
  const cut = shown.filter(across).map((one) => `cut: ${one.innerText.slice(0, 40)}`);
  return across(document.documentElement) ? [...cut, "the screen scrolls sideways"] : cut;
})()"""


def violations(tab: Tab, *, colours_alone: bool = False) -> list[Any]:
    """Return what axe-core finds wrong with what is shown now. As a debugger it passes the policy."""
    if not tab.value("typeof axe === 'object'"):
        tab.call("Runtime.evaluate", expression=_AXE.read_text("utf-8"))
    only = {"type": "rule", "values": ["color-contrast"]} if colours_alone else {"type": "tag", "values": _TAGS}
    found = tab.value(f"axe.run({{ runOnly: {only} }})")
    assert len(found["passes"]) >= (1 if colours_alone else 10), "axe-core looked at nothing"
    return [[one["id"], [node["failureSummary"] for node in one["nodes"]]] for one in found["violations"]]


def oddities(tab: Tab, language: str) -> list[str]:
    """Return what is said in the other language, is cut off, or sticks out of the screen."""
    pattern = "/[\\u4e00-\\u9fff]/" if language == "en" else r"/\b(?!https\b|pass\b)[A-Za-z]*[a-z]{3,}/"
    foreign = [f"foreign: {said}" for said in tab.value(f"{_FOREIGN}({pattern})")]
    return [*foreign, *tab.value(_CUT)]


def in_language(tab: Tab, language: str) -> None:
    """Have the page speak a language, where nothing covers the button for it."""
    if not tab.value(f"document.documentElement.lang.startsWith({language!r})"):
        tab.value("document.querySelector('[data-act=language]').click()")
        tab.wait_for(f"document.documentElement.lang.startsWith({language!r})")


def in_colours(tab: Tab, scheme: str, media: str = "screen") -> None:
    """Show the page light or dark, or as it is printed."""
    feature = {"name": "prefers-color-scheme", "value": scheme}
    tab.call("Emulation.setEmulatedMedia", media=media, features=[feature])


def on_a_screen(tab: Tab, size: tuple[int, int]) -> None:
    """Show the page on a screen of some size."""
    width, height = size
    tab.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)
