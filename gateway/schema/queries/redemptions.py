"""Query.redemptions: the caller's own records as a Relay connection, for reconciliation."""

from datetime import datetime
from typing import Annotated, Self

import strawberry
from strawberry.relay import PageInfo

from gateway.domain.redemptions import Reversal as DomainReversal
from gateway.domain.redemptions import ReversalReason, Window
from gateway.schema.context import Info
from gateway.schema.paging import page_info
from gateway.schema.permissions import RequiresReport
from gateway.schema.redemption import Redemption
from gateway.services.list_redemptions import list_redemptions


@strawberry.type(description="Units of a redemption that were taken back at once.")
class Reversal:
    """A reversal as partners see it."""

    request_id: strawberry.ID = strawberry.field(description="The requestId that you chose for it.")
    quantity: int = strawberry.field(description="How many units.")
    reversed_at: datetime = strawberry.field(description="When it was recorded, in UTC; its month settles it.")
    reason: ReversalReason = strawberry.field(description="Why.")

    @classmethod
    def of(cls, reversal: DomainReversal) -> Self:
        """Translate the domain's reversal."""
        return cls(
            request_id=strawberry.ID(reversal.request_id),
            quantity=reversal.quantity,
            reversed_at=reversal.reversed_at,
            reason=reversal.reason,
        )


@strawberry.type(description="A redemption and its place in the list.")
class RedemptionEdge:
    """An edge as Relay defines it."""

    cursor: str = strawberry.field(description="Opaque; give it as after to go on from here.")
    node: Redemption = strawberry.field(description="The redemption as it stands now.")
    reversals: list[Reversal] = strawberry.field(description="What was taken back of it so far, oldest first.")


@strawberry.type(description="A page of your redemptions, newest first.")
class RedemptionConnection:
    """A connection as Relay defines it."""

    page_info: PageInfo = strawberry.field(description="Whether there is more, and from where.")
    edges: list[RedemptionEdge] = strawberry.field(description="The redemptions of this page.")


@strawberry.field(
    description="Your redemptions as they stand now, newest first, to be reconciled with your own records.",
    permission_classes=[RequiresReport],
)
async def redemptions(
    info: Info,
    *,
    first: Annotated[int, strawberry.argument(description="How many, from 1 to 200.")] = 50,
    after: Annotated[str | None, strawberry.argument(description="The cursor to go on from.")] = None,
    since: Annotated[datetime | None, strawberry.argument(description="Given at this instant or later.")] = None,
    until: Annotated[datetime | None, strawberry.argument(description="Given before this instant.")] = None,
    reversed_since: Annotated[
        datetime | None,
        strawberry.argument(description="Taken back, in part or whole, at this instant or later."),
    ] = None,
    reversed_until: Annotated[
        datetime | None, strawberry.argument(description="Taken back, in part or whole, before this instant.")
    ] = None,
    reward: Annotated[strawberry.ID | None, strawberry.argument(description="Of this reward only.")] = None,
    of_this_device: Annotated[
        bool,
        strawberry.argument(
            description="Of the device alone that asks, by its token: what it redeemed, confirmed or handed in."
        ),
    ] = False,
) -> RedemptionConnection:
    """Translate in, list, translate out."""
    listed = await list_redemptions(
        info.context.ports,
        info.context.caller,
        first=first,
        after=after,
        redeemed=Window(since, until),
        reversed_=Window(reversed_since, reversed_until),
        reward=reward,
        of_this_device=of_this_device,
    )
    edges = [
        RedemptionEdge(cursor=cursor, node=Redemption.of(one), reversals=[Reversal.of(each) for each in reversals])
        for cursor, one, reversals in listed.redemptions
    ]
    return RedemptionConnection(
        page_info=page_info([each.cursor for each in edges], after=after, has_more=listed.has_more),
        edges=edges,
    )
