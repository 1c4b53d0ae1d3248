"""A resident's standing: volunteer hours and honours, and nothing about who it is."""

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
