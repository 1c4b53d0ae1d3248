"""Standing: an honour counts until the day on which it is withdrawn, and a resident's line shows nobody."""

from datetime import date, timedelta

import pytest

from gateway.domain.standing import Honour, HonourGrade, RegistryRecord, Standing

WITHDRAWN = date(2026, 11, 22)


@pytest.mark.parametrize("grade", HonourGrade)
def test_an_honour_counts_for_ever_unless_it_is_withdrawn(grade: HonourGrade) -> None:
    honour = Honour("national-morality-model", 2025, grade)
    assert honour.holds_on(date.min)
    assert honour.holds_on(date.max)


@pytest.mark.parametrize(("days", "holds"), [(-366, True), (-1, True), (0, False), (1, False)])
def test_an_honour_stops_on_the_day_of_its_withdrawal(days: int, holds: bool) -> None:
    honour = Honour("national-morality-model", 2025, HonourGrade.AWARDED, WITHDRAWN)
    assert honour.holds_on(WITHDRAWN + timedelta(days)) is holds


def test_a_line_of_the_registry_says_nothing_of_who_it_is() -> None:
    record = RegistryRecord("canary-310101", Standing(1000, date(2026, 1, 1)))
    assert "canary" not in f"{record!r} {record} {[record]}"
