"""The walk for vendors is true to the letter: its programs run as the page has them, and show what it shows."""

import asyncio
import json
import re
import shutil
from pathlib import Path

import pytest
from joserfc.jwk import ECKey

from tests.canaries.needles import found
from tests.docs.pages import blocks
from tests.flow.connecting import PAGE, Vendor, alike, section
from tests.flow.haystacks import haystacks
from tests.flow.processes import ROOT
from tests.flow.sandboxes import Sandbox

pytestmark = pytest.mark.xdist_group("sqlite-sandbox")

MAKE_KEY, REGISTER, SET_UP = blocks(section("A key, and its registration"), "sh")
WALKS = ["Python with Authlib", "Node with openid-client and dpop", "The shell"]
TROUBLES = blocks(section("When it does not work"), "text")
SHELL = f"{SET_UP}\n{blocks(section('The shell'), 'sh')[1]}"

DATE, CURL = (shutil.which(name, path="/bin:/usr/bin") for name in ("date", "curl"))
FAST = f'echo $(($({DATE} "$@") + 240))'


@pytest.fixture(scope="module")
def vendor(tmp_path_factory: pytest.TempPathFactory, sqlite_sandbox: Sandbox) -> Vendor:
    """A vendor whose key is made and registered by the page's own commands."""
    [issued] = asyncio.run(sqlite_sandbox.steward.resident("transit"))
    ready = Vendor.at(tmp_path_factory.mktemp("vendor"), sqlite_sandbox, issued.code)
    said = ready.types(f"{MAKE_KEY}\n{REGISTER}")
    key = ECKey.import_key((ready.folder / "gate.pem").read_bytes())
    assert f"is registered with key id {key.thumbprint()}." in said
    assert (ready.folder / "gate.pem").stat().st_mode & 0o077 == 0
    return ready


@pytest.mark.parametrize("title", WALKS)
def test_a_program_does_what_the_page_shows(vendor: Vendor, title: str) -> None:
    run, [shown] = blocks(section(title), "sh")[-1], blocks(section(title), "text")
    assert len(run.splitlines()) == 1
    assert alike(vendor.types(f"{SET_UP}\n{run}")) == alike(shown)
    secret = ECKey.import_key((vendor.folder / "gate.pem").read_bytes()).as_dict(private=True)["d"]
    needles = {"code": vendor.code, "key": str(secret)}
    assert found(needles, haystacks(vendor.city)) == set()
    assert [path.name for path in vendor.folder.iterdir() if path.name.startswith("tmp.")] == []


def _each(pattern: str, do: str) -> str:
    """Return a loop that does something with the one argument that is like a pattern."""
    return f"for each; do case $each in {pattern}) {do} ;; esac; done"


FAKES = {
    "clock": {"date": FAST},
    "clock, later": {
        "curl": f'{CURL} "$@"\n' + _each("*/answer", 'grep -q access_token "$each" && touch "$0.in"') + "\ntrue",
        "date": f'[ -e "${{0%date}}curl.in" ] || exec {DATE} "$@"\n{FAST}',
    },
    "nonce": {
        "curl": f'{CURL} "$@"\n'
        + _each("*/head", 'grep -vi "^dpop-nonce" "$each" > "$each.new" && mv "$each.new" "$each"')
    },
    "body": {"curl": _each("@*/body", 'printf " " >> "${each#@}"') + f'\nexec {CURL} "$@"'},
}
"""What stands between a right program and the gateway: the system's clock, and a proxy."""


@pytest.mark.parametrize(
    ("name", "shown", "reason"),
    [
        ("clock", 0, "assertion-clock-skew"),
        ("clock, later", 1, "proof-clock-skew"),
        ("nonce", 2, "proof-nonce"),
        ("body", 4, "proof-content-digest"),
    ],
)
def test_a_technician_sees_what_the_page_shows(vendor: Vendor, name: str, shown: int, reason: str) -> None:
    said = vendor.types(SHELL, fakes=FAKES[name])
    (vendor.folder / "fakes" / "curl.in").unlink(missing_ok=True)
    assert alike(TROUBLES[shown]) in alike(said)
    assert set(vendor.reasons(said)) == {reason}


def test_a_key_that_is_not_registered_is_told_so_little(vendor: Vendor, tmp_path: Path) -> None:
    stranger = Vendor.at(tmp_path / "stranger", vendor.city, vendor.code)
    said = stranger.types(f"{MAKE_KEY}\n{SHELL}")
    assert alike(TROUBLES[3]) in alike(said)
    key = ECKey.import_key((stranger.folder / "gate.pem").read_bytes())
    assert f"key id {key.thumbprint()}\n" in said  # for the telephone
    assert stranger.reasons(said) == ["assertion-unknown-key"]


def test_without_the_digest_a_program_verifies_and_redeems_nothing(vendor: Vendor, tmp_path: Path) -> None:
    script = (vendor.folder / "connect.sh").read_text("utf-8")
    plain = re.sub(r"^ *claims=.*content_digest.*\n", "", script, flags=re.MULTILINE)
    assert plain != script
    (vendor.folder / "plain.sh").write_text(plain)
    said = vendor.types(SHELL.replace("connect.sh", "plain.sh"))
    assert '"__typename":"Eligible"' in said
    assert alike(TROUBLES[5]) in alike(said)
    assert '"Redemption"' not in said


def test_every_trouble_of_the_page_is_brought_about_here() -> None:
    assert len(TROUBLES) == 6


def test_the_reasons_that_the_page_explains_are_ours() -> None:
    named = re.findall(r"`((?:assertion|proof|device)-[a-z-]+)`", section("When it does not work"))
    sources = "".join(path.read_text("utf-8") for path in (ROOT / "gateway" / "auth").glob("*.py"))
    ours = set(re.findall(r'"([a-z-]+)"', sources))
    assert len(named) >= 12
    assert [one for one in named if ours.isdisjoint({one, one.partition("-")[2]})] == []


def test_what_the_page_installs_is_what_the_tests_run() -> None:
    [pip], [npm] = re.findall(r"`pip install ([\w ]+)`", PAGE), re.findall(r"`npm install ([\w -]+)`", PAGE)
    locked = set(re.findall(r"^([\w-]+)==", (ROOT / "requirements" / "dev.txt").read_text("utf-8"), re.MULTILINE))
    assert set(pip.split()) <= locked
    assert set(npm.split()) <= set(
        json.loads((ROOT / "tests" / "node" / "package.json").read_bytes())["dependencies"]
    )
