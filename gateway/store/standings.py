"""A standing in and out of its row. Honours are one canonical JSON text, so that a look-up reads one row."""

import json
from datetime import date

from sqlalchemy import RowMapping

from gateway.domain.standing import Honour, HonourGrade, Standing


def honours_text(honours: tuple[Honour, ...]) -> str:
    """Return honours as canonical JSON: a list of [code, year, grade, withdrawn day or null], sorted."""
    rows = sorted(
        [one.code, one.year, one.grade.value, one.withdrawn_on.isoformat() if one.withdrawn_on else None]
        for one in honours
    )
    return json.dumps(rows, separators=(",", ":"))


def standing_of(row: RowMapping) -> Standing:
    """Return the standing in a resident's row."""
    return Standing(
        centihours=row["centihours"],
        as_of=row["as_of"],
        honours=tuple(
            Honour(code, year, HonourGrade(grade), date.fromisoformat(withdrawn) if withdrawn else None)
            for code, year, grade, withdrawn in json.loads(row["honours"])
        ),
    )
