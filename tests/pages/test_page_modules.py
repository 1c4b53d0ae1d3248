"""The pure parts of the pages, under node: codes as the gateway reads them, words, retries, looks."""

import json
import random
from pathlib import Path
from typing import Any

import pytest

from gateway.domain.codes import ALPHABET, code_from, normalise, written
from gateway.domain.errors import MalformedInput
from gateway.domain.redemptions import Reason
from gateway.web.pages import STATIC
from tests.node import run

SCRIPT = Path(__file__).parent / "modules.mjs"


def ask(what: str, given: Any = None) -> Any:
    """Run one of the tasks in `modules.mjs`."""
    return run(SCRIPT, str(STATIC), environment={"TASK": json.dumps({"what": what, "given": given})})


def test_codes_are_read_as_the_gateway_reads_them() -> None:
    chance = random.Random(7)
    texts = []
    for _ in range(400):
        code = code_from(chance.getrandbits(75))
        place, other = chance.randrange(16), chance.choice(ALPHABET)
        texts += [
            code,
            written(code).lower(),
            code[:place] + other + code[place + 1 :],
            code[1:2] + code[:1] + code[2:],
        ]
        texts += [
            code.replace("0", "o").replace("1", "l"),
            code[:place],
            code + other,
            f" {code[:5]} {code[5:]}\n",
        ]

    def kind(text: str) -> str:
        try:
            return normalise(text)
        except MalformedInput:
            return ""

    found = ask("shown", texts)
    assert [one.get("pass", "") for one in found] == [kind(text) for text in texts]


def test_what_is_scanned_is_taken_and_what_is_not_ours_is_told() -> None:
    showing, token = "L1." + "A2" * 132, "eyJhbGciOiJFUzI1NiJ9.eyJqdGkiOiJ4In0.c2ln"
    good, wide = code_from(5), code_from(5).translate({ord(one): ord(one) + 0xFEE0 for one in ALPHABET})
    found = ask("shown", [showing, token, wide, "https://elsewhere.example/", "U" * 16, "", "ABC", "A" * 5000])
    assert found == [
        {"kind": "good", "pass": showing},
        {"kind": "good", "pass": token},
        {"kind": "good", "pass": good},
        *[{"kind": kind} for kind in ("foreign", "foreign", "none", "partial", "foreign")],
    ]


def test_both_languages_say_everything() -> None:
    found = ask("words")
    english, chinese = found["words"]["en"], found["words"]["zh"]
    assert english.keys() == chinese.keys()
    assert all(english.values())
    assert all(chinese.values())
    for key, text in english.items():
        assert {part.split("}")[0] for part in text.split("{")[1:]} == {
            part.split("}")[0] for part in chinese[key].split("{")[1:]
        }, key
    assert {
        reason for reason in Reason if reason not in (Reason.NOT_ELIGIBLE, Reason.IN_PROGRESS)
    } <= english.keys()
    assert found["preferred"] == ["zh", "zh", "en", "en", "en"]


@pytest.mark.parametrize(
    ("now", "zone", "start"),
    [
        ("2026-11-30T21:30:15.250Z", "Asia/Shanghai", "2026-11-30T16:00:00.000Z"),
        ("2026-11-30T15:59:59Z", "Asia/Shanghai", "2026-11-29T16:00:00.000Z"),
        ("2026-11-30T16:00:00Z", "Asia/Shanghai", "2026-11-30T16:00:00.000Z"),
        ("2026-06-01T12:00:00Z", "Europe/Berlin", "2026-05-31T22:00:00.000Z"),
    ],
)
def test_a_day_begins_at_midnight_of_the_programme(now: str, zone: str, start: str) -> None:
    assert ask("dayStart", [[now, zone]]) == [start]


def test_shows_are_asked_for_once_at_a_time_and_kept_when_the_line_fails() -> None:
    found = ask("shows", {"answers": [["a", "b"], None, ["c"], ["d"]], "has": True})
    assert found["seen"] == [
        [["a", "b"], True, 1, 1],
        [["a", "b"], True, 1, 1],  # just asked
        [["a", "b"], True, 2, 1],  # no line
        [["c"], False, 3, 2],
        [["d"], False, 4, 3],  # somebody was told that a show is gone
    ]
    assert found["other"] == {"shows": [], "more": False}
    never = ask("shows", {"answers": [], "has": False})
    assert {asked for _, _, asked, _ in never["seen"]} == {0}


def test_the_end_of_a_key_is_told_two_weeks_ahead_and_comes_to_the_second() -> None:
    end = "2026-12-15T09:30:00+00:00"
    moments = {
        "2026-12-01T09:29:59Z": "good",
        "2026-12-01T09:30:00Z": "ending",
        "2026-12-15T17:29:59+08:00": "ending",
        "2026-12-15T17:30:00+08:00": "ended",
        "2027-12-15T09:30:00Z": "ended",
    }
    assert ask("term", [[end, moment] for moment in moments]) == list(moments.values())


def test_an_answer_is_waited_for_with_growing_pauses() -> None:
    found = ask("persist", {"failures": 4, "retryAfter": 0, "chance": 1})
    assert found == {"outcome": "answer", "tries": 5, "slept": [100, 200, 400, 800]}


def test_who_gives_up_does_so_within_the_deadline() -> None:
    found = ask("persist", {"failures": 1000, "retryAfter": 0, "chance": 0})
    assert found["outcome"] == "Unavailable"
    assert sum(found["slept"]) + 10 * found["tries"] < 10_000
    assert found["slept"][:4] == [50, 100, 200, 400]


def test_the_gateway_s_wish_is_respected() -> None:
    found = ask("persist", {"failures": 1, "retryAfter": 2, "chance": 0})
    assert found["slept"] == [2050]


def test_only_a_denial_looks_like_one() -> None:
    looks = ask("answers", [reason for reason in Reason if reason is not Reason.NOT_ELIGIBLE])
    assert {name for name, one in looks.items() if one["look"] == "no"} == {"NotEligible", "Refused"}
    assert {name for name, one in looks.items() if one["look"] == "line"} == {
        "Unavailable",
        "BadReply",
        "ClockSkew",
    }
    assert {name for name, one in looks.items() if one["look"] == "yes"} == {"Eligible"}
    assert {name for name, one in looks.items() if one["look"] == "done"} == {"Redemption"}
    assert {name for name, one in looks.items() if "again" in one["actions"]} == {
        "Undetermined", "Unavailable", "BadReply", "ClockSkew",
    }  # fmt: skip
    assert looks["Unavailable"]["lead"] == "line_effect"
    words = ask("words")["words"]["en"]
    assert all(one["title"] in words and one.get("lead", "title") in words for one in looks.values())
