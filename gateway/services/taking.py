"""What redeeming and holding have in common: the pass is examined, and the command says all that decides."""

from typing import Any

from gateway.domain.ledger import Mark, PinTry
from gateway.domain.occasions import Occasion
from gateway.domain.partners import Caller
from gateway.domain.redemptions import Reason, Refused, Undetermined
from gateway.domain.requests import TakeReward
from gateway.domain.rewards import Reward
from gateway.domain.showings import REMEMBERED
from gateway.services.examine import Examined, examine, own_occasion
from gateway.services.ports import Ports


def fingerprint_of(ports: Ports, caller: Caller, request: TakeReward, operation: str) -> bytes:
    """Return what binds the request's id to its content. The PIN is no part of it."""
    return ports.fingerprints.fingerprint(
        operation,
        caller.partner_id,
        request.request_id,
        request.reward,
        str(request.quantity),
        request.occasion or "",
        request.presented.text,
    )


async def prepare(
    ports: Ports, caller: Caller, request: TakeReward, reward: Reward, *, fingerprint: bytes
) -> tuple[Examined, dict[str, Any]] | Refused | Undetermined:
    """Return the pass as it was examined, and the fields of `domain.ledger.Take`; or why there can be no command.

    Raises:
        MalformedInput, Throttled, KeysMissing, Unavailable: as in `examine`; nothing was recorded.
    """
    occasion = await own_occasion(ports, caller, reward, request.occasion)
    if isinstance(occasion, Reason):
        return Refused(occasion)
    seen = await examine(ports, caller, reward, request.presented, occasion=occasion)
    if isinstance(seen, Undetermined):
        return seen
    pin = await _try_pin(ports, reward, seen, request.pin)
    return seen, _fields(ports, caller, request, reward, seen=seen, occasion=occasion) | {
        "pin": pin,
        "fingerprint": fingerprint,
    }


async def _try_pin(ports: Ports, reward: Reward, seen: Examined, pin: str | None) -> PinTry | None:
    if not reward.pin:
        return None
    record = seen.record
    right = await ports.pins.matches(None if record is None else record.pin_hash, pin)
    # A found or dead card counts against itself alone: with it nobody can lock its owner's good ones.
    whose = seen.opened.handle if record is None or seen.cause else record.resident_secret
    return PinTry(counter=ports.pins.counter(whose, reward.code), presented=pin is not None, right=right)


def _fields(
    ports: Ports, caller: Caller, request: TakeReward, reward: Reward, *, seen: Examined, occasion: Occasion | None
) -> dict[str, Any]:
    return {
        "partner_id": caller.partner_id,
        "device_id": caller.device_id,
        "request_id": request.request_id,
        "proof": caller.proof,
        "evidence": ports.evidence.seal(
            caller.evidence, partner_id=caller.partner_id, request_id=request.request_id
        ),
        "reward": reward.code,
        "quantity": request.quantity,
        "tariff_fen": reward.tariff_fen,
        "policy_version": ports.catalogue.version,
        "reversal_window": reward.reversal_window,
        "occasion": None if occasion is None else occasion.id,
        "pass_id": None if seen.record is None else seen.record.pass_id,
        "mark": Mark(seen.opened.mark, None if seen.record is None else REMEMBERED[seen.record.form]),
        "pseudonym": seen.pseudonym,
        "bucket": seen.period.bucket,
        "key_period": seen.period.key_period,
        "allowance": 0 if seen.cause else reward.quota.count,
        "cause": seen.cause,
        "seal": lambda cause: ports.sealer.seal(seen.opened, cause),
    }
