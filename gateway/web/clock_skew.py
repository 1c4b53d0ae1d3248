"""A wrong clock, told to whoever set it: what is wrong with a token and a technician can mend on the spot."""

from collections.abc import Mapping
from datetime import UTC

from gateway.domain.errors import ClockSkew


def for_oauth(skew: ClockSkew) -> Mapping[str, object]:
    """Return the members that an OAuth error has besides its code; the last two are ours."""
    return {
        "error_description": skew.advice,
        "server_time": _server_time(skew),
        "skew_seconds": skew.seconds,
    }


def for_graphql(skew: ClockSkew) -> Mapping[str, object]:
    """Return the extensions that a GraphQL error has besides its code."""
    return {"serverTime": _server_time(skew), "skewSeconds": skew.seconds}


def _server_time(skew: ClockSkew) -> str:
    return skew.now.astimezone(UTC).isoformat(timespec="seconds")
