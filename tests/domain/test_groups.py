"""A reward's group: too small without an approval, or counted under another rule, it is not given."""

from dataclasses import replace

import pytest

from gateway.domain.groups import rule_hash
from gateway.domain.rewards import Rule

TEN = Rule(1000, frozenset({"model", "helper"}), 400)


def test_a_rule_has_one_hash_whatever_the_order_of_its_honours() -> None:
    assert rule_hash(TEN) == rule_hash(Rule(1000, frozenset({"helper", "model"}), 400))
    assert rule_hash(TEN).startswith("sha256:")


@pytest.mark.parametrize(
    "other",
    [
        replace(TEN, min_centihours=1001),
        replace(TEN, min_centihours=None),
        replace(TEN, max_age_days=401),
        replace(TEN, honours=frozenset({"model"})),
        replace(TEN, honours=frozenset({"modelhelper"})),
    ],
    ids=["hours", "no hours", "age", "fewer honours", "one honour"],
)
def test_another_rule_has_another_hash(other: Rule) -> None:
    assert rule_hash(other) != rule_hash(TEN)
