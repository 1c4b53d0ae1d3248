"""Mutation.releaseHold: give a hold up."""

from typing import Annotated

import strawberry

from gateway.domain.redemptions import Reason
from gateway.domain.requests import ReleaseHold
from gateway.schema.context import Info
from gateway.schema.hold import ReleaseHoldResult, hold_result_of
from gateway.schema.permissions import RequiresBoundBody, RequiresRedeem
from gateway.schema.refusals import refused_with
from gateway.services.release_hold import release_hold as release


@strawberry.input(description="What to release.")
class ReleaseHoldInput:
    """The input of releaseHold."""

    hold_id: strawberry.ID = strawberry.field(description="The id of one of your holds.")
    request_id: strawberry.ID = strawberry.field(
        description="Chosen by you, new for each release, kept for its retries: 16 to 64 of A-Z a-z 0-9 _ -."
    )


@strawberry.mutation(
    description=(
        "Give a hold of yours up: its units and places are free at once. "
        + refused_with(
            Reason.REQUEST_REUSED,
            Reason.IN_PROGRESS,
            Reason.NOT_FOUND,
            Reason.HOLD_ENDED,
        )
    ),
    permission_classes=[RequiresRedeem, RequiresBoundBody],
)
async def release_hold(
    info: Info,
    input: Annotated[ReleaseHoldInput, strawberry.argument(description="What to release.")],
) -> ReleaseHoldResult:
    """Translate in, decide and record, translate out."""
    request = ReleaseHold(
        hold_id=str(input.hold_id),
        request_id=str(input.request_id),
    )
    return hold_result_of(await release(info.context.ports, info.context.caller, request))
