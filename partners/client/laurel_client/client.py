"""Laurel as a partner's machine sees it: verify a pass, redeem a reward once, take it back, reconcile."""

import secrets
from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, Self

import httpx2

from laurel_client.answers import outcome_from, page_from, redemption_from, verdict_from
from laurel_client.clock import SYSTEM_CLOCK, Clock
from laurel_client.credentials import Credentials
from laurel_client.errors import BadReply, Unavailable
from laurel_client.replies import data_from
from laurel_client.results import (
    Eligible,
    NotEligible,
    Reason,
    Redemption,
    Refused,
    ReversalReason,
    Undetermined,
)
from laurel_client.retries import STANDARD, RetryPolicy, persist
from laurel_client.session import Session, http_for

PAGE = 50
"""Redemptions fetched at once by the iterator."""


def new_request_id() -> str:
    """Return a request id that nobody used before. Store it before sending, and a crash can't redeem twice."""
    return secrets.token_urlsafe(18)


class LaurelClient:
    """One device's connection. Use it as an async context manager, or call `aclose`; share it between tasks.

    Every method signs, renews the token, and tries again until the policy's deadline. All of them raise:

        Unavailable, BadReply: no answer, or none of the contract. A change may be recorded or not; the error's
            `request_id` is what to send again.
        BadInput: no valid request looks like this; a mistyped code, too.
        Unauthenticated, Forbidden, UnknownDocument: as in `errors`.
    """

    def __init__(
        self,
        credentials: Credentials,
        http: httpx2.AsyncClient | None = None,
        *,
        policy: RetryPolicy = STANDARD,
        clock: Clock = SYSTEM_CLOCK,
    ) -> None:
        """Take an HTTP client of your own (its limits, proxies and certificates) and keep it, or make one."""
        self.credentials = credentials
        self._own_http = http is None
        self._http = http or http_for(credentials.graphql_endpoint)
        self._policy = policy
        self._clock = clock
        self._session = Session(credentials, self._http, clock)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Close the HTTP connections that this client opened."""
        if self._own_http:
            await self._http.aclose()

    async def sign_in(self) -> None:
        """Fetch the access token ahead of the first request."""
        await persist(self._session.sign_in, self._policy, self._clock)

    async def execute(self, document: str, variables: Mapping[str, object]) -> dict[str, Any]:
        """Have a registered document run, by its name, and return its data. Its id is sent, never its text."""
        return await persist(lambda: self._send(document, variables), self._policy, self._clock)

    async def verify_pass(
        self, pass_: str, reward: str, quantity: int = 1, occasion: str | None = None
    ) -> Eligible | NotEligible | Undetermined:
        """Ask whether a pass (its token or its typed code) may have so many units of a reward now."""
        variables = {"pass": pass_, "reward": reward, "quantity": quantity} | _given(occasion=occasion)
        return verdict_from(await self.execute("VerifyPass", variables))

    async def redeem_reward(
        self,
        pass_: str,
        reward: str,
        quantity: int = 1,
        occasion: str | None = None,
        *,
        pin: str | None = None,
        request_id: str | None = None,
    ) -> Redemption | Refused | Undetermined:
        """Redeem units of a reward, once for this request id (a new one, if you give none)."""
        given = {"pass": pass_, "reward": reward, "quantity": quantity} | _given(occasion=occasion, pin=pin)
        return await self._change("RedeemReward", "redeemReward", given, request_id)

    async def reverse_redemption(
        self,
        redemption_id: str,
        reason: ReversalReason,
        quantity: int | None = None,
        *,
        request_id: str | None = None,
    ) -> Redemption | Refused | Undetermined:
        """Take back what remains of a redemption, or a part of it; answers the redemption as it then stands."""
        given = {"redemptionId": redemption_id, "reason": reason.value} | _given(quantity=quantity)
        return await self._change("ReverseRedemption", "reverseRedemption", given, request_id)

    async def redemption(
        self, redemption_id: str | None = None, *, request_id: str | None = None
    ) -> Redemption | None:
        """Return one of the partner's own redemptions by either id, or None: it was never recorded."""
        return redemption_from(await self.execute("Redemption", _given(id=redemption_id, requestId=request_id)))

    async def redemptions(
        self, *, since: datetime | None = None, until: datetime | None = None, reward: str | None = None
    ) -> AsyncIterator[Redemption]:
        """Go through the partner's own redemptions, newest first, page by page. A naive time is local time."""
        window = {"first": PAGE} | _given(since=_instant(since), until=_instant(until), reward=reward)
        after: str | None = None
        while True:
            page, after = page_from(await self.execute("Redemptions", window | _given(after=after)))
            for redemption in page:
                yield redemption
            if after is None:
                return

    async def _change(
        self, document: str, root: str, given: Mapping[str, object], request_id: str | None
    ) -> Redemption | Refused | Undetermined:
        own_id = request_id or new_request_id()

        async def attempt() -> Redemption | Refused | Undetermined:
            answer = outcome_from(await self._send(document, {"input": {**given, "requestId": own_id}}), root)
            if isinstance(answer, Refused) and answer.reason is Reason.IN_PROGRESS:
                raise Unavailable("The gateway is still working on this request.")
            return answer

        try:
            return await persist(attempt, self._policy, self._clock)
        except (Unavailable, BadReply) as error:
            error.request_id = own_id
            raise

    async def _send(self, name: str, variables: Mapping[str, object]) -> dict[str, Any]:
        body = {"documentId": self.credentials.document(name).id, "variables": variables}
        return data_from(await self._session.post_graphql(body), _secrets_in(variables))


def _instant(time: datetime | None) -> str | None:
    return None if time is None else time.astimezone(UTC).isoformat()


def _given(**arguments: object) -> dict[str, object]:
    """Return the arguments that were given: what is left out keeps the schema's default."""
    return {name: value for name, value in arguments.items() if value is not None}


def _secrets_in(variables: Mapping[str, object]) -> list[str]:
    inputs = variables.get("input")
    places = [variables, inputs] if isinstance(inputs, Mapping) else [variables]
    found = (place.get(name) for place in places for name in ("pass", "pin"))
    return [value for value in found if isinstance(value, str) and value]
