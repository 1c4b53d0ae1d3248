"""The main job's record: each request is timed, printed and compared with what must come."""

import statistics
import time
from collections.abc import Awaitable
from dataclasses import replace
from typing import TypeVar

from laurel_client.errors import LaurelError
from laurel_client.results import Eligible, NotEligible, Redemption, Refused, Undetermined

T = TypeVar("T")

_COLUMNS = "{:<20} {:<37} {:<31} {:>8}"
"""Partner, request, answer, time: 99 characters."""


class Surprise(Exception):
    """Something else happened than what must; one sentence without a pass, a code or a token."""


class Journal:
    """Does one request after the other, prints what happened, and stops at a surprise."""

    def __init__(self) -> None:
        self._times: list[float] = []
        self._kinds: list[str] = []
        self._left_column = ""
        print(_COLUMNS.format("Partner", "Request", "Answer", "ms"))

    def turn_to(self, kind: str) -> None:
        """Begin with a kind of partner."""
        self._kinds.append(kind)
        self._left_column = kind

    async def step(self, request: str, call: Awaitable[T], expected: str) -> T:
        """Await a request's answer, print it with its time in ms, and compare it with the expected one."""
        start = time.perf_counter()
        try:
            answer = await call
        except LaurelError as error:
            raise Surprise(f"{self._kinds[-1]}, {request}: {error}") from None
        self._times.append((time.perf_counter() - start) * 1000)
        said = describe(answer)
        print(_COLUMNS.format(self._left_column, request, said, f"{self._times[-1]:.1f}"), flush=True)
        self._left_column = ""
        if said != expected:
            raise Surprise(f"{self._kinds[-1]}, {request}: the answer must be {expected}, but it was {said}.")
        return answer

    async def replay(self, request: str, call: Awaitable[T], first: T) -> None:
        """Await the answer to a repeated request: the first one, marked as replayed."""
        again = await self.step(request, call, f"{describe(first)}, replayed")
        if not isinstance(again, Redemption) or replace(again, replayed=False) != first:
            raise Surprise(f"{self._kinds[-1]}, {request}: the answer differs from the first one.")

    def sum_up(self) -> None:
        """Print how many requests there were and how long they took."""
        median, worst = statistics.median(self._times), max(self._times)
        counts = f"{len(self._times)} requests, {len(self._kinds)} kinds of partner"
        print(f"{counts}: median {median:.1f} ms, worst {worst:.1f} ms.")


def describe(answer: object) -> str:
    """Return an answer in words, without ids."""
    match answer:
        case Eligible():
            return "Eligible"
        case NotEligible():
            return "NotEligible"
        case Redemption():
            return f"Redemption {answer.status}" + (", replayed" if answer.replayed else "")
        case Refused():
            return f"Refused {answer.reason}"
        case Undetermined():
            return f"Undetermined {answer.doubt}"
        case _:
            return "done"
