"""A browser's clock that a test moves, and timers that don't keep it waiting."""

from tests.flow.chromium import Tab

DAY_MS = 86_400_000

_MOVABLE = """(() => {
  const Real = Date;
  let ahead = %d;
  globalThis.Date = class extends Real {
    constructor(...given) {
      if (given.length > 0) super(...given);
      else super(Real.now() + ahead);
    }
    static now() { return Real.now() + ahead; }
  };
  globalThis.moveClock = (ms) => { ahead = ms; };
  const wait = setTimeout;
  globalThis.setTimeout = (act, ms, ...given) => wait(act, ms / %d, ...given);
})()"""


def movable(tab: Tab, *, ahead_ms: int = 0, faster: int = 1) -> str:
    """Have each page that is opened from now on so much ahead of time, its timers so much faster.

    `moveClock(ms)` in the page moves it on. Return what `as_it_was` takes.
    """
    script: str = tab.call("Page.addScriptToEvaluateOnNewDocument", source=_MOVABLE % (ahead_ms, faster))[
        "identifier"
    ]
    return script


def unheard(tab: Tab) -> None:
    """Have a phone's page not hear what time it is at the gateway: it would put right what a test has moved."""
    tab.call("Network.setBlockedURLs", urls=["*/pages/phone/manifest.webmanifest"])


def as_it_was(tab: Tab, script: str) -> None:
    """Have the right time again on pages that are opened from now on."""
    tab.call("Page.removeScriptToEvaluateOnNewDocument", identifier=script)
