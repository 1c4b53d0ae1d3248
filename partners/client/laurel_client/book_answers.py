"""From the data of an answer about the partner's own books to the typed results, or to BadReply."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from laurel_client.answers import field_of, guarded, read_as, redemption_in, undetermined_in
from laurel_client.offline import OfflineAllowance, TapVerdict, Verdict
from laurel_client.results import Occasion, OccasionStatus, Redemption, Undetermined
from laurel_client.settlements import Reversal, Settlement, SettlementLine, SettlementTaps


def settlement_from(data: Any) -> Settlement:
    """Return the answer of `settlement`."""
    return guarded(_settlement, field_of(data, "settlement"))


def allowance_from(data: Any) -> OfflineAllowance | None:
    """Return the answer of `offlineAllowance`; None where the device may grant nothing alone."""
    found = field_of(data, "offlineAllowance")
    return None if found is None else guarded(_allowance, found)


def verdicts_from(data: Any) -> tuple[TapVerdict, ...] | Undetermined:
    """Return the answer of `uploadRedemptions`."""
    return read_as(_UPLOADS, field_of(data, "uploadRedemptions"))


def page_from(data: Any) -> tuple[list[tuple[Redemption, tuple[Reversal, ...]]], str | None]:
    """Return a page of `redemptions` with their reversals, and the cursor of the next one, None after the last."""
    return guarded(_page, field_of(data, "redemptions"))


def occasions_from(data: Any) -> tuple[list[Occasion], str | None]:
    """Return a page of `occasions`, and the cursor of the next one, None after the last."""
    return guarded(_occasion_page, field_of(data, "occasions"))


def _occasion_page(fields: dict[str, Any]) -> tuple[list[Occasion], str | None]:
    return [_occasion(edge["node"]) for edge in fields["edges"]], _next(fields["pageInfo"])


def _occasion(fields: dict[str, Any]) -> Occasion:
    return Occasion(
        id=fields["id"],
        reward=fields["reward"],
        ends_at=datetime.fromisoformat(fields["endsAt"]),
        capacity=int(fields["capacity"]),
        available=int(fields["available"]),
        status=OccasionStatus(fields["status"]),
    )


def _page(fields: dict[str, Any]) -> tuple[list[tuple[Redemption, tuple[Reversal, ...]]], str | None]:
    redemptions = [
        (redemption_in(edge["node"]), tuple(_reversal(each) for each in edge.get("reversals", ())))
        for edge in fields["edges"]
    ]
    return redemptions, _next(fields["pageInfo"])


def _next(info: dict[str, Any]) -> str | None:
    """Return the cursor to go on from, None after the last page."""
    return info["endCursor"] if info["hasNextPage"] else None


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


def _allowance(fields: dict[str, Any]) -> OfflineAllowance:
    return OfflineAllowance(
        token=fields["token"],
        units=int(fields["units"]),
        rewards=tuple(fields["rewards"]),
        issued_at=datetime.fromisoformat(fields["issuedAt"]),
        ends_at=datetime.fromisoformat(fields["endsAt"]),
        upload_until=datetime.fromisoformat(fields["uploadUntil"]),
    )


def _uploaded(fields: dict[str, Any]) -> tuple[TapVerdict, ...]:
    return tuple(
        TapVerdict(
            request_id=one["requestId"],
            verdict=Verdict(one["verdict"]),
            reason=one["reason"],
            message=one["message"],
            redemption_id=one["redemptionId"],
        )
        for one in fields["verdicts"]
    )


_UPLOADS: dict[str, Callable[[dict[str, Any]], tuple[TapVerdict, ...] | Undetermined]] = {
    "Uploaded": _uploaded,
    "Undetermined": undetermined_in,
}
