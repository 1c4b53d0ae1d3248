"""The same client for programs without an event loop: each call waits for its answer.

There is one logic, the asynchronous one; it runs on a loop in a thread of this client's own. A blocking socket's
timeout counts from one byte to the next, so with it a deadline would be none: here it is that of `LaurelClient`.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from types import TracebackType
from typing import Any, Self

import httpx2

from laurel_client.client import LaurelClient
from laurel_client.clock import SYSTEM_CLOCK, Clock
from laurel_client.credentials import Credentials
from laurel_client.loop_thread import LoopThread
from laurel_client.offline import OfflineAllowance, Tap, TapVerdict
from laurel_client.results import (
    Cancellation,
    Eligible,
    Hold,
    NotEligible,
    Occasion,
    Redemption,
    Refused,
    ReversalReason,
    Undetermined,
)
from laurel_client.retries import STANDARD, RetryPolicy
from laurel_client.settlements import Reversal, Settlement
from laurel_client.status_lists import StatusList


class SyncLaurelClient:
    """`LaurelClient`, call by call, with the same arguments, answers and errors. Threads may share one.

    Use it as a context manager, or call `close`. A process that forks opens its own afterwards.
    """

    def __init__(
        self,
        credentials: Credentials,
        http: httpx2.AsyncClient | None = None,
        *,
        policy: RetryPolicy = STANDARD,
        clock: Clock = SYSTEM_CLOCK,
    ) -> None:
        """Take what `LaurelClient` takes."""
        self._loop = LoopThread("laurel-client")
        self._client = LaurelClient(credentials, http, policy=policy, clock=clock)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections and end the thread. Closing twice does nothing more."""
        if self._loop.is_closed:
            return
        self._loop.wait(self._client.aclose())
        self._loop.close()

    @property
    def credentials(self) -> Credentials:
        """Who this device is."""
        return self._client.credentials

    @property
    def clock_ahead_seconds(self) -> float | None:
        """By how much this machine's clock was ahead at the gateway's newest answer; None before the first."""
        return self._client.clock_ahead_seconds

    def sign_in(self) -> None:
        return self._loop.wait(self._client.sign_in())

    def execute(self, document: str, variables: Mapping[str, object]) -> dict[str, Any]:
        return self._loop.wait(self._client.execute(document, variables))

    def verify_pass(
        self, pass_: str, reward: str, quantity: int = 1, occasion: str | None = None
    ) -> Eligible | NotEligible | Undetermined:
        return self._loop.wait(self._client.verify_pass(pass_, reward, quantity, occasion))

    def redeem_reward(
        self,
        pass_: str,
        reward: str,
        quantity: int = 1,
        occasion: str | None = None,
        *,
        pin: str | None = None,
        request_id: str | None = None,
    ) -> Redemption | Refused | Undetermined:
        asked = self._client.redeem_reward(pass_, reward, quantity, occasion, pin=pin, request_id=request_id)
        return self._loop.wait(asked)

    def hold_reward(
        self,
        pass_: str,
        reward: str,
        quantity: int = 1,
        occasion: str | None = None,
        *,
        pin: str | None = None,
        request_id: str | None = None,
    ) -> Hold | Refused | Undetermined:
        asked = self._client.hold_reward(pass_, reward, quantity, occasion, pin=pin, request_id=request_id)
        return self._loop.wait(asked)

    def confirm_hold(
        self, hold_id: str, quantity: int | None = None, *, request_id: str | None = None
    ) -> Redemption | Refused | Undetermined:
        return self._loop.wait(self._client.confirm_hold(hold_id, quantity, request_id=request_id))

    def release_hold(self, hold_id: str, *, request_id: str | None = None) -> Hold | Refused | Undetermined:
        return self._loop.wait(self._client.release_hold(hold_id, request_id=request_id))

    def cancel_occasion(
        self, occasion: str, *, request_id: str | None = None
    ) -> Cancellation | Refused | Undetermined:
        return self._loop.wait(self._client.cancel_occasion(occasion, request_id=request_id))

    def reverse_redemption(
        self,
        redemption_id: str,
        reason: ReversalReason,
        quantity: int | None = None,
        *,
        request_id: str | None = None,
    ) -> Redemption | Refused | Undetermined:
        asked = self._client.reverse_redemption(redemption_id, reason, quantity, request_id=request_id)
        return self._loop.wait(asked)

    def redemption(self, redemption_id: str | None = None, *, request_id: str | None = None) -> Redemption | None:
        return self._loop.wait(self._client.redemption(redemption_id, request_id=request_id))

    def redemptions(
        self,
        *,
        since: datetime | None = None,
        until: datetime | None = None,
        reward: str | None = None,
        of_this_device: bool = False,
    ) -> Iterator[Redemption]:
        listed = self._client.redemptions(since=since, until=until, reward=reward, of_this_device=of_this_device)
        return self._loop.each(listed)

    def occasions(
        self,
        *,
        since: datetime | None = None,
        until: datetime | None = None,
        reward: str | None = None,
        over: bool = False,
    ) -> Iterator[Occasion]:
        return self._loop.each(self._client.occasions(since=since, until=until, reward=reward, over=over))

    def reversed_redemptions(
        self, since: datetime, until: datetime
    ) -> Iterator[tuple[Redemption, tuple[Reversal, ...]]]:
        return self._loop.each(self._client.reversed_redemptions(since, until))

    def settlement(self, month: str) -> Settlement:
        return self._loop.wait(self._client.settlement(month))

    def offline_allowance(self) -> OfflineAllowance | None:
        return self._loop.wait(self._client.offline_allowance())

    def public_keys(self) -> Mapping[str, Any]:
        return self._loop.wait(self._client.public_keys())

    def fetch_status_list(self, sector: str, known: StatusList | None = None) -> StatusList:
        return self._loop.wait(self._client.fetch_status_list(sector, known))

    def upload(self, allowance: str, taps: Iterable[Tap]) -> Iterator[TapVerdict | Undetermined]:
        return self._loop.each(self._client.upload(allowance, taps))


for _name, _method in vars(SyncLaurelClient).items():
    if not _name.startswith("_") and not _method.__doc__:
        _method.__doc__ = getattr(LaurelClient, _name).__doc__
