"""Finding the partner that a command names."""

from typing import Annotated

import typer

from gateway.domain.errors import MalformedInput
from gateway.domain.partners import Partner
from gateway.store.partners import SqlPartners

PartnerId = Annotated[str, typer.Argument(help="The partner's id.")]


async def required(rows: SqlPartners, partner_id: str) -> Partner:
    """Return a partner.

    Raises:
        MalformedInput: there is none of that id.
    """
    partner = await rows.partner(partner_id)
    if partner is None:
        raise MalformedInput("partner", "There is no such partner: gateway partners list")
    return partner
