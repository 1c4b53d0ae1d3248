"""The pure decision: its boundaries, and the order in which causes speak."""

from datetime import UTC, date, datetime, timedelta
from itertools import combinations
from typing import Any

import pytest

from gateway.domain.eligibility import Basis, Cause, basis_of, is_stale, judge_pass, judge_standing
from gateway.domain.passes import OpenedPass, PassForm, PassRecord, Sighting
from gateway.domain.rewards import Rule
from gateway.domain.standing import Honour, HonourGrade, Standing

NOW = datetime(2026, 11, 22, 4, tzinfo=UTC)
TODAY = date(2026, 11, 22)
HONOUR = "national-morality-model"
VOLUNTEERS = Rule(min_centihours=1000, honours=frozenset({HONOUR}), max_age_days=400)
HONOREES = Rule(min_centihours=None, honours=frozenset({HONOUR}), max_age_days=400)


def credit(centihours: int, *, days_old: int = 0) -> Standing:
    """Hours alone."""
    return Standing(centihours, TODAY - timedelta(days_old))


def honoured(
    code: str = HONOUR,
    *,
    centihours: int = 0,
    grade: HonourGrade = HonourGrade.AWARDED,
    withdrawn_on: date | None = None,
) -> Standing:
    """An honour, with credit from long ago."""
    return Standing(centihours, date(2020, 1, 1), (Honour(code, 2025, grade, withdrawn_on),))


@pytest.mark.parametrize(
    ("standing", "volunteers", "honorees"),
    [
        (credit(0), Cause.NOT_ENTITLED, Cause.NOT_ENTITLED),
        (credit(950), Cause.NOT_ENTITLED, Cause.NOT_ENTITLED),
        (credit(999), Cause.NOT_ENTITLED, Cause.NOT_ENTITLED),
        (credit(1000), None, Cause.NOT_ENTITLED),
        (credit(20000), None, Cause.NOT_ENTITLED),
        (credit(1000, days_old=400), None, Cause.NOT_ENTITLED),
        (credit(1000, days_old=401), Cause.STALE_CREDIT, Cause.NOT_ENTITLED),
        (credit(950, days_old=401), Cause.NOT_ENTITLED, Cause.NOT_ENTITLED),
        (credit(1000, days_old=-1), None, Cause.NOT_ENTITLED),
        (honoured(), None, None),
        (honoured(grade=HonourGrade.SHORT_LISTED), None, None),
        (honoured("another"), Cause.NOT_ENTITLED, Cause.NOT_ENTITLED),
        (honoured("another", centihours=1000), Cause.STALE_CREDIT, Cause.NOT_ENTITLED),
        (honoured(withdrawn_on=TODAY + timedelta(1)), None, None),
        (honoured(withdrawn_on=TODAY), Cause.NOT_ENTITLED, Cause.NOT_ENTITLED),
        (honoured(withdrawn_on=TODAY - timedelta(1)), Cause.NOT_ENTITLED, Cause.NOT_ENTITLED),
        (honoured(withdrawn_on=TODAY, centihours=1000), Cause.STALE_CREDIT, Cause.NOT_ENTITLED),
    ],
)
def test_what_speaks_against_a_standing(
    standing: Standing, volunteers: Cause | None, honorees: Cause | None
) -> None:
    assert judge_standing(standing, VOLUNTEERS, TODAY) is volunteers
    assert judge_standing(standing, HONOREES, TODAY) is honorees


def test_one_honour_of_several_is_enough() -> None:
    gone = Honour("another", 2019, HonourGrade.AWARDED, date(2020, 1, 1))
    held = Honour(HONOUR, 2025, HonourGrade.SHORT_LISTED)
    assert judge_standing(Standing(0, TODAY, (gone, held)), HONOREES, TODAY) is None


@pytest.mark.parametrize(("days", "stale"), [(0, False), (399, False), (400, False), (401, True)])
def test_credit_of_exactly_the_greatest_age_still_counts(days: int, stale: bool) -> None:
    assert is_stale(TODAY - timedelta(days), VOLUNTEERS, TODAY) is stale


@pytest.mark.parametrize(
    ("standing", "basis"),
    [
        (credit(1000), Basis.CREDIT),
        (Standing(1000, TODAY, honoured().honours), Basis.CREDIT),
        (Standing(1000, TODAY - timedelta(400), honoured().honours), Basis.CREDIT),
        (Standing(1000, TODAY - timedelta(401), honoured().honours), Basis.HONOUR),
        (Standing(999, TODAY, honoured().honours), Basis.HONOUR),
    ],
)
def test_the_basis_is_the_larger_crowd_where_it_is_enough(standing: Standing, basis: Basis) -> None:
    assert basis_of(standing, VOLUNTEERS, TODAY) is basis
    assert basis_of(standing, HONOREES, TODAY) is Basis.HONOUR


HASHES: dict[str, Any] = {"handle": b"handle", "mark": b"mark", "seal": b"seal"}

FLAWS: dict[Cause, tuple[dict[str, object], dict[str, object]]] = {
    Cause.FORGED_PASS: ({"forged": True}, {}),
    Cause.EXPIRED_PASS: ({}, {"expires_at": NOW}),
    Cause.REVOKED_PASS: ({}, {"revoked": True}),
    Cause.OTHER_SECTOR: ({}, {"sector": "venue"}),
    Cause.NOT_ENTITLED: ({}, {"standing": credit(999)}),
}
"""Each flaw as changes to what a good pass says when opened, and to its record."""


def judge(
    opened: dict[str, object] | None = None, record: dict[str, object] | None = None, *, used: bool = False
) -> Cause | None:
    """Judge a good pass with changes."""
    good_record: dict[str, object] = {
        "pass_id": 1,
        "resident_secret": b"secret",
        "form": PassForm.CARD,
        "sector": "transit",
        "expires_at": NOW + timedelta(microseconds=1),
        "revoked": False,
        "pin_hash": None,
        "standing": credit(1000),
    }
    found = PassRecord(**(good_record | (record or {})))  # type: ignore[arg-type]
    return judge_pass(
        OpenedPass(**(HASHES | (opened or {}))),
        Sighting(NOW, TODAY, found, used),
        sector="transit",
        rule=VOLUNTEERS,
        today=TODAY,
    )


def test_a_good_pass_has_nothing_against_it() -> None:
    assert judge() is None
    assert judge({"sector": "transit", "expires_at": NOW + timedelta(microseconds=1)}) is None


@pytest.mark.parametrize("cause", FLAWS)
def test_each_flaw_is_a_cause(cause: Cause) -> None:
    assert judge(*FLAWS[cause]) is cause


@pytest.mark.parametrize(
    ("opened", "cause"),
    [({"expires_at": NOW}, Cause.EXPIRED_PASS), ({"sector": "venue"}, Cause.OTHER_SECTOR)],
)
def test_what_a_token_says_of_itself_counts_as_well(opened: dict[str, object], cause: Cause) -> None:
    assert judge(opened) is cause


@pytest.mark.parametrize(("first", "second"), list(combinations(FLAWS, 2)))
def test_of_two_flaws_the_first_is_the_cause(first: Cause, second: Cause) -> None:
    assert judge(FLAWS[first][0] | FLAWS[second][0], FLAWS[first][1] | FLAWS[second][1]) is first


def test_the_flaws_stand_in_the_order_of_the_causes() -> None:
    order = [cause for cause in Cause if cause in FLAWS and cause is not Cause.FORGED_PASS]
    assert [Cause.FORGED_PASS, *order] == list(FLAWS)


@pytest.mark.parametrize(("forged", "cause"), [(True, Cause.FORGED_PASS), (False, Cause.UNKNOWN_PASS)])
def test_without_a_record_a_pass_is_unknown_unless_it_proved_forged(forged: bool, cause: Cause) -> None:
    opened = OpenedPass(**HASHES, forged=forged, expires_at=NOW - timedelta(days=1))
    seen = Sighting(NOW, TODAY, None)
    assert judge_pass(opened, seen, sector="transit", rule=VOLUNTEERS, today=TODAY) is cause


@pytest.mark.parametrize(
    ("begin", "end", "cause"),
    [(0, 1, None), (-1, 0, Cause.OUT_OF_TIME), (1, 2, Cause.OUT_OF_TIME)],
    ids=["at its begin", "at its end", "before its begin"],
)
def test_a_live_pass_is_good_within_its_time(begin: int, end: int, cause: Cause | None) -> None:
    showable = NOW + timedelta(microseconds=begin), NOW + timedelta(microseconds=end)
    assert judge({"showable": showable}, {"form": PassForm.LIVE}) is cause


@pytest.mark.parametrize(
    ("form", "cause"),
    [(PassForm.CARD, None), (PassForm.LIVE, Cause.USED_BEFORE), (PassForm.SLIP, Cause.USED_BEFORE)],
)
def test_what_was_used_is_good_once_more_on_a_card_alone(form: PassForm, cause: Cause | None) -> None:
    assert judge(record={"form": form}, used=True) is cause
    assert judge(record={"form": form}) is None
