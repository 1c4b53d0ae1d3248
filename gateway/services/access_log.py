"""The access log: noted at once, written in the background, read by the holder of a pass alone."""

from collections import deque
from collections.abc import Collection
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from gateway.domain.access import KEPT, Look, Looks, Tagger
from gateway.domain.errors import KeysMissing, Unavailable

QUEUE_MAX = 10_000
"""Looks in memory, some 2 MB: twenty seconds at the highest rate of a partner."""

BATCH = 500
"""Looks per transaction: it holds SQLite's lock for a few milliseconds."""


class BackgroundAccessLog:
    """Implements `domain.access.AccessLog`. What doesn't fit, or can't be written, is dropped and counted."""

    def __init__(self, tagger: Tagger, looks: Looks, zone: ZoneInfo) -> None:
        self._tagger, self._looks, self._zone = tagger, looks, zone
        self._queue: deque[Look] = deque()
        self.dropped = 0

    def note(self, look: Look) -> None:
        """Note a look. Never waits and never fails."""
        if len(self._queue) >= QUEUE_MAX:
            self.dropped += 1
        else:
            self._queue.append(look)

    async def flush(self) -> None:
        """Write what was noted.

        Raises:
            Unavailable: the database can't answer; what was to be written is noted still.
        """
        while self._queue:
            batch = [self._queue.popleft() for _ in range(min(BATCH, len(self._queue)))]
            try:
                await self._looks.put([await self._tagger.tag(look, self._zone) for look in batch])
            except Unavailable:
                self._queue.extendleft(reversed(batch))
                raise
            except KeysMissing:  # no key at hand, and later there may be none either
                self.dropped += len(batch)

    async def read(self, secret: bytes, partners: Collection[str], today: date) -> list[tuple[date, str]]:
        """Return on which days which of some partners looked at a resident's passes, the newest first.

        Every partner and day is tried: nothing that is kept says which it was.

        Raises:
            Unavailable: the database can't answer.
        """
        found = []
        for back in range((KEPT + timedelta(days=31)).days + 1):
            day = today - timedelta(days=back)
            tags = {}
            for partner_id in sorted(partners):
                try:
                    tags[(await self._tagger.tag(Look(partner_id, day, secret), self._zone)).tag] = partner_id
                except KeysMissing:  # the month has closed
                    break
            known = await self._looks.known(list(tags))
            found += [(day, partner_id) for tag, partner_id in tags.items() if tag in known]
        return found
