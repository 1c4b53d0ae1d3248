"""The one place where wall-clock time enters; tests put another clock in its place."""

from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], datetime]
"""Returns now, in UTC. Tokens are judged by it; periods and expiry are judged by the database's clock."""


def system_clock() -> datetime:
    """Return the host's wall-clock time in UTC."""
    return datetime.now(UTC)
