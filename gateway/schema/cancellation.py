"""The type Cancellation: what cancelOccasion answers, as a progress report and, at last, as a receipt."""

from datetime import datetime
from typing import Annotated, Self, assert_never

import strawberry

from gateway.domain.occasions import Cancellation as DomainCancellation
from gateway.domain.occasions import CancellationStatus
from gateway.domain.redemptions import Refused as DomainRefused
from gateway.domain.redemptions import Undetermined as DomainUndetermined
from gateway.schema.enums import publish
from gateway.schema.refusals import Refused, Undetermined

publish(
    CancellationStatus,
    name="CancellationStatus",
    description="How far a cancellation is.",
    values={
        CancellationStatus.RUNNING: "The occasion is closed; send the same request again to take the rest back.",
        CancellationStatus.DONE: "Everything was taken back.",
    },
)


@strawberry.type(description="An occasion of yours that was cancelled, and what has been taken back of it so far.")
class Cancellation:
    """A cancellation as partners see it."""

    id: strawberry.ID = strawberry.field(description="The cancellation's id: one for each occasion.")
    request_id: strawberry.ID = strawberry.field(description="The requestId of this request.")
    occasion: strawberry.ID = strawberry.field(description="The occasion.")
    reward: strawberry.ID = strawberry.field(description="The reward that it was for.")
    status: CancellationStatus = strawberry.field(description="How far it is.")
    reversed: int = strawberry.field(description="How many redemptions were taken back by it.")
    reversed_units: int = strawberry.field(description="How many units those had left.")
    released_holds: int = strawberry.field(description="How many holds were released by it.")
    remaining: int = strawberry.field(description="How many redemptions and holds still have to be undone.")
    cancelled_at: datetime = strawberry.field(description="Since when nothing is given for it any more, in UTC.")
    finished_at: datetime | None = strawberry.field(description="When the last one was taken back, in UTC.")
    replayed: bool = strawberry.field(description="Whether this requestId had been answered before.")

    @classmethod
    def of(cls, cancellation: DomainCancellation) -> Self:
        """Translate the domain's cancellation."""
        return cls(
            id=strawberry.ID(cancellation.id),
            request_id=strawberry.ID(cancellation.request_id),
            occasion=strawberry.ID(cancellation.occasion),
            reward=strawberry.ID(cancellation.reward),
            status=cancellation.status,
            reversed=cancellation.reversed_redemptions,
            reversed_units=cancellation.reversed_units,
            released_holds=cancellation.released_holds,
            remaining=cancellation.remaining,
            cancelled_at=cancellation.cancelled_at,
            finished_at=cancellation.finished_at,
            replayed=cancellation.replayed,
        )


CancelOccasionResult = Annotated[
    Cancellation | Refused | Undetermined,
    strawberry.union("CancelOccasionResult", description="Cancelled, refused, or not decided."),
]


def cancellation_result_of(
    outcome: DomainCancellation | DomainRefused | DomainUndetermined,
) -> Cancellation | Refused | Undetermined:
    """Translate a use case's outcome; every kind of it has a type."""
    match outcome:
        case DomainCancellation():
            return Cancellation.of(outcome)
        case DomainRefused():
            return Refused.of(outcome)
        case DomainUndetermined():
            return Undetermined.of(outcome)
        case _:
            assert_never(outcome)
