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
from laurel_client.settlements import Reversal, Settlement, SettlementLine, SettlementTaps

T = TypeVar("T")


def verdict_from(data: Any) -> Eligible | NotEligible | Undetermined:
    """Return the answer of `verifyPass`."""
    return _read(_VERDICTS, _field(data, "verifyPass"))


def outcome_from(data: Any, root: str) -> Redemption | Refused | Undetermined:
    """Return the answer of a mutation."""
    return _read(_OUTCOMES, _field(data, root))


def hold_from(data: Any, root: str) -> Hold | Refused | Undetermined:
    """Return the answer of a mutation about a hold."""
    return _read(_HOLDS, _field(data, root))


def cancellation_from(data: Any, root: str) -> Cancellation | Refused | Undetermined:
    """Return the answer of `cancelOccasion`."""
    return _read(_CANCELLATIONS, _field(data, root))


def redemption_from(data: Any) -> Redemption | None:
    """Return the answer of `redemption`; None where there is none."""
    found = _field(data, "redemption")
    return None if found is None else _guarded(_redemption, found)


def settlement_from(data: Any) -> Settlement:
    """Return the answer of `settlement`."""
    return _guarded(_settlement, _field(data, "settlement"))


def page_from(data: Any) -> tuple[list[tuple[Redemption, tuple[Reversal, ...]]], str | None]:
    """Return a page of `redemptions` with their reversals, and the cursor of the next one, None after the last."""
    return _guarded(_page, _field(data, "redemptions"))


def _field(data: Any, name: str) -> Any:
    if not isinstance(data, dict) or name not in data:
        raise BadReply(f"The gateway's answer has no {name!r}.")
    return data[name]


def _read(readers: Mapping[str, Callable[[dict[str, Any]], T]], fields: Any) -> T:
    reader = readers.get(_field(fields, "__typename"))
    if reader is None:
        raise BadReply("The gateway answered with a kind of result that this client doesn't know.")
    return _guarded(reader, fields)


def _guarded(reader: Callable[[dict[str, Any]], T], fields: Any) -> T:
    try:
        return reader(fields)
    except (KeyError, TypeError, ValueError):
        raise BadReply("The gateway's answer lacks a field, or one has the wrong form.") from None


def _page(fields: dict[str, Any]) -> tuple[list[tuple[Redemption, tuple[Reversal, ...]]], str | None]:
    redemptions = [
        (_redemption(edge["node"]), tuple(_reversal(each) for each in edge.get("reversals", ())))
        for edge in fields["edges"]
    ]
    info = fields["pageInfo"]
    return redemptions, info["endCursor"] if info["hasNextPage"] else None


def _redemption(fields: dict[str, Any]) -> Redemption:
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


def _reversal(fields: dict[str, Any]) -> Reversal:
    return Reversal(
        request_id=fields["requestId"],
        quantity=int(fields["quantity"]),
        reversed_at=datetime.fromisoformat(fields["reversedAt"]),
        reason=fields["reason"],
    )


def _settlement(fields: dict[str, Any]) -> Settlement:
    return Settlement(
        month=fields["month"],
        begins=datetime.fromisoformat(fields["begins"]),
        ends=datetime.fromisoformat(fields["ends"]),
        final=bool(fields["final"]),
        amount_fen=int(fields["amountFen"]),
        lines=tuple(
            SettlementLine(
                reward=line["reward"],
                tariff_fen=int(line["tariffFen"]),
                redeemed=int(line["redeemed"]),
                reversed=int(line["reversed"]),
                units=int(line["units"]),
                amount_fen=int(line["amountFen"]),
            )
            for line in fields["lines"]
        ),
        offline=tuple(SettlementTaps(**line) for line in fields["offline"]),
        signed=fields["signed"],
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


def _undetermined(fields: dict[str, Any]) -> Undetermined:
    return Undetermined(doubt=Doubt(fields["doubt"]), message=fields["message"])


def _eligible(fields: dict[str, Any]) -> Eligible:
    return Eligible(reward=fields["reward"], quantity=int(fields["quantity"]), remaining=fields["remaining"])


def _not_eligible(fields: dict[str, Any]) -> NotEligible:
    return NotEligible(message=fields["message"], reference=fields["reference"])


_VERDICTS: dict[str, Callable[[dict[str, Any]], Eligible | NotEligible | Undetermined]] = {
    "Eligible": _eligible,
    "NotEligible": _not_eligible,
    "Undetermined": _undetermined,
}
_NOT_DONE: dict[str, Callable[[dict[str, Any]], Refused | Undetermined]] = {
    "Refused": _refused,
    "Undetermined": _undetermined,
}
_HOLDS: dict[str, Callable[[dict[str, Any]], Hold | Refused | Undetermined]] = {"Hold": _hold, **_NOT_DONE}
_CANCELLATIONS: dict[str, Callable[[dict[str, Any]], Cancellation | Refused | Undetermined]] = {
    "Cancellation": _cancellation,
    **_NOT_DONE,
}
_OUTCOMES: dict[str, Callable[[dict[str, Any]], Redemption | Refused | Undetermined]] = {
    "Redemption": _redemption,
    **_NOT_DONE,
}
