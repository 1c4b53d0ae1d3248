"""Commands as a service would make them, each with a fresh request id and a fresh proof."""

import secrets
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, TypeVar

from gateway.domain.eligibility import Cause
from gateway.domain.holds import Hold
from gateway.domain.ledger import (
    Cancel,
    Command,
    Committed,
    Confirm,
    EntryKind,
    Mark,
    Outcome,
    Redeem,
    Release,
    Reverse,
    TakeHold,
)
from gateway.domain.partners import ProofId
from gateway.domain.redemptions import Reason, Redemption, ReversalReason
from tests.auth.key_home import NOW

PARTNER_ID = "grand-theatre"
DEVICE_ID = "grand-theatre-till"
REWARD = "theatre-ticket"
BUCKET = "2026-11-22"
KEY_PERIOD = "2026"
PERIOD_CLOSES = NOW + timedelta(days=90)
WINDOW = timedelta(days=7)
LIFETIME = timedelta(minutes=10)

C = TypeVar("C", bound=Command)


@dataclass(frozen=True)
class Holder:
    """Somebody with a pass: its row, the pseudonym of the quota, and how the pass and the resident are found."""

    pass_id: int
    pseudonym: bytes
    handle: bytes
    registry_hash: bytes


def fresh_proof() -> ProofId:
    """Return the id of a proof that nobody has used."""
    return ProofId(secrets.token_bytes(32), NOW + timedelta(days=1))


def fresh_request() -> dict[str, Any]:
    """Return what every command carries, as `DEVICE_ID` of `PARTNER_ID` sends it."""
    return {
        "partner_id": PARTNER_ID,
        "device_id": DEVICE_ID,
        "request_id": secrets.token_urlsafe(16),
        "fingerprint": secrets.token_bytes(32),
        "proof": fresh_proof(),
        "evidence": secrets.token_bytes(100),
    }


def redeem(holder: Holder, **changes: Any) -> Redeem:
    """Return a redemption of one unit of a quota of two, with changes."""
    command = Redeem(**_taken(holder), redemption_id=f"rdm_{secrets.token_urlsafe(16)}")
    return replace(command, **changes)


def hold(holder: Holder, **changes: Any) -> TakeHold:
    """Return a hold of one unit of a quota of two for ten minutes, with changes."""
    command = TakeHold(
        **_taken(holder),
        hold_id=f"hld_{secrets.token_urlsafe(16)}",
        lifetime=LIFETIME,
        sealed_pass=unread(holder.pass_id),
    )
    return replace(command, **changes)


def unread(pass_id: int) -> bytes:
    """Return a pass's id as the ledger keeps it; here anybody could read it."""
    return pass_id.to_bytes(8, "big")


def read(sealed: bytes) -> int:
    """Return the id that `unread` hid."""
    return int.from_bytes(sealed, "big")


def _taken(holder: Holder) -> dict[str, Any]:
    return {
        **fresh_request(),
        "reward": REWARD,
        "quantity": 1,
        "tariff_fen": 4500,
        "policy_version": "sha256:1",
        "reversal_window": WINDOW,
        "occasion": None,
        "pass_id": holder.pass_id,
        "mark": Mark(secrets.token_bytes(32), None),
        "pseudonym": holder.pseudonym,
        "bucket": BUCKET,
        "key_period": KEY_PERIOD,
        "allowance": 2,
        "cause": None,
        "pin": None,
        "seal": sealed,
    }


def confirm(held: Hold, quantity: int | None = None, **changes: Any) -> Confirm:
    """Return the confirmation of a hold, of all its units or of a part, with changes."""
    command = Confirm(
        **fresh_request(),
        hold_id=held.id,
        redemption_id=f"rdm_{secrets.token_urlsafe(16)}",
        quantity=quantity,
        unseal=read,
    )
    return replace(command, **changes)


def release(held: Hold, **changes: Any) -> Release:
    """Return the release of a hold, with changes."""
    return replace(Release(**fresh_request(), hold_id=held.id), **changes)


def cancel(occasion: str = "show-1", **changes: Any) -> Cancel:
    """Return the cancellation of an occasion, with changes."""
    command = Cancel(**fresh_request(), cancellation_id=f"cnl_{secrets.token_urlsafe(16)}", occasion=occasion)
    return replace(command, **changes)


def reverse(redemption: Redemption, quantity: int | None = None, **changes: Any) -> Reverse:
    """Return a reversal of a redemption, of all that remains or of a part, with changes."""
    command = Reverse(
        **fresh_request(), redemption_id=redemption.id, quantity=quantity, reason=ReversalReason.RETURNED
    )
    return replace(command, **changes)


def again(command: C, **changes: Any) -> C:
    """Return the same request, sent once more with a fresh proof."""
    return replace(command, **{"proof": fresh_proof(), **changes})


def retry(command: C) -> C:
    """Return the same request as the service would send it once more: what has an id of its own gets a new one."""
    new: dict[str, str] = {}
    if isinstance(command, Redeem | Confirm):
        new = {"redemption_id": f"rdm_{secrets.token_urlsafe(16)}"}
    elif isinstance(command, TakeHold):
        new = {"hold_id": f"hld_{secrets.token_urlsafe(16)}"}
    elif isinstance(command, Cancel):
        new = {"cancellation_id": f"cnl_{secrets.token_urlsafe(16)}"}
    return again(command, **new)


def sealed(cause: Cause) -> str:
    """Return a reference that the test can read."""
    return f"sealed {cause}"


def granted(outcome: Outcome) -> Redemption:
    """Return the redemption of a request that had its effect just now."""
    assert isinstance(outcome, Committed)
    assert not outcome.replayed
    assert outcome.entry.redemption is not None
    return outcome.entry.redemption


def held(outcome: Outcome) -> Hold:
    """Return the hold of a request that had its effect just now."""
    assert isinstance(outcome, Committed)
    assert not outcome.replayed
    assert outcome.entry.hold is not None
    return outcome.entry.hold


def denied(outcome: Outcome) -> tuple[Reason | None, str | None]:
    """Return reason and reference of a request that was denied just now."""
    assert isinstance(outcome, Committed)
    assert not outcome.replayed
    assert outcome.entry.kind is EntryKind.DENIED
    assert outcome.entry.redemption is None
    return outcome.entry.reason, outcome.entry.reference


def not_eligible(cause: Cause) -> tuple[Reason, str]:
    """Return what `denied` gives where somebody was not eligible for a cause."""
    return Reason.NOT_ELIGIBLE, sealed(cause)
