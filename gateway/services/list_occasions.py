"""The shows, matches and screenings that a partner may redeem for, a page at a time."""

from dataclasses import dataclass

from gateway.domain.occasions import ListedOccasion
from gateway.domain.partners import Caller
from gateway.domain.ports import Paged
from gateway.domain.redemptions import Window
from gateway.domain.requests import require_name
from gateway.services.examine import given_rewards
from gateway.services.paging import in_utc, require_page_size
from gateway.services.ports import Ports


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedOccasions:
    """A page with the cursor of each occasion, by their end."""

    occasions: tuple[tuple[str, ListedOccasion], ...]
    has_more: bool


async def list_occasions(
    ports: Ports,
    caller: Caller,
    *,
    first: int,
    after: str | None,
    ending: Window,
    reward: str | None,
    over: bool,
) -> ListedOccasions:
    """Return a page of the caller's occasions, those that end soonest first; the window's end is exclusive.

    Those alone whose reward the caller gives: nothing of another's can be redeemed. Where those that are over are
    wanted, too, an inactive reward's are among them: a show can be called off whatever its reward is.

    Raises:
        MalformedInput: `first` is not from 1 to PAGE_MAX, a time has no zone, or the cursor is not ours.
        Unavailable: the database can't answer.
    """
    require_page_size(first)
    if reward is not None:
        require_name("reward", reward)
    given = caller.rewards if over else given_rewards(ports, caller)
    page = await ports.ledger.occasions(
        caller.partner_id,
        first=first,
        after=None if after is None else ports.cursors.open(Paged.OCCASIONS, caller.partner_id, after),
        ending=Window(in_utc("since", ending.since), in_utc("until", ending.until)),
        rewards=given if reward is None else given & {reward},
        over=over,
    )
    return ListedOccasions(
        occasions=tuple(
            (ports.cursors.seal(Paged.OCCASIONS, caller.partner_id, (one.ends_at, one.id)), one)
            for one in page.occasions
        ),
        has_more=page.has_more,
    )
