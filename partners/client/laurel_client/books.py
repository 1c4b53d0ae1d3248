"""A partner's own books: what it redeemed and took back, what it may redeem for, and what it is owed."""

from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime

from laurel_client.answers import redemption_from
from laurel_client.book_answers import occasions_from, page_from, settlement_from
from laurel_client.connection import Connection
from laurel_client.results import Occasion, Redemption
from laurel_client.settlements import Reversal, Settlement

PAGE = 50
"""Redemptions, or occasions, fetched at once by the iterators."""


class Books(Connection):
    """What a partner reads of its own."""

    async def redemption(
        self, redemption_id: str | None = None, *, request_id: str | None = None
    ) -> Redemption | None:
        """Return one of the partner's own redemptions by either id, or None: it was never recorded."""
        return redemption_from(
            await self.execute("Redemption", given_only(id=redemption_id, requestId=request_id))
        )

    async def redemptions(
        self,
        *,
        since: datetime | None = None,
        until: datetime | None = None,
        reward: str | None = None,
        of_this_device: bool = False,
    ) -> AsyncIterator[Redemption]:
        """Go through the partner's own redemptions, newest first, page by page. A naive time is local time.

        With `of_this_device`, those alone that this very device redeemed: which one it is, its token says.
        """
        document = "DeviceRedemptions" if of_this_device else "Redemptions"
        window = given_only(since=_instant(since), until=_instant(until), reward=reward)
        async for redemption, _ in self._listed(document, window):
            yield redemption

    async def occasions(
        self,
        *,
        since: datetime | None = None,
        until: datetime | None = None,
        reward: str | None = None,
        over: bool = False,
    ) -> AsyncIterator[Occasion]:
        """Go through the partner's own occasions that are on, those that end soonest first, page by page.

        `since` and `until` are about their end; with `over`, those that are over or cancelled come, too.
        """
        window = given_only(since=_instant(since), until=_instant(until), reward=reward, over=over or None)
        after: str | None = None
        while True:
            asked = {"first": PAGE, **window, **given_only(after=after)}
            page, after = occasions_from(await self.execute("Occasions", asked))
            for each in page:
                yield each
            if after is None:
                return

    async def reversed_redemptions(
        self, since: datetime, until: datetime
    ) -> AsyncIterator[tuple[Redemption, tuple[Reversal, ...]]]:
        """Go through the partner's own redemptions of which something was taken back in a time.

        Each comes with all its reversals, those at other times, too.
        """
        async for each in self._listed(
            "Redemptions", {"reversedSince": _instant(since), "reversedUntil": _instant(until)}
        ):
            yield each

    async def settlement(self, month: str) -> Settlement:
        """Return what the city owes for a month such as `2026-11`; once it is `final`, it never changes."""
        return settlement_from(await self.execute("Settlement", {"month": month}))

    async def _listed(
        self, document: str, window: Mapping[str, object]
    ) -> AsyncIterator[tuple[Redemption, tuple[Reversal, ...]]]:
        window = {"first": PAGE, **window}
        after: str | None = None
        while True:
            page, after = page_from(await self.execute(document, {**window, **given_only(after=after)}))
            for each in page:
                yield each
            if after is None:
                return


def given_only(**arguments: object) -> dict[str, object]:
    """Return the arguments that were given: what is left out keeps the schema's default."""
    return {name: value for name, value in arguments.items() if value is not None}


def _instant(time: datetime | None) -> str | None:
    return None if time is None else time.astimezone(UTC).isoformat()
