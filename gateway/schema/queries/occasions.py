"""Query.occasions: the caller's own shows, matches and screenings as a Relay connection, to choose from."""

from datetime import datetime
from typing import Annotated, Self

import strawberry
from strawberry.relay import PageInfo

from gateway.domain.occasions import ListedOccasion, OccasionStatus
from gateway.domain.redemptions import Window
from gateway.schema.context import Info
from gateway.schema.enums import publish
from gateway.schema.paging import page_info
from gateway.schema.permissions import RequiresRedeem
from gateway.services.list_occasions import list_occasions

publish(
    OccasionStatus,
    name="OccasionStatus",
    description="Whether an occasion can be redeemed for.",
    values={
        OccasionStatus.ON: "It can, while units are available.",
        OccasionStatus.OVER: "It has ended.",
        OccasionStatus.CANCELLED: "It was cancelled, for good.",
    },
)


@strawberry.type(description="One show, match or screening of yours, as it was imported.")
class Occasion:
    """An occasion as partners see it."""

    id: strawberry.ID = strawberry.field(description="The id to redeem, hold or verify for.")
    reward: strawberry.ID = strawberry.field(description="The code of the reward that it is for.")
    ends_at: datetime = strawberry.field(description="Until when units are given, in UTC.")
    capacity: int = strawberry.field(description="How many units there are altogether.")
    available: int = strawberry.field(
        description="How many of them are neither redeemed nor held now; others may take them before you do. "
        "Only while it is ON can any be taken."
    )
    status: OccasionStatus = strawberry.field(description="Whether it can be redeemed for.")

    @classmethod
    def of(cls, occasion: ListedOccasion) -> Self:
        """Translate the domain's occasion."""
        return cls(
            id=strawberry.ID(occasion.id),
            reward=strawberry.ID(occasion.reward),
            ends_at=occasion.ends_at,
            capacity=occasion.capacity,
            available=occasion.available,
            status=occasion.status,
        )


@strawberry.type(description="An occasion and its place in the list.")
class OccasionEdge:
    """An edge as Relay defines it."""

    cursor: str = strawberry.field(description="Opaque; give it as after to go on from here.")
    node: Occasion = strawberry.field(description="The occasion as it stands now.")


@strawberry.type(description="A page of your occasions, those that end soonest first.")
class OccasionConnection:
    """A connection as Relay defines it."""

    page_info: PageInfo = strawberry.field(description="Whether there is more, and from where.")
    edges: list[OccasionEdge] = strawberry.field(description="The occasions of this page.")


@strawberry.field(
    description="Your occasions that are on, those that end soonest first: a reward that needs an "
    "occasion is redeemed for one of them.",
    permission_classes=[RequiresRedeem],
)
async def occasions(
    info: Info,
    *,
    first: Annotated[int, strawberry.argument(description="How many, from 1 to 200.")] = 50,
    after: Annotated[str | None, strawberry.argument(description="The cursor to go on from.")] = None,
    since: Annotated[datetime | None, strawberry.argument(description="Ending at this instant or later.")] = None,
    until: Annotated[datetime | None, strawberry.argument(description="Ending before this instant.")] = None,
    reward: Annotated[strawberry.ID | None, strawberry.argument(description="For this reward only.")] = None,
    over: Annotated[
        bool, strawberry.argument(description="Those that are over, cancelled, or of an inactive reward, too.")
    ] = False,
) -> OccasionConnection:
    """Translate in, list, translate out."""
    listed = await list_occasions(
        info.context.ports,
        info.context.caller,
        first=first,
        after=after,
        ending=Window(since, until),
        reward=reward,
        over=over,
    )
    edges = [OccasionEdge(cursor=cursor, node=Occasion.of(one)) for cursor, one in listed.occasions]
    return OccasionConnection(
        page_info=page_info([each.cursor for each in edges], after=after, has_more=listed.has_more),
        edges=edges,
    )
