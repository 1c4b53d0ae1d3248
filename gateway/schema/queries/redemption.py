"""Query.redemption: one of the caller's own, such as the one whose answer got lost."""

from typing import Annotated

import strawberry

from gateway.schema.context import Info
from gateway.schema.permissions import RequiresRedeem
from gateway.schema.redemption import Redemption
from gateway.services.list_redemptions import find_redemption


@strawberry.field(
    description="One of your redemptions as it stands now, by its id or by the requestId of it; else null.",
    permission_classes=[RequiresRedeem],
)
async def redemption(
    info: Info,
    id: Annotated[strawberry.ID | None, strawberry.argument(description="The redemption's id.")] = None,
    request_id: Annotated[
        strawberry.ID | None, strawberry.argument(description="The requestId that it was made with.")
    ] = None,
) -> Redemption | None:
    """Translate in, look up, translate out."""
    found = await find_redemption(info.context.ports, info.context.caller, redemption_id=id, request_id=request_id)
    return None if found is None else Redemption.of(found)
