"""Mutation.confirmHold: redeem a hold or a part of it."""

from typing import Annotated

import strawberry

from gateway.domain.redemptions import Reason
from gateway.domain.requests import ConfirmHold
from gateway.schema.context import Info
from gateway.schema.permissions import RequiresBoundBody, RequiresRedeem
from gateway.schema.redemption import ConfirmHoldResult, result_of
from gateway.schema.refusals import refused_with
from gateway.services.confirm_hold import confirm_hold as confirm


@strawberry.input(description="What to confirm.")
class ConfirmHoldInput:
    """The input of confirmHold."""

    hold_id: strawberry.ID = strawberry.field(description="The id of one of your holds.")
    request_id: strawberry.ID = strawberry.field(
        description="Chosen by you, new for each confirmation, kept for its retries: 16 to 64 of A-Z a-z 0-9 _ -."
    )
    quantity: int | None = strawberry.field(
        default=None, description="How many units; all of them where it is left out. The others are released."
    )


@strawberry.mutation(
    description=(
        "Redeem a hold of yours, or a part of it: the rest is released. It counts in the period of the hold. "
        "Give the reward on the redemption that is answered, on nothing else. "
        "A pass that was revoked since redeems nothing: the hold has ended, and can only be released. "
        + refused_with(
            Reason.REQUEST_REUSED,
            Reason.IN_PROGRESS,
            Reason.NOT_FOUND,
            Reason.HOLD_ENDED,
            Reason.QUANTITY_EXCEEDED,
        )
    ),
    permission_classes=[RequiresRedeem, RequiresBoundBody],
)
async def confirm_hold(
    info: Info,
    input: Annotated[ConfirmHoldInput, strawberry.argument(description="What to confirm.")],
) -> ConfirmHoldResult:
    """Translate in, decide and record, translate out."""
    request = ConfirmHold(
        hold_id=str(input.hold_id),
        quantity=input.quantity,
        request_id=str(input.request_id),
    )
    return result_of(await confirm(info.context.ports, info.context.caller, request))
