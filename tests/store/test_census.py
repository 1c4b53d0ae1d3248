"""Counting residents by slices, and how large each reward's group is."""

import secrets
from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy.exc import IntegrityError

from gateway.domain.errors import Unavailable
from gateway.domain.groups import Inactivity, rule_hash
from gateway.domain.rewards import Approval, Catalogue, QuotaPeriod, Rule
from gateway.domain.standing import Honour, HonourGrade, Standing
from gateway.services.count_groups import count_eligible
from gateway.store import census
from gateway.store.admin_record import AdminRecord
from gateway.store.census import SqlCensus
from gateway.store.groups import SqlGroups
from tests.auth.key_home import NOW
from tests.store.city import City
from tests.store.theatre import reward

pytestmark = pytest.mark.anyio

TODAY = NOW.date()
MODEL = Honour("model", 2025, HonourGrade.AWARDED)
TEN = Rule(1000, frozenset({"model"}), 400)
HUNDRED = Rule(10_000, frozenset(), 30)
MODELS = Rule(None, frozenset({"model"}), 400)


async def settle(city: City, *standings: Standing) -> None:
    """Put somebody on record for each standing."""
    await city.residents.put([(secrets.token_bytes(32), each) for each in standings])


@pytest.mark.parametrize("size", [1, 2, 50_000])
async def test_everybody_is_counted_once(city: City, size: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(census, "SLICE", size)
    await settle(
        city,
        Standing(999, TODAY),
        Standing(1000, TODAY),
        Standing(1000, TODAY - timedelta(days=400)),
        Standing(1000, TODAY - timedelta(days=401)),
        Standing(10_000, TODAY - timedelta(days=30)),
        Standing(10_000, TODAY - timedelta(days=31)),
        Standing(0, TODAY, (MODEL,)),
        Standing(50_000, TODAY, (MODEL,)),
        Standing(0, TODAY, (replace(MODEL, code="another"),)),
        Standing(0, TODAY, (replace(MODEL, withdrawn_on=TODAY),)),
    )
    counted = await count_eligible(SqlCensus(city.database), [TEN, HUNDRED, MODELS, TEN], TODAY)
    assert counted == {TEN: 6, HUNDRED: 2, MODELS: 2}
    assert len(await SqlCensus(city.database).honoured()) == 4


async def test_an_empty_city_has_nobody(city: City) -> None:
    assert await count_eligible(SqlCensus(city.database), [TEN, MODELS], TODAY) == {TEN: 0, MODELS: 0}
    assert await count_eligible(SqlCensus(city.database), [], TODAY) == {}


async def test_credit_that_grows_old_counts_no_more(city: City) -> None:
    await settle(city, Standing(10_000, TODAY))
    later = [TODAY + timedelta(days=days) for days in (30, 31, 400, 401)]
    counts = [await count_eligible(SqlCensus(city.database), [HUNDRED, TEN], day) for day in later]
    assert [(one[HUNDRED], one[TEN]) for one in counts] == [(1, 1), (0, 1), (0, 1), (0, 0)]


def catalogue(rule: Rule = TEN, *, approval: Approval | None = None) -> Catalogue:
    """A catalogue of one reward, for at least 3 people."""
    one = replace(reward(per=QuotaPeriod.DAY), rule=rule, approval=approval)
    return Catalogue({one.code: one}, NOW.tzinfo, 3, "sha256:1")  # type: ignore[arg-type]


APPROVAL = Approval("office", date(2026, 1, 1), "reason")


@pytest.mark.parametrize(
    ("eligible", "approval", "active"),
    [(2, None, False), (3, None, True), (2, APPROVAL, True), (0, APPROVAL, True)],
    ids=["too few", "enough", "few and approved", "none and approved"],
)
async def test_a_reward_for_too_few_is_inactive_unless_approved(
    city: City, eligible: int, approval: Approval | None, active: bool
) -> None:
    listed = catalogue(approval=approval)
    groups, elsewhere = SqlGroups(city.database, listed), SqlGroups(city.database, listed)
    await elsewhere.refresh()
    assert elsewhere.inactive() == (frozenset() if approval else frozenset(listed.rewards))
    await groups.put({TEN: eligible})
    assert elsewhere.inactive() == (frozenset() if approval else frozenset(listed.rewards))
    await elsewhere.refresh()
    assert elsewhere.inactive() == (frozenset() if active else frozenset(listed.rewards))


async def test_a_count_under_another_rule_says_nothing(city: City) -> None:
    await SqlGroups(city.database, catalogue()).put({TEN: 1_000_000})
    changed = SqlGroups(city.database, catalogue(replace(TEN, min_centihours=10_000)))
    assert list((await changed.refresh()).values()) == [Inactivity.NOT_COUNTED]
    assert len(changed.inactive()) == 1
    assert await changed.sizes() == {}


async def test_nodes_with_the_old_and_the_new_rule_serve_side_by_side(city: City) -> None:
    old, new = (SqlGroups(city.database, catalogue(rule)) for rule in (TEN, HUNDRED))
    for groups, rule in ((old, TEN), (new, HUNDRED)):
        await groups.put({rule: 5})
    for groups, rule in ((old, TEN), (new, HUNDRED)):
        assert await groups.refresh() == {}
        assert [group.rule for group in (await groups.sizes()).values()] == [rule_hash(rule)]
    await new.put({HUNDRED: 2})
    assert (await old.refresh(), list((await new.refresh()).values())) == ({}, [Inactivity.TOO_FEW])


async def test_before_anybody_could_look_no_reward_is_said_to_be_unknown(city: City) -> None:
    groups = SqlGroups(city.database, catalogue())
    with pytest.raises(Unavailable, match="database"):
        groups.inactive()
    await groups.refresh()
    assert len(groups.inactive()) == 1


async def test_an_act_of_counting_stands_only_if_the_counts_do(city: City) -> None:
    groups = SqlGroups(city.database, catalogue())
    nobody = AdminRecord(city.database, who=None)  # type: ignore[arg-type]
    with pytest.raises(IntegrityError):
        await groups.put({TEN: 5}, record=nobody)
    assert await groups.sizes() == {}
    seen = len(await city.acts.acts())
    await groups.put({TEN: 5}, record=city.acts)
    [act] = (await city.acts.acts())[seen:]
    assert (act.action, act.subject, act.facts) == ("rewards count", None, {"catalogue": "sha256:1"})
    await groups.put({TEN: 5})
    assert len(await city.acts.acts()) == seen + 1


async def test_a_new_count_takes_the_place_of_the_old(city: City) -> None:
    groups = SqlGroups(city.database, catalogue())
    for eligible in (5, 2):
        await groups.put({TEN: eligible})
    [(_, group)] = (await groups.sizes()).items()
    assert (group.eligible, group.rule, group.counted_at) == (2, rule_hash(TEN), NOW)
