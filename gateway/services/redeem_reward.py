"""Record that a pass redeems a reward, exactly once for a request id."""

import secrets

from gateway.domain.errors import KeysMissing
from gateway.domain.ledger import Redeem
from gateway.domain.partners import Caller
from gateway.domain.redemptions import Doubt, Reason, Redemption, Refused, Undetermined
from gateway.domain.requests import RedeemReward
from gateway.services.answers import answer, answer_of
from gateway.services.examine import count_denial, own_reward
from gateway.services.ports import Ports
from gateway.services.taking import fingerprint_of, prepare


async def redeem_reward(
    ports: Ports, caller: Caller, request: RedeemReward
) -> Redemption | Refused | Undetermined:
    """Answer a known request again, or decide a new one.

    The order matters: a known request id is answered before the pass is opened, so a retry works after
    the pass has expired, and what was answered never changes. The PIN is no part of the fingerprint.

    Raises:
        MalformedInput: the pass or the occasion has no possible form; nothing was recorded.
        Throttled: the caller asks too much; nothing was recorded.
        NotAuthentic: the proof was used before, or the device was revoked meanwhile.
        Unavailable: nothing is known to be recorded; the same request may be sent again.
    """
    try:
        return await _redeem(ports, caller, request)
    except KeysMissing:
        return Undetermined(Doubt.KEYS_MISSING)


async def _redeem(ports: Ports, caller: Caller, request: RedeemReward) -> Redemption | Refused | Undetermined:
    fingerprint = fingerprint_of(ports, caller, request, "redeemReward")
    entry = await ports.ledger.recall(caller.partner_id, request.request_id)
    if entry is not None:
        return answer_of(entry, fingerprint, Redemption, replayed=True)
    reward = own_reward(ports, caller, request.reward)
    if reward is None:
        return Refused(Reason.UNKNOWN_REWARD)
    prepared = await prepare(ports, caller, request, reward, fingerprint=fingerprint)
    if isinstance(prepared, Refused | Undetermined):
        return prepared
    seen, fields = prepared
    command = Redeem(redemption_id=f"rdm_{secrets.token_urlsafe(16)}", **fields)
    [outcome] = await ports.ledger.commit([command])
    given = answer(outcome, fingerprint, Redemption)
    if isinstance(given, Refused) and given.reason is Reason.NOT_ELIGIBLE and not given.replayed:
        await count_denial(ports, caller, seen)
    return given
