"""A registry file is taken over whatever its form: once, again, in another order, after an interruption."""

import gzip
import json
from datetime import date
from typing import Any

import pytest

from gateway.domain.errors import Unavailable
from gateway.domain.standing import Honour, HonourGrade, Standing
from gateway.services import import_registry
from gateway.store.residents import SqlResidents
from tests.cli.conftest import Steward
from tests.cli.standings import standing

HEAD = "registry_id,hours,as_of,honours\n"
MODEL = "national-morality-model"
GOOD = {
    "registry.csv": f'{HEAD}SECRET-1,10.00,2026-09-01,\n"SECRET-2",0,2026-09-02,'
    f"{MODEL}:2026:awarded;{MODEL}:2024:short-listed:2035-03-01\n",
    "registry.jsonl": '{"registry_id": "SECRET-1", "hours": 10.00, "as_of": "2026-09-01", "honours": []}\n\n'
    '{"registry_id": "SECRET-2", "hours": 0, "as_of": "2026-09-02", "honours": ['
    f'{{"code": "{MODEL}", "year": 2026, "grade": "awarded"}}, '
    f'{{"code": "{MODEL}", "year": 2024, "grade": "short-listed", "withdrawn": "2035-03-01"}}]}}\n',
}
HONOURS = (
    Honour(MODEL, 2024, HonourGrade.SHORT_LISTED, date(2035, 3, 1)),
    Honour(MODEL, 2026, HonourGrade.AWARDED),
)
CHANGES = ("new", "changed", "unchanged", "older", "rejected")


def take(steward: Steward, content: str, *options: str, name: str = "registry.csv") -> dict[str, Any]:
    """Import a file that must be right; return what is said of it."""
    said: dict[str, Any] = json.loads(
        steward.does("registry", "import", steward.file(name, content), "--json", *options)
    )
    return said


def counts(said: dict[str, Any]) -> tuple[int, ...]:
    """How many were new, changed, unchanged, older, rejected."""
    return tuple(said[name] for name in CHANGES)


@pytest.mark.parametrize("name", GOOD)
@pytest.mark.parametrize("change", ["as it is", "byte order mark", "Windows line ends", "gzip"])
def test_a_good_file_is_taken_over_and_again(steward: Steward, name: str, change: str) -> None:
    content = GOOD[name].replace("\n", "\r\n") if change == "Windows line ends" else GOOD[name]
    octets = (("\ufeff" if change == "byte order mark" else "") + content).encode()
    path = steward.file(name, octets)
    if change == "gzip":
        path = steward.file(f"{name}.gz", gzip.compress(octets))
    said = steward.does("registry", "import", path)
    assert said.startswith("Imported, credit as of 2026-09-02: 2 new, 0 changed, 0 unchanged, 0 older, 0 rejected")
    again = steward.does("registry", "import", path)
    assert again.startswith("This is the file that was imported last: 2 residents unchanged.")
    assert standing(steward, "SECRET-1") == Standing(1000, date(2026, 9, 1))
    assert standing(steward, "SECRET-2") == Standing(0, date(2026, 9, 2), HONOURS)
    assert standing(steward, "SECRET-3") is None
    assert not list(steward.folder.glob("*.rejects.csv"))


def test_columns_may_stand_in_any_order_beside_others(steward: Steward) -> None:
    take(steward, 'note,as_of,honours,hours,registry_id\n"a, b",2026-09-01,,7,SECRET-1\n')
    assert standing(steward, "SECRET-1") == Standing(700, date(2026, 9, 1))


def test_what_changed_is_counted(steward: Steward) -> None:
    lines = [f"SECRET-{number},{number},2026-09-01,\n" for number in range(5)]
    assert counts(take(steward, HEAD + "".join(lines[:4]))) == (4, 0, 0, 0, 0)
    lines[1] = "SECRET-1,9,2026-09-01,\n"
    lines[2] = "SECRET-2,9,2026-08-31,\n"
    assert counts(take(steward, HEAD + "".join(lines))) == (1, 1, 2, 1, 0)
    assert standing(steward, "SECRET-2") == Standing(200, date(2026, 9, 1))
    assert counts(take(steward, HEAD + "".join(reversed(lines)))) == (0, 0, 4, 1, 0)


def test_newer_credit_wins_whatever_comes_first(steward: Steward) -> None:
    for day, hours in (("2026-09-01", 10), ("2026-08-01", 99), ("2026-10-01", 5)):
        take(steward, f"{HEAD}SECRET-1,{hours},{day},\n")
    assert standing(steward, "SECRET-1") == Standing(500, date(2026, 10, 1))


def test_of_two_lines_for_one_resident_the_newest_counts_and_of_one_day_the_last(steward: Steward) -> None:
    twice = (
        "SECRET-1,1,2026-09-01,\nSECRET-2,1,2026-09-02,\n ＳＥＣＲＥＴ-1 ,2,2026-09-01,\nSECRET-2,3,2026-09-01,\n"
    )
    assert counts(take(steward, HEAD + twice)) == (2, 0, 0, 0, 0)
    assert standing(steward, "SECRET-1") == Standing(200, date(2026, 9, 1))
    assert standing(steward, "SECRET-2") == Standing(100, date(2026, 9, 2))


def test_the_same_file_is_read_again_once_another_was_imported(steward: Steward) -> None:
    first, second = (f"{HEAD}SECRET-1,{hours},2026-09-01,\n" for hours in (1, 2))
    assert [take(steward, content)["same_file_as_last"] for content in (first, first, second, first)] == [
        False,
        True,
        False,
        False,
    ]
    assert standing(steward, "SECRET-1") == Standing(100, date(2026, 9, 1))


def test_how_many_are_eligible_is_said(steward: Steward) -> None:
    lines = "".join(f"SECRET-{number},{number},2026-09-01,\n" for number in range(31))
    said = take(steward, f"{HEAD}{lines}MODEL-1,0,2026-09-01,{MODEL}:2026:awarded\n")
    assert (said["eligible"]["transit-discount"], said["eligible"]["health-check"]) == (22, 1)


def test_a_dry_run_says_what_would_change_and_changes_nothing(steward: Steward) -> None:
    take(steward, f"{HEAD}SECRET-1,9,2026-09-01,\nSECRET-2,20,2026-09-01,\nSECRET-3,1,2026-09-01,\n")
    content = f"{HEAD}SECRET-1,10,2026-09-02,\nSECRET-2,3,2026-09-02,\nSECRET-4,11,2026-09-02,\n"
    said = take(steward, content, "--dry-run")
    assert counts(said) == (1, 2, 0, 0, 0)
    assert (said["gained"]["transit-discount"], said["lost"]["transit-discount"]) == (2, 1)
    assert said["eligible"]["transit-discount"] == 1
    assert standing(steward, "SECRET-1") == Standing(900, date(2026, 9, 1))
    assert standing(steward, "SECRET-4") is None
    told = steward.does("registry", "import", steward.folder / "registry.csv", "--dry-run")
    assert "Nothing was changed." in told
    assert counts(take(steward, content)) == (1, 2, 0, 0, 0)


def test_an_import_that_broke_off_goes_on_where_it_was(steward: Steward, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(import_registry, "BATCH_SIZE", 10)
    content = HEAD + "".join(f"SECRET-{number},1,2026-09-01,\n" for number in range(45))
    path, put, batches = steward.file("registry.csv", content), SqlResidents.put, []

    async def break_off(residents: SqlResidents, standings: Any) -> None:
        batches.append(len(standings))
        if len(batches) >= 3:
            raise Unavailable("database")
        await put(residents, standings)

    with monkeypatch.context() as patch:
        patch.setattr(SqlResidents, "put", break_off)
        patch.setattr(import_registry, "PATIENCE_SECONDS", (0, 0))
        sentence = steward.is_refused("registry", "import", path, status=75)
    assert "import the same file again" in sentence
    assert len(batches) == 5, "it was tried three times"
    said = take(steward, content)
    assert (said["new"], said["unchanged"]) == (45 - sum(batches[:2]), sum(batches[:2]))


def test_an_empty_registry_is_none(steward: Steward) -> None:
    sentence = steward.is_refused("registry", "import", steward.file("registry.csv", HEAD))
    assert "it tells of nobody" in sentence


@pytest.mark.parametrize(
    ("name", "content"),
    [("empty.csv", ""), ("short.csv", "registry_id,hours,as_of\nS,1,2026-01-01\n"), ("binary.csv", b"\xff\xfe")],
    ids=["empty", "a column missing", "not text"],
)
def test_a_file_without_the_columns_is_refused(steward: Steward, name: str, content: str | bytes) -> None:
    assert "line 1: the columns have to be" in steward.is_refused(
        "registry", "import", steward.file(name, content)
    )


def test_a_compressed_file_that_is_not_all_there_changes_nothing(steward: Steward) -> None:
    lines = "".join(f"SECRET-{number},1,2026-09-01,\n" for number in range(20_000))
    packed = gzip.compress((HEAD + lines).encode())
    for name, content in (
        ("cut.csv.gz", packed[:-2000]),
        ("torn.csv.gz", packed[:500] + b"\0" * 9 + packed[509:]),
    ):
        assert "copy it again" in steward.is_refused("registry", "import", steward.file(name, content))
    assert standing(steward, "SECRET-1") is None


def test_status_says_how_credit_grows_old(steward: Steward) -> None:
    take(steward, f"{HEAD}SECRET-1,10,2026-09-01,\n")
    eligible = [
        json.loads(steward.does("registry", "status", "--on", day, "--json"))["eligible"]["transit-discount"]
        for day in ("2026-09-01", "2027-10-06", "2027-10-07")
    ]
    assert eligible == [1, 1, 0]
    assert "transit-discount" in steward.does("registry", "status")
