"""What goes over the wire and is nobody else's business, as whoever reads inside TLS hears it."""

import json
import re
from base64 import urlsafe_b64decode
from collections.abc import Iterator, Mapping
from typing import Any

import httpx2

_TOKEN = re.compile(r"eyJ[\w-]+\.[\w-]+\.[\w-]*")
_SECRET_CHARS_MIN = 16
"""What is shorter was sent to be refused: a token has hundreds of characters, a jti 22, a nonce 32, a code 16."""


class Eavesdropper(httpx2.HTTPTransport):
    """Carries requests, to another port where it is told so, and keeps the secrets in them and their answers."""

    def __init__(self, port: int | None = None) -> None:
        super().__init__(limits=httpx2.Limits(max_keepalive_connections=0))  # an idle one may just have ended
        self._port = port
        self._heard: set[str] = set()

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        """Carry one request, as a load balancer would."""
        if self._port is not None:
            request.url = request.url.copy_with(port=self._port)
        self._heard.update(_in_request(request))
        answer = super().handle_request(request)
        answer.read()
        self._heard.update([*_TOKEN.findall(answer.text), answer.headers.get("dpop-nonce", "")])
        return answer

    @property
    def secrets(self) -> Mapping[str, str]:
        """All that was heard: tokens, assertions and proofs, and what serves once or is a digest in them."""
        kept = sorted(text for text in self._heard if len(text) >= _SECRET_CHARS_MIN)
        whole = {f"{number}: {text[:8]}": text for number, text in enumerate(kept)}
        return whole | {
            f"{name} of {number}": value for number, text in enumerate(kept) for name, value in _claims(text)
        }


def _in_request(request: httpx2.Request) -> Iterator[str]:
    for name, value in request.headers.multi_items():
        if name in ("authorization", "dpop"):
            yield value.rpartition(" ")[2]
    yield from _TOKEN.findall(request.read().decode("latin-1"))


def _claims(token: str) -> Iterator[tuple[str, str]]:
    """Yield what a token's claims say that serves once, or is a hash of something secret."""
    try:
        segment = token.split(".")[1]
        claims: Any = json.loads(urlsafe_b64decode(segment + "=" * (-len(segment) % 4)))
    except (IndexError, ValueError):
        return  # a hostile one
    for name in ("jti", "nonce", "ath", "content_digest") if isinstance(claims, dict) else ():
        if isinstance(value := claims.get(name), str) and len(value) >= _SECRET_CHARS_MIN:
            yield name, value
