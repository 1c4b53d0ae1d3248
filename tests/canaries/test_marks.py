"""Canaries that are known by their looks are found in every writing, and what looks like them is not."""

import base64
import gzip
import json
import secrets
from collections.abc import Callable

import pytest

from gateway.domain.codes import RANDOM_BITS, code_from, written
from tests.canaries.marks import canary_id, marked
from tests.flow.processes import Leaked, require_silent

LEAKS = {
    "registry id": canary_id(),
    "token": ".".join(
        base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode()
        for part in ({"alg": "ES256", "kid": "pass-1"}, {"jti": "0123456789abcdef"}, "signature")
    ),
    "code": written(code_from(secrets.randbits(RANDOM_BITS - 1) | 10 << (RANDOM_BITS - 6))),
}
WRITINGS: dict[str, Callable[[bytes], bytes]] = {
    "as it is": bytes,
    "gzip": gzip.compress,
    "hex": lambda text: text.hex().encode(),
    "base64": lambda text: base64.b64encode(b'{"' + text),
    "utf-16": lambda text: text.decode().encode("utf-16-le"),
}
CLEAN = json.dumps(
    {"event": "request", "ms": 12.5, "request_id": "0123456789012345", "kid": "NRDcgt3zHXNyDzaTyWFjZxXXWaHGrJk0"}
)


@pytest.mark.parametrize("kind", LEAKS)
@pytest.mark.parametrize("write", WRITINGS.values(), ids=WRITINGS.keys())
def test_each_kind_is_found(kind: str, write: Callable[[bytes], bytes]) -> None:
    log = CLEAN.encode() + b'{"event": "' + write(f" {LEAKS[kind]} ".encode()) + b'"}'
    assert marked(log) == {kind}


@pytest.mark.parametrize("text", [CLEAN, "SANDBOX", "MUSEUM-ENTRY-2026-1000", "4444-4444-4444-4444", "eyJ.eyJ."])
def test_what_looks_like_one_is_none(text: str) -> None:
    assert marked(text.encode()) == set()


@pytest.mark.parametrize("kind", LEAKS)
def test_a_gateway_that_wrote_one_does_not_end_in_peace(kind: str) -> None:
    require_silent(CLEAN.encode())
    with pytest.raises(Leaked, match=kind):
        require_silent(f'{CLEAN}\n{{"event": " {LEAKS[kind]} "}}'.encode())
