"""A resident's standing: volunteer hours and honours, and nothing about who it is."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class HonourGrade(StrEnum):
    """How far an honour went. Both grades get the same rewards."""

    SHORT_LISTED = "short-listed"
    AWARDED = "awarded"


@dataclass(frozen=True, slots=True)
class Honour:
    """A recognition known to the registry. It stops counting on the day it is withdrawn."""

    code: str
    year: int
    grade: HonourGrade
    withdrawn_on: date | None = None

    def holds_on(self, day: date) -> bool:
        """Whether the honour counts on a civil day."""
        return self.withdrawn_on is None or day < self.withdrawn_on


@dataclass(frozen=True, slots=True)
class Standing:
    """Volunteer hours in hundredths of an hour as of a civil day, and honours."""

    centihours: int
    as_of: date
    honours: tuple[Honour, ...] = ()


@dataclass(frozen=True, slots=True, repr=False)
class RegistryRecord:
    """One line of the registry as imported: the only place where the registry id exists, and only in passing."""

    registry_id: str
    standing: Standing


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportRules:
    """How the lines of one file become standings.

    Honours that a line lacks are withdrawn only where the file is `complete`. In a partial file a line from before
    `honours_since`, the day of the newest complete one, brings no honours: that one may have withdrawn them.
    `today` is the civil day.
    """

    complete: bool
    honours_since: date | None
    today: date

    def take_over(self, known: Standing | None, told: Standing) -> Standing:
        """Return a resident's standing after a line; credit with an older as-of never overwrites newer."""
        if known is not None and told.as_of < known.as_of:
            return known
        held = () if known is None or self.complete else known.honours
        if not held and not told.honours:
            return told
        outdated = not self.complete and self.honours_since is not None and told.as_of < self.honours_since
        honours = standing_honours((*held, *(() if outdated else told.honours)), self.today)
        return Standing(told.centihours, told.as_of, honours)


def standing_honours(honours: Iterable[Honour], day: date) -> tuple[Honour, ...]:
    """Return the honours that hold on a day, in one order; of one code and year the last one counts.

    What was withdrawn leaves no trace: a list of those who lost an honour is nobody's business.
    """
    latest = {(honour.code, honour.year): honour for honour in honours}
    return tuple(latest[key] for key in sorted(latest) if latest[key].holds_on(day))
