"""The line to the gateway: whether it is up, and what has to be fetched over it while it is."""

import random
import time
from collections.abc import Awaitable, Callable
from datetime import timedelta

from laurel_client import LaurelClient, LaurelError, RetryPolicy, Unavailable
from laurel_turnstile.decision import CLOCK_SKEW
from laurel_turnstile.provisions import Provisions
from laurel_turnstile.tally import Tally
from laurel_turnstile.terms import Terms

PROBES_APART_MAX = 8
"""How many times longer than at first two probes of a line that stays down may be apart: when a gateway comes
back, not all gates of a city are to ask it in the same second."""

LIST_PAUSE = timedelta(seconds=5)
"""How long after a list that did not come the next try is."""

RETRY_AFTER_MAX = 60.0
"""The longest wish of a gateway's that is heeded, in seconds."""

PATIENT = RetryPolicy(deadline_seconds=8.0, attempt_seconds=4.0)


def once(seconds: float) -> RetryPolicy:
    """Return the policy of one attempt: a refused connection is an answer at once, not a reason to wait."""
    never = 2 * seconds  # of which chance takes up to a half: no pause ends before the deadline
    return RetryPolicy(
        deadline_seconds=seconds, attempt_seconds=seconds, first_pause_seconds=never, longest_pause_seconds=never
    )


class Line:
    """Up until some requests failed one after the other; up again once a probe is answered within the deadline.

    `quick` is for whoever stands at the gate: one attempt, one deadline. `patient` is for all else. They share a
    token, which is renewed while nobody waits for it.
    """

    def __init__(self, client: LaurelClient, provisions: Provisions, tally: Tally, terms: Terms) -> None:
        self.patient = client.with_policy(PATIENT)
        self.quick = client.with_policy(once(terms.deadline))
        self.up = False
        self._provisions = provisions
        self._tally = tally
        self._terms = terms
        self._failures = terms.failures
        self._answered_at = self._probe_at = 0.0
        self._probes = 0
        self._due = {"list": 0.0, "allowance": 0.0}

    @property
    def clock_ahead_seconds(self) -> float | None:
        """By how much this machine's clock is ahead of the gateway's, as it last said; None before."""
        return self.patient.clock_ahead_seconds

    def answered(self) -> None:
        """Note that a request was answered in time."""
        self._failures, self._probes, self.up = 0, 0, True
        self._tally.tried("line")
        self._answered_at = time.monotonic()

    def failed(self, error: LaurelError) -> None:
        """Note that a request was not; after some of these nobody waits for the line."""
        self._tally.tried("line", error)
        self._failures += 1
        if self._failures >= self._terms.failures or not isinstance(error, Unavailable):
            self.up = False

    async def keep(self) -> None:
        """Renew what is due, or find out, now and then, whether the line is back."""
        if not self.up and time.monotonic() < self._probe_at:
            return
        try:
            await self.patient.sign_in()
            if not self.up or time.monotonic() - self._answered_at > self._terms.heartbeat:
                await self.quick.execute("Service", {})
                self.answered()
        except LaurelError as error:
            self.failed(error)
            self._probe_later(error)
        if self.up:
            await self._when_due("list", self._fetch_list)
            await self._when_due("allowance", self._fetch_allowance)

    def _probe_later(self, error: LaurelError) -> None:
        """Wait longer for each probe in a row, by chance, and at least as long as the gateway wished."""
        times = min(2**self._probes, PROBES_APART_MAX)
        pause = self._terms.probe_every * times * random.uniform(0.5, 1.0)  # noqa: S311 - no secret
        wish = getattr(error, "retry_after_seconds", None) or 0.0
        self._probe_at = time.monotonic() + max(pause, min(wish, RETRY_AFTER_MAX))
        self._probes += 1

    async def clock_is_right(self) -> bool:
        """Ask the gateway what time it is; whether this clock agrees, as far as a tap's time must."""
        try:
            await self.patient.execute("Service", {})
        except LaurelError as error:
            self.failed(error)
            return False
        ahead = self.clock_ahead_seconds
        return ahead is not None and abs(ahead) <= CLOCK_SKEW.total_seconds()

    async def _when_due(self, name: str, fetch: Callable[[], Awaitable[timedelta]]) -> None:
        if time.monotonic() < self._due[name]:
            return
        try:
            pause = await fetch()
            self._tally.tried(name)
        except LaurelError as error:
            # A list that is no good says nothing of the line: who stands at the gate is still answered.
            self._tally.tried(name, error)
            if isinstance(error, Unavailable):
                self.failed(error)
            pause = LIST_PAUSE
        self._due[name] = time.monotonic() + pause.total_seconds()

    async def _fetch_list(self) -> timedelta:
        keys = await self.patient.public_keys()
        status = await self.patient.fetch_status_list(self._terms.sector, self._provisions.status)
        self._provisions.keep_list(status, keys)
        return min(status.ttl, timedelta(seconds=self._terms.allowance_every))

    async def _fetch_allowance(self) -> timedelta:
        if self._provisions.keys is None:
            return LIST_PAUSE  # nothing to verify it with yet
        given = await self.patient.offline_allowance()
        if given is not None:
            self._provisions.keep_allowance(given)
        return timedelta(seconds=self._terms.allowance_every)
