"""The hands of somebody without a pointer: Tab leads to everything, and where one is can be seen."""

from tests.flow.chromium import Tab

STEPS_MAX = 40
FOCUSED = """(() => {
  const one = document.activeElement;
  const shown = one.matches("[type=radio], [type=checkbox]") ? one.closest("label") : one;
  const { outlineStyle, outlineWidth } = getComputedStyle(shown);
  return {
    act: one.dataset.act ?? "", id: one.id, value: one.value ?? "", text: one.innerText ?? "",
    ring: outlineStyle !== "none" && parseFloat(outlineWidth) >= 2,
  };
})()"""


def go_to(tab: Tab, **wanted: str) -> None:
    """Press Tab until what is wanted has the focus, and a ring that shows it."""
    for _ in range(STEPS_MAX):
        focused = tab.value(FOCUSED)
        if all(focused[name] == value for name, value in wanted.items()):
            assert focused["ring"], f"nobody sees that {wanted} has the focus"
            return
        tab.press("Tab")
    raise AssertionError(f"no key leads to {wanted}")


def press(tab: Tab, **wanted: str) -> None:
    """Go to a button, and press Enter."""
    go_to(tab, **wanted)
    tab.press("Enter")


def type_into(tab: Tab, field: str, text: str) -> None:
    """Go to a field, and type."""
    tab.wait_for(f"document.getElementById({field!r}) !== null")
    go_to(tab, id=field)
    tab.press(*text)
