"""Redeem a hold, or a part of it; the rest is released. Nothing is judged again: the hold was the decision. But a
pass that was revoked since redeems nothing more.
"""

import secrets
from functools import partial

from gateway.domain.errors import KeysMissing
from gateway.domain.ledger import Confirm
from gateway.domain.partners import Caller
from gateway.domain.redemptions import Doubt, Redemption, Refused, Undetermined
from gateway.domain.requests import ConfirmHold
from gateway.services.answers import answer, answer_of
from gateway.services.ports import Ports


async def confirm_hold(ports: Ports, caller: Caller, request: ConfirmHold) -> Redemption | Refused | Undetermined:
    """Answer a known request again, or end the hold by a redemption on the hold's terms.

    Raises:
        NotAuthentic: the proof was used before, or the device was revoked meanwhile.
        Unavailable: nothing is known to be recorded; the same request may be sent again.
    """
    try:
        fingerprint = ports.fingerprints.fingerprint(
            "confirmHold",
            caller.partner_id,
            request.request_id,
            request.hold_id,
            "" if request.quantity is None else str(request.quantity),
        )
        evidence = ports.evidence.seal(
            caller.evidence, partner_id=caller.partner_id, request_id=request.request_id
        )
    except KeysMissing:
        return Undetermined(Doubt.KEYS_MISSING)
    entry = await ports.ledger.recall(caller.partner_id, request.request_id)
    if entry is not None:
        return answer_of(entry, fingerprint, Redemption, replayed=True)
    command = Confirm(
        partner_id=caller.partner_id,
        device_id=caller.device_id,
        request_id=request.request_id,
        fingerprint=fingerprint,
        proof=caller.proof,
        evidence=evidence,
        hold_id=request.hold_id,
        redemption_id=f"rdm_{secrets.token_urlsafe(16)}",
        quantity=request.quantity,
        unseal=partial(ports.held_passes.open, hold_id=request.hold_id),
    )
    try:
        [outcome] = await ports.ledger.commit([command])
    except KeysMissing:  # of the hold's pass: nothing was recorded
        return Undetermined(Doubt.KEYS_MISSING)
    return answer(outcome, fingerprint, Redemption)
