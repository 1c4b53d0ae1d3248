"""Lines of occasions, in every form that is taken, and the reason for each that is none."""

import gzip
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from gateway.cli.line_files import LineFile
from gateway.cli.occasion_files import read_occasions
from gateway.domain.errors import MalformedInput
from gateway.domain.occasions import Occasion

HEAD = "id,partner,reward,capacity,ends_at\n"
SHOW = "ham-1,grand-theatre,cultural-event,120,2027-03-05T21:30\n"
JSON_SHOW = (
    '{"id": "ham-1", "partner": "grand-theatre", "reward": "cultural-event", "capacity": 120, '
    '"ends_at": "2027-03-05T21:30"}\n'
)
END = datetime(2027, 3, 5, 13, 30, tzinfo=UTC)
HAMLET = Occasion(
    id="ham-1",
    partner_id="grand-theatre",
    reward="cultural-event",
    capacity=120,
    used=0,
    ends_at=END,
    announced_end=END,
)


def read(path: Path, zone: str = "Asia/Shanghai") -> tuple[list[tuple[int, Occasion]], list[tuple[int, str]]]:
    """Return a file's occasions and its rejected lines, each with its number."""
    rejected: list[tuple[int, str]] = []
    with LineFile(path) as lines:
        found = list(read_occasions(lines, ZoneInfo(zone), lambda line, reason: rejected.append((line, reason))))
    return found, rejected


FORMS = {
    "shows.csv": f"{HEAD}{SHOW}",
    "byte order mark.csv": f"\ufeff{HEAD}{SHOW}",
    "Windows.csv": f"{HEAD}{SHOW}".replace("\n", "\r\n"),
    "other order.txt": "title, ends_at,capacity,id,partner,reward,,\n"
    '"Hamlet, Prince",2027-03-05 21:30:00,120 ,"ham-1",grand-theatre, cultural-event,,\n',
    "no last line end.csv": f"{HEAD}{SHOW}".rstrip(),
    "UTC.csv": f"{HEAD}{SHOW}".replace("21:30", "13:30Z"),
    "west.csv": f"{HEAD}{SHOW}".replace("21:30", "05:30:00.000-08:00"),
    "shows.jsonl": JSON_SHOW,
    "shows.ndjson": f"\ufeff{JSON_SHOW}".replace("120", '"120"').replace("}", ', "title": "Hamlet"}'),
}


@pytest.mark.parametrize("name", FORMS)
@pytest.mark.parametrize("packed", [False, True], ids=["plain", "gzip"])
def test_every_form_says_the_same(tmp_path: Path, name: str, packed: bool) -> None:
    content = FORMS[name].encode()
    path = tmp_path / (f"{name}.gz" if packed else name)
    path.write_bytes(gzip.compress(content) if packed else content)
    [(_, occasion)], rejected = read(path)
    assert (occasion, rejected) == (HAMLET, [])


def test_a_time_without_offset_is_the_zone_s(tmp_path: Path) -> None:
    path = tmp_path / "shows.csv"
    path.write_text(f"{HEAD}{SHOW}")
    [(_, occasion)], _ = read(path, "Europe/Lisbon")
    assert occasion.ends_at == datetime(2027, 3, 5, 21, 30, tzinfo=UTC)


def test_a_time_that_the_clocks_skip_or_show_twice_needs_an_offset(tmp_path: Path) -> None:
    path = tmp_path / "shows.csv"
    times = ("2027-03-28T01:30", "2027-10-31T01:30", "2027-10-31T01:30+01:00", "2027-10-31T02:30")
    path.write_text(HEAD + "".join(SHOW.replace("2027-03-05T21:30", time) for time in times))
    found, rejected = read(path, "Europe/Lisbon")
    assert [line for line, _ in rejected] == [2, 3]
    assert all("The clocks change in that hour" in reason for _, reason in rejected)
    assert [occasion.ends_at.hour for _, occasion in found] == [0, 2]


LINE = SHOW.strip()
WRONG: dict[str, tuple[str | bytes, str]] = {
    "a short line": ("ham-1,grand-theatre", "it has not as many values as there are columns"),
    "a long line": (f"{LINE},SECRET", "it has not as many values as there are columns"),
    "a quote": (f'"SECRET{LINE}', "its quotes don't match"),
    "not UTF-8": (b"SECRET\xff", "it is not UTF-8"),
    "endless": ("SECRET" * 2000, "it is longer than 4096 bytes"),
    "no id": (LINE.replace("ham-1", ""), "id: An id has 1 to 64"),
    "an id with a space": (LINE.replace("ham-1", "SECRET 1"), "id: An id has 1 to 64"),
    "a long id": (LINE.replace("ham-1", "S" * 65), "id: An id has 1 to 64"),
    "no partner": (LINE.replace("grand-theatre", "第一剧院"), "partner: An id has 1 to 64"),
    "no capacity": (LINE.replace("120", ""), "capacity: Give a whole number from 0 to 1000000."),
    "less than none": (LINE.replace("120", "-1"), "capacity: Give a whole number"),
    "half a seat": (LINE.replace("120", "0.5"), "capacity: Give a whole number"),
    "seats in words": (LINE.replace("120", "SECRET"), "capacity: Give a whole number"),
    "seats in Chinese": (LINE.replace("120", "１２０"), "capacity: Give a whole number"),
    "seats for a city": (LINE.replace("120", "1000001"), "capacity: Give a whole number"),
    "seats without end": (LINE.replace("120", "9" * 4000), "capacity: Give a whole number"),
    "a day": (LINE.replace("T21:30", ""), "ends_at: Write 2026-11-28T21:30"),
    "no such day": (LINE.replace("03-05", "02-30"), "ends_at: Write 2026-11-28T21:30"),
    "a day of the week": (LINE.replace("2027-03-05", "2027-W09-5"), "ends_at: Write 2026-11-28T21:30"),
    "another spelling": (LINE.replace("2027-03-05", "05.03.2027"), "ends_at: Write 2026-11-28T21:30"),
    "before all time": (LINE.replace("2027-03-05T21:30", "0001-01-01T00:00"), "ends_at: Write 2026-11-28T21:30"),
    "after all time": (LINE.replace("2027-03-05T21:30", "9999-12-31T23:59-12:00"), "ends_at: Write 2026-11-28"),
    "another century": (LINE.replace("2027", "2127"), "ends_at: This is more than ten years ahead"),
}
NO_OBJECT = "it is no JSON object with the members id, partner, reward, capacity, ends_at"
JSON_LINE = JSON_SHOW.strip()
WRONG_JSON: dict[str, tuple[str | bytes, str]] = {
    "no JSON": ("SECRET", NO_OBJECT),
    "a list": ('["SECRET"]', NO_OBJECT),
    "a text": ('"id partner reward capacity ends_at"', NO_OBJECT),
    "null": ("null", NO_OBJECT),
    "deep": ("[" * 4000, NO_OBJECT),
    "a member missing": (JSON_LINE.replace('"capacity": 120, ', ""), NO_OBJECT),
    "an id that is a number": (JSON_LINE.replace('"ham-1"', "1"), "id: An id has 1 to 64"),
    "half a surrogate pair": (JSON_LINE.replace("ham-1", r"\ud800"), "id: An id has 1 to 64"),
    "a partner with an end in it": (JSON_LINE.replace("grand-", r"grand\u0000"), "partner: An id has 1 to 64"),
    "capacity that is true": (JSON_LINE.replace("120", "true"), "capacity: Give a whole number"),
    "capacity in full and a half": (JSON_LINE.replace("120", "120.0"), "capacity: Give a whole number"),
    "an end that is a number": (JSON_LINE.replace('"2027-03-05T21:30"', "20270305"), "ends_at: Write 2026"),
}
ALL_WRONG = [
    (f"shows.{kind}", head, good, *case)
    for kind, head, good, cases in (
        ("csv", HEAD, SHOW, WRONG),
        ("jsonl", JSON_SHOW, JSON_SHOW, WRONG_JSON),
    )
    for case in cases.items()
]


@pytest.mark.parametrize(
    ("name", "head", "good", "line", "reason"),
    [(name, head, good, *case) for name, head, good, _, case in ALL_WRONG],
    ids=[f"{name}: {what}" for name, _, _, what, _ in ALL_WRONG],
)
def test_a_wrong_line_is_named_and_not_quoted_and_stops_no_other(
    tmp_path: Path, name: str, head: str, good: str, line: str | bytes, reason: str
) -> None:
    path = tmp_path / name
    wrong = line.encode() if isinstance(line, str) else line
    path.write_bytes(f"{head}\n{good}".encode() + wrong + f"\n{good}".encode())
    found, [(number, told)] = read(path)
    assert number == 4
    assert told.startswith(reason)
    assert "SECRET" not in told
    assert [line for line, _ in found][-2:] == [3, 5]


@pytest.mark.parametrize(
    "heading",
    ["", SHOW, HEAD.replace(",capacity", ""), f"id,{HEAD}", HEAD.replace(",", ";"), "\xff\n"],
    ids=["empty", "none", "a column missing", "a column twice", "semicolons", "not UTF-8"],
)
def test_a_file_without_the_columns_is_refused(tmp_path: Path, heading: str) -> None:
    path = tmp_path / "shows.csv"
    path.write_bytes(heading.encode("latin-1") + SHOW.encode())
    with pytest.raises(MalformedInput, match="line 1: The columns have to be id,partner,reward,capacity,ends_at"):
        read(path)
