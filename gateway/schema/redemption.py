"""The type Redemption: what redeemReward, confirmHold and reverseRedemption answer, and what the queries list."""

from datetime import datetime
from typing import Annotated, Self, assert_never

import strawberry

from gateway.domain.redemptions import Redemption as DomainRedemption
from gateway.domain.redemptions import RedemptionStatus
from gateway.domain.redemptions import Refused as DomainRefused
from gateway.domain.redemptions import Undetermined as DomainUndetermined
from gateway.schema.enums import publish
from gateway.schema.refusals import Refused, Undetermined

publish(
    RedemptionStatus,
    name="RedemptionStatus",
    description="What remains of a redemption.",
    values={
        RedemptionStatus.REDEEMED: "All of its units stand.",
        RedemptionStatus.PARTLY_REVERSED: "Some of its units were taken back.",
        RedemptionStatus.REVERSED: "All of its units were taken back.",
    },
)


@strawberry.type(description="One recorded redemption of yours. Its id is fresh and says nothing of the resident.")
class Redemption:
    """A redemption as partners see it."""

    id: strawberry.ID = strawberry.field(description="The redemption's id, to be kept with your own records.")
    request_id: strawberry.ID = strawberry.field(description="The requestId that you chose for it.")
    reward: strawberry.ID = strawberry.field(description="The code of the reward.")
    quantity: int = strawberry.field(description="How many units were redeemed.")
    reversed_quantity: int = strawberry.field(description="How many of them have been taken back.")
    status: RedemptionStatus = strawberry.field(
        description="What remains. In the answer to a mutation, as it stood right after it."
    )
    occasion: strawberry.ID | None = strawberry.field(description="The occasion, for rewards that need one.")
    redeemed_at: datetime = strawberry.field(description="When the reward was given, in UTC.")
    reversible_until: datetime = strawberry.field(description="The last instant at which it can be taken back.")
    tariff_fen: int = strawberry.field(description="What the city pays for one unit, in fen (1/100 yuan).")
    happened_at: datetime | None = strawberry.field(
        description="When a gate granted it offline, by the gate's clock; redeemedAt is when it arrived."
    )
    policy_version: str = strawberry.field(description="The version of the rules that it was decided by.")
    replayed: bool = strawberry.field(
        description="Whether this answers a requestId that had been answered before. Nothing happened twice."
    )

    @classmethod
    def of(cls, redemption: DomainRedemption) -> Self:
        """Translate the domain's redemption."""
        return cls(
            id=strawberry.ID(redemption.id),
            request_id=strawberry.ID(redemption.request_id),
            reward=strawberry.ID(redemption.reward),
            quantity=redemption.quantity,
            reversed_quantity=redemption.reversed_quantity,
            status=redemption.status,
            occasion=None if redemption.occasion is None else strawberry.ID(redemption.occasion),
            redeemed_at=redemption.redeemed_at,
            reversible_until=redemption.reversible_until,
            tariff_fen=redemption.tariff_fen,
            happened_at=redemption.happened_at,
            policy_version=redemption.policy_version,
            replayed=redemption.replayed,
        )


RedeemRewardResult = Annotated[
    Redemption | Refused | Undetermined,
    strawberry.union("RedeemRewardResult", description="Recorded, refused, or not decided."),
]

ConfirmHoldResult = Annotated[
    Redemption | Refused | Undetermined,
    strawberry.union("ConfirmHoldResult", description="Redeemed, refused, or not decided."),
]

ReverseRedemptionResult = Annotated[
    Redemption | Refused | Undetermined,
    strawberry.union("ReverseRedemptionResult", description="Taken back, refused, or not decided."),
]


def result_of(
    outcome: DomainRedemption | DomainRefused | DomainUndetermined,
) -> Redemption | Refused | Undetermined:
    """Translate a use case's outcome; every kind of it has a type."""
    match outcome:
        case DomainRedemption():
            return Redemption.of(outcome)
        case DomainRefused():
            return Refused.of(outcome)
        case DomainUndetermined():
            return Undetermined.of(outcome)
        case _:
            assert_never(outcome)
