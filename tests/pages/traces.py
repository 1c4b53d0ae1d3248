"""The network log of a whole run and what is kept after it: every browser of these tests is asked as it closes."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

from gateway.web.pages import COUNTER_PATH, OFFICE_PATH, PHONE_PATH, STATIC
from tests.flow.chromium import Tab

ADDRESSES = frozenset(
    {
        *(COUNTER_PATH, OFFICE_PATH, PHONE_PATH),
        *(f"/pages/{path.relative_to(STATIC).as_posix()}" for path in STATIC.rglob("*") if path.is_file()),
        *("/.well-known/oauth-authorization-server", "/oauth/token", "/devices", "/graphql"),
        *("/pass/pairing", "/pass/access-log"),
        *(
            f"/office/{order}"
            for order in (
                *("programme", "issue", "print", "replace", "revoke", "passes", "pass", "denial", "access-log"),
            )
        ),
    }
)
"""All that a page may ever ask for. They are fixed, so none of them can hold a pass, an id or a PIN."""

SETTINGS = {
    "laurel": {
        "language",
        *(f"{page}{name}" for page in ("", "office-") for name in ("key", "device", "next-key")),
    },
    "laurel-pass": {"passes", "language"},
}
"""All that may be kept, by database."""

_KEPT = """(async () => {
  const names = async (name) => {
    const opened = await new Promise((resolve) => {
      const request = indexedDB.open(name);
      request.onsuccess = () => resolve(request.result);
    });
    const [store] = opened.objectStoreNames;
    const keys = await new Promise((resolve) => {
      const request = opened.transaction(store).objectStore(store).getAllKeys();
      request.onsuccess = () => resolve(request.result);
    });
    opened.close();
    return keys;
  };
  const databases = (await indexedDB.databases()).map(({ name }) => name);
  const shelves = await Promise.all((await caches.keys()).map(async (name) => (await caches.open(name)).keys()));
  return {
    databases: Object.fromEntries(await Promise.all(databases.map(async (name) => [name, await names(name)]))),
    files: shelves.flat().map(({ url }) => url),
    elsewhere: localStorage.length + sessionStorage.length + document.cookie.length,
  };
})()"""


@contextmanager
def watched(tab: Tab, origin: str) -> Iterator[None]:
    """Let a page do what it does; afterwards ask its browser whom it asked, and what it keeps."""
    yield
    assert strays(tab.seen("Network.requestWillBeSent"), origin) == []
    if tab.value("location.origin") == origin:  # and not the browser's own page for a line that is cut
        assert left(tab.value(_KEPT), origin) == []


def strays(sent: list[dict[str, Any]], origin: str) -> list[str]:
    """Return the addresses that no page may ask for: somebody else's, or any that could say something."""
    asked = {one["request"]["url"] + one["request"].get("urlFragment", "") for one in sent} - {"about:blank"}
    return sorted(address for address in asked if not _expected(address, origin))


def left(kept: dict[str, Any], origin: str) -> list[object]:
    """Return what a browser keeps and no page may keep."""
    found: list[object] = [
        (database, name)
        for database, names in kept["databases"].items()
        for name in names
        if name not in SETTINGS.get(database, ())
    ]
    return [
        *found,
        *(url for url in kept["files"] if not _expected(url, origin)),
        *([kept["elsewhere"]] if kept["elsewhere"] else []),
    ]


def _expected(address: str, origin: str) -> bool:
    if address.startswith(f"blob:{origin}/"):  # what is printed, in the page's own memory
        return True
    parts = urlsplit(address)
    own = f"{parts.scheme}://{parts.netloc}" == origin
    return own and parts.path in ADDRESSES and not (parts.query or parts.fragment)
