"""How a line becomes a standing: older never wins, and honours stay unless everybody's were told."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from gateway.domain.standing import Honour, HonourGrade, ImportRules, Standing

TODAY = date(2026, 11, 22)
BEFORE = TODAY - timedelta(days=30)
OLD = Honour("model", 2024, HonourGrade.AWARDED)
NEW = Honour("model", 2026, HonourGrade.SHORT_LISTED)
PARTIAL = ImportRules(complete=False, honours_since=None, today=TODAY)
COMPLETE = replace(PARTIAL, complete=True)


@pytest.mark.parametrize("rules", [PARTIAL, COMPLETE], ids=["partial", "complete"])
@pytest.mark.parametrize(
    ("known", "told", "expected"),
    [
        (None, Standing(5, TODAY), Standing(5, TODAY)),
        (None, Standing(5, TODAY, (NEW, OLD)), Standing(5, TODAY, (OLD, NEW))),
        (Standing(9, BEFORE), Standing(5, TODAY), Standing(5, TODAY)),
        (Standing(9, TODAY), Standing(5, TODAY), Standing(5, TODAY)),
        (Standing(9, TODAY, (OLD,)), Standing(5, BEFORE, (NEW,)), Standing(9, TODAY, (OLD,))),
    ],
    ids=["new", "new with honours", "newer", "same day", "older"],
)
def test_newer_credit_wins(rules: ImportRules, known: Standing | None, told: Standing, expected: Standing) -> None:
    assert rules.take_over(known, told) == expected


def test_an_honour_that_a_line_lacks_stays_unless_the_file_is_complete() -> None:
    known, told = Standing(5, BEFORE, (OLD,)), Standing(5, TODAY, (NEW,))
    assert PARTIAL.take_over(known, told).honours == (OLD, NEW)
    assert COMPLETE.take_over(known, told).honours == (NEW,)
    assert COMPLETE.take_over(known, Standing(5, TODAY)).honours == ()


def test_of_one_code_and_year_the_line_counts() -> None:
    awarded = replace(NEW, grade=HonourGrade.AWARDED)
    assert PARTIAL.take_over(Standing(5, BEFORE, (NEW,)), Standing(5, TODAY, (awarded,))).honours == (awarded,)


@pytest.mark.parametrize("days", [-1, 0])
def test_an_honour_that_was_withdrawn_leaves_no_trace(days: int) -> None:
    told = Standing(5, TODAY, (replace(OLD, withdrawn_on=TODAY + timedelta(days=days)),))
    assert PARTIAL.take_over(Standing(5, BEFORE, (OLD,)), told) == Standing(5, TODAY)


def test_an_honour_that_ends_later_is_kept_with_its_day() -> None:
    ending = replace(OLD, withdrawn_on=TODAY + timedelta(days=1))
    assert PARTIAL.take_over(None, Standing(5, TODAY, (ending,))).honours == (ending,)


@pytest.mark.parametrize(("days", "back"), [(-1, False), (0, True), (1, True)])
def test_an_older_line_brings_back_no_honour_that_a_complete_file_withdrew(days: int, back: bool) -> None:
    told = Standing(7, BEFORE + timedelta(days=days), (OLD,))
    known = Standing(5, date(2026, 1, 1), (NEW,))
    partial, complete = (replace(rules, honours_since=BEFORE) for rules in (PARTIAL, COMPLETE))
    assert partial.take_over(None, told) == replace(told, honours=(OLD,) if back else ())
    assert partial.take_over(known, told).honours == ((OLD, NEW) if back else (NEW,))
    assert complete.take_over(known, told).honours == (OLD,), (
        "a complete file tells of everybody, whatever the day"
    )
