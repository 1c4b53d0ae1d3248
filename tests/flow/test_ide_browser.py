"""The IDE in a real browser: it signs in, signs, shows the answer, and talks to nobody but the sandbox."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.flow import chromium
from tests.flow.browsers import Browser
from tests.flow.chromium import Tab
from tests.flow.sandboxes import Sandbox

pytestmark = pytest.mark.xdist_group("sqlite-sandbox")

CHOOSE = """((name, value) => {
  const select = document.querySelector(`select[name=${name}]`);
  select.value = value;
  select.dispatchEvent(new Event("change", { bubbles: true }));
  return select.value;
})"""
RUN = "document.querySelector('.graphiql-execute-button').click()"
ANSWER = "document.querySelector('.result-window .CodeMirror').CodeMirror.getValue()"
REFUSED_BY = """(attempt => new Promise((tell) => {
  document.addEventListener("securitypolicyviolation", (event) => tell(event.effectiveDirective), { once: true });
  attempt()?.catch(() => {});
}))"""
FOUR_MINUTES_LATER = (
    "{ const now = performance.now.bind(performance); performance.now = () => now() + 240_000; 0 }"
)


@pytest.fixture
def page(sqlite_sandbox: Sandbox, browser: Browser, tmp_path: Path) -> Iterator[Tab]:
    """The IDE, with its editor filled and the schema read."""
    with chromium.tab(browser, tmp_path) as opened:
        opened.call("Page.navigate", url=f"{sqlite_sandbox.gateway.url}/graphql")
        opened.wait_for("document.querySelector('.result-window .CodeMirror') !== null")
        opened.wait_for("document.querySelector('.graphiql-editor .CodeMirror').CodeMirror.getValue() !== ''")
        yield opened


def choose(page: Tab, **choices: str) -> None:
    """Choose from the lists by their names."""
    for name, value in choices.items():
        assert page.value(f"{CHOOSE}({name!r}, {value!r})") == value


def run(page: Tab) -> str:
    """Press the button and return the text of the answer."""
    page.value("document.querySelector('.result-window .CodeMirror').CodeMirror.setValue('')")
    page.value(RUN)
    answer: str = page.wait_for(f"{ANSWER}.includes('}}') && {ANSWER}")
    return answer


def urls(page: Tab) -> list[str]:
    """Return the address of every request that the page made."""
    return [sent["request"]["url"] for sent in page.seen("Network.requestWillBeSent")]


def complaints(page: Tab) -> list[Any]:
    """Return what the browser said was wrong: refused by the page's policy, not found, thrown.

    It says so of the answer, too, with which the gateway hands the page its first nonce.
    """
    said = [*page.seen("Log.entryAdded"), *page.seen("Runtime.exceptionThrown")]
    return [one for one in said if not _asks_for_nonce(one)]


def _asks_for_nonce(said: Any) -> bool:
    entry = said.get("entry", {})
    return bool(str(entry.get("url")).endswith("/oauth/token") and "status of 400" in entry["text"])


def test_a_pass_is_verified_and_nobody_else_is_asked(page: Tab, sqlite_sandbox: Sandbox) -> None:
    assert '"__typename": "Eligible"' in run(page)
    assert "sandbox" in page.value("document.querySelector('.bar').innerText")
    asked = urls(page)
    assert {urlsplit(url).netloc for url in asked} == {urlsplit(sqlite_sandbox.gateway.url).netloc}
    assert {urlsplit(url).hostname for url in asked} == {"127.0.0.1"}
    assert sum(url.endswith("/oauth/token") for url in asked) == 2  # the first answer brings the nonce
    assert complaints(page) == []


def test_the_schema_is_there(page: Tab) -> None:
    page.value("document.querySelector('button[aria-label^=\"Show Documentation\"]').click()")
    page.wait_for("document.querySelector('.graphiql-doc-explorer').innerText.includes('VerifyPassResult')")


def test_every_partner_signs_its_own_requests(page: Tab, sqlite_sandbox: Sandbox) -> None:
    for file in sqlite_sandbox.partner_files:
        choose(page, partner=file.stem, document="VerifyPass")
        assert '"errors"' not in run(page)
        choose(page, document="Redemptions")
        assert '"errors"' not in run(page)
        signature = page.value("document.querySelector('.graphiql-footer').innerText")
        assert signature.startswith(f"HTTP 200 · signed as {file.stem} ")


def test_a_change_is_refused_to_somebody_not_entitled(page: Tab) -> None:
    choose(page, document="RedeemReward", **{"pass": "volunteer-9.5h transit"})
    assert page.value("document.querySelector('.bar output').value") == "Not eligible"
    assert '"reason": "NOT_ELIGIBLE"' in run(page)


def test_an_old_token_is_renewed(page: Tab) -> None:
    run(page)
    page.value(FOUR_MINUTES_LATER)
    assert '"__typename": "Eligible"' in run(page)
    assert sum(url.endswith("/oauth/token") for url in urls(page)) == 3


def test_elsewhere_is_out_of_reach_from_the_page(page: Tab) -> None:
    assert page.value(f"{REFUSED_BY}(() => fetch('http://192.0.2.7/'))") == "connect-src"
    assert page.value(f"{REFUSED_BY}(() => {{ new Image().src = 'http://192.0.2.7/a.png'; }})") == "img-src"
