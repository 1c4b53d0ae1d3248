"""Structured logs on standard error: one JSON object a line, or plain text on a terminal. No personal data."""

import json
import logging
import sys
from datetime import UTC, datetime
from typing import TextIO

import structlog


def configure_logs(level: str) -> None:
    """Send structlog and the standard library's loggers to standard error, in one form.

    Ours go straight there: each request logs a line. uvicorn's access log stays silent: it prints query strings.
    Exceptions are logged by type and place only, for their texts may quote what a partner sent.
    """
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.stdlib.ExtraAdder(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _drop_traceback,
        _first_line,
    ]
    tty = sys.stderr.isatty()
    renderer: structlog.typing.Processor = structlog.dev.ConsoleRenderer() if tty else _line
    own = [each for each in shared if not isinstance(each, structlog.stdlib.ExtraAdder)]
    structlog.configure(
        processors=[*own, renderer] if tty else [structlog.contextvars.merge_contextvars, _whole_line],
        logger_factory=lambda *_: _Lines(sys.stderr),
        wrapper_class=structlog.make_filtering_bound_logger(level),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access"):
        logger = logging.getLogger(name)
        logger.handlers.clear()
        logger.propagate = True
    logging.getLogger("uvicorn.access").disabled = True
    for name in ("sqlalchemy", "alembic", "aiosqlite", "asyncio", "httpx2", "httpcore2"):
        logging.getLogger(name).setLevel(logging.WARNING)


class _Lines:
    """Writes whole lines. Nobody's request fails because its line can't be written: the disk may be full."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def msg(self, line: str) -> None:
        """Write one line, at once."""
        try:
            self._stream.write(line + "\n")
            self._stream.flush()
        except (OSError, ValueError):
            return

    debug = info = warning = error = critical = exception = msg


_encode = json.JSONEncoder(default=repr).encode


def _line(logger: object, method: str, event: structlog.typing.EventDict) -> str:
    """Return one line of JSON; what JSON doesn't know stands there as its repr, as structlog would have it."""
    return _encode(event)


def _whole_line(logger: object, method: str, event: structlog.typing.EventDict) -> str:
    """Return a line of ours: what others' lines get step by step, for each request logs one."""
    event["level"] = "error" if method == "exception" else method
    event["timestamp"] = f"{datetime.now(UTC).replace(tzinfo=None).isoformat()}Z"
    return _encode(_first_line(logger, method, _drop_traceback(logger, method, event)))


def _drop_traceback(logger: object, method: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    """Replace an exception by its type: its text may hold a statement's parameters."""
    found = event.pop("exc_info", None)
    if found is True:
        found = sys.exc_info()
    if isinstance(found, tuple):
        found = found[1]
    if isinstance(found, BaseException):
        event["error"] = type(found).__name__
    return event


def _first_line(logger: object, method: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    """Keep the first line of a message: asyncio's go on with the repr of a task and of its exception."""
    event["event"] = str(event["event"]).partition("\n")[0]
    event.pop("color_message", None)  # uvicorn's copy of the message with colours
    return event
