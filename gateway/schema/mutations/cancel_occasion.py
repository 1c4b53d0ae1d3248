"""Mutation.cancelOccasion: take back everything of a show, match or screening."""

from typing import Annotated

import strawberry

from gateway.domain.redemptions import Reason
from gateway.domain.requests import CancelOccasion
from gateway.schema.cancellation import CancelOccasionResult, cancellation_result_of
from gateway.schema.context import Info
from gateway.schema.permissions import RequiresBoundBody, RequiresReverse
from gateway.schema.refusals import refused_with
from gateway.services.cancel_occasion import cancel_occasion as cancel


@strawberry.input(description="What to cancel.")
class CancelOccasionInput:
    """The input of cancelOccasion."""

    occasion: strawberry.ID = strawberry.field(description="The id of one of your occasions.")
    request_id: strawberry.ID = strawberry.field(
        description="Chosen by you, new for each cancellation, kept for its retries: 16 to 64 of A-Z a-z 0-9 _ -."
    )


@strawberry.mutation(
    description=(
        "Cancel an occasion of yours for good. From the first answer on nothing is redeemed or held for it. "
        "All that was is taken back, whatever the reward's window, and each resident's quota comes back to the "
        "period it came from. Send the same input again until the status is DONE. "
        + refused_with(
            Reason.REQUEST_REUSED,
            Reason.IN_PROGRESS,
            Reason.UNKNOWN_OCCASION,
        )
    ),
    permission_classes=[RequiresReverse, RequiresBoundBody],
)
async def cancel_occasion(
    info: Info,
    input: Annotated[CancelOccasionInput, strawberry.argument(description="What to cancel.")],
) -> CancelOccasionResult:
    """Translate in, decide and record, translate out."""
    request = CancelOccasion(
        occasion=str(input.occasion),
        request_id=str(input.request_id),
    )
    return cancellation_result_of(await cancel(info.context.ports, info.context.caller, request))
