"""A device's side of the wire, request by request: right unless a test says otherwise."""

import json
from collections.abc import Mapping, Sequence
from time import monotonic, time
from types import TracebackType
from typing import Any, Self

import httpx2

from laurel_client import Credentials
from laurel_client.signing import DeviceKey

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"

NONCE_SECONDS = 30.0
"""A nonce is good for a minute at least."""

Headers = Sequence[tuple[str, str]]


class Wire:
    """One device and its connection. Nothing is retried, and nothing is read before the test has seen it."""

    def __init__(
        self,
        credentials: Credentials,
        *,
        scope: str | None = None,
        transport: httpx2.BaseTransport | None = None,
    ) -> None:
        self.credentials = credentials
        self.key: DeviceKey = credentials.key
        self.url = credentials.graphql_endpoint
        self.http = httpx2.Client(transport=transport, trust_env=False, timeout=20)
        self._scope = scope
        self._token: str | None = None
        self._nonce, self._nonce_at = "", -NONCE_SECONDS

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.http.close()

    @property
    def token(self) -> str:
        """An access token, fetched when first asked for."""
        if self._token is None:
            answer = self.sign_in() if self._scope is None else self.sign_in(scope=self._scope)
            assert answer.status_code == httpx2.codes.OK, answer.text
            self._token = str(answer.json()["access_token"])
        return self._token

    @property
    def nonce(self) -> str:
        """A nonce as every answer brings one, fetched by a request that is refused."""
        if monotonic() - self._nonce_at >= NONCE_SECONDS:
            self._nonce, self._nonce_at = self.http.post(self.url).headers["dpop-nonce"], monotonic()
        return self._nonce

    def sign_in(self, headers: Headers = (), /, **parameters: str) -> httpx2.Response:
        """Ask for a token with a fresh assertion and a fresh proof; `parameters` add to the form, or replace."""
        form = {
            "grant_type": "client_credentials",
            "client_assertion_type": ASSERTION_TYPE,
            "client_assertion": self.assertion(),
            **parameters,
        }
        proof = self.key.proof("POST", self.credentials.token_endpoint, now=time(), nonce=self.nonce)
        given = {name.lower() for name, _ in headers}
        default = [] if "dpop" in given else [("DPoP", proof)]
        return self.http.post(self.credentials.token_endpoint, data=form, headers=[*default, *headers])

    def assertion(self) -> str:
        """Return a fresh client assertion."""
        return self.key.client_assertion(self.credentials.client_id, self.credentials.issuer, now=time())

    def proof(
        self,
        *,
        method: str = "POST",
        url: str | None = None,
        token: str | None = None,
        content: bytes | None = None,
    ) -> str:
        """Return a fresh proof, for a GraphQL request with this device's token unless told otherwise.

        It is bound to a body only if that is given.
        """
        given = {"token": token or self.token, "nonce": self.nonce}
        return self.key.proof(method, url or self.url, now=time(), content=content, **given)

    def signed(self, content: bytes | None = None) -> list[tuple[str, str]]:
        """Return the headers of a right request, with a fresh proof, for a body if it is given."""
        return [
            ("Authorization", f"DPoP {self.token}"),
            ("DPoP", self.proof(content=content)),
            ("Content-Type", "application/json"),
        ]

    def post(self, content: bytes, headers: Headers | None = None) -> httpx2.Response:
        """Post any bytes to the GraphQL endpoint; with the headers of a right request if none are given."""
        headers = self.signed(content) if headers is None else headers
        return self.http.post(self.url, content=content, headers=headers)

    def send(self, name: str, **variables: object) -> httpx2.Response:
        """Send one of the partner's documents."""
        return self.post(self.body(name, variables))

    def body(self, name: str, variables: Mapping[str, object]) -> bytes:
        """Return the body of a request with one of the partner's documents."""
        return json.dumps({"documentId": self.credentials.document(name).id, "variables": variables}).encode()

    def ask(self, name: str, **variables: object) -> Any:
        """Send one of the partner's documents and return the value of its one field."""
        answer = self.send(name, **variables).json()
        assert "errors" not in answer, answer
        [value] = answer["data"].values()
        return value

    def error(self, name: str, **variables: object) -> Mapping[str, Any]:
        """Send one of the partner's documents and return the one error that comes back."""
        answer = self.send(name, **variables).json()
        [error] = answer["errors"]
        return {"message": error["message"], **error["extensions"]}

    def redeem(self, pass_: str, reward: str, request_id: str, **more: object) -> Any:
        """Redeem a reward and return the answer's fields."""
        given = {"pass": pass_, "reward": reward, "requestId": request_id, **more}
        return self.ask("RedeemReward", input=given)
