"""What residents notice of other work: a turnstile that verifies and redeems at a fixed rate beside it."""

import asyncio
from collections import Counter, deque
from collections.abc import Awaitable, Mapping
from contextlib import suppress
from itertools import cycle
from typing import TypeVar

import httpx2

from bench.arrivals import Arrivals, Outcome, Stream, arrive, require_no_wrong
from bench.city import City
from bench.connections import Connections
from bench.jobs import Job, redemption, verification
from laurel_client import new_request_id

T = TypeVar("T")

VERIFY, REDEEM, SIGN_IN = "verifyPass", "redeemReward", "sign-in"

RENEW_SECONDS = 200
"""An access token lives for 300."""

NONCE_SECONDS = 20
"""A nonce is good for a minute; renewed before a request finds it old, it keeps none waiting."""

SIGN_INS_MAX = 30


class Gate:
    """A turnstile of a city at work, on connections of its own."""

    def __init__(self, city: City, *, verify_rate: float, redeem_rate: float) -> None:
        self._city = city
        self._connections = Connections(city.turnstile.sandbox.server.port)
        passes, rides = cycle(city.to_verify), deque(city.to_redeem)

        def verify() -> Job:
            return verification(city.turnstile, next(passes))

        def redeem() -> Job:
            if not rides:
                raise RuntimeError("All rides are redeemed before the end: give it more with --rides.")
            return redemption(city.turnstile, rides.popleft(), new_request_id())

        self._streams = {VERIFY: Stream(verify_rate, verify), REDEEM: Stream(redeem_rate, redeem)}

    async def beside(self, work: Awaitable[T]) -> tuple[T, Mapping[str, Arrivals]]:
        """Verify and redeem while other work is done; return what that brings, and what became of the requests.

        Raises:
            WrongAnswer: an answer isn't the one that must come.
            RuntimeError: the gateway has ended, or no ride is left.
        """
        over, sign_ins = asyncio.Event(), Arrivals()
        await self._sign_in(sign_ins.outcomes)
        tasks = {
            name: asyncio.create_task(arrive(stream, self._connections, until=over))
            for name, stream in self._streams.items()
        }
        renewing = (
            asyncio.create_task(self._stay_signed_in(sign_ins.outcomes, over)),
            asyncio.create_task(self._keep_nonce_fresh(over)),
        )
        try:
            done = await work
        finally:
            over.set()
            await asyncio.wait([*tasks.values(), *renewing])
        if self._city.gateway.process.poll() is not None:
            raise RuntimeError("The gateway has ended.")
        for task in renewing:
            task.result()
        found = {name: task.result() for name, task in tasks.items()} | {SIGN_IN: sign_ins}
        require_no_wrong(found)
        return done, found

    async def close(self) -> None:
        """Close the connections."""
        await self._connections.close()

    async def _stay_signed_in(self, outcomes: Counter[Outcome], over: asyncio.Event) -> None:
        while True:
            try:
                await asyncio.wait_for(over.wait(), RENEW_SECONDS)
                return
            except TimeoutError:
                await self._sign_in(outcomes)

    async def _keep_nonce_fresh(self, over: asyncio.Event) -> None:
        while not over.is_set():
            with suppress(httpx2.TransportError):  # the next round is early enough
                await asyncio.to_thread(self._city.turnstile.renew_nonce)
            with suppress(TimeoutError):
                await asyncio.wait_for(over.wait(), NONCE_SECONDS)

    async def _sign_in(self, outcomes: Counter[Outcome]) -> None:
        """Sign in, and again where the gateway puts it off."""
        for _ in range(SIGN_INS_MAX):
            try:
                await asyncio.to_thread(self._city.turnstile.sign_in)
            except httpx2.HTTPStatusError as error:
                if error.response.status_code != httpx2.codes.SERVICE_UNAVAILABLE:
                    raise
                outcomes[Outcome.PUT_OFF] += 1
            except httpx2.TransportError:
                outcomes[Outcome.NO_ANSWER] += 1
            else:
                outcomes[Outcome.RIGHT] += 1
                return
            await asyncio.sleep(1)
        raise RuntimeError(f"The turnstile could not sign in, {SIGN_INS_MAX} times in a row.")
