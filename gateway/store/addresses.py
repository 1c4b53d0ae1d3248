"""Which database a URL names, and what an operator has to mend where it can't be opened."""

from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError

from gateway.domain.errors import ConfigurationError

SCHEMES = {"sqlite": "sqlite+aiosqlite", "postgresql": "postgresql+asyncpg", "postgres": "postgresql+asyncpg"}

_NO_PLACE = (FileExistsError, FileNotFoundError, NotADirectoryError, PermissionError)


def database_url(text_url: str) -> URL:
    """Return a URL with the async driver; `sqlite:///path` and `postgresql://...` are enough to write.

    Raises:
        ConfigurationError: it is no URL of SQLite or PostgreSQL. The text is not quoted: it holds a password.
    """
    try:
        url = make_url(text_url)
    except (ArgumentError, ValueError):  # a ValueError quotes what stands where the port should, maybe a password
        raise ConfigurationError(
            "GATEWAY_DATABASE_URL is no URL; write postgresql://... or sqlite:///..."
        ) from None
    driver = SCHEMES.get(url.drivername, url.drivername)
    if driver not in SCHEMES.values():
        raise ConfigurationError("GATEWAY_DATABASE_URL must begin with postgresql:// or sqlite:///")
    if driver == SCHEMES["sqlite"] and url.database in (None, "", ":memory:"):
        raise ConfigurationError("GATEWAY_DATABASE_URL must name a file: a database in memory forgets redemptions")
    if "sslmode" in url.query:  # what every other client calls it
        url = url.update_query_dict({"ssl": url.query["sslmode"]}).difference_update_query(["sslmode"])
    return url.set(drivername=driver)


def misconfigured(error: BaseException) -> ConfigurationError | None:
    """Return what an operator has to mend where a connection failed for no passing reason; None for weather."""
    text_of = str(error).lower()
    if isinstance(error, DBAPIError) and sqlstate(error)[:2] == "28":
        reason = "the server refuses this user or password"
    elif isinstance(error, DBAPIError) and sqlstate(error) == "3D000":
        reason = "the server has no database of this name"
    elif "file is not a database" in text_of:
        reason = "the file is no SQLite database"
    elif "unable to open" in text_of or "readonly" in text_of or isinstance(error, _NO_PLACE):
        reason = "the file or its folder can't be opened for writing"
    elif isinstance(error, TypeError) and "unexpected keyword argument" in text_of:
        reason = "it has an option that the driver doesn't know"
    else:
        return None
    return ConfigurationError(f"GATEWAY_DATABASE_URL: {reason}.")


def sqlstate(error: DBAPIError) -> str:
    """Return PostgreSQL's SQLSTATE of an error, or an empty string."""
    return getattr(error.orig, "sqlstate", None) or ""
