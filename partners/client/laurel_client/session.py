"""Signed HTTP to one gateway: the access token, the newest nonce, and the one place that sends (`post`).

Client credentials with `private_key_jwt` (RFC 7523) and DPoP (RFC 9449). A token is fetched when first needed and
renewed once 70 % of its life is over, by one caller at a time; the others go on with the old one while it lives.
"""

import asyncio
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode, urlsplit

import httpx2

from laurel_client.clock import Clock
from laurel_client.credentials import Credentials
from laurel_client.errors import Unavailable
from laurel_client.replies import asks_for_nonce, grant_from, raise_for_clock, raise_for_status

RENEW_AT = 0.7
"""Share of a token's life after which it is renewed: early enough to try again a few times."""

LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})

_ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_FORM_HEADERS = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
_GRAPHQL_HEADERS = {
    "Content-Type": "application/json",
    "Accept": "application/graphql-response+json, application/json",
}


@dataclass(frozen=True, slots=True)
class _Token:
    """An access token and its times on the monotonic clock."""

    value: str = field(repr=False)
    renew_at: float
    expires_at: float


def http_for(address: str) -> httpx2.AsyncClient:
    """Return an HTTP client; a sandbox on this machine is never asked through a proxy."""
    return httpx2.AsyncClient(trust_env=urlsplit(address).hostname not in LOOPBACK)


async def post(http: httpx2.AsyncClient, url: str, headers: Mapping[str, str], content: bytes) -> httpx2.Response:
    """Send one request and return its answer, whatever its status.

    Raises:
        Unavailable: there is none.
    """
    try:
        return await http.post(url, headers=dict(headers), content=content)
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
        self._token: _Token | None = None
        self._nonce: str | None = None
        self._fetching = asyncio.Lock()

    async def post_graphql(self, body: Mapping[str, Any]) -> httpx2.Response:
        """Send one request and return its answer, whatever its status, unless it is one that raises.

        Raises:
            Unauthenticated: the gateway takes neither this token nor, if need be, a new one.
            ClockSkew: it takes nothing while this machine's clock is so wrong.
            Forbidden, Unavailable, BadReply: as in `errors`.
        """
        content = json.dumps(body).encode()
        token = await self._current_token()
        response = await self._post_query(content, token)
        raise_for_clock(response)
        if response.status_code == httpx2.codes.UNAUTHORIZED:
            # The token may have ended early: the gateway's keys changed, or this machine slept.
            if self._token is token:
                self._token = None
            response = await self._post_query(content, await self._current_token())
        raise_for_status(response)
        return response

    async def sign_in(self) -> None:
        """Have a token that is not yet due for renewal."""
        await self._current_token()

    async def _current_token(self) -> _Token:
        known = self._token
        if known and (self._is_fresh(known) or (self._fetching.locked() and self._is_alive(known))):
            return known
        async with self._fetching:
            known = self._token
            if known and self._is_fresh(known):
                return known
            try:
                self._token = await self._fetch_token()
            except Unavailable:
                if known and self._is_alive(known):
                    return known
                raise
            return self._token

    def _is_fresh(self, token: _Token) -> bool:
        return self._clock.monotonic() < token.renew_at

    def _is_alive(self, token: _Token) -> bool:
        return self._clock.monotonic() < token.expires_at

    async def _fetch_token(self) -> _Token:
        asked_at = self._clock.monotonic()
        response = await self._post(self._credentials.token_endpoint, _FORM_HEADERS, self._grant_request)
        value, life = grant_from(response)
        return _Token(value, renew_at=asked_at + RENEW_AT * life, expires_at=asked_at + life)

    async def _post_query(self, content: bytes, token: _Token) -> httpx2.Response:
        return await self._post(self._credentials.graphql_endpoint, _GRAPHQL_HEADERS, lambda: content, token)

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

    async def _post(
        self, url: str, headers: Mapping[str, str], content: Callable[[], bytes], token: _Token | None = None
    ) -> httpx2.Response:
        """Send, and once more if the gateway wants its nonce in the proof (RFC 9449 sections 8 and 9)."""
        response = await self._send(url, headers, content(), token)
        if asks_for_nonce(response):
            response = await self._send(url, headers, content(), token)
        return response

    async def _send(
        self, url: str, headers: Mapping[str, str], content: bytes, token: _Token | None
    ) -> httpx2.Response:
        value = token.value if token else None
        proof = self._credentials.key.proof(
            "POST",
            url,
            now=self._clock.wall(),
            token=value,
            nonce=self._nonce,
            content=content if token else None,
        )
        signed = {**headers, "DPoP": proof}
        if value is not None:
            signed["Authorization"] = f"DPoP {value}"
        response = await post(self._http, url, signed, content)
        self._nonce = response.headers.get("DPoP-Nonce", self._nonce)
        return response
