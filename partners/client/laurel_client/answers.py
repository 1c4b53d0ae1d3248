"""From the data of a GraphQL answer to the typed results, or to BadReply where it is none of them."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, TypeVar

from laurel_client.errors import BadReply
from laurel_client.results import (
    Cancellation,
    CancellationStatus,
    Doubt,
    Eligible,
    Hold,
    HoldStatus,
    NotEligible,
    Reason,
    Redemption,
    Refused,
    Status,
    Undetermined,
)

T = TypeVar("T")


def verdict_from(data: Any) -> Eligible | NotEligible | Undetermined:
    """Return the answer of `verifyPass`."""
    return read_as(_VERDICTS, field_of(data, "verifyPass"))


def outcome_from(data: Any, root: str) -> Redemption | Refused | Undetermined:
    """Return the answer of a mutation."""
    return read_as(_OUTCOMES, field_of(data, root))


def hold_from(data: Any, root: str) -> Hold | Refused | Undetermined:
    """Return the answer of a mutation about a hold."""
    return read_as(_HOLDS, field_of(data, root))


def cancellation_from(data: Any, root: str) -> Cancellation | Refused | Undetermined:
    """Return the answer of `cancelOccasion`."""
    return read_as(_CANCELLATIONS, field_of(data, root))


def redemption_from(data: Any) -> Redemption | None:
    """Return the answer of `redemption`; None where there is none."""
    found = field_of(data, "redemption")
    return None if found is None else guarded(redemption_in, found)


def field_of(data: Any, name: str) -> Any:
    """Return a member of an answer, or raise BadReply."""
    if not isinstance(data, dict) or name not in data:
        raise BadReply(f"The gateway's answer has no {name!r}.")
    return data[name]


def read_as(readers: Mapping[str, Callable[[dict[str, Any]], T]], fields: Any) -> T:
    """Return what the reader of its kind makes of an answer, or raise BadReply."""
    reader = readers.get(field_of(fields, "__typename"))
    if reader is None:
        raise BadReply("The gateway answered with a kind of result that this client doesn't know.")
    return guarded(reader, fields)


def guarded(reader: Callable[[dict[str, Any]], T], fields: Any) -> T:
    """Return what a reader makes of fields, or raise BadReply where one is missing or wrong."""
    try:
        return reader(fields)
    except (KeyError, TypeError, ValueError):
        raise BadReply("The gateway's answer lacks a field, or one has the wrong form.") from None


def redemption_in(fields: dict[str, Any]) -> Redemption:
    """Return the redemption that fields are."""
    return Redemption(
        id=fields["id"],
        request_id=fields["requestId"],
        reward=fields["reward"],
        quantity=int(fields["quantity"]),
        reversed_quantity=int(fields["reversedQuantity"]),
        status=Status(fields["status"]),
        occasion=fields["occasion"],
        redeemed_at=datetime.fromisoformat(fields["redeemedAt"]),
        reversible_until=datetime.fromisoformat(fields["reversibleUntil"]),
        replayed=bool(fields["replayed"]),
        tariff_fen=fields.get("tariffFen"),
    )


def _hold(fields: dict[str, Any]) -> Hold:
    return Hold(
        id=fields["id"],
        request_id=fields["requestId"],
        reward=fields["reward"],
        quantity=int(fields["quantity"]),
        status=HoldStatus(fields["status"]),
        occasion=fields["occasion"],
        held_at=datetime.fromisoformat(fields["heldAt"]),
        expires_at=datetime.fromisoformat(fields["expiresAt"]),
        replayed=bool(fields["replayed"]),
    )


def _cancellation(fields: dict[str, Any]) -> Cancellation:
    finished_at = fields["finishedAt"]
    return Cancellation(
        id=fields["id"],
        request_id=fields["requestId"],
        occasion=fields["occasion"],
        reward=fields["reward"],
        status=CancellationStatus(fields["status"]),
        reversed=int(fields["reversed"]),
        reversed_units=int(fields["reversedUnits"]),
        released_holds=int(fields["releasedHolds"]),
        remaining=int(fields["remaining"]),
        cancelled_at=datetime.fromisoformat(fields["cancelledAt"]),
        finished_at=None if finished_at is None else datetime.fromisoformat(finished_at),
        replayed=bool(fields["replayed"]),
    )


def _refused(fields: dict[str, Any]) -> Refused:
    return Refused(
        reason=Reason(fields["reason"]),
        message=fields["message"],
        reference=fields["reference"],
        replayed=bool(fields["replayed"]),
    )


def undetermined_in(fields: dict[str, Any]) -> Undetermined:
    """Return the doubt that fields are."""
    return Undetermined(doubt=Doubt(fields["doubt"]), message=fields["message"])


def _eligible(fields: dict[str, Any]) -> Eligible:
    return Eligible(reward=fields["reward"], quantity=int(fields["quantity"]), remaining=fields["remaining"])


def _not_eligible(fields: dict[str, Any]) -> NotEligible:
    return NotEligible(message=fields["message"], reference=fields["reference"])


_VERDICTS: dict[str, Callable[[dict[str, Any]], Eligible | NotEligible | Undetermined]] = {
    "Eligible": _eligible,
    "NotEligible": _not_eligible,
    "Undetermined": undetermined_in,
}
_NOT_DONE: dict[str, Callable[[dict[str, Any]], Refused | Undetermined]] = {
    "Refused": _refused,
    "Undetermined": undetermined_in,
}
_HOLDS: dict[str, Callable[[dict[str, Any]], Hold | Refused | Undetermined]] = {"Hold": _hold, **_NOT_DONE}
_CANCELLATIONS: dict[str, Callable[[dict[str, Any]], Cancellation | Refused | Undetermined]] = {
    "Cancellation": _cancellation,
    **_NOT_DONE,
}
_OUTCOMES: dict[str, Callable[[dict[str, Any]], Redemption | Refused | Undetermined]] = {
    "Redemption": redemption_in,
    **_NOT_DONE,
}
