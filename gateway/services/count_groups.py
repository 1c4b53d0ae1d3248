"""Counting how many residents each reward is for, on a civil day."""

from collections.abc import Collection, Mapping
from datetime import date, timedelta

from gateway.domain.eligibility import judge_standing
from gateway.domain.rewards import Rule
from gateway.domain.steward_ports import Census


async def count_eligible(census: Census, rules: Collection[Rule], today: date) -> Mapping[Rule, int]:
    """Return how many residents each rule makes eligible on a day.

    The many without honours are counted by the database, the few with honours one by one.

    Raises:
        Unavailable: the database can't answer.
    """
    by_hours = [
        (rule, (rule.min_centihours, today - timedelta(days=rule.max_age_days)))
        for rule in dict.fromkeys(rules)
        if rule.min_centihours is not None
    ]
    credited = await census.credited([threshold for _, threshold in by_hours])
    eligible = dict.fromkeys(rules, 0) | {rule: count for (rule, _), count in zip(by_hours, credited, strict=True)}
    for standing in (await census.honoured()).values():
        for rule in eligible:
            eligible[rule] += judge_standing(standing, rule, today) is None
    return eligible
