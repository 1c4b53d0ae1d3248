"""A city's registry as files: as it is first imported, in another order, and a year later."""

import mmap
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from pathlib import Path

ENOUGH = 10.0
"""Hours from which a reward is given for credit; an honour gives it without any."""

GROWN_EACH, GROWN_HOURS = 3, 12.0
"""In a year, every third resident gives an hour a month."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Registries:
    """The files of one city. `eligible` and `eligible_later` are counted here, by nothing of the gateway's."""

    residents: int
    first: Path
    reordered: Path
    update: Path
    eligible: int
    eligible_later: int


def derive(sample: Path) -> Registries:
    """Make the files from a sample, beside it and in bounded memory.

    The update is of the sample's day, which is today, and the first file of the day before: none may be of one to
    come.
    """
    first, reordered, update = (sample.with_name(f"{name}.csv") for name in ("first", "reordered", "update"))
    residents = eligible = eligible_later = 0
    with (
        sample.open(encoding="utf-8") as lines,
        first.open("w", encoding="utf-8") as before,
        update.open("w", encoding="utf-8") as after,
    ):
        heading = next(lines)
        before.write(heading)
        after.write(heading)
        for line in lines:
            registry_id, hours, today, honours = line.rstrip("\n").split(",")
            now = float(hours)
            later = now + (GROWN_HOURS if residents % GROWN_EACH == 0 else 0)
            before.write(f"{registry_id},{hours},{_day_before(today)},{honours}\n")
            after.write(f"{registry_id},{later:.2f},{today},{honours}\n")
            residents += 1
            eligible += now >= ENOUGH or bool(honours)
            eligible_later += later >= ENOUGH or bool(honours)
    _reverse(first, reordered)
    return Registries(
        residents=residents,
        first=first,
        reordered=reordered,
        update=update,
        eligible=eligible,
        eligible_later=eligible_later,
    )


@lru_cache
def _day_before(day: str) -> str:
    return (date.fromisoformat(day) - timedelta(days=1)).isoformat()


def _reverse(source: Path, target: Path) -> None:
    """Write the lines of a file from the last to the second; the first, its heading, stays where it is."""
    with (
        source.open("rb") as file,
        mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content,
        target.open("wb") as out,
    ):
        body = content.find(b"\n") + 1
        out.write(content[:body])
        end = len(content)
        while end > body:
            begin = content.rfind(b"\n", 0, end - 1) + 1
            out.write(content[begin:end])
            end = begin
