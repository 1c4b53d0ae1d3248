"""The type Hold: what holdReward and releaseHold answer."""

from datetime import datetime
from typing import Annotated, Self, assert_never

import strawberry

from gateway.domain.holds import Hold as DomainHold
from gateway.domain.holds import HoldStatus
from gateway.domain.redemptions import Refused as DomainRefused
from gateway.domain.redemptions import Undetermined as DomainUndetermined
from gateway.schema.enums import publish
from gateway.schema.refusals import Refused, Undetermined

publish(
    HoldStatus,
    name="HoldStatus",
    description="What a request made of a hold. One that was confirmed is answered as its redemption.",
    values={
        HoldStatus.HELD: "Its units are kept until expiresAt.",
        HoldStatus.RELEASED: "It was given up; its units are free.",
    },
)


@strawberry.type(description="Units of a reward, kept for a while. Its id is fresh and says nothing of anybody.")
class Hold:
    """A hold as partners see it."""

    id: strawberry.ID = strawberry.field(description="The hold's id: what confirmHold and releaseHold ask for.")
    request_id: strawberry.ID = strawberry.field(description="The requestId that you chose for holdReward.")
    reward: strawberry.ID = strawberry.field(description="The code of the reward.")
    quantity: int = strawberry.field(description="How many units were held.")
    status: HoldStatus = strawberry.field(description="As it stood right after the request that is answered.")
    occasion: strawberry.ID | None = strawberry.field(description="The occasion, for rewards that need one.")
    held_at: datetime = strawberry.field(description="Since when, in UTC.")
    expires_at: datetime = strawberry.field(
        description="When it ends by itself, by the gateway's clock, in UTC; its units are free from then on."
    )
    replayed: bool = strawberry.field(
        description="Whether this answers a requestId that had been answered before. Nothing happened twice."
    )

    @classmethod
    def of(cls, hold: DomainHold) -> Self:
        """Translate the domain's hold."""
        return cls(
            id=strawberry.ID(hold.id),
            request_id=strawberry.ID(hold.request_id),
            reward=strawberry.ID(hold.reward),
            quantity=hold.quantity,
            status=hold.status,
            occasion=None if hold.occasion is None else strawberry.ID(hold.occasion),
            held_at=hold.held_at,
            expires_at=hold.expires_at,
            replayed=hold.replayed,
        )


HoldRewardResult = Annotated[
    Hold | Refused | Undetermined,
    strawberry.union("HoldRewardResult", description="Held, refused, or not decided."),
]

ReleaseHoldResult = Annotated[
    Hold | Refused | Undetermined,
    strawberry.union("ReleaseHoldResult", description="Released, refused, or not decided."),
]


def hold_result_of(outcome: DomainHold | DomainRefused | DomainUndetermined) -> Hold | Refused | Undetermined:
    """Translate a use case's outcome; every kind of it has a type."""
    match outcome:
        case DomainHold():
            return Hold.of(outcome)
        case DomainRefused():
            return Refused.of(outcome)
        case DomainUndetermined():
            return Undetermined.of(outcome)
        case _:
            assert_never(outcome)
