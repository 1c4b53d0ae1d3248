"""Whether a reward is given, how many it is for, and what a steward can do about it."""

from collections.abc import Iterator, Mapping

from gateway.assembly import Laurel
from gateway.domain.groups import Group, Inactivity, why_inactive
from gateway.domain.rewards import Approval, Reward, Rule


def state_of(reward: Reward, group: Group | None, *, min_eligible: int) -> str:
    """Return `active` or `approved`, or why a reward is inactive."""
    match why_inactive(reward, group, min_eligible=min_eligible):
        case None:
            return "active" if reward.approval is None else "approved"
        case Inactivity.NOT_COUNTED:
            return "inactive: not counted under this rule"
        case Inactivity.TOO_FEW:
            return f"inactive: for fewer than {min_eligible}"


def advice_for(reward: Reward, group: Group | None, *, min_eligible: int) -> str | None:
    """Return what a steward can do about an inactive reward; None where it is given."""
    match why_inactive(reward, group, min_eligible=min_eligible):
        case None:
            return None
        case Inactivity.NOT_COUNTED:
            return f"{reward.code}: count the residents with `gateway rewards count`, or import the registry."
        case Inactivity.TOO_FEW:
            return (
                f"{reward.code}: whoever gets it is one of fewer than {min_eligible}. Widen its rule, or have it "
                f"approved: an [approval] with office, on and reason in {reward.code}.toml."
            )


def approval_line(approval: Approval) -> str:
    """Return who accepted that a reward is for few, when and why, as a sentence."""
    return f"approved by the {approval.office} on {approval.on}: {approval.reason}"


def approval_facts(approval: Approval) -> dict[str, str]:
    """Return the same for programs."""
    return {"office": approval.office, "on": approval.on.isoformat(), "reason": approval.reason}


def eligible_lines(
    laurel: Laurel, eligible: Mapping[Rule, int], *, gained: Mapping[Rule, int] = {}, lost: Mapping[Rule, int] = {}
) -> Iterator[str]:
    """Yield a line for each reward: how many are eligible, and who would come and go in a dry run."""
    catalogue = laurel.ports.catalogue
    yield "  eligible  reward"
    for code, reward in sorted(catalogue.rewards.items()):
        rule = reward.rule
        few = eligible[rule] < catalogue.min_eligible and reward.approval is None
        change = f"  +{gained[rule]:,}" if gained.get(rule) else ""
        change += f"  -{lost[rule]:,}" if lost.get(rule) else ""
        yield f"{eligible[rule]:>10,}  {code}{change}{'  too few: see gateway rewards list' if few else ''}"
