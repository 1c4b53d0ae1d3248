"""The page of benchmarks says of the peers what the locks say, and shows a run in which no goal was left out."""

from xml.etree import ElementTree

import pytest

from bench.peers.document import BEGIN, END, PAGE, PLOT, versions
from bench.peers.goals import GOALS, SCALE

SHOWN = PAGE.read_text("utf-8").partition(BEGIN)[2].partition(END)[0]

LINES = [[cell.strip() for cell in line.strip("|").split("|")] for line in SHOWN.splitlines() if line[:1] == "|"]


def test_the_page_names_the_locked_versions() -> None:
    assert versions() in SHOWN


TOLD = [goal for goal in GOALS if goal[0] != SCALE]


@pytest.mark.parametrize("goal", TOLD, ids=" beside ".join)
def test_the_page_tells_whether_each_goal_is_reached(goal: tuple[str, str]) -> None:
    work, beside = goal
    lines = [cells for cells in LINES if cells[:1] == [work] and cells[2] == beside]
    assert lines
    for *_, ratio, wanted, verdict in lines:
        assert float(wanted) == round(GOALS[goal], 2)
        if verdict == "not measured":
            assert ratio == ""
        else:
            assert (float(ratio) >= float(wanted)) is (verdict == "reached")


def test_the_plot_is_one() -> None:
    assert PLOT.name in SHOWN
    assert ElementTree.parse(PLOT).getroot().tag.endswith("svg")
