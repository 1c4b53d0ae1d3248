"""`gateway occasions import`: what is new or changed is in, what can't be is said, and the rest goes on."""

import json
from typing import Any

import pytest

from tests.cli.box_office import HEAD, YEAR, acts, listed, open_theatre, rejects, sell, show
from tests.cli.conftest import Steward


@pytest.fixture
def office(steward: Steward) -> Steward:
    """A steward of a city with a theatre and a hospital."""
    return open_theatre(steward)


def test_an_import_may_be_repeated_and_changed(office: Steward) -> None:
    path = office.file("shows.csv", HEAD + show("ham-1") + show("ham-2"))
    assert office.does("occasions", "import", path) == "2 new, 0 changed, 0 unchanged, 0 rejected.\n"
    assert office.does("occasions", "import", path) == "0 new, 0 changed, 2 unchanged, 0 rejected.\n"
    sell(office, 7)
    office.file("shows.csv", HEAD + show("ham-1", capacity=7) + show("ham-2", ends_at=f"{YEAR}-04-30T21:30Z"))
    assert office.does("occasions", "import", path) == "0 new, 2 changed, 0 unchanged, 0 rejected.\n"
    ham = {"id": "ham-1", "partner": "grand-theatre", "reward": "cultural-event", "sold": 7}
    assert listed(office) == [
        {**ham, "capacity": 7, "ends_at": f"{YEAR}-03-05T21:30:00+08:00"},
        {**ham, "id": "ham-2", "capacity": 120, "ends_at": f"{YEAR}-05-01T05:30:00+08:00"},
    ]


WRONG = {
    "unknown partner": ({"partner": "SECRET"}, "partner: There is no such partner; see gateway partners list."),
    "unknown reward": ({"reward": "SECRET"}, "reward: It is not in the catalogue; see gateway rewards list."),
    "another kind's reward": (
        {"partner": "first-hospital"},
        "reward: first-hospital is a hospital-desk, which does not give cultural-event.",
    ),
    "a reward without occasions": (
        {"reward": "theatre-discount"},
        "reward: theatre-discount is not redeemed for an occasion; leave the line out.",
    ),
    "another reward": (
        {"reward": "sports-event"},
        "reward: Occasion ham-1 is for cultural-event; give another id to another.",
    ),
    "less than is sold": (
        {"capacity": 36},
        "capacity: 37 places of occasion ham-1 are taken; give at least that.",
    ),
}


@pytest.mark.parametrize(("changes", "reason"), WRONG.values(), ids=list(WRONG))
def test_what_cannot_be_is_rejected_and_the_rest_is_imported(
    office: Steward, changes: dict[str, Any], reason: str
) -> None:
    office.does("occasions", "import", office.file("shows.csv", HEAD + show()))
    sell(office, 37)
    before = listed(office)
    path = office.file("shows.csv", HEAD + show("ham-0") + show(**changes) + show("ham-2", capacity="SECRET"))
    done = office.run("occasions", "import", path)
    assert (done.status, done.output) == (1, "1 new, 0 changed, 0 unchanged, 2 rejected.\n")
    assert done.errors == f"gateway: Rejected lines: 2; {path}.rejects.csv has their numbers and why.\n"
    assert sorted(rejects(path)) == [(3, reason), (4, "capacity: Give a whole number from 0 to 1000000.")]
    assert [one for one in listed(office) if one["id"] != "ham-0"] == before


def test_a_new_occasion_must_not_be_over_but_a_known_one_may_be_ended(office: Steward) -> None:
    over = HEAD + show(ends_at="2024-03-05T21:30")
    path = office.file("shows.csv", over)
    assert office.run("occasions", "import", path).status == 1
    assert rejects(path) == [(2, "ends_at: Occasion ham-1 is new and over; correct its end, or leave it out.")]
    for content in (HEAD + show(), over):
        office.does("occasions", "import", office.file("shows.csv", content))
    assert listed(office) == []
    assert [one["id"] for one in listed(office, "--all")] == ["ham-1"]


def test_the_rejects_of_before_are_gone_once_all_is_well(office: Steward) -> None:
    path = office.file("shows.csv", HEAD + show(capacity=-1))
    assert office.run("occasions", "import", path).status == 1
    office.file("shows.csv", HEAD + show())
    office.does("occasions", "import", path)
    assert not path.with_name("shows.csv.rejects.csv").exists()


def test_of_two_lines_for_one_occasion_the_later_one_counts(office: Steward) -> None:
    path = office.file("shows.csv", HEAD + show(capacity=1) + show("ham-2") + show(capacity=2))
    assert office.does("occasions", "import", path) == "2 new, 1 changed, 0 unchanged, 0 rejected.\n"
    assert {one["id"]: one["capacity"] for one in listed(office)} == {"ham-1": 2, "ham-2": 120}


def test_a_dry_run_says_what_would_be_and_writes_nothing(office: Steward) -> None:
    path = office.file("shows.csv", HEAD + show("ham-1") + show("ham-2"))
    office.does("occasions", "import", path)
    sell(office, 2)
    lines = show("ham-1"), show("ham-2", capacity=9), show("ham-3"), show("ham-1", capacity=1), "x\n"
    office.file("shows.csv", HEAD + "".join(lines))
    kept = {*office.folder.iterdir()}, listed(office), acts(office)
    done = office.run("occasions", "import", path, "--dry-run")
    assert done.output == "It would be 1 new, 1 changed, 1 unchanged, 2 rejected; nothing was written.\n"
    assert done.status == 1
    assert "line 5: capacity: 2 places of occasion ham-1 are taken; give at least that." in done.errors
    assert "line 6: it has not as many values as there are columns" in done.errors
    assert ({*office.folder.iterdir()}, listed(office), acts(office)) == kept


def test_the_summary_as_json(office: Steward) -> None:
    path = office.file("shows.csv", HEAD + show())
    counts = {"new": 1, "changed": 0, "unchanged": 0, "rejected": 0}
    summary: dict[str, object] = {**counts, "dry_run": True, "rejects_file": None}
    assert json.loads(office.does("occasions", "import", path, "--json", "--dry-run")) == summary
    summary["dry_run"] = False
    assert json.loads(office.does("occasions", "import", path, "--json")) == summary
    office.file("shows.csv", f"{HEAD}x\n")
    summary |= {"new": 0, "rejected": 1, "rejects_file": f"{path}.rejects.csv"}
    assert json.loads(office.run("occasions", "import", path, "--json").output) == summary


def test_what_a_file_changed_is_in_the_record_and_what_it_did_not_is_not(office: Steward) -> None:
    path = office.file("shows.csv", HEAD + show("ham-1") + "x\n" + show("ham-2"))
    for _ in range(2):
        office.run("occasions", "import", path)
    [act] = acts(office)
    assert act["subject"] == "grand-theatre"
    assert act["facts"] == {"new": 2, "changed": 0, "unchanged": 0, "rejected": 1}


def test_occasions_are_listed_by_their_end_and_chosen(office: Steward) -> None:
    lines = (
        show("later", ends_at=f"{YEAR}-03-06T21:30"),
        show("match", reward="sports-event"),
        show("earlier", ends_at=f"{YEAR}-03-04T21:30"),
    )
    office.does("occasions", "import", office.file("shows.csv", HEAD + "".join(lines)))
    assert [one["id"] for one in listed(office)] == ["earlier", "match", "later"]
    assert [one["id"] for one in listed(office, "--reward", "sports-event")] == ["match"]
    assert [one["id"] for one in listed(office, "--partner", "first-hospital")] == []
    assert office.does("occasions", "list", "--partner", "first-hospital").startswith("There are none")
    assert "no such partner" in office.is_refused("occasions", "list", "--partner", "nobody")
    assert "not in the catalogue" in office.is_refused("occasions", "list", "--reward", "nothing")


def test_the_list_for_people_has_places_and_ends(office: Steward) -> None:
    office.does(
        "occasions", "import", office.file("shows.csv", HEAD + show("ham-1", ends_at=f"{YEAR}-03-05T21:30Z"))
    )
    sell(office, 37)
    table = office.run("occasions", "list", COLUMNS="160").output
    assert "Asia/Shanghai" in table
    [row] = [line for line in table.splitlines() if "ham-1" in line]
    assert all(each in row for each in ("grand-theatre", "cultural-event", "37 / 120", f"{YEAR}-03-06 05:30"))
