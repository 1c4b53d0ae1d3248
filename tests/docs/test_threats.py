"""The table of threats holds: each row has a control, a test that exists, and says what is left."""

import re
from collections.abc import Iterator

import pytest

from tests.docs.pages import ROOT

PAGE = (ROOT / "docs" / "threats.md").read_text("utf-8")
KINDS = {"STRIDE": set("STRIDE"), "LINDDUN": {"L", "I", "N", "D", "DD", "U", "NC"}}
FLOWS = {f"F{number}" for number in range(1, 11)}
TEST = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")


def rows(section: str) -> Iterator[list[str]]:
    """Yield the cells of a section's table, without its heading."""
    text = PAGE.partition(f"\n## {section}\n")[2].partition("\n## ")[0]
    lines = [line for line in text.splitlines() if line.startswith("| ")]
    yield from ([cell.strip() for cell in line.strip("|").split(" | ")] for line in lines if "---" not in line)


ROWS = [(section, row) for section in KINDS for row in rows(section) if row[1] != "flow"]


@pytest.mark.parametrize(("section", "row"), ROWS, ids=lambda given: given if isinstance(given, str) else given[2])
def test_a_row_is_whole_and_its_tests_exist(section: str, row: list[str]) -> None:
    kind, flows, threat, control, tests, left = row
    assert kind in KINDS[section]
    assert set(flows.split(", ")) <= FLOWS
    assert threat
    assert control
    assert left
    found = TEST.findall(tests)
    assert len(found) == len(tests.split(", ")) > 0
    for file, function in found:
        assert re.search(rf"^ *(async )?def {function}\(", (ROOT / file).read_text("utf-8"), re.MULTILINE), (
            function
        )


@pytest.mark.parametrize("section", KINDS)
def test_every_kind_of_threat_is_thought_of(section: str) -> None:
    assert {row[0] for name, row in ROWS if name == section} == KINDS[section]


def test_every_flow_is_drawn_and_looked_at() -> None:
    drawn = set(re.findall(r'-- "(F\d+) ', PAGE))
    assert drawn == FLOWS == {flow for _, row in ROWS for flow in row[1].split(", ")}
