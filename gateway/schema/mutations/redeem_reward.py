"""Mutation.redeemReward: record a redemption, exactly once for a requestId."""

from typing import Annotated

import strawberry

from gateway.domain.passes import PresentedPass
from gateway.domain.redemptions import Reason
from gateway.domain.requests import RedeemReward
from gateway.schema.context import Info
from gateway.schema.permissions import RequiresBoundBody, RequiresRedeem
from gateway.schema.redemption import RedeemRewardResult, result_of
from gateway.schema.refusals import refused_with
from gateway.services.redeem_reward import redeem_reward as redeem


@strawberry.input(description="What to redeem.")
class RedeemRewardInput:
    """The input of redeemReward."""

    pass_: str = strawberry.field(
        name="pass", description="What was scanned of a pass, or a typed code of 16 characters."
    )
    reward: strawberry.ID = strawberry.field(description="The code of one of your rewards.")
    request_id: strawberry.ID = strawberry.field(
        description="Chosen by you, new for each redemption, kept for its retries: 16 to 64 of A-Z a-z 0-9 _ -."
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
        "Record that a pass redeems a reward. Send the same input again after a lost answer: "
        "the first answer comes back, and nothing happens twice. "
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
async def redeem_reward(
    info: Info,
    input: Annotated[RedeemRewardInput, strawberry.argument(description="What to redeem.")],
) -> RedeemRewardResult:
    """Translate in, decide and record, translate out."""
    request = RedeemReward(
        presented=PresentedPass(input.pass_),
        reward=str(input.reward),
        quantity=input.quantity,
        occasion=input.occasion,
        request_id=str(input.request_id),
        pin=input.pin,
    )
    return result_of(await redeem(info.context.ports, info.context.caller, request))
