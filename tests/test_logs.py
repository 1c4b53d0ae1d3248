"""Logs: one JSON object a line on standard error, exceptions by their type alone, no access log."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]


def logged(program: str, *, level: str = "info") -> list[dict[str, Any]]:
    """Run a program after logs were configured in a process of its own; return what it logged."""
    start = f"""
import asyncio, gc, logging, structlog
from gateway.logs import configure_logs
configure_logs({level!r})
log = structlog.get_logger("gateway.test")
standard = logging.getLogger("gateway.standard")
"""
    ran = subprocess.run(
        [sys.executable, "-c", start + program], cwd=ROOT, capture_output=True, text=True, check=True, timeout=60
    )
    assert ran.stdout == ""
    assert "canary" not in ran.stderr
    return [json.loads(line) for line in ran.stderr.splitlines()]


def test_a_line_is_a_json_object_with_what_was_given() -> None:
    [first, second] = logged(
        """
log.info("request", method="POST", path="/graphql", status=200, ms=1.5)
standard.warning("slow %s", "answer", extra={"place": "examine:7"})
"""
    )
    assert first.pop("timestamp").endswith("Z")
    assert first == {
        "event": "request",
        "level": "info",
        "method": "POST",
        "path": "/graphql",
        "status": 200,
        "ms": 1.5,
    }
    assert second.pop("timestamp").endswith("Z")
    assert second == {"event": "slow answer", "level": "warning", "place": "examine:7"}


def test_a_line_stays_one_line() -> None:
    [line] = logged('log.info("first\\nsecond", path="a\\nb")')
    assert (line["event"], line["path"]) == ("first", "a\nb")


def test_the_request_id_is_on_every_line_of_its_request() -> None:
    lines = logged(
        """
structlog.contextvars.bind_contextvars(request_id="r-1")
log.info("one")
standard.info("two")
structlog.contextvars.unbind_contextvars("request_id")
log.info("three")
"""
    )
    assert [line.get("request_id") for line in lines] == ["r-1", "r-1", None]


def test_an_exception_is_logged_by_its_type_alone() -> None:
    lines = logged(
        """
try:
    raise ValueError("canary")
except ValueError as error:
    log.exception("native")
    standard.exception("standard")
    log.error("again", exc_info=error)
log.error("later", exc_info=KeyError("canary"))
standard.error("later", exc_info=KeyError("canary"))
standard.error("none", exc_info=True)
"""
    )
    assert [line.get("error") for line in lines] == [
        "ValueError",
        "ValueError",
        "ValueError",
        "KeyError",
        "KeyError",
        None,
    ]
    assert not any({"exception", "exc_info", "stack"} & set(line) for line in lines)


def test_asyncio_says_that_a_task_failed_but_not_how() -> None:
    lines = logged(
        """
async def fail():
    raise ValueError("canary")

async def main():
    task = asyncio.create_task(fail())
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    del task
    gc.collect()

asyncio.run(main())
"""
    )
    assert [(line["event"], line["error"]) for line in lines] == [
        ("Task exception was never retrieved", "ValueError")
    ]


def test_uvicorns_access_log_is_silent_and_its_errors_are_not() -> None:
    lines = logged(
        """
from starlette.applications import Starlette
from gateway.cli.serve import server
server(Starlette())
logging.getLogger("uvicorn.access").info("GET /?pass=canary")
logging.getLogger("uvicorn.access").error("GET /?pass=canary")
logging.getLogger("uvicorn.error").error("the socket broke", extra={"color_message": "canary"})
"""
    )
    assert [line["event"] for line in lines] == ["the socket broke"]


def test_the_level_holds_and_libraries_are_quiet() -> None:
    program = """
for level in ("debug", "info", "warning", "error"):
    getattr(log, level)(level)
for name in ("sqlalchemy.engine.Engine", "alembic.runtime", "aiosqlite", "httpx2"):
    logging.getLogger(name).info("canary")
"""
    levels = ["debug", "info", "warning", "error"]
    for at, level in enumerate(levels):
        assert [line["event"] for line in logged(program, level=level)] == levels[at:]


def test_a_line_that_can_not_be_written_stops_nobody() -> None:
    program = """
import sys
from gateway.logs import configure_logs
sys.stderr = open("/dev/full", "w")
configure_logs("info")
import structlog
log = structlog.get_logger("gateway.test")
for _ in range(3):
    log.info("request", status=200)
sys.stderr = sys.__stderr__
print("went on")
"""
    ran = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert ran.stdout == "went on\n"
