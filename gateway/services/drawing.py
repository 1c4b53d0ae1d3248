"""Drawing passes until each has a place of its own in its status list."""

from collections.abc import Awaitable, Callable, Mapping, Sequence

from gateway.domain.errors import PlaceTaken
from gateway.domain.passes import IssuedPass, MintedPass, NewPass

DRAWS_MAX = 64
"""Even a status list that is half full refuses so many draws only once in 2**64."""


async def mint_all(
    draw: Callable[[str], MintedPass],
    keep: Callable[[Sequence[NewPass]], Awaitable[Sequence[int] | None]],
    sectors: Sequence[str],
    *,
    pin_hashes: Mapping[str, str],
) -> list[IssuedPass] | None:
    """Draw a pass for each sector, and again where its place is taken, until all are kept."""
    drawn = {sector: draw(sector) for sector in sectors}
    for _ in range(DRAWS_MAX * len(drawn)):
        try:
            ids = await keep([minted.to_record(pin_hashes.get(sector)) for sector, minted in drawn.items()])
        except PlaceTaken as taken:
            drawn[taken.sector] = draw(taken.sector)
            continue
        if ids is None:
            return None
        kept = zip(ids, drawn.items(), strict=True)
        return [minted.to_print(pass_id, has_pin=sector in pin_hashes) for pass_id, (sector, minted) in kept]
    raise RuntimeError("the status list is full")
