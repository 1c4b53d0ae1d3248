"""The list of what columns may hold is complete, and its forms refuse what must not be there."""

from datetime import UTC, date, datetime

import pytest

from gateway.store.tables import METADATA
from tests.canaries.columns import HOLDS, Holds, misfits

SECRETS = ["CANARY-ID-0123456789abcdef", "310106196903217654", "7391", "ABCD-EFGH-JKMN-PQRS"]

COLUMNS = {f"{table.name}.{column.name}" for table in METADATA.tables.values() for column in table.columns}

PERSONAL = {Holds.HOURS, Holds.HONOURS}
"""What is of a person and can be read: nothing else is, anywhere."""

MAY = {Holds.LABEL, Holds.REQUEST, Holds.REFERENCE, Holds.REVISION}
"""Texts of organisations: a partner that names somebody in a request id, or a steward in a label, names them here.
And what has a form that some secret has as well, which the search of a whole run looks into."""


def test_something_is_said_of_every_column_and_of_no_other() -> None:
    assert set(HOLDS) - {"alembic_version.version_num"} == COLUMNS


def test_only_hours_and_honours_are_of_a_person() -> None:
    assert {name for name, kind in HOLDS.items() if kind in PERSONAL} == {
        "resident.centihours",
        "resident.honours",
    }


@pytest.mark.parametrize("secret", SECRETS)
def test_a_name_a_code_or_a_pin_fits_nowhere_but_in_a_text_of_an_organisation(secret: str) -> None:
    for value in (secret, secret.encode()):
        fits = set(HOLDS) - set(misfits({name: [value] for name in HOLDS}))
        assert {HOLDS[name] for name in fits} <= MAY


def test_right_values_fit() -> None:
    right: dict[str, list[object]] = {
        "pass_handle.handle": [bytes(32), None],
        "redemption.redeemed_at": [datetime(2026, 11, 25, tzinfo=UTC), "2026-11-25 01:02:03.000004"],
        "resident.as_of": [date(2026, 11, 25)],
        "registry_import.complete": [True, 0],
        "hold.ended": ["CONFIRMED"],
    }
    assert list(misfits(right)) == []
    assert list(misfits({"pass.name": ["Wang"]})) == ["pass.name"]
