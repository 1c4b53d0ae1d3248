"""What docs/occasions.md shows is what happens, one example after the other on one database."""

import re

from tests.cli.box_office import YEAR, listed, open_theatre, sell
from tests.cli.conftest import Steward
from tests.docs.pages import ROOT

GUIDE = (ROOT / "docs" / "occasions.md").read_text("utf-8").replace("2027", str(YEAR))
EXAMPLES = re.findall(r"^ *```(csv|jsonl|text)\n(.*?)^ *```$", re.sub("^ +", "", GUIDE, flags=re.M), re.M | re.S)


def test_every_example_can_be_imported(steward: Steward) -> None:
    office = open_theatre(steward)
    done = [
        office.does("occasions", "import", office.file(f"{number}.{kind}", example))
        for number, (kind, example) in enumerate(EXAMPLES)
        if kind != "text"
    ]
    assert done == [
        "3 new, 0 changed, 0 unchanged, 0 rejected.\n",
        "2 new, 0 changed, 0 unchanged, 0 rejected.\n",
        "0 new, 1 changed, 0 unchanged, 0 rejected.\n",
        "0 new, 1 changed, 0 unchanged, 0 rejected.\n",
    ]
    assert "hamlet-0306" not in {one["id"] for one in listed(office)}
    assert "hamlet-0306" in {one["id"] for one in listed(office, "--all")}
    [moved] = [one for one in listed(office) if one["id"] == "hamlet-0305"]
    assert moved["ends_at"] == f"{YEAR}-03-12T22:15:00+08:00"


def test_the_rejects_look_as_the_guide_shows_them(steward: Steward) -> None:
    office = open_theatre(steward)
    season = EXAMPLES[0][1]
    office.does("occasions", "import", office.file("season.csv", season))
    sell(office, 37)
    office.run("occasions", "import", office.file("season.csv", season.replace(",40,", ",36,", 1)))
    [shown] = [example for kind, example in EXAMPLES if kind == "text"]
    assert (office.folder / "season.csv.rejects.csv").read_text() == shown
