"""How one device calls the gateway: it signs, renews its token, and tries again until the policy's deadline."""

import copy
import secrets
from collections.abc import Awaitable, Callable, Mapping
from types import TracebackType
from typing import Any, Self, TypeVar

import httpx2

from laurel_client.clock import SYSTEM_CLOCK, Clock
from laurel_client.credentials import Credentials
from laurel_client.errors import BadReply, Unavailable
from laurel_client.replies import data_from
from laurel_client.results import Reason, Refused
from laurel_client.retries import STANDARD, RetryPolicy, persist
from laurel_client.session import Session, http_for

T = TypeVar("T")


def new_request_id() -> str:
    """Return a request id that nobody used before. Store it before sending, and a crash can't redeem twice."""
    return secrets.token_urlsafe(18)


class Connection:
    """One device's connection, and its standing with the gateway."""

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
        self._borrowed = False
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
        if self._borrowed:
            return
        await self._session.aclose()
        if self._own_http:
            await self._http.aclose()

    def with_policy(self, policy: RetryPolicy) -> Self:
        """Return the same connection with other patience: the same token, nonce and HTTP; close the first one."""
        other = copy.copy(self)
        other._policy, other._borrowed = policy, True
        return other

    @property
    def clock_ahead_seconds(self) -> float | None:
        """By how much this machine's clock was ahead at the gateway's newest answer; None before the first."""
        return self._session.clock_ahead_seconds

    async def sign_in(self) -> None:
        """Fetch the access token ahead of the first request."""
        await persist(self._session.sign_in, self._policy, self._clock)

    async def execute(self, document: str, variables: Mapping[str, object]) -> dict[str, Any]:
        """Have a registered document run, by its name, and return its data. Its id is sent, never its text."""
        return await persist(lambda: self._send(document, variables), self._policy, self._clock)

    async def change(
        self,
        document: str,
        root: str,
        given: Mapping[str, object],
        request_id: str | None,
        *,
        read: Callable[[Any, str], T],
    ) -> T:
        """Send a mutation until it has an answer, once for its request id, and return what `read` makes of it."""
        own_id = request_id or new_request_id()

        async def attempt() -> T:
            answer = read(await self._send(document, {"input": {**given, "requestId": own_id}}), root)
            if isinstance(answer, Refused) and answer.reason is Reason.IN_PROGRESS:
                raise Unavailable("The gateway is still working on this request.")
            return answer

        try:
            return await persist(attempt, self._policy, self._clock)
        except (Unavailable, BadReply) as error:
            error.request_id = own_id
            raise

    async def attempt(self, ask: Callable[[Session], Awaitable[httpx2.Response]]) -> httpx2.Response:
        """Ask for something that is no document, until there is an answer."""
        return await persist(lambda: ask(self._session), self._policy, self._clock)

    async def _send(self, name: str, variables: Mapping[str, object]) -> dict[str, Any]:
        body = {"documentId": self.credentials.document(name).id, "variables": variables}
        return data_from(await self._session.post_graphql(body), _secrets_in(variables))


def _secrets_in(variables: Mapping[str, object]) -> list[str]:
    inputs = variables.get("input")
    places = [variables, inputs, *inputs.get("taps", ())] if isinstance(inputs, Mapping) else [variables]
    found = (place.get(name) for place in places for name in ("pass", "pin"))
    return [value for value in found if isinstance(value, str) and value]
