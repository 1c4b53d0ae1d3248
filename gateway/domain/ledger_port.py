"""The ledger as a Protocol: the one write path, and what it can tell its partners. Implemented by store."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Protocol

from gateway.domain.ledger import Command, Entry, Outcome
from gateway.domain.occasions import Cancellation, Occasion, OccasionPage
from gateway.domain.redemptions import Page, Redemption, Window


class Ledger(Protocol):
    """The one write path, and what it can tell its partners."""

    async def recall(self, partner_id: str, request_id: str) -> Entry | None:
        """Return the entry that answers for a request id, if any."""
        ...

    async def commit(self, batch: Sequence[Command]) -> Sequence[Outcome]:
        """Decide and record commands; each gets its own outcome, after a durable commit that it may share.

        Those that name the same request, proof, quota, hold or redemption are decided in their order.

        Raises:
            Unavailable: nothing is known to be recorded; the same requests may be sent again.
        """
        ...

    async def advance(self, partner_id: str, cancellation: Cancellation) -> Cancellation:
        """Undo a bounded part of what stands of a cancelled occasion, in one durable commit; return how far it is.

        Raises:
            Unavailable: nothing is known to be undone; the same cancellation may be advanced again.
        """
        ...

    async def used(self, pseudonym: bytes, bucket: str) -> int:
        """Return how many units of a quota are used, or held by holds that live."""
        ...

    async def occasion(self, partner_id: str, occasion_id: str, *, over: bool = False) -> Occasion | None:
        """Return a partner's occasion that is on by the database's clock; with `over`, also one that is not."""
        ...

    async def occasions(
        self,
        partner_id: str,
        *,
        first: int,
        after: tuple[datetime, str] | None,
        ending: Window,
        rewards: Collection[str],
        over: bool,
    ) -> OccasionPage:
        """Return a page of a partner's own occasions for some rewards, by their end, after an (end, id) position.

        Those that are on by the database's clock; with `over`, the others too.
        """
        ...

    async def redemption(
        self, partner_id: str, *, redemption_id: str | None = None, request_id: str | None = None
    ) -> Redemption | None:
        """Return one of a partner's own redemptions as it stands now."""
        ...

    async def redemptions(
        self,
        partner_id: str,
        *,
        first: int,
        after: tuple[datetime, str] | None,
        redeemed: Window,
        reversed_: Window,
        reward: str | None,
        device_id: str | None,
    ) -> Page:
        """Return a page of a partner's own redemptions, newest first, after a (time, id) position.

        With an end of `reversed_`, those alone of which something was reversed in it; with a device, those alone
        that it asked for: of a hold, the device that confirmed it, and of a tap, the one that handed it in.
        """
        ...
