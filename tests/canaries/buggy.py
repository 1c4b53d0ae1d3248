"""A gateway with bugs that talk: `python -m tests.canaries.buggy serve --port PORT`, or any other command.

A command fails where it would hash a registry id, a request with the header X-Bug at that port. The exception says
whatever was given, secrets spelled out: whoever handles it must not repeat a word of it.
"""

import contextlib
import sys
from collections.abc import Awaitable, Callable, MutableMapping
from contextvars import ContextVar
from dataclasses import asdict, fields, is_dataclass, replace
from inspect import iscoroutinefunction
from typing import Any

from gateway.app import create_app
from gateway.assembly import Laurel, assemble
from gateway.auth.hashing import RegistryHasher
from gateway.cli import app as command
from gateway.cli.console import closing
from gateway.cli.serve import bind, run, server
from gateway.logs import configure_logs
from gateway.services.ports import Ports
from gateway.settings import Settings

BUGS = ("opener", "directory", "fingerprints", "pins", "pseudonyms", "evidence", "ledger")
"""The ports that a redemption goes through."""

_bug: ContextVar[str] = ContextVar("bug", default="")

Message = MutableMapping[str, Any]
App = Callable[[Message, Callable[[], Awaitable[Message]], Callable[[Message], Awaitable[None]]], Awaitable[None]]


class Bug(RuntimeError):
    """Quotes what it was given."""


def quoted(*given: object, **named: object) -> str:
    """Return all that a port was given, without any of our redactions."""
    values = [*given, *named.values()]
    return " ".join(
        repr(asdict(one) if is_dataclass(one) and not isinstance(one, type) else one) for one in values
    )


class Talking:
    """A port that works until it has a bug."""

    def __init__(self, name: str, port: object) -> None:
        self._name, self._port = name, port

    def __getattr__(self, method: str) -> Any:
        works = getattr(self._port, method)
        if not callable(works):
            return works

        def answers(*given: Any, **named: Any) -> Any:
            if _bug.get() == self._name:
                raise Bug(quoted(*given, **named))
            return works(*given, **named)

        async def answers_later(*given: Any, **named: Any) -> Any:
            return await answers(*given, **named)

        return answers_later if iscoroutinefunction(works) else answers


def with_bugs(laurel: Laurel) -> Laurel:
    """Return a gateway whose every port may talk."""
    ports: dict[str, Any] = {
        one.name: Talking(one.name, getattr(laurel.ports, one.name)) for one in fields(Ports) if one.name in BUGS
    }
    return replace(laurel, ports=replace(laurel.ports, **ports))


def chosen_by_header(app: App) -> App:
    """Let each request choose its bug."""

    async def choose(scope: Message, receive: Any, send: Any) -> None:
        _bug.set(dict(scope.get("headers", ())).get(b"x-bug", b"").decode())
        await app(scope, receive, send)

    return choose


def serve(port: int) -> None:
    """Serve on a port of this machine."""
    settings = Settings.read()
    configure_logs(settings.log_level)
    with bind("127.0.0.1", port) as listening:

        async def start() -> None:
            async with contextlib.AsyncExitStack() as stack:
                laurel = await stack.enter_async_context(closing(assemble(settings)))
                await laurel.require_fit()
                app: Any = chosen_by_header(create_app(with_bugs(laurel)))
                await server(app).serve(sockets=[listening])

        run(start())


def talk(_: RegistryHasher, registry_id: str) -> bytes:
    """Fail as a bug in a command would."""
    raise Bug(quoted(registry_id))


if __name__ == "__main__":
    if sys.argv[1] == "serve":
        serve(int(sys.argv[sys.argv.index("--port") + 1]))
    else:
        RegistryHasher.hash = talk  # type: ignore[assignment,method-assign]
        command()
