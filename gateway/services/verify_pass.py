"""May this pass have so many units of this reward now? Nothing is recorded, whatever the answer."""

from gateway.domain.eligibility import Cause, basis_of
from gateway.domain.errors import KeysMissing, MalformedInput
from gateway.domain.partners import Caller
from gateway.domain.redemptions import Doubt, Eligible, NotEligible, Reason, Undetermined
from gateway.domain.requests import VerifyPass
from gateway.domain.rewards import Disclosure
from gateway.services.examine import count_denial, examine, own_occasion, own_reward
from gateway.services.ports import Ports


async def verify_pass(ports: Ports, caller: Caller, request: VerifyPass) -> Eligible | NotEligible | Undetermined:
    """Decide, with two look-ups for anybody: the pass with its standing, then the quota by its pseudonym.

    Raises:
        MalformedInput: the pass, reward or occasion can't be one that the caller may ask about.
        Throttled: the caller asks too much.
        Unavailable: the database can't answer.
    """
    try:
        return await _verify(ports, caller, request)
    except KeysMissing:
        return Undetermined(Doubt.KEYS_MISSING)


async def _verify(ports: Ports, caller: Caller, request: VerifyPass) -> Eligible | NotEligible | Undetermined:
    reward = own_reward(ports, caller, request.reward)
    if reward is None:
        raise MalformedInput("reward", "You give no reward of this code; the query `rewards` lists yours.")
    occasion = None
    if request.occasion is not None:
        found = await own_occasion(ports, caller, reward, request.occasion)
        if isinstance(found, Reason):
            raise MalformedInput("occasion", "You have no occasion of this id for this reward that goes on.")
        occasion = found
    seen = await examine(ports, caller, reward, request.presented, occasion=occasion)
    if isinstance(seen, Undetermined):
        return seen
    used = await ports.ledger.used(seen.pseudonym, seen.period.bucket)
    cause = seen.cause
    if cause is None and used + request.quantity > reward.quota.count:
        cause = Cause.QUOTA_USED_UP
    if cause is not None or seen.record is None:
        await count_denial(ports, caller, seen)
        return NotEligible(ports.sealer.seal(seen.opened, cause or Cause.UNKNOWN_PASS))
    discloses = reward.discloses
    return Eligible(
        reward=reward.code,
        quantity=request.quantity,
        remaining=reward.quota.count - used if Disclosure.REMAINING in discloses else None,
        basis=basis_of(seen.record.standing, reward.rule, seen.today) if Disclosure.BASIS in discloses else None,
    )
