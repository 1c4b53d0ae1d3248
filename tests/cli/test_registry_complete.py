"""A complete file takes back the honours that it lacks: asked first, and never because of a mistake."""

import json
from collections.abc import Awaitable, Callable
from datetime import UTC, date, datetime, timedelta

import pytest

from gateway.cli import registry_import
from gateway.domain.standing import Honour, HonourGrade, Standing
from gateway.store.residents import SqlResidents
from tests.cli.conftest import Steward
from tests.cli.standings import standing

HEAD = "registry_id,hours,as_of,honours\n"
MODEL = "national-morality-model"
HELD = (Honour(MODEL, 2025, HonourGrade.AWARDED),)
EVERYBODY = (
    f"{HEAD}MODEL-1,5,2026-09-01,{MODEL}:2025:awarded\nMODEL-2,12,2026-09-01,{MODEL}:2025:awarded\n"
    f"MODEL-3,0,2026-09-09,{MODEL}:2025:awarded\n"
)
LATER = f"{HEAD}MODEL-1,5,2026-09-02,\nSOMEBODY,1,2026-09-02,\n"


def given(steward: Steward, content: str, *options: str) -> tuple[str, ...]:
    """The arguments that import a file."""
    return ("registry", "import", str(steward.file("registry.csv", content)), *options)


def honours(steward: Steward) -> dict[str, tuple[Honour, ...]]:
    """What the three models hold."""
    held = {name: standing(steward, name) for name in ("MODEL-1", "MODEL-2", "MODEL-3")}
    return {name: one.honours for name, one in held.items() if one is not None}


def test_a_partial_file_takes_nothing_back(steward: Steward) -> None:
    steward.does(*given(steward, EVERYBODY))
    steward.does(*given(steward, LATER))
    assert honours(steward) == {"MODEL-1": HELD, "MODEL-2": HELD, "MODEL-3": HELD}


def test_a_complete_file_takes_back_what_it_lacks_and_keeps_credit(steward: Steward) -> None:
    steward.does(*given(steward, EVERYBODY))
    said = json.loads(steward.does(*given(steward, LATER, "--complete", "--yes", "--json")))
    assert said["honours_withdrawn"] == 2
    assert honours(steward) == {"MODEL-1": (), "MODEL-2": (), "MODEL-3": HELD}, "MODEL-3 is told of by a newer day"
    assert standing(steward, "MODEL-2") == Standing(1200, date(2026, 9, 1))
    assert said["eligible"]["health-check"] == 1


def test_it_asks_first(steward: Steward) -> None:
    steward.does(*given(steward, EVERYBODY))
    sentence = steward.is_refused(*given(steward, LATER, "--complete"))
    assert "2 honours" in sentence
    assert "--yes" in sentence
    assert standing(steward, "SOMEBODY") is None
    assert honours(steward)["MODEL-1"] == HELD


def test_it_does_not_ask_where_nothing_is_taken_back(steward: Steward) -> None:
    steward.does(*given(steward, EVERYBODY, "--complete"))
    steward.does(*given(steward, EVERYBODY + "SOMEBODY,1,2026-09-02,\n", "--complete"))
    assert honours(steward) == {"MODEL-1": HELD, "MODEL-2": HELD, "MODEL-3": HELD}


def test_a_wrong_line_takes_nobodys_honour(steward: Steward) -> None:
    steward.does(*given(steward, EVERYBODY))
    broken = f"{LATER}MODEL-2,12,2026-09-02,{MODEL}:2025:typo\n"
    sentence = steward.is_refused(*given(steward, broken, "--complete", "--yes"))
    assert "rejected lines: 1" in sentence
    assert "Nothing was changed" in sentence
    assert honours(steward)["MODEL-1"] == HELD
    assert standing(steward, "SOMEBODY") is None


def test_a_dry_run_counts_what_would_be_taken_back(steward: Steward) -> None:
    steward.does(*given(steward, EVERYBODY))
    said = json.loads(steward.does(*given(steward, LATER, "--complete", "--dry-run", "--json")))
    assert (said["honours_withdrawn"], said["lost"]["health-check"]) == (2, 2)
    assert honours(steward)["MODEL-1"] == HELD


def test_an_older_complete_file_is_refused(steward: Steward) -> None:
    steward.does(*given(steward, EVERYBODY, "--complete"))
    sentence = steward.is_refused(*given(steward, LATER, "--complete", "--yes"))
    assert "2026-09-09" in sentence
    assert honours(steward) == {"MODEL-1": HELD, "MODEL-2": HELD, "MODEL-3": HELD}


def test_an_older_file_brings_no_honour_back(steward: Steward) -> None:
    steward.does(*given(steward, EVERYBODY))
    steward.does(*given(steward, f"{HEAD}SOMEBODY,1,2026-10-01,\n", "--complete", "--yes"))
    steward.does(*given(steward, EVERYBODY + f"MODEL-4,0,2026-09-30,{MODEL}:2026:awarded\n"))
    assert honours(steward) == {"MODEL-1": (), "MODEL-2": (), "MODEL-3": ()}
    assert standing(steward, "MODEL-4") == Standing(0, date(2026, 9, 30))


def test_an_older_line_in_a_newer_file_brings_no_honour_back(steward: Steward) -> None:
    steward.does(*given(steward, EVERYBODY))
    steward.does(*given(steward, f"{HEAD}SOMEBODY,1,2026-10-01,\n", "--complete", "--yes"))
    steward.does(*given(steward, f"{EVERYBODY}SOMEBODY,2,2026-10-02,\n"))
    assert honours(steward) == {"MODEL-1": (), "MODEL-2": (), "MODEL-3": ()}


def test_an_honour_whose_end_was_told_before_is_forgotten_when_its_day_has_come(
    steward: Steward, monkeypatch: pytest.MonkeyPatch
) -> None:
    tomorrow = datetime.now(UTC).date() + timedelta(days=2)
    steward.does(*given(steward, f"{HEAD}MODEL-1,5,2026-09-01,{MODEL}:2025:awarded:{tomorrow}\n"))
    assert [one.withdrawn_on for one in honours(steward)["MODEL-1"]] == [tomorrow]
    monkeypatch.setattr(registry_import, "civil_day", lambda laurel: tomorrow)
    steward.does(*given(steward, f"{HEAD}SOMEBODY,5,2026-09-01,\n"))
    assert honours(steward)["MODEL-1"] == ()


def begin_after(monkeypatch: pytest.MonkeyPatch, other: Callable[[SqlResidents], Awaitable[None]]) -> None:
    """Let something else end between what an import found and its beginning."""
    begin = SqlResidents.begin_import

    async def late(residents: SqlResidents, *, complete: bool) -> None:
        await other(residents)
        await begin(residents, complete=complete)

    monkeypatch.setattr(SqlResidents, "begin_import", late)


def test_a_complete_file_that_ended_meanwhile_is_not_overlooked(
    steward: Steward, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def complete(residents: SqlResidents) -> None:
        await residents.end_import(date(2026, 10, 1), complete=True)

    with monkeypatch.context() as patch:
        begin_after(patch, complete)
        assert "Another one ended meanwhile" in steward.is_refused(*given(steward, EVERYBODY))
    assert honours(steward) == {}
    steward.does(*given(steward, EVERYBODY))
    assert honours(steward) == {"MODEL-1": (), "MODEL-2": (), "MODEL-3": ()}


def test_nothing_is_withdrawn_that_nobody_was_asked_about(
    steward: Steward, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def award(residents: SqlResidents) -> None:
        await residents.put([(b"somebody else", Standing(0, date(2026, 9, 1), HELD))])

    with monkeypatch.context() as patch:
        begin_after(patch, award)
        arguments = given(steward, EVERYBODY, "--complete", "--yes")
        assert "Another one ended meanwhile" in steward.is_refused(*arguments)
    assert honours(steward) == {}
