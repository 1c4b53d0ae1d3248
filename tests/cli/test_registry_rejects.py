"""A wrong line is named with its reason and never quoted; the other lines are taken over."""

import csv
import os
from datetime import date
from pathlib import Path

import pytest

from gateway.domain.standing import Standing
from tests.cli.conftest import Steward
from tests.cli.standings import standing

HEAD = "registry_id,hours,as_of,honours\n"
MODEL = "national-morality-model"
OTHER = "SECRET-0,1,2026-09-01,\n"
WRONG_CSV: dict[str, tuple[int, str | bytes]] = {
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
    "a number of a person for an honour": (2, f"{HEAD}SECRET-1,1,2026-09-01,x310101199001011234:2026:awarded\n"),
    "a number for an honour": (2, f"{HEAD}SECRET-1,1,2026-09-01,1234:2026:awarded\n"),
    "a year of no calendar": (2, f"{HEAD}SECRET-1,1,2026-09-01,{MODEL}:310101199001011234:awarded\n"),
    "a year before there was one": (2, f"{HEAD}SECRET-1,1,2026-09-01,{MODEL}:1948:awarded\n"),
    "a name for an honour": (2, f"{HEAD}SECRET-1,1,2026-09-01,SECRET Wang:2026:awarded\n"),
    "a quote too many": (3, f'{HEAD}{OTHER}"SECRET-1,1,2026-09-01,\n'),
    "a quote amid": (2, f'{HEAD}"SECRET"-1,1,2026-09-01,\n'),
    "not UTF-8": (3, f"{HEAD}{OTHER}".encode() + b"SECRET-\xff,1,2026-09-01,\n"),
    "endless": (2, f"{HEAD}{'SECRET-1' * 1000}\n"),
}
JSON = '{"registry_id": "SECRET-1", "hours": 1, "as_of": "2026-09-01", "honours": []}'
OTHER_JSON = JSON.replace("SECRET-1", "SECRET-0")
WRONG_JSON: dict[str, tuple[int, str | bytes]] = {
    "no JSON": (2, f"{OTHER_JSON}\nSECRET\n"),
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
    "not UTF-8": (2, f"{OTHER_JSON}\n".encode() + b'{"registry_id": "SECRET-\xff"}\n'),
}
WRONG = [
    (f"registry.{kind}", *case)
    for kind, cases in (("csv", WRONG_CSV), ("jsonl", WRONG_JSON))
    for case in cases.items()
]
RIGHT = {
    "registry.csv": "RIGHT-1,3,2026-09-01,\n",
    "registry.jsonl": '{"registry_id": "RIGHT-1", "hours": 3, "as_of": "2026-09-01", "honours": []}\n',
}


def rejected(path: Path) -> list[tuple[int, str]]:
    """The lines and reasons in a file of rejects."""
    with path.open(encoding="utf-8", newline="") as file:
        return [(int(row["line"]), row["reason"]) for row in csv.DictReader(file)]


@pytest.mark.parametrize(
    ("name", "line", "content"),
    [(name, *case) for name, _, case in WRONG],
    ids=[f"{name}: {what}" for name, what, _ in WRONG],
)
def test_a_wrong_line_is_named_and_not_quoted(
    steward: Steward, name: str, line: int, content: str | bytes
) -> None:
    octets = (content.encode() if isinstance(content, str) else content).rstrip(b"\n")
    octets += b"\n" + RIGHT[name].encode()
    done = steward.run("registry", "import", steward.file(name, octets))
    assert done.status == 1
    assert f"Rejected lines: 1; {steward.folder / name}.rejects.csv has" in done.errors
    [(number, reason)] = rejected(steward.folder / f"{name}.rejects.csv")
    assert number == line
    assert "SECRET" not in done.output + done.errors + reason
    assert standing(steward, "SECRET-1") is None
    assert standing(steward, "RIGHT-1") == Standing(300, date(2026, 9, 1))


def test_rejects_go_where_they_are_wanted_and_old_ones_go_away(steward: Steward) -> None:
    path, listed = (
        steward.file("registry.csv", f"{HEAD}SECRET-1,x,2026-09-01,\nSECRET-2\n{OTHER}"),
        Path("wrong.csv"),
    )
    done = steward.run("registry", "import", path, "--rejects", listed, "--json")
    assert (done.status, done.errors) == (1, "gateway: Rejected lines: 2; wrong.csv has their numbers and why.\n")
    assert [line for line, _ in rejected(listed)] == [2, 3]
    steward.does("registry", "import", steward.file("registry.csv", HEAD + OTHER), "--rejects", listed)
    assert not listed.exists()


def test_a_file_with_rejects_is_read_again(steward: Steward) -> None:
    path = steward.file("registry.csv", f"{HEAD}SECRET-1,x,2026-09-01,\n{OTHER}")
    said = [steward.run("registry", "import", path).output.splitlines()[0] for _ in range(2)]
    assert [" 1 new, " in said[0], " 1 unchanged, " in said[1]] == [True, True]


def test_where_every_line_is_wrong_nothing_is_taken_over(steward: Steward) -> None:
    sentence = steward.is_refused("registry", "import", steward.file("registry.csv", f"{HEAD}SECRET\nSECRET\n"))
    assert "none of its lines is right" in sentence
    assert [line for line, _ in rejected(steward.folder / "registry.csv.rejects.csv")] == [2, 3]


def test_a_line_without_end_is_read_in_bounded_memory(steward: Steward) -> None:
    content = HEAD.encode() + b"SECRET" * 3_000_000 + b"\n" + RIGHT["registry.csv"].encode()
    done = steward.run("registry", "import", steward.file("registry.csv", content))
    assert (done.status, " 1 new, " in done.output, " 1 rejected, " in done.output) == (1, True, True)


@pytest.mark.parametrize("name", ["registry.csv", "thesis.txt"])
@pytest.mark.parametrize("option", ["--dry-run", "--json"])
def test_no_other_file_is_taken_for_rejects(steward: Steward, name: str, option: str) -> None:
    path = steward.file("registry.csv", f"{HEAD}SECRET\n{OTHER}")
    content = path.read_text() if name == "registry.csv" else "mine"
    steward.file(name, content)
    assert "no list of rejects" in steward.is_refused("registry", "import", path, "--rejects", name, option)
    assert (steward.folder / name).read_text() == content
    assert standing(steward, "SECRET-0") is None


def test_a_pipe_is_refused(steward: Steward) -> None:
    pipe = steward.folder / "pipe.csv"
    os.mkfifo(pipe)
    assert "write it to the disk first" in steward.is_refused("registry", "import", pipe)
