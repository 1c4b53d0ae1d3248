"""An event loop in a thread of its own, for programs that have none: they wait for what runs on it."""

import asyncio
import os
import threading
from collections.abc import AsyncIterator, Coroutine, Iterator
from typing import Any, TypeVar

T = TypeVar("T")

_END = object()


class LoopThread:
    """The loop, from when it is made until it is closed. It belongs to the process that made it."""

    def __init__(self, name: str) -> None:
        self._process = os.getpid()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name=name, daemon=True)
        self._thread.start()

    @property
    def is_closed(self) -> bool:
        """Whether it has ended."""
        return self._loop.is_closed()

    def close(self) -> None:
        """End the loop, with all lists that nobody read to their end, and the thread."""
        self.wait(self._loop.shutdown_asyncgens())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def wait(self, asked: Coroutine[Any, Any, T]) -> T:
        """Return what a call answers. Whoever gives up waiting, by Ctrl-C, gives the call up.

        Raises:
            RuntimeError: the loop has ended, or is another process's.
        """
        if self.is_closed or os.getpid() != self._process:
            asked.close()
            raise RuntimeError("This client is closed, or was opened before a fork: open another one.")
        waiting = asyncio.run_coroutine_threadsafe(asked, self._loop)
        try:
            return waiting.result()
        finally:
            waiting.cancel()

    def each(self, answers: AsyncIterator[T]) -> Iterator[T]:
        """Go through an asynchronous iterator, waiting for one at a time."""

        async def following() -> T | object:
            return await anext(answers, _END)

        while (answer := self.wait(following())) is not _END:
            yield answer  # type: ignore[misc]
