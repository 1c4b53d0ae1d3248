"""A steward and a card office whose every word is kept, command by command, crashes included."""

import json
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import typer.main

from gateway.cli import app
from tests.cli.conftest import Steward
from tests.flow.processes import run

NEVER = {
    "serve": "it runs as a process of its own",
    "sandbox": "it makes passes for everybody to see, of people who do not exist",
}
"""Commands that this office does not play, and why."""


@cache
def commands() -> frozenset[str]:
    """Return all commands that there are."""
    return frozenset(_below(typer.main.get_command(app), ""))


def _is_command(words: tuple[str | Path, ...]) -> bool:
    return " ".join(map(str, words)) in commands()


def _below(command: Any, path: str) -> Iterator[str]:
    for name, one in getattr(command, "commands", {}).items():
        below = list(_below(one, f"{path}{name} "))
        yield from below or [path + name]


@dataclass
class Office:
    """Says commands and keeps what they said: `said` is by command."""

    steward: Steward
    said: dict[str, bytes] = field(default_factory=lambda: defaultdict(bytes))

    def says(self, *words: str | Path, given: str = "", status: int | None = 0) -> str:
        """Say a command and return what it prints; any end will do where `status` is None."""
        done = self.steward.run(*words, given=given)
        self._keep(words, done.output + done.errors)
        assert status in (None, done.status), (words[:2], done.status)
        return done.output

    def facts(self, *words: str | Path, given: str = "") -> Any:
        """Say a command that prints JSON, and return that."""
        return json.loads(self.says(*words, "--json", given=given))

    def crashes(self, *words: str | Path, module: str = "gateway") -> str:
        """Say a command, in a process of its own, that goes wrong; keep and return what it said."""
        done = run(*words, folder=self.steward.folder, settings=dict(self.steward.settings), module=module)
        assert done.returncode
        self._keep(words, done.stdout + done.stderr)
        return done.stderr

    def _keep(self, words: tuple[str | Path, ...], text: str) -> None:
        name = next(" ".join(map(str, words[:count])) for count in (1, 2) if _is_command(words[:count]))
        self.said[name] += text.encode()
