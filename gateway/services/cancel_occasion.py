"""Take back all that was redeemed or is held for an occasion, whatever the reward's window, step by step."""

import secrets

from gateway.domain.errors import KeysMissing
from gateway.domain.ledger import Cancel
from gateway.domain.occasions import Cancellation, CancellationStatus
from gateway.domain.partners import Caller
from gateway.domain.redemptions import Doubt, Reason, Refused, Undetermined
from gateway.domain.requests import CancelOccasion
from gateway.services.answers import answer, answer_of
from gateway.services.ports import Ports

STEPS_MAX = 4
"""Transactions for one request, of a hundred effects each: it answers well within its deadline, and tells how
far it is. Whoever asked asks again until it is done."""


async def cancel_occasion(
    ports: Ports, caller: Caller, request: CancelOccasion
) -> Cancellation | Refused | Undetermined:
    """Close the occasion at the first request, and undo a part of what stands at this and every later one.

    Raises:
        NotAuthentic: the proof was used before, or the device was revoked meanwhile.
        Unavailable: what is undone stays so; the same request goes on.
    """
    try:
        fingerprint = ports.fingerprints.fingerprint(
            "cancelOccasion", caller.partner_id, request.request_id, request.occasion
        )
        evidence = ports.evidence.seal(
            caller.evidence, partner_id=caller.partner_id, request_id=request.request_id
        )
    except KeysMissing:
        return Undetermined(Doubt.KEYS_MISSING)
    state = await _begun(ports, caller, request, fingerprint=fingerprint, evidence=evidence)
    if isinstance(state, Refused):
        return state
    for _ in range(STEPS_MAX):
        if state.status is CancellationStatus.DONE:
            break
        state = await ports.ledger.advance(caller.partner_id, state)
    return state


async def _begun(
    ports: Ports, caller: Caller, request: CancelOccasion, *, fingerprint: bytes, evidence: bytes
) -> Cancellation | Refused:
    entry = await ports.ledger.recall(caller.partner_id, request.request_id)
    if entry is not None:
        return answer_of(entry, fingerprint, Cancellation, replayed=True)
    if await ports.ledger.occasion(caller.partner_id, request.occasion, over=True) is None:
        return Refused(Reason.UNKNOWN_OCCASION)
    command = Cancel(
        partner_id=caller.partner_id,
        device_id=caller.device_id,
        request_id=request.request_id,
        fingerprint=fingerprint,
        proof=caller.proof,
        evidence=evidence,
        cancellation_id=f"cnl_{secrets.token_urlsafe(16)}",
        occasion=request.occasion,
    )
    [outcome] = await ports.ledger.commit([command])
    return answer(outcome, fingerprint, Cancellation)
