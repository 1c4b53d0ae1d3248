"""What is asked of each browser as it closes would find what a page must not do."""

import pytest

from tests.pages.traces import left, strays

ORIGIN = "http://127.0.0.1:8000"
KEPT = {"databases": {"laurel": ["key", "language"]}, "files": [f"{ORIGIN}/pages/dom.js"], "elsewhere": 0}


def test_what_pages_do_is_expected() -> None:
    addresses = ("/counter", "/pages/dom.js", "/graphql", "/office/issue", "/pass/pairing")
    sent = [{"request": {"url": ORIGIN + path}} for path in addresses]
    sent += [{"request": {"url": f"blob:{ORIGIN}/5f0c"}}, {"request": {"url": "about:blank"}}]
    assert strays(sent, ORIGIN) == []
    assert left(KEPT, ORIGIN) == []


@pytest.mark.parametrize(
    "address",
    [
        "https://fonts.example/a.woff2",
        "http://127.0.0.1:8001/graphql",
        f"{ORIGIN}/graphql?pass=0123456789ABCDE8",
        f"{ORIGIN}/office/pass/0123456789ABCDE8",
        f"{ORIGIN}/counter#0123456789ABCDE8",
        "http://desk@127.0.0.1:8000/counter",
        "data:text/plain,0123456789ABCDE8",
        "blob:http://127.0.0.1:8001/5f0c",
    ],
)
def test_any_other_address_is_found(address: str) -> None:
    assert strays([{"request": {"url": address}}], ORIGIN) == [address]


@pytest.mark.parametrize(
    "more",
    [
        {"databases": {"laurel": ["key", "pass"]}},
        {"databases": {"laurel-pass": ["passes", "pin"]}},
        {"databases": {"elsewhere": ["x"]}},
        {"files": [f"{ORIGIN}/graphql?x"]},
        {"elsewhere": 1},
    ],
    ids=["a pass", "a pin", "a database", "an answer", "a cookie"],
)
def test_anything_else_that_is_kept_is_found(more: dict[str, object]) -> None:
    assert len(left({**KEPT, **more}, ORIGIN)) == 1
