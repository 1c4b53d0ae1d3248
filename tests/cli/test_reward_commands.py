"""Whether a reward is given, why not, and what to do about it."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Steward
from tests.flow.processes import ROOT

HEAD = "registry_id,hours,as_of,honours\n"


def listed(steward: Steward, **settings: str) -> dict[str, Any]:
    """The rewards as listed, by code."""
    done = steward.run("rewards", "list", "--json", **settings)
    assert (done.status, done.errors) == (0, "")
    return {one["code"]: one for one in json.loads(done.output)["rewards"]}


def settle(steward: Steward, count: int) -> None:
    """Import so many volunteers of ten hours."""
    lines = "".join(f"SECRET-{number},10,2026-09-01,\n" for number in range(count))
    steward.does("registry", "import", steward.file("registry.csv", HEAD + lines))


def test_before_an_import_nobody_was_counted(steward: Steward) -> None:
    rewards = listed(steward)
    assert rewards["transit-discount"]["state"] == "inactive: not counted under this rule"
    assert "gateway rewards count" in rewards["transit-discount"]["what_to_do"]
    assert (rewards["health-check"]["state"], rewards["health-check"]["what_to_do"]) == ("approved", None)


@pytest.mark.parametrize(("count", "active"), [(19, False), (20, True)])
def test_a_reward_for_fewer_than_twenty_is_inactive(steward: Steward, count: int, active: bool) -> None:
    settle(steward, count)
    one = listed(steward)["transit-discount"]
    assert one["eligible"] == count
    assert one["state"] == ("active" if active else "inactive: for fewer than 20")
    said = steward.run("rewards", "list", COLUMNS="200").output
    assert ("transit-discount: whoever gets it is one of fewer than 20." in said) is not active
    assert ("an [approval] with office, on and reason in transit-discount.toml" in said) is not active


@pytest.fixture
def catalogue(steward: Steward) -> Path:
    """The folder of a catalogue of the steward's own."""
    partners = steward.folder / "partners"
    shutil.copytree(ROOT / "partners", partners, ignore=shutil.ignore_patterns("client"))
    return partners / "catalogue"


def test_an_approval_makes_it_active(steward: Steward, catalogue: Path) -> None:
    settle(steward, 3)
    with (catalogue / "transit-discount.toml").open("a") as file:
        file.write('\n[approval]\noffice = "Office"\non = 2026-11-22\nreason = "A trial."\n')
    where = {"GATEWAY_PARTNERS_DIR": str(catalogue.parent)}
    one = listed(steward, **where)["transit-discount"]
    assert (one["state"], one["what_to_do"]) == ("approved", None)
    assert one["approval"] == {"office": "Office", "on": "2026-11-22", "reason": "A trial."}
    said = steward.run("rewards", "list", COLUMNS="200", **where).output
    assert "transit-discount: approved by the Office on 2026-11-22: A trial.\n" in said
    plain = listed(steward)
    assert plain["transit-discount"]["approval"] is None
    assert {code for code, one in plain.items() if one["approval"]} == {
        code for code, one in plain.items() if one["state"] == "approved"
    }


@pytest.mark.parametrize("key", ["office", "on", "reason"])
def test_an_approval_says_who_when_and_why_or_is_none(steward: Steward, catalogue: Path, key: str) -> None:
    path = catalogue / "health-check.toml"
    kept = [line for line in path.read_text().splitlines() if not line.startswith(f"{key} = ")]
    path.write_text("\n".join(kept) + "\n")
    told = steward.run("rewards", "list", GATEWAY_PARTNERS_DIR=str(catalogue.parent))
    assert told.status != 0
    assert f"health-check.toml: approval.{key}" in told.errors


def test_a_changed_rule_has_to_be_counted_anew(steward: Steward, catalogue: Path) -> None:
    settle(steward, 30)
    path, where = catalogue / "sports-event.toml", {"GATEWAY_PARTNERS_DIR": str(catalogue.parent)}
    path.write_text(path.read_text().replace("min_hours = 10", "min_hours = 9"))
    assert listed(steward, **where)["sports-event"]["state"] == "inactive: not counted under this rule"
    assert listed(steward, **where)["transit-discount"]["state"] == "active"
    counted = json.loads(steward.run("rewards", "count", "--json", **where).output)
    assert counted["eligible"]["sports-event"] == 30
    assert listed(steward, **where)["sports-event"]["state"] == "active"
    assert listed(steward)["sports-event"]["state"] == "active", "for nodes that still have the old catalogue"
    act = json.loads(steward.does("audit", "acts", "--json", "--action", "rewards"))
    version = json.loads(steward.run("rewards", "list", "--json", **where).output)["version"]
    assert (act["action"], act["facts"]) == ("rewards count", {"catalogue": version})


def test_a_catalogue_sets_its_own_least_group(steward: Steward, catalogue: Path) -> None:
    settle(steward, 30)
    programme = catalogue / "programme.toml"
    programme.write_text(programme.read_text().replace("min_eligible = 20", "min_eligible = 31"))
    state = listed(steward, GATEWAY_PARTNERS_DIR=str(catalogue.parent))["transit-discount"]["state"]
    assert state == "inactive: for fewer than 31"


def test_the_files_are_checked_without_a_database(steward: Steward) -> None:
    nowhere = {"GATEWAY_DATABASE_URL": "sqlite:////nowhere/at/all", "GATEWAY_KEYS_DIR": "/nowhere"}
    done = steward.run("rewards", "check", **nowhere)
    assert (done.status, done.errors) == (0, "")
    assert "11 rewards and 6 kinds are right" in done.output
