"""What a partner may read of its own redemptions: one, or a page for reconciliation."""

from dataclasses import dataclass

from gateway.domain.errors import MalformedInput
from gateway.domain.partners import Caller
from gateway.domain.ports import Paged
from gateway.domain.redemptions import Redemption, Reversal, Window
from gateway.domain.requests import require_name, require_redemption_id, require_request_id
from gateway.services.paging import in_utc, require_page_size
from gateway.services.ports import Ports


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """A page with a cursor and the reversals of each redemption, newest first."""

    redemptions: tuple[tuple[str, Redemption, tuple[Reversal, ...]], ...]
    has_more: bool


async def find_redemption(
    ports: Ports, caller: Caller, *, redemption_id: str | None, request_id: str | None
) -> Redemption | None:
    """Return one of the caller's redemptions as it stands now, by its id or by the id of its request.

    Raises:
        MalformedInput: not exactly one of the two is given, or it has no possible form.
    """
    if (redemption_id is None) == (request_id is None):
        raise MalformedInput("id", "Give either id or requestId.")
    if redemption_id is not None:
        require_redemption_id("id", redemption_id)
    if request_id is not None:
        require_request_id(request_id)
    return await ports.ledger.redemption(caller.partner_id, redemption_id=redemption_id, request_id=request_id)


async def list_redemptions(
    ports: Ports,
    caller: Caller,
    *,
    first: int,
    after: str | None,
    redeemed: Window,
    reversed_: Window,
    reward: str | None,
    of_this_device: bool,
) -> Listed:
    """Return a page of the caller's redemptions, newest first; windows begin inclusive and end exclusive.

    Of a device there are its own alone to ask for: which one asks, its token says.

    Raises:
        MalformedInput: `first` is not from 1 to PAGE_MAX, a time has no zone, or the cursor is not ours.
    """
    require_page_size(first)
    if reward is not None:
        require_name("reward", reward)
    page = await ports.ledger.redemptions(
        caller.partner_id,
        first=first,
        after=None if after is None else ports.cursors.open(Paged.REDEMPTIONS, caller.partner_id, after),
        redeemed=Window(in_utc("since", redeemed.since), in_utc("until", redeemed.until)),
        reversed_=Window(in_utc("reversedSince", reversed_.since), in_utc("reversedUntil", reversed_.until)),
        reward=reward,
        device_id=caller.device_id if of_this_device else None,
    )
    return Listed(
        redemptions=tuple(
            (
                ports.cursors.seal(Paged.REDEMPTIONS, caller.partner_id, (one.redeemed_at, one.id)),
                one,
                page.reversals.get(one.id, ()),
            )
            for one in page.redemptions
        ),
        has_more=page.has_more,
    )
