"""A history as JSON lines: every request is invoked, and then is ok, has failed, or nobody knows.

An event has `at` (seconds since 1970), `call` (the same for an invocation and what became of it), `event` and,
where it is invoked, what was asked: `op`, `partner`, `request`, and whatever of `quota`, `limit`, `quantity`,
`pass`, `hold`, `redemption`, `occasion` the operation has. An answer has `id`, `quantity` and `reversed` of the
redemption or hold, or `reason`; and `replayed`.
"""

import json
import secrets
import time
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Event = dict[str, Any]

INVOKE, OK, FAIL, UNKNOWN = "invoke", "ok", "fail", "unknown"


class NobodyKnows(Exception):
    """The answer was lost: the request may have had its effect or not. `facts` are what is known of it."""

    def __init__(self, **facts: Any) -> None:
        super().__init__()
        self.facts = facts


class Journal:
    """One process's file of events. Each is written before anything else happens, so a killed process leaves its
    own."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("a", buffering=1)

    async def call(self, asked: Event, send: Callable[[], Awaitable[Event]]) -> Event:
        """Write down that something is asked, ask it, and write down and return what came of it."""
        call = secrets.token_hex(8)
        self._write({"at": time.time(), "call": call, "event": INVOKE, **asked})
        try:
            answer = await send()
        except NobodyKnows as nobody:
            answer = {"event": UNKNOWN, **nobody.facts}
        self._write({"at": time.time(), "call": call, **answer})
        return answer

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def _write(self, event: Event) -> None:
        self._file.write(json.dumps(event) + "\n")


@dataclass(frozen=True)
class Call:
    """A request that was sent, and what its sender knows: an event that never came is unknown."""

    asked: Event
    answer: Event

    @property
    def key(self) -> tuple[str, str]:
        """Partner and request id: many calls may share them."""
        return self.asked["partner"], self.asked["request"]

    @property
    def ok(self) -> bool:
        """Whether it had its effect, as far as its sender knows."""
        return bool(self.answer["event"] == OK)


def read(paths: Iterable[Path]) -> list[Call]:
    """Return the calls of some files in the order of their invocation."""
    asked: dict[str, Event] = {}
    answers: dict[str, Event] = {}
    for path in paths:
        for line in path.read_text().splitlines():
            event = json.loads(line)
            (asked if event["event"] == INVOKE else answers)[event["call"]] = event
    never = {"event": UNKNOWN, "at": float("inf")}
    return sorted(
        (Call(event, answers.get(call, never)) for call, event in asked.items()), key=lambda one: one.asked["at"]
    )
