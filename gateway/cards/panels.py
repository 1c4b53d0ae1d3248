"""What is printed: one panel for each sector, so that no counter sees another one's code."""

from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class Title:
    """Text for people, in both languages of the programme."""

    zh: str
    en: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """One pass as it is printed, with nothing that says whose it is.

    `code` is the typable code without separators, `last_day` the last civil day on which the pass works, and
    `contact` how to reach the card office, if the card is to say it.
    """

    programme: Title
    sector: Title
    token: str = field(repr=False)
    code: str = field(repr=False)
    last_day: date
    has_pin: bool
    contact: Title | None = None


class Paper(StrEnum):
    """What is printed on: A4 with four panels and cut marks, or A6 with one."""

    A4 = "a4"
    A6 = "a6"
