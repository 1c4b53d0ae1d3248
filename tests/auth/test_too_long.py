"""What is too long is refused by its length: not a character of it is decoded, looked through or parsed."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from gateway.auth import authenticate, base64url, jws, proofs, strict_json
from gateway.auth.access_tokens import POLICY as ACCESS_TOKEN
from gateway.auth.passes import TOKEN_CHARACTERS_MAX
from gateway.auth.proofs import POLICY as PROOF
from gateway.domain.errors import MalformedInput, NotAuthentic
from tests.auth.key_home import load
from tests.auth.readers import readers

LONGEST = {
    "assertion": 4096,
    "proof": PROOF.token_bytes_max,
    "token": ACCESS_TOKEN.token_bytes_max,
    "pass": TOKEN_CHARACTERS_MAX,
}


class Counted:
    """Counts the calls of a function, and passes them on."""

    def __init__(self, function: Callable[..., Any]) -> None:
        self._function = function
        self.calls = 0

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        self.calls += 1
        return self._function(*args, **kwargs)


@pytest.mark.parametrize("kind", LONGEST)
@pytest.mark.parametrize("size", [1, 10_000, 10_000_000])
def test_a_token_that_is_too_long_is_not_decoded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str, size: int
) -> None:
    one = readers(load(tmp_path), "ES256")[kind]
    decode, parse = Counted(base64url.decode), Counted(strict_json.loads)
    monkeypatch.setattr(base64url, "decode", decode)
    monkeypatch.setattr(strict_json, "loads", parse)
    third = "a" * ((LONGEST[kind] + size) // 3)
    long = ".".join([third, third, third])
    for text in (long, long.replace(".", ""), "." * len(long), one.right.ljust(LONGEST[kind] + size, "=")):
        with pytest.raises((NotAuthentic, MalformedInput)):
            one.read(text)
    assert (decode.calls, parse.calls) == (0, 0)
    for remembered in (jws._header, proofs._signer):
        remembered.cache_clear()  # else another test's header counts
    assert one.read(one.right)
    assert decode.calls >= 3, "what counts is in use"
    assert parse.calls == (3 if kind == "proof" else 2)  # a proof's first header is read for its key as well


def test_credentials_that_are_too_long_are_not_looked_through(monkeypatch: pytest.MonkeyPatch) -> None:
    looked = Counted(authenticate._is_visible)
    monkeypatch.setattr(authenticate, "_is_visible", looked)
    with pytest.raises(NotAuthentic, match="authorization-too-long"):
        authenticate._token(["DPoP " + "a" * 10_000_000])
    assert looked.calls == 0
    assert authenticate._token(["DPoP a"]) == "a"
    assert looked.calls == 1, "what counts is in use"
