"""Which errors of a database are weather: it can't answer now, and they say nothing about what it was asked."""

from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from gateway.store.addresses import sqlstate

_WEATHER = {"08", "28", "3D", "40", "53", "55", "57"}
"""Classes of SQLSTATE that speak of the server and not of the statement: no connection, no entry, no such
database, rolled back, out of resources, locked, stopped."""


def is_weather(error: Exception) -> bool:
    """Whether an error says that the database can't answer now, and nothing about what it was asked."""
    if isinstance(error, DBAPIError):
        if isinstance(error, IntegrityError):
            return False  # a constraint that nobody expected to break: a bug, not weather
        down = isinstance(error, OperationalError) or error.connection_invalidated
        return down or sqlstate(error)[:2] in _WEATHER
    return isinstance(error, PoolTimeout | OSError)
