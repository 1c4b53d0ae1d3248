"""Everything that running gateways and their servers leave behind, for a search through it."""

import asyncio
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import asyncpg
import httpx2
from redis import Redis

from tests.flow.databases import content
from tests.flow.processes import Gateway
from tests.flow.sandboxes import Sandbox
from tests.servers.launcher import LOG

_ENTRY = re.compile(rb"(?m)^(?=\d{4}-\d\d-\d\d )")
_NUMBERED = re.compile(rb"(?i)\[\d+\]|\((\d+,)+\d+\)|\b(process|pid|transaction|relation|database|tuple) \d+")
"""What PostgreSQL counts for itself, such as processes, in a log: a number that by chance is somebody's PIN."""


def haystacks(city: Sandbox) -> Mapping[str, bytes]:
    """Return by name what a sandbox has said, counted and kept so far."""
    return written_by([city.gateway], city.database_url, city.settings.get("GATEWAY_REDIS_URL"))


def written_by(gateways: Sequence[Gateway], database_url: str, redis_url: str | None) -> Mapping[str, bytes]:
    """Return by name what gateways have said and counted, and what they keep where; PostgreSQL's log, too."""
    return {
        "standard error": b"\n".join(one.log.read_bytes() for one in gateways),
        "standard output": b"\n".join(one.output.read_bytes() for one in gateways),
        "metrics": b"\n".join(
            httpx2.get(f"{one.url}/metrics", trust_env=False).content
            for one in gateways
            if one.process.poll() is None
        ),
        "database": content(database_url),
        "database's log": asyncio.run(_log_of_postgresql(database_url)),
        "valkey": _content_of_valkey(redis_url),
    }


async def _log_of_postgresql(url: str) -> bytes:
    """Return what the server has logged for a database and for none; nothing of one that tests did not start."""
    if url.startswith("sqlite"):
        return b""
    connection = await asyncpg.connect(url)
    try:
        folder = await connection.fetchval("SELECT current_setting('data_directory')")
    finally:
        await connection.close()
    log = Path(folder).with_name(LOG)
    return entries_of(urlsplit(url).path.strip("/"), log.read_bytes()) if log.exists() else b""


def entries_of(database: str, log: bytes) -> bytes:
    """Return the entries of a log that are a database's or nobody's, without what the server counts for itself."""
    whose = rb"(%s |\[unknown\] )?" % re.escape(database.encode())
    own = re.compile(rb"[-0-9]+ [:.0-9]+ \w+ \[\d+\] " + whose + rb"[A-Z]+[0-9]*:")
    return b"".join(_NUMBERED.sub(b"", entry) for entry in _ENTRY.split(log) if own.match(entry))


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
