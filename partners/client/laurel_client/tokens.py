"""The access token and its renewal: behind the back of whoever asks, so that nobody at a gate waits for one."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace

from laurel_client.clock import Clock
from laurel_client.errors import LaurelError

RENEW_AT = 0.7
"""Share of a token's life after which it is renewed: early enough to try again a few times."""

RENEWAL_SECONDS = 10.0
"""How long a renewal behind somebody's back may take."""

RENEWAL_PAUSE_SECONDS = 2.0
"""How long after a renewal that failed the next one begins: a gate's thousand taps are no thousand tries."""


@dataclass(frozen=True, slots=True)
class Token:
    """An access token and its times on the monotonic clock."""

    value: str = field(repr=False)
    renew_at: float
    expires_at: float

    @classmethod
    def granted(cls, value: str, *, asked_at: float, life: float) -> "Token":
        """Return a token that was asked for at an instant and is good for so many seconds."""
        return cls(value, renew_at=asked_at + RENEW_AT * life, expires_at=asked_at + life)


class Tokens:
    """Keeps one token, fetched by one caller at a time when it is first needed, and renewed ahead of its end."""

    def __init__(self, fetch: Callable[[], Awaitable[Token]], clock: Clock) -> None:
        self._fetch = fetch
        self._clock = clock
        self._known: Token | None = None
        self._fetching = asyncio.Lock()
        self._renewal: asyncio.Task[None] | None = None

    async def current(self) -> Token:
        """Return a token that lives. One that is due for renewal serves on, while another is fetched."""
        known = self._known
        if known is None or self._clock.monotonic() >= known.expires_at:
            return await self.fresh()
        if not self._is_fresh(known) and (self._renewal is None or self._renewal.done()):
            self._renewal = asyncio.create_task(self._renew())
        return known

    async def fresh(self) -> Token:
        """Return a token that is not yet due for renewal; raises what fetching one raises."""
        async with self._fetching:
            if self._known is None or not self._is_fresh(self._known):
                self._known = await self._fetch()
            return self._known

    def forget(self, token: Token) -> None:
        """Use a token no more: the gateway did not take it."""
        if self._known is not None and self._known.value == token.value:
            self._known = None

    async def aclose(self) -> None:
        """End a renewal that is under way."""
        if self._renewal is not None:
            self._renewal.cancel()
            await asyncio.wait([self._renewal])

    def _is_fresh(self, token: Token) -> bool:
        return self._clock.monotonic() < token.renew_at

    async def _renew(self) -> None:
        """Renew the token. Whoever comes once the old one has ended will hear why that does not succeed."""
        try:
            async with asyncio.timeout(RENEWAL_SECONDS):
                await self.fresh()
        except (LaurelError, TimeoutError):
            if self._known is not None:
                later = self._clock.monotonic() + RENEWAL_PAUSE_SECONDS
                self._known = replace(self._known, renew_at=later)
