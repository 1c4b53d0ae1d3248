"""Which address a request was meant for, in one spelling (RFC 3986 sections 6.2.2 and 6.2.3).

Clients spell their target as they like; what they are compared with is our configured public address, never a
header that says where a request went.
"""

import re
from functools import lru_cache

from gateway.domain.errors import ConfigurationError

ADDRESSES_MAX = 256
"""Remembered with their one spelling: a device names the same one in every proof."""

_URI = re.compile(
    r"(?P<scheme>https?)://(?P<host>[a-z0-9.-]+|\[[0-9a-f:.]+\])(?::(?P<port>[0-9]{0,5}))?"
    r"(?P<path>(?:/(?:[a-z0-9._~!$&'()*+,;=:@-]|%[0-9a-f]{2})*)*)",
    re.IGNORECASE | re.ASCII,
)
_ESCAPE = re.compile(r"%([0-9A-Fa-f]{2})")
_UNRESERVED = re.compile(r"[A-Za-z0-9._~-]")
_DEFAULT_PORTS = {"http": "80", "https": "443"}


@lru_cache(ADDRESSES_MAX)
def normal(uri: str) -> str | None:
    """Return the one spelling of an http or https address.

    None for what a target never has: user, query, fragment, or a character that an address can't contain.
    """
    match = _URI.fullmatch(uri)
    if match is None:
        return None
    scheme, host, port, path = match["scheme"].lower(), match["host"].lower(), match["port"], match["path"]
    authority = host if port in (None, "", _DEFAULT_PORTS[scheme]) else f"{host}:{port}"
    return f"{scheme}://{authority}{_without_dots(_ESCAPE.sub(_unescape, path))}"


def require_normal(uri: str) -> str:
    """Return the one spelling of one of our own addresses.

    Raises:
        ConfigurationError: it is no address that a client could send a request to.
    """
    address = normal(uri)
    if address is None:
        raise ConfigurationError(
            f"{uri} is no public address: set GATEWAY_PUBLIC_URL to one like https://laurel.example."
        )
    return address


def _unescape(match: re.Match[str]) -> str:
    character = chr(int(match[1], 16))
    return character if _UNRESERVED.fullmatch(character) else match[0].upper()


def _without_dots(path: str) -> str:
    """Remove `.` and `..` (RFC 3986 section 5.2.4); empty segments stay, for they name something else."""
    segments = path.split("/")[1:] or [""]
    kept: list[str] = []
    for segment in segments:
        if segment == "..":
            del kept[-1:]
        elif segment != ".":
            kept.append(segment)
    if segments[-1] in (".", ".."):
        kept.append("")
    return "/" + "/".join(kept)
