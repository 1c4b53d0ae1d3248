"""A standing in and out of its row. Honours are one canonical JSON text, so that a look-up reads one row."""

import json
from datetime import date
from functools import lru_cache

from sqlalchemy import RowMapping

from gateway.domain.standing import Honour, HonourGrade, Standing

NO_HONOURS = "[]"

REMEMBERED_MAX = 65_536
"""Standings without honours that were read before; most people's are somebody else's, too."""


def honours_text(honours: tuple[Honour, ...]) -> str:
    """Return honours as canonical JSON: a list of [code, year, grade, withdrawn day or null], sorted."""
    if not honours:
        return NO_HONOURS
    rows = sorted(
        [one.code, one.year, one.grade.value, one.withdrawn_on.isoformat() if one.withdrawn_on else None]
        for one in honours
    )
    return json.dumps(rows, separators=(",", ":"))


def standing_of(row: RowMapping) -> Standing:
    """Return the standing in a resident's row."""
    return standing(row["centihours"], row["as_of"], row["honours"])


def standing(centihours: int, as_of: date | str, honours: str) -> Standing:
    """Return a standing from hundredths of an hour, the day (maybe as ISO 8601 text) and canonical JSON."""
    return _credit(centihours, as_of) if honours == NO_HONOURS else _standing(centihours, as_of, honours)


@lru_cache(REMEMBERED_MAX)
def _credit(centihours: int, as_of: date | str) -> Standing:
    return Standing(centihours, _day(as_of))


def _day(as_of: date | str) -> date:
    return date.fromisoformat(as_of) if isinstance(as_of, str) else as_of


def _standing(centihours: int, as_of: date | str, honours: str) -> Standing:
    return Standing(
        centihours,
        _day(as_of),
        tuple(
            Honour(code, year, HonourGrade(grade), date.fromisoformat(withdrawn) if withdrawn else None)
            for code, year, grade, withdrawn in json.loads(honours)
        ),
    )
