"""A registry file is taken over whole, or refused with the number of the line and nothing of what it says."""

import asyncio
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from gateway.auth.hashing import RegistryHasher
from gateway.auth.keyring import Keyring
from gateway.domain.standing import Honour, HonourGrade, Standing
from gateway.store.admin_record import AdminRecord
from gateway.store.database import Database
from gateway.store.registry import SqlRegistry
from tests.cli.conftest import Steward

HEAD = "registry_id,hours,as_of,honours\n"
MODEL = "national-morality-model"
GOOD = {
    "registry.csv": f"{HEAD}SECRET-1,10.00,2026-09-01,\nSECRET-2,0,2026-09-02,"
    f"{MODEL}:2026:awarded;{MODEL}:2024:short-listed:2025-03-01\n",
    "registry.jsonl": '{"registry_id": "SECRET-1", "hours": 10.00, "as_of": "2026-09-01", "honours": []}\n\n'
    '{"registry_id": "SECRET-2", "hours": 0, "as_of": "2026-09-02", "honours": ['
    f'{{"code": "{MODEL}", "year": 2026, "grade": "awarded"}}, '
    f'{{"code": "{MODEL}", "year": 2024, "grade": "short-listed", "withdrawn": "2025-03-01"}}]}}\n',
}
HONOURS = (
    Honour(MODEL, 2024, HonourGrade.SHORT_LISTED, date(2025, 3, 1)),
    Honour(MODEL, 2026, HonourGrade.AWARDED),
)


def _standing(steward: Steward, registry_id: str) -> Standing | None:
    keyring = Keyring.load(Path(steward.settings["GATEWAY_KEYS_DIR"]), clock=lambda: datetime.now(UTC))

    async def look() -> Standing | None:
        database = Database(steward.settings["GATEWAY_DATABASE_URL"])
        try:
            return await SqlRegistry(database, AdminRecord(database, who="test")).standing(
                RegistryHasher(keyring).hash(registry_id)
            )
        finally:
            await database.close()

    return asyncio.run(look())


@pytest.mark.parametrize("name", GOOD)
@pytest.mark.parametrize("change", ["as it is", "byte order mark", "Windows line ends"])
def test_a_good_file_is_taken_over_and_again(steward: Steward, name: str, change: str) -> None:
    content = GOOD[name].replace("\n", "\r\n") if change == "Windows line ends" else GOOD[name]
    path = steward.file(name, ("\ufeff" if change == "byte order mark" else "") + content)
    for _ in range(2):
        printed = steward.does("registry", "import", path)
        assert printed == "2 residents taken over, credit as of 2026-09-02.\n"
    assert _standing(steward, "SECRET-1") == Standing(1000, date(2026, 9, 1))
    assert _standing(steward, "SECRET-2") == Standing(0, date(2026, 9, 2), HONOURS)
    assert _standing(steward, "SECRET-3") is None


def test_newer_credit_wins_whatever_comes_first(steward: Steward) -> None:
    for day, hours in (("2026-09-01", 10), ("2026-08-01", 99), ("2026-10-01", 5)):
        steward.does("registry", "import", steward.file("registry.csv", f"{HEAD}SECRET-1,{hours},{day},\n"))
    assert _standing(steward, "SECRET-1") == Standing(500, date(2026, 10, 1))


def test_of_two_lines_for_one_resident_the_last_one_counts(steward: Steward) -> None:
    twice = f"{HEAD}SECRET-1,1,2026-09-01,\n SECRET-1 ,2,2026-09-01,\n"
    steward.does("registry", "import", steward.file("registry.csv", twice))
    assert _standing(steward, "SECRET-1") == Standing(200, date(2026, 9, 1))


OTHER = "SECRET-0,1,2026-09-01,\n"
WRONG_CSV: dict[str, tuple[int, str | bytes]] = {
    "empty file": (1, ""),
    "no heading": (1, OTHER),
    "a column missing": (1, "registry_id,hours,as_of\nSECRET-1,1,2026-09-01\n"),
    "a short line": (3, f"{HEAD}{OTHER}SECRET-1,1\n"),
    "a long line": (2, f"{HEAD}SECRET-1,1,2026-09-01,,SECRET\n"),
    "no id": (3, f"{HEAD}{OTHER} ,1,2026-09-01,\n"),
    "hours in words": (2, f"{HEAD}SECRET-1,SECRET,2026-09-01,\n"),
    "negative hours": (2, f"{HEAD}SECRET-1,-1,2026-09-01,\n"),
    "hours too exact": (2, f"{HEAD}SECRET-1,1.001,2026-09-01,\n"),
    "hours of a thousand lives": (2, f"{HEAD}SECRET-1,99999999,2026-09-01,\n"),
    "infinite hours": (2, f"{HEAD}SECRET-1,Infinity,2026-09-01,\n"),
    "no number of hours": (2, f"{HEAD}SECRET-1,NaN,2026-09-01,\n"),
    "no day": (2, f"{HEAD}SECRET-1,1,,\n"),
    "a day to come": (2, f"{HEAD}SECRET-1,1,2096-09-01,\n"),
    "no such day": (2, f"{HEAD}SECRET-1,1,2026-02-30,\n"),
    "half an honour": (2, f"{HEAD}SECRET-1,1,2026-09-01,SECRET\n"),
    "unknown grade": (2, f"{HEAD}SECRET-1,1,2026-09-01,{MODEL}:2026:SECRET\n"),
    "year in words": (2, f"{HEAD}SECRET-1,1,2026-09-01,{MODEL}:SECRET:awarded\n"),
    "withdrawn on no day": (2, f"{HEAD}SECRET-1,1,2026-09-01,{MODEL}:2026:awarded:SECRET\n"),
    "a name for an honour": (2, f"{HEAD}SECRET-1,1,2026-09-01,SECRET Wang:2026:awarded\n"),
    "a quote too many": (3, f'{HEAD}{OTHER}"SECRET-1,1,2026-09-01,\n'),
    "a quote amid": (2, f'{HEAD}"SECRET"-1,1,2026-09-01,\n'),
    "not UTF-8": (3, f"{HEAD}{OTHER}".encode() + b"SECRET-\xff,1,2026-09-01,\n"),
    "endless": (2, f"{HEAD}{'SECRET-1' * 1000}\n"),
}
JSON = '{"registry_id": "SECRET-1", "hours": 1, "as_of": "2026-09-01", "honours": []}'
WRONG_JSON: dict[str, tuple[int, str | bytes]] = {
    "no JSON": (2, f"{JSON}\nSECRET\n"),
    "a list": (1, '["SECRET"]\n'),
    "a number": (1, "1\n"),
    "null": (1, "null\n"),
    "a member missing": (1, '{"registry_id": "SECRET-1", "hours": 1, "as_of": "2026-09-01"}\n'),
    "an id that is a number": (1, JSON.replace('"SECRET-1"', "1")),
    "hours that are true": (1, JSON.replace('"hours": 1', '"hours": true')),
    "hours of four thousand digits": (1, JSON.replace('"hours": 1', '"hours": ' + "9" * 4000)),
    "honours that are text": (1, JSON.replace("[]", '"SECRET"')),
    "honours that are texts": (1, JSON.replace("[]", '["SECRET"]')),
    "a day that is a number": (1, JSON.replace('"2026-09-01"', "20260901")),
    "a year and a half": (1, JSON.replace("[]", f'[{{"code": "{MODEL}", "year": 2026.5, "grade": "awarded"}}]')),
    "deep": (1, "[" * 4000),
    "half a surrogate pair": (1, JSON.replace("[]", r'[{"code": "\ud800", "year": 2026, "grade": "awarded"}]')),
    "not UTF-8": (2, f"{JSON}\n".encode() + b'{"registry_id": "SECRET-\xff"}\n'),
}
WRONG = [
    (f"registry.{kind}", *case)
    for kind, cases in (("csv", WRONG_CSV), ("jsonl", WRONG_JSON))
    for case in cases.items()
]


@pytest.mark.parametrize(
    ("name", "line", "content"),
    [(name, *case) for name, _, case in WRONG],
    ids=[f"{name}: {what}" for name, what, _ in WRONG],
)
def test_a_broken_line_is_named_and_not_quoted(
    steward: Steward, name: str, line: int, content: str | bytes
) -> None:
    sentence = steward.is_refused("registry", "import", steward.file(name, content))
    assert f"line {line}:" in sentence
    assert "SECRET" not in sentence
    assert _standing(steward, "SECRET-1") is None
