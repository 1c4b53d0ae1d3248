"""A made-up registry has the announcement's proportions and can be imported."""

import csv
import json
from io import StringIO

import pytest

from gateway.cli.registry_sample import sample_rows
from tests.cli.conftest import Steward

RESIDENTS = 20_000
VOLUNTEERS, WITH_TEN_HOURS, HOURS = 3_500_000, 1_280_000, 234_000_000
"""The announcement."""


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_proportions_are_those_of_the_announcement(seed: int) -> None:
    hours = [float(row[1]) for row in sample_rows(RESIDENTS, seed)]
    share = sum(each >= 10 for each in hours) / RESIDENTS
    assert share == pytest.approx(WITH_TEN_HOURS / VOLUNTEERS, abs=0.015)
    assert sum(hours) / RESIDENTS == pytest.approx(HOURS / VOLUNTEERS, rel=0.2)


def test_few_are_honoured_but_somebody_is() -> None:
    rows = list(sample_rows(RESIDENTS, 1))
    assert [bool(row[3]) for row in rows].count(True) == 1


def test_the_same_seed_makes_the_same_registry_and_another_one_another(steward: Steward) -> None:
    first, again, other = (steward.does("registry", "sample", "--seed", seed) for seed in ("7", "7", "8"))
    assert first == again
    assert first != other
    assert len(list(csv.DictReader(StringIO(first)))) == 1000


def test_a_sample_can_be_imported(steward: Steward) -> None:
    path = steward.folder / "new" / "sample.csv"
    said = steward.does("registry", "sample", "--residents", "2500", "--out", path)
    assert said == f"2500 residents written to {path}.\n"
    assert " 2,500 new, " in steward.does("registry", "import", path)


def test_a_file_that_is_there_is_left_as_it_is(steward: Steward) -> None:
    path = steward.file("registry.csv", "the city's own")
    sentence = steward.is_refused("registry", "sample", "--out", path)
    assert f"{path} is there already" in sentence
    assert path.read_text() == "the city's own"


def test_what_was_made_up_is_told_as_json(steward: Steward) -> None:
    path = steward.folder / "sample.csv"
    said = steward.does("registry", "sample", "--residents", "7", "--out", path, "--json")
    assert json.loads(said) == {"residents": 7, "seed": 1, "file": str(path)}
    assert "--out FILE" in steward.is_refused("registry", "sample", "--residents", "7", "--json")


def test_a_place_that_cannot_be_written_is_told(steward: Steward) -> None:
    steward.file("taken", "")
    sentence = steward.is_refused("registry", "sample", "--out", steward.folder / "taken" / "x.csv", status=2)
    assert "taken" in sentence
