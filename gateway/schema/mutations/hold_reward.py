"""Mutation.holdReward: keep units of a reward while the resident pays, exactly once for a requestId."""

from typing import Annotated

import strawberry

from gateway.domain.passes import PresentedPass
from gateway.domain.redemptions import Reason
from gateway.domain.requests import HoldReward
from gateway.schema.context import Info
from gateway.schema.hold import HoldRewardResult, hold_result_of
from gateway.schema.permissions import RequiresBoundBody, RequiresRedeem
from gateway.schema.refusals import refused_with
from gateway.services.hold_reward import hold_reward as hold


@strawberry.input(description="What to hold.")
class HoldRewardInput:
    """The input of holdReward."""

    pass_: str = strawberry.field(
        name="pass", description="What was scanned of a pass, or a typed code of 16 characters."
    )
    reward: strawberry.ID = strawberry.field(description="The code of one of your rewards.")
    request_id: strawberry.ID = strawberry.field(
        description="Chosen by you, new for each hold, kept for its retries: 16 to 64 of A-Z a-z 0-9 _ -."
    )
    quantity: int = strawberry.field(default=1, description="Units, from 1 to 100.")
    occasion: strawberry.ID | None = strawberry.field(
        default=None, description="The occasion, for rewards that need one."
    )
    pin: str | None = strawberry.field(
        default=None, description="Four digits, for rewards that need the pass's PIN."
    )


@strawberry.mutation(
    description=(
        "Keep units of a reward, and places, for a pass while its holder pays: for the reward's holdMinutes. "
        "Then confirmHold or releaseHold; without either it ends by itself. "
        "Send the same input again after a lost answer. "
        + refused_with(
            Reason.REQUEST_REUSED,
            Reason.IN_PROGRESS,
            Reason.UNKNOWN_REWARD,
            Reason.UNKNOWN_OCCASION,
            Reason.SOLD_OUT,
            Reason.NOT_ELIGIBLE,
        )
    ),
    permission_classes=[RequiresRedeem, RequiresBoundBody],
)
async def hold_reward(
    info: Info,
    input: Annotated[HoldRewardInput, strawberry.argument(description="What to hold.")],
) -> HoldRewardResult:
    """Translate in, decide and record, translate out."""
    request = HoldReward(
        presented=PresentedPass(input.pass_),
        reward=str(input.reward),
        quantity=input.quantity,
        occasion=input.occasion,
        request_id=str(input.request_id),
        pin=input.pin,
    )
    return hold_result_of(await hold(info.context.ports, info.context.caller, request))
