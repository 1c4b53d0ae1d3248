"""Looking at partners: many in a list that one can search, and everything about one."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Steward
from tests.flow.processes import ROOT
from tests.flow.steward import new_key


@pytest.fixture
def city(steward: Steward) -> Steward:
    """A steward with three partners, one with two machines."""
    steward.does("partners", "add", "venue-counter", "Riverside [bold]Theatre[/bold]", "--id", "riverside")
    steward.does("partners", "add", "hospital-desk", "第一人民医院", "--id", "first-hospital")
    steward.does("partners", "add", "venue-counter", "Old Theatre", "--id", "old-theatre")
    for number, days in enumerate(("20", "400")):
        path = steward.file(f"till-{number}.json", json.dumps(new_key()[1]))
        steward.does("partners", "add-device", "riverside", path, "--label", f"till {number}", "--days", days)
    return steward


def _ids(city: Steward, *wanted: str) -> list[str]:
    return [one["id"] for one in json.loads(city.does("partners", "list", *wanted, "--json"))]


def _shown(city: Steward, partner: str) -> dict[str, Any]:
    facts: dict[str, Any] = json.loads(city.does("partners", "show", partner, "--json"))
    return facts


def test_a_partner_is_one_line_with_a_number_of_devices(city: Steward) -> None:
    heading, *lines = city.does("partners", "list").splitlines()
    assert heading.split() == ["id", "kind", "name", "devices", "ended", "first", "key", "ends"]
    assert [line.split()[0] for line in lines] == ["first-hospital", "old-theatre", "riverside"]
    assert lines[0].split() == ["first-hospital", "hospital-desk", "第一人民医院", "0"]
    riverside = json.loads(city.does("partners", "list", "riverside", "--json"))[0]
    ends = _shown(city, "riverside")["devices"][0]
    assert lines[2].endswith(f"Riverside [bold]Theatre[/bold]  2               {ends['last_day']}")
    assert riverside == {
        "id": "riverside",
        "kind": "venue-counter",
        "name": "Riverside [bold]Theatre[/bold]",
        "suspended": False,
        "devices": 2,
        "devices_ended": 0,
        "first_key_ends": ends["expires"],
    }


def test_one_finds_what_one_looks_for(city: Steward) -> None:
    city.does("partners", "suspend", "old-theatre", "--yes")
    assert _ids(city) == ["first-hospital", "old-theatre", "riverside"]
    assert _ids(city, "THEATRE") == ["old-theatre", "riverside"]
    assert _ids(city, "人民") == ["first-hospital"]
    assert _ids(city, "--kind", "hospital-desk") == ["first-hospital"]
    assert _ids(city, "--suspended") == ["old-theatre"]
    assert _ids(city, "river", "--suspended") == []
    assert "suspended" in city.does("partners", "list", "--suspended")
    assert city.does("partners", "list", "nobody") == "No partner is like that: gateway partners list shows all.\n"
    assert "transit-turnstile" in city.is_refused("partners", "list", "--kind", "bakery")


def test_everything_about_one_partner_is_shown(city: Steward) -> None:
    facts = _shown(city, "riverside")
    assert (facts["id"], facts["kind"], facts["suspended"], facts["open_codes"]) == (
        "riverside",
        "venue-counter",
        False,
        0,
    )
    first, second = facts["devices"]
    assert (first["label"], first["state"], first["days_left"]) == ("till 0", "expires", 20)
    assert (second["label"], second["state"], second["days_left"]) == ("till 1", "works", 400)
    needs = {one["code"]: one["occasion"] for one in facts["rewards"]}
    assert (needs["cinema-discount"], needs["sports-event"]) == (False, True)
    said = city.does("partners", "show", "riverside")
    assert "name     Riverside [bold]Theatre[/bold]\n" in said
    assert "sports-event (needs an occasion)" in said
    assert (
        f"{first['id']}  till 0  expires in 20 days  {first['last_day']}  redeem report reverse verify\n" in said
    )
    assert "none yet" in city.does("partners", "show", "old-theatre")
    assert "no such partner" in city.is_refused("partners", "show", "nobody")


def test_a_device_says_how_it_stands(city: Steward) -> None:
    revoked = _shown(city, "riverside")["devices"][1]["id"]
    city.does("partners", "revoke-device", revoked, "--yes")
    city.does("partners", "suspend", "riverside", "--yes")
    assert [one["state"] for one in _shown(city, "riverside")["devices"]] == ["suspended", "revoked"]
    assert "riverside  SUSPENDED" in city.does("partners", "show", "riverside")
    [listed] = json.loads(city.does("partners", "list", "riverside", "--json"))
    assert (listed["devices"], listed["devices_ended"]) == (1, 1)


def test_a_kind_that_is_gone_is_told(city: Steward) -> None:
    folder = _renamed(city.folder / "partners", "hospital-desk")
    done = city.run("partners", "show", "first-hospital", GATEWAY_PARTNERS_DIR=folder)
    assert (done.status, "which is there no more" in done.output) == (0, True)
    refused = city.is_refused("partners", "add-device", "first-hospital", GATEWAY_PARTNERS_DIR=folder)
    assert "no kind hospital-desk any more" in refused


def _renamed(folder: Path, kind: str) -> str:
    """Copy the partners' templates, with another name for a kind; return where they are."""
    shutil.copytree(ROOT / "partners", folder, ignore=shutil.ignore_patterns("client"))
    (folder / kind).rename(folder / "other-desk")
    profile = folder / "other-desk" / "profile.toml"
    profile.write_text(profile.read_text("utf-8").replace(f'"{kind}"', '"other-desk"'), "utf-8")
    return str(folder)
