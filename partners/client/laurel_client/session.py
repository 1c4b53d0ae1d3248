"""Signed HTTP to one gateway: the access token, the newest nonce, and the one place that sends (`transmit`).

Client credentials with `private_key_jwt` (RFC 7523) and DPoP (RFC 9449); `tokens` renews what they bring.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlencode, urlsplit

import httpx2

from laurel_client.clock import Clock
from laurel_client.credentials import Credentials
from laurel_client.errors import Unavailable
from laurel_client.replies import asks_for_nonce, grant_from, raise_for_clock, raise_for_status
from laurel_client.tokens import Token, Tokens

LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})

_ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_FORM_HEADERS = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
_GRAPHQL_HEADERS = {
    "Content-Type": "application/json",
    "Accept": "application/graphql-response+json, application/json",
}


@dataclass(frozen=True, slots=True)
class _Asked:
    """A request but for its signature, which each try makes anew, as it does a body that serves once."""

    method: str
    url: str
    headers: Mapping[str, str]
    content: Callable[[], bytes | None]


def http_for(address: str) -> httpx2.AsyncClient:
    """Return an HTTP client; a sandbox on this machine is never asked through a proxy."""
    return httpx2.AsyncClient(trust_env=urlsplit(address).hostname not in LOOPBACK)


async def transmit(
    http: httpx2.AsyncClient, method: str, url: str, headers: Mapping[str, str], *, content: bytes | None = None
) -> httpx2.Response:
    """Send one request and return its answer, whatever its status.

    Raises:
        Unavailable: there is none.
    """
    try:
        return await http.request(method, url, headers=dict(headers), content=content)
    except httpx2.RequestError as error:
        failure = type(error).__name__
    # Raised out here: as a context, the error would keep the request, and with it the token, the pass or the code.
    raise Unavailable(f"The gateway could not be reached ({failure}).")


class Session:
    """One device's standing with the gateway."""

    def __init__(self, credentials: Credentials, http: httpx2.AsyncClient, clock: Clock) -> None:
        self._credentials = credentials
        self._http = http
        self._clock = clock
        self._tokens = Tokens(self._fetch_token, clock)
        self._nonce: str | None = None
        self.clock_ahead_seconds: float | None = None
        """By how much this machine's clock was ahead of the gateway's at its newest answer; to a second."""

    async def post_graphql(self, body: Mapping[str, Any]) -> httpx2.Response:
        """Send one GraphQL request and return its answer, whatever its status, unless it is one that raises.

        Raises:
            Unauthenticated: the gateway takes neither this token nor, if need be, a new one.
            ClockSkew: it takes nothing while this machine's clock is so wrong.
            Forbidden, Unavailable, BadReply: as in `errors`.
        """
        content = json.dumps(body).encode()
        endpoint = self._credentials.graphql_endpoint
        return await self._authorised(_Asked("POST", endpoint, _GRAPHQL_HEADERS, lambda: content))

    async def get(self, url: str, headers: Mapping[str, str]) -> httpx2.Response:
        """Ask for something else of the gateway's with the token and a proof; raises as `post_graphql`."""
        return await self._authorised(_Asked("GET", url, headers, lambda: None))

    async def get_public(self, url: str) -> httpx2.Response:
        """Ask for something that anybody may have: no token goes with it.

        Raises:
            Forbidden, Unavailable: as in `errors`.
        """
        response = await transmit(self._http, "GET", url, {"Accept": "application/json"})
        raise_for_status(response)
        return response

    async def sign_in(self) -> None:
        """Have a token that is not yet due for renewal."""
        await self._tokens.fresh()

    async def aclose(self) -> None:
        """End what goes on behind the caller's back."""
        await self._tokens.aclose()

    async def _fetch_token(self) -> Token:
        asked_at = self._clock.monotonic()
        endpoint = self._credentials.token_endpoint
        response = await self._exchange(_Asked("POST", endpoint, _FORM_HEADERS, self._grant_request))
        value, life = grant_from(response)
        return Token.granted(value, asked_at=asked_at, life=life)

    def _grant_request(self) -> bytes:
        """Return the form of a client credentials grant (RFC 6749 section 4.4.2). Its assertion serves once."""
        own = self._credentials
        form = {
            "grant_type": "client_credentials",
            "client_assertion_type": _ASSERTION_TYPE,
            "client_assertion": own.key.client_assertion(own.client_id, own.issuer, now=self._clock.wall()),
            "scope": " ".join(sorted(own.scopes)),
        }
        return urlencode(form).encode("ascii")

    async def _authorised(self, asked: _Asked) -> httpx2.Response:
        token = await self._tokens.current()
        response = await self._exchange(asked, token)
        raise_for_clock(response)
        if response.status_code == httpx2.codes.UNAUTHORIZED:
            # The token may have ended early: the gateway's keys changed, or this machine slept.
            self._tokens.forget(token)
            response = await self._exchange(asked, await self._tokens.current())
        raise_for_status(response)
        return response

    async def _exchange(self, asked: _Asked, token: Token | None = None) -> httpx2.Response:
        """Send, and once more if the gateway wants its nonce in the proof (RFC 9449 sections 8 and 9)."""
        response = await self._send(asked, token)
        if asks_for_nonce(response):
            response = await self._send(asked, token)
        return response

    async def _send(self, asked: _Asked, token: Token | None) -> httpx2.Response:
        value, content = token.value if token else None, asked.content()
        proof = self._credentials.key.proof(
            asked.method,
            asked.url,
            now=self._clock.wall(),
            token=value,
            nonce=self._nonce,
            content=content if token else None,
        )
        signed = {**asked.headers, "DPoP": proof}
        if value is not None:
            signed["Authorization"] = f"DPoP {value}"
        response = await transmit(self._http, asked.method, asked.url, signed, content=content)
        self._nonce = response.headers.get("DPoP-Nonce", self._nonce)
        self._compare_clocks(response.headers.get("Date"))
        return response

    def _compare_clocks(self, date: str | None) -> None:
        """Note how far this clock is from the middle of the second that the gateway named (RFC 9110, 6.6.1)."""
        try:
            told = parsedate_to_datetime(date or "").timestamp() + 0.5
        except ValueError:
            return
        self.clock_ahead_seconds = round(self._clock.wall() - told)
