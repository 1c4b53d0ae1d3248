"""Everything that a running sandbox leaves behind, and a search through it for what must not be there."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

import httpx2
from redis import Redis

from tests.flow.databases import content
from tests.flow.sandboxes import Sandbox


def haystacks(city: Sandbox) -> Mapping[str, bytes]:
    """Return by name what a sandbox has said, counted and kept so far."""
    metrics = httpx2.get(f"{city.gateway.url}/metrics", trust_env=False)
    return {
        "standard error": city.gateway.log.read_bytes(),
        "standard output": city.gateway.output.read_bytes(),
        "metrics": metrics.content,
        "database": content(city.database_url),
        "valkey": _content_of_valkey(city.settings.get("GATEWAY_REDIS_URL")),
    }


def _content_of_valkey(url: str | None) -> bytes:
    if url is None:
        return b""
    with Redis.from_url(url) as client:
        return b"\n".join(part for key in client.scan_iter() for part in (key, *_value(client, key)))


def _value(client: "Redis", key: Any) -> Iterable[bytes]:
    """Return what lies under a key, whatever its type."""
    found: Any
    match client.type(key):
        case b"string":
            found = [client.get(key) or b""]
        case b"hash":
            found = [part for pair in client.hgetall(key).items() for part in pair]
        case b"zset":
            found = client.zrange(key, 0, -1)
        case b"list":
            found = client.lrange(key, 0, -1)
        case other:
            raise AssertionError(other)
    return list(found)


def found(needles: Mapping[str, str], hay: Mapping[str, bytes]) -> set[tuple[str, str]]:
    """Return which needle is in which haystack: in any case of letters, but never as a part of a longer word."""
    lower = {name: content.lower() for name, content in hay.items()}
    return {
        (name, where)
        for name, needle in needles.items()
        for where, content in lower.items()
        if _has_word(content, needle.lower().encode())
    }


def _has_word(content: bytes, word: bytes) -> bool:
    return word in content and bool(re.search(rb"(?<![0-9a-z_-])%s(?![0-9a-z_-])" % re.escape(word), content))


def parts_of(tokens: Iterable[str]) -> list[str]:
    """Return the segments of signed tokens: neither a whole one may be found nor one of its parts."""
    return [segment for token in tokens for segment in token.split(".")[1:]]
