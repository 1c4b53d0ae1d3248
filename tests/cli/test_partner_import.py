"""A file of partners: taken over whole but for wrong lines, again and again without harm."""

import json

import pytest

from tests.cli.conftest import Steward
from tests.docs.pages import ROOT, blocks

GOOD = """kind,name,id
transit-turnstile,"Metro, line 1",metro-1
gas-desk,East Gas,
hospital-desk,第一人民医院,first-hospital
"""


def _ids(steward: Steward) -> list[str]:
    return [one["id"] for one in json.loads(steward.does("partners", "list", "--json"))]


def test_a_file_is_taken_over_and_may_be_again(steward: Steward) -> None:
    file = steward.file("partners.csv", GOOD)
    assert steward.does("partners", "import", file).startswith("3 partners added, 0 were there already, 0 lines")
    assert _ids(steward) == ["east-gas", "first-hospital", "metro-1"]
    said = steward.does("partners", "import", file, "--json")
    assert json.loads(said) == {"added": 0, "unchanged": 3, "rejected": []}
    assert "Metro, line 1" in steward.does("partners", "list")


WRONG = [
    ("bakery,Bread,bread", "kind: Choose one of"),
    ("gas-desk,,no-name", "name: A name has"),
    ("gas-desk,城市燃气,", "give one in the column id"),
    ("gas-desk,Gas,Gas!", "give one in the column id"),
    ("gas-desk,Gas", "not as many values"),
    ("gas-desk,Gas,gas,gas", "not as many values"),
    ('gas-desk,"Gas,gas', "quotes don't match"),
    ("gas-desk,Another Gas,east-gas", "taken by a partner of another kind or name"),
    ("telecom-desk,East Gas,", "taken by a partner of another kind or name"),
]


@pytest.mark.parametrize(("line", "reason"), WRONG, ids=[line for line, _ in WRONG])
def test_a_wrong_line_is_told_and_stops_no_other(steward: Steward, line: str, reason: str) -> None:
    file = steward.file("partners.csv", f"{GOOD}{line}\n\ngas-desk,West Gas,west-gas\n")
    done = steward.run("partners", "import", file)
    assert done.status == 1
    [told] = done.errors.splitlines()
    assert told.startswith("gateway: line 5: ")
    assert reason in told
    assert done.output == "4 partners added, 0 were there already, 1 lines rejected.\n"
    assert _ids(steward) == ["east-gas", "first-hospital", "metro-1", "west-gas"]
    again = steward.run("partners", "import", file, "--json")
    assert (again.status, again.errors) == (1, "")
    facts = json.loads(again.output)
    assert (facts["added"], facts["unchanged"]) == (0, 4)
    [rejected] = facts["rejected"]
    assert rejected["line"] == 5
    assert reason in rejected["reason"]


def test_bytes_that_are_no_text_are_told(steward: Steward) -> None:
    file = steward.file("partners.csv", b"\xef\xbb\xbf" + GOOD.encode() + b"gas-desk,\xff,gas\n")
    done = steward.run("partners", "import", file)
    assert (done.status, done.errors) == (1, "gateway: line 5: it is not UTF-8\n")


@pytest.mark.parametrize("content", ["", "\n", "kind,id\n", "partner,kind\ngas-desk,Gas\n", '"kind,name,id\n'])
def test_a_file_without_the_columns_is_refused(steward: Steward, content: str) -> None:
    assert "line 1: " in steward.is_refused("partners", "import", steward.file("partners.csv", content))


def test_the_columns_come_in_any_order(steward: Steward) -> None:
    steward.does("partners", "import", steward.file("partners.csv", "id,kind,name\neast,gas-desk,East Gas\r\n"))
    assert _ids(steward) == ["east"]


def test_an_id_may_be_left_out_and_other_columns_are_not_read(steward: Steward) -> None:
    lines = "kind,since,name\ngas-desk,2026,East Gas\n"
    assert steward.does("partners", "import", steward.file("partners.csv", lines)).startswith("1 partners added")
    assert _ids(steward) == ["east-gas"]


def test_of_two_lines_with_one_id_the_first_counts(steward: Steward) -> None:
    lines = "kind,name,id\n" + "gas-desk,East Gas,gas\n" * 2 + "gas-desk,West Gas,gas\n"
    done = steward.run("partners", "import", steward.file("partners.csv", lines), "--json")
    facts = json.loads(done.output)
    assert (facts["added"], facts["unchanged"]) == (1, 1)
    assert [one["line"] for one in facts["rejected"]] == [4]


def test_more_than_a_batch_is_taken_over(steward: Steward) -> None:
    lines = "".join(f"gas-desk,Gas {number},gas-{number:04d}\n" for number in range(450))
    said = steward.does("partners", "import", steward.file("partners.csv", f"kind,name,id\n{lines}"))
    assert said.startswith("450 partners added")
    assert len(_ids(steward)) == 450


def test_the_guide_s_example_can_be_imported(steward: Steward) -> None:
    [example] = blocks((ROOT / "docs" / "partners.md").read_text("utf-8"), "csv")
    assert steward.does("partners", "import", steward.file("partners.csv", example)).startswith("3 partners added")
    assert _ids(steward) == ["east-gas", "first-hospital", "metro-line-1"]
