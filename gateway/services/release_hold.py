"""Give a hold up: its units and seats are free at once."""

from gateway.domain.errors import KeysMissing
from gateway.domain.holds import Hold
from gateway.domain.ledger import Release
from gateway.domain.partners import Caller
from gateway.domain.redemptions import Doubt, Refused, Undetermined
from gateway.domain.requests import ReleaseHold
from gateway.services.answers import answer, answer_of
from gateway.services.ports import Ports


async def release_hold(ports: Ports, caller: Caller, request: ReleaseHold) -> Hold | Refused | Undetermined:
    """Answer a known request again, or end the hold.

    Raises:
        NotAuthentic: the proof was used before, or the device was revoked meanwhile.
        Unavailable: nothing is known to be recorded; the same request may be sent again.
    """
    try:
        fingerprint = ports.fingerprints.fingerprint(
            "releaseHold", caller.partner_id, request.request_id, request.hold_id
        )
        evidence = ports.evidence.seal(
            caller.evidence, partner_id=caller.partner_id, request_id=request.request_id
        )
    except KeysMissing:
        return Undetermined(Doubt.KEYS_MISSING)
    entry = await ports.ledger.recall(caller.partner_id, request.request_id)
    if entry is not None:
        return answer_of(entry, fingerprint, Hold, replayed=True)
    command = Release(
        partner_id=caller.partner_id,
        device_id=caller.device_id,
        request_id=request.request_id,
        fingerprint=fingerprint,
        proof=caller.proof,
        evidence=evidence,
        hold_id=request.hold_id,
    )
    [outcome] = await ports.ledger.commit([command])
    return answer(outcome, fingerprint, Hold)
