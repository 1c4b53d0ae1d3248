"""How many people a reward is for. One for few says who somebody is: ten honorees are a list of names."""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from gateway.domain.rewards import Reward, Rule


@dataclass(frozen=True, slots=True)
class Group:
    """How many residents were eligible under a rule, by its hash, when they were counted."""

    rule: str
    eligible: int
    counted_at: datetime


class Inactivity(StrEnum):
    """Why a reward is not given, until a steward does something about it."""

    NOT_COUNTED = "not-counted"
    TOO_FEW = "too-few"


def why_inactive(reward: Reward, group: Group | None, *, min_eligible: int) -> Inactivity | None:
    """Return why a reward is not given; None where its group is large enough, or somebody approved it."""
    if reward.approval is not None:
        return None
    if group is None or group.rule != rule_hash(reward.rule):
        return Inactivity.NOT_COUNTED
    return Inactivity.TOO_FEW if group.eligible < min_eligible else None


def rule_hash(rule: Rule) -> str:
    """Return a short hash of a rule: a count under another rule says nothing about this one."""
    said = f"{rule.min_centihours}|{rule.max_age_days}|{'|'.join(sorted(rule.honours))}"
    return f"sha256:{hashlib.sha256(said.encode()).hexdigest()[:32]}"
