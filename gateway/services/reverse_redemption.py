"""Take back a redemption or a part of it, within its window; its quota comes back once."""

from gateway.domain.errors import KeysMissing
from gateway.domain.ledger import Reverse
from gateway.domain.partners import Caller
from gateway.domain.redemptions import Doubt, Redemption, Refused, Undetermined
from gateway.domain.requests import ReverseRedemption
from gateway.services.answers import answer, answer_of
from gateway.services.ports import Ports


async def reverse_redemption(
    ports: Ports, caller: Caller, request: ReverseRedemption
) -> Redemption | Refused | Undetermined:
    """Answer a known request again, or give the units back.

    Raises:
        NotAuthentic: the proof was used before, or the device was revoked meanwhile.
        Unavailable: nothing is known to be recorded; the same request may be sent again.
    """
    try:
        fingerprint = ports.fingerprints.fingerprint(
            "reverseRedemption",
            caller.partner_id,
            request.request_id,
            request.redemption_id,
            "" if request.quantity is None else str(request.quantity),
            request.reason.value,
        )
        evidence = ports.evidence.seal(
            caller.evidence, partner_id=caller.partner_id, request_id=request.request_id
        )
    except KeysMissing:
        return Undetermined(Doubt.KEYS_MISSING)
    entry = await ports.ledger.recall(caller.partner_id, request.request_id)
    if entry is not None:
        return answer_of(entry, fingerprint, Redemption, replayed=True)
    command = Reverse(
        partner_id=caller.partner_id,
        device_id=caller.device_id,
        request_id=request.request_id,
        fingerprint=fingerprint,
        proof=caller.proof,
        evidence=evidence,
        redemption_id=request.redemption_id,
        quantity=request.quantity,
        reason=request.reason,
    )
    [outcome] = await ports.ledger.commit([command])
    return answer(outcome, fingerprint, Redemption)
