"""Record that a pass redeems a reward, exactly once for a request id."""

import secrets

from gateway.domain.errors import KeysMissing
from gateway.domain.ledger import Occasion, PinTry, Redeem
from gateway.domain.partners import Caller
from gateway.domain.redemptions import Doubt, Reason, Redemption, Refused, Undetermined
from gateway.domain.requests import RedeemReward
from gateway.domain.rewards import Reward
from gateway.services.answers import answer, answer_of
from gateway.services.examine import Examined, count_denial, examine, own_occasion, own_reward
from gateway.services.ports import Ports


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
    fingerprint = ports.fingerprints.fingerprint(
        "redeemReward",
        caller.partner_id,
        request.request_id,
        request.reward,
        str(request.quantity),
        request.occasion or "",
        request.presented.text,
    )
    entry = await ports.ledger.recall(caller.partner_id, request.request_id)
    if entry is not None:
        return answer_of(entry, fingerprint, replayed=True)
    reward = own_reward(ports, caller, request.reward)
    if reward is None:
        return Refused(Reason.UNKNOWN_REWARD)
    occasion = await own_occasion(ports, caller, reward, request.occasion)
    if isinstance(occasion, Reason):
        return Refused(occasion)
    seen = await examine(ports, caller, reward, request.presented, occasion=occasion)
    if isinstance(seen, Undetermined):
        return seen
    pin = await _try_pin(ports, reward, seen, request.pin)
    command = _command(
        ports, caller, request, reward, seen=seen, occasion=occasion, pin=pin, fingerprint=fingerprint
    )
    [outcome] = await ports.ledger.commit([command])
    given = answer(outcome, fingerprint)
    if isinstance(given, Refused) and given.reason is Reason.NOT_ELIGIBLE and not given.replayed:
        await count_denial(ports, caller, seen)
    return given


async def _try_pin(ports: Ports, reward: Reward, seen: Examined, pin: str | None) -> PinTry | None:
    if not reward.pin:
        return None
    record = seen.record
    right = await ports.pins.matches(None if record is None else record.pin_hash, pin)
    # A found or dead card counts against itself alone: with it nobody can lock its owner's good ones.
    whose = seen.opened.handle if record is None or seen.cause else record.resident_secret
    return PinTry(counter=ports.pins.counter(whose, reward.code), presented=pin is not None, right=right)


def _command(
    ports: Ports,
    caller: Caller,
    request: RedeemReward,
    reward: Reward,
    *,
    seen: Examined,
    occasion: Occasion | None,
    pin: PinTry | None,
    fingerprint: bytes,
) -> Redeem:
    return Redeem(
        partner_id=caller.partner_id,
        device_id=caller.device_id,
        request_id=request.request_id,
        fingerprint=fingerprint,
        proof=caller.proof,
        evidence=ports.evidence.seal(caller.evidence, partner_id=caller.partner_id, request_id=request.request_id),
        redemption_id=f"rdm_{secrets.token_urlsafe(16)}",
        reward=reward.code,
        quantity=request.quantity,
        tariff_fen=reward.tariff_fen,
        policy_version=ports.catalogue.version,
        reversal_window=reward.reversal_window,
        occasion=None if occasion is None else occasion.id,
        pass_id=None if seen.record is None else seen.record.pass_id,
        pseudonym=seen.pseudonym,
        bucket=seen.period.bucket,
        key_period=seen.period.key_period,
        allowance=0 if seen.cause else reward.quota.count,
        cause=seen.cause,
        pin=pin,
        seal=lambda cause: ports.sealer.seal(seen.opened, cause),
    )
