"""Mutation.reverseRedemption: take a redemption or a part of it back."""

from typing import Annotated

import strawberry

from gateway.domain.redemptions import Reason, ReversalReason
from gateway.domain.requests import ReverseRedemption
from gateway.schema.context import Info
from gateway.schema.enums import publish
from gateway.schema.permissions import RequiresBoundBody, RequiresReverse
from gateway.schema.redemption import ReverseRedemptionResult, result_of
from gateway.schema.refusals import refused_with
from gateway.services.reverse_redemption import reverse_redemption as reverse

publish(
    ReversalReason,
    name="ReversalReason",
    description="Why a redemption is taken back.",
    values={
        ReversalReason.RETURNED: "The resident gave it back.",
        ReversalReason.SALE_FAILED: "The sale came to nothing, such as by a failed payment.",
        ReversalReason.MISTAKE: "It was redeemed by mistake.",
        ReversalReason.GATE_NOT_OPENED: (
            "The gate did not open: for the device that redeemed, within 15 minutes, whatever the reward's window."
        ),
        ReversalReason.OCCASION_CANCELLED: "The occasion was cancelled.",
    },
)


@strawberry.input(description="What to take back.")
class ReverseRedemptionInput:
    """The input of reverseRedemption."""

    redemption_id: strawberry.ID = strawberry.field(description="The id of one of your redemptions.")
    reason: ReversalReason = strawberry.field(description="Why.")
    request_id: strawberry.ID = strawberry.field(
        description="Chosen by you, new for each reversal, kept for its retries: 16 to 64 of A-Z a-z 0-9 _ -."
    )
    quantity: int | None = strawberry.field(
        default=None, description="How many units; all that remain where it is left out."
    )


@strawberry.mutation(
    description=(
        "Take back a redemption of yours, or units of it, within its window. Its quota comes back once. "
        + refused_with(
            Reason.REQUEST_REUSED,
            Reason.IN_PROGRESS,
            Reason.NOT_FOUND,
            Reason.WINDOW_CLOSED,
            Reason.QUANTITY_EXCEEDED,
        )
    ),
    permission_classes=[RequiresReverse, RequiresBoundBody],
)
async def reverse_redemption(
    info: Info,
    input: Annotated[ReverseRedemptionInput, strawberry.argument(description="What to take back.")],
) -> ReverseRedemptionResult:
    """Translate in, decide and record, translate out."""
    request = ReverseRedemption(
        redemption_id=str(input.redemption_id),
        quantity=input.quantity,
        reason=input.reason,
        request_id=str(input.request_id),
    )
    return result_of(await reverse(info.context.ports, info.context.caller, request))
