"""The manifest of registered documents, for people and for programs."""

import hashlib
import json
import shutil
from pathlib import Path

import pytest

from tests.cli.conftest import Steward
from tests.flow.processes import ROOT


@pytest.fixture
def anywhere(steward: Steward) -> Steward:
    """Somebody with neither keys nor a database."""
    return Steward(steward.folder, {})


def test_the_manifest_has_every_file_with_its_hash(anywhere: Steward) -> None:
    listed = json.loads(anywhere.does("partners", "documents", "--json"))
    files = sorted((ROOT / "partners").glob("*/*.graphql"))
    assert {one["file"]: one["id"] for one in listed} == {
        str(file.relative_to(ROOT / "partners")): f"sha256:{hashlib.sha256(file.read_bytes()).hexdigest()}"
        for file in files
    }
    assert all((one["kind"], f"{one['operation']}.graphql") == tuple(one["file"].split("/")) for one in listed)
    assert all(one["current"] for one in listed)


def test_a_kinds_alone_are_listed_for_people(anywhere: Steward) -> None:
    head, *rows = anywhere.does("partners", "documents", "gas-desk").splitlines()
    assert head.split() == ["kind", "operation", "id", "file"]
    assert len(rows) == len(list((ROOT / "partners" / "gas-desk").glob("*.graphql")))
    assert all(row.startswith("gas-desk ") for row in rows)


def test_an_unknown_kind_is_told_which_there_are(anywhere: Steward) -> None:
    assert "telecom-desk" in anywhere.is_refused("partners", "documents", "telecom")


@pytest.mark.parametrize("command", [("partners", "documents"), ("rewards", "check")], ids=" ".join)
def test_what_would_stop_the_start_is_found_before(anywhere: Steward, command: tuple[str, ...]) -> None:
    partners = Path(shutil.copytree(ROOT / "partners", anywhere.folder / "partners"))
    file = partners / "gas-desk" / "Service.graphql"
    file.write_text("query Service { service { nam } }", "utf-8")
    sentence = anywhere.is_refused(*command, status=2, GATEWAY_PARTNERS_DIR=str(partners))
    assert f"{file}: can't be registered: line 1: Cannot query field 'nam'" in sentence
