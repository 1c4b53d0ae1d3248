"""Keep units of a reward for a pass while its holder pays, exactly once for a request id."""

import secrets

from gateway.domain.errors import KeysMissing, MalformedInput
from gateway.domain.holds import Hold
from gateway.domain.ledger import TakeHold
from gateway.domain.partners import Caller
from gateway.domain.redemptions import Doubt, Reason, Refused, Undetermined
from gateway.domain.requests import HoldReward
from gateway.services.answers import answer, answer_of
from gateway.services.examine import count_denial, own_reward
from gateway.services.ports import Ports
from gateway.services.taking import fingerprint_of, prepare

NO_PASS = 0
"""Sealed at the same cost where there is no pass, and then thrown away: nothing is held for nobody."""


async def hold_reward(ports: Ports, caller: Caller, request: HoldReward) -> Hold | Refused | Undetermined:
    """Answer a known request again, or decide a new one, in the order in which `redeem_reward` does.

    Raises:
        MalformedInput: the pass or the occasion has no possible form, or the reward is never held.
        Throttled: the caller asks too much; nothing was recorded.
        NotAuthentic: the proof was used before, or the device was revoked meanwhile.
        Unavailable: nothing is known to be recorded; the same request may be sent again.
    """
    try:
        return await _hold(ports, caller, request)
    except KeysMissing:
        return Undetermined(Doubt.KEYS_MISSING)


async def _hold(ports: Ports, caller: Caller, request: HoldReward) -> Hold | Refused | Undetermined:
    fingerprint = fingerprint_of(ports, caller, request, "holdReward")
    entry = await ports.ledger.recall(caller.partner_id, request.request_id)
    if entry is not None:
        return answer_of(entry, fingerprint, Hold, replayed=True)
    reward = own_reward(ports, caller, request.reward)
    if reward is None:
        return Refused(Reason.UNKNOWN_REWARD)
    if reward.hold is None:
        raise MalformedInput("reward", "This reward is never held; redeem it at once.")
    prepared = await prepare(ports, caller, request, reward, fingerprint=fingerprint)
    if isinstance(prepared, Refused | Undetermined):
        return prepared
    seen, fields = prepared
    hold_id = f"hld_{secrets.token_urlsafe(16)}"
    sealed = ports.held_passes.seal(fields["pass_id"] or NO_PASS, hold_id=hold_id)
    command = TakeHold(hold_id=hold_id, lifetime=reward.hold, sealed_pass=sealed, **fields)
    [outcome] = await ports.ledger.commit([command])
    given = answer(outcome, fingerprint, Hold)
    if isinstance(given, Refused) and given.reason is Reason.NOT_ELIGIBLE and not given.replayed:
        await count_denial(ports, caller, seen)
    return given
