"""Query.redemptions: the caller's own records as a Relay connection, for reconciliation."""

from datetime import datetime
from typing import Annotated

import strawberry
from strawberry.relay import PageInfo

from gateway.schema.context import Info
from gateway.schema.permissions import RequiresReport
from gateway.schema.redemption import Redemption
from gateway.services.list_redemptions import list_redemptions


@strawberry.type(description="A redemption and its place in the list.")
class RedemptionEdge:
    """An edge as Relay defines it."""

    cursor: str = strawberry.field(description="Opaque; give it as after to go on from here.")
    node: Redemption = strawberry.field(description="The redemption as it stands now.")


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
    reward: Annotated[strawberry.ID | None, strawberry.argument(description="Of this reward only.")] = None,
) -> RedemptionConnection:
    """Translate in, list, translate out."""
    listed = await list_redemptions(
        info.context.ports,
        info.context.caller,
        first=first,
        after=after,
        since=since,
        until=until,
        reward=reward,
    )
    edges = [RedemptionEdge(cursor=cursor, node=Redemption.of(one)) for cursor, one in listed.redemptions]
    return RedemptionConnection(
        page_info=PageInfo(
            has_next_page=listed.has_more,
            has_previous_page=after is not None,
            start_cursor=edges[0].cursor if edges else None,
            end_cursor=edges[-1].cursor if edges else None,
        ),
        edges=edges,
    )
