"""The pure parts of the phone's and the office's pages, under node: what the phone shows the gateway opens."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from gateway.auth.live_passes import new_pairing, open_question, open_showing
from gateway.domain.errors import MalformedInput
from gateway.web.pages import STATIC
from tests.auth.key_home import NOW, load
from tests.node import run

SCRIPT = Path(__file__).parent / "people_modules.mjs"
SECOND = int(NOW.timestamp())


def ask(what: str, given: Any = None) -> Any:
    """Run one of the tasks in `people_modules.mjs`."""
    return run(SCRIPT, str(STATIC), environment={"TASK": json.dumps({"what": what, "given": given})})


@pytest.mark.parametrize("sector", ["gas", "x" * 48])
def test_what_the_phone_shows_and_asks_is_opened_and_neither_is_the_other(tmp_path: Path, sector: str) -> None:
    ring = load(tmp_path)
    pass_id, pairing = new_pairing(ring, sector=sector, expires_at=NOW)
    made = ask("shows", {"pairing": pairing, "second": SECOND})
    for opened in (open_showing(ring, made["shown"]), open_question(ring, made["asked"])):
        assert opened is not None
        assert (opened.pass_id, opened.sector, opened.made_at) == (pass_id, sector, NOW)
    assert open_showing(ring, "L1." + made["asked"].removeprefix("LQ1.")) is None
    assert open_question(ring, "LQ1." + made["shown"].removeprefix("L1.")) is None
    with pytest.raises(MalformedInput):
        open_question(ring, made["shown"])
    assert (made["ends"], made["extractable"], made["usages"]) == (SECOND, False, ["sign"])


def test_what_is_no_pairing_is_not_kept(tmp_path: Path) -> None:
    _, pairing = new_pairing(load(tmp_path), sector="gas", expires_at=NOW)
    wrong = ["", "L1.AAAA", pairing[:100], pairing.lower(), pairing + "A" * 80, "LP1." + "1" * 200]
    assert ask("refuses", wrong) == ["RangeError"] * len(wrong)
    assert ask("refuses", [pairing]) == ["kept"]


def test_every_word_is_there_in_both_languages_with_the_same_blanks() -> None:
    for words in ask("words"):
        assert words["en"].keys() == words["zh"].keys()
        for key, english in words["en"].items():
            blanks = [sorted(re.findall(r"\{\w+\}", text)) for text in (english, words["zh"][key])]
            assert blanks[0] == blanks[1], key
            assert english
            assert words["zh"][key]


def test_every_word_that_the_pages_say_is_there() -> None:
    known = [set(words["en"]) for words in ask("words")]
    for folder, words in zip(("phone", "office"), known, strict=True):
        for path in (STATIC / folder).glob("*.js"):
            said = set(re.findall(r'\bt\("(\w+)"', path.read_text("utf-8")))
            assert said <= words, path.name
