"""A headless Chromium, driven by the DevTools protocol over a pipe: no port, no WebSocket, no further package."""

import base64
import contextlib
import fcntl
import json
import os
import select
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from tests.flow.browsers import Browser

FLAGS = (
    "--headless",
    "--remote-debugging-pipe",
    "--no-sandbox",  # it can't sandbox itself for root, nor in most containers
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--window-size=1280,800",
)
ANSWER_SECONDS = 20.0

LAUNCH = """
import os, sys
os.dup2(int(sys.argv[1]), 3)
os.dup2(int(sys.argv[2]), 4)
os.execv(sys.argv[3], sys.argv[3:])
"""
"""Gives the ends of the pipe the numbers that Chromium reads from and writes to."""

_KEYS: dict[str, dict[str, Any]] = {
    "Enter": {"text": "\r", "windowsVirtualKeyCode": 13},
    "Tab": {"windowsVirtualKeyCode": 9},
    "Escape": {"windowsVirtualKeyCode": 27},
    "Backspace": {"windowsVirtualKeyCode": 8},
    " ": {"text": " ", "windowsVirtualKeyCode": 32},
    "ArrowDown": {"windowsVirtualKeyCode": 40},
}


class Tab:
    """One page, and everything it did: `events` are the protocol's, in their order."""

    def __init__(self, commands: int, answers: int) -> None:
        self._commands, self._answers = commands, answers
        self._buffer = bytearray()
        self._last_id = 0
        self._session: str | None = None
        self.events: list[dict[str, Any]] = []

    def open(self) -> None:
        """Attach to a new, empty page, and watch it."""
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self._session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Network", "Runtime", "Log"):
            self.call(f"{domain}.enable")

    def call(self, method: str, **params: Any) -> dict[str, Any]:
        """Send a command and return its result."""
        self._last_id += 1
        command = {"id": self._last_id, "method": method, "params": params}
        if self._session is not None:
            command["sessionId"] = self._session
        os.write(self._commands, json.dumps(command).encode() + b"\0")
        give_up_at = time.monotonic() + ANSWER_SECONDS
        while True:
            message = self._next(give_up_at)
            if message.get("id") == self._last_id:
                assert "error" not in message, message
                result: dict[str, Any] = message["result"]
                return result
            self.events.append(message)

    def value(self, expression: str) -> Any:
        """Return what a JavaScript expression is in the page; a promise's outcome where it is one."""
        done = self.call("Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True)
        assert "exceptionDetails" not in done, done["exceptionDetails"]
        return done["result"].get("value")

    def press(self, *keys: str) -> None:
        """Press keys one after the other, as a keyboard sends them: characters, or names such as Enter."""
        for key in keys:
            pressed: dict[str, Any] = {"key": key, **_KEYS.get(key, {"text": key})}
            self.call("Input.dispatchKeyEvent", type="keyDown", **pressed)
            self.call("Input.dispatchKeyEvent", type="keyUp", **pressed)

    def picture(self) -> bytes:
        """Return what is seen, as PNG."""
        return base64.b64decode(self.call("Page.captureScreenshot")["data"])

    def wait_for(self, expression: str) -> Any:
        """Return the first true value of an expression, asked again and again."""
        give_up_at = time.monotonic() + ANSWER_SECONDS
        while not (found := self.value(expression)):
            assert time.monotonic() < give_up_at, f"never true: {expression}"
            time.sleep(0.05)
        return found

    def seen(self, method: str) -> list[dict[str, Any]]:
        """Return the parameters of all events of one name so far."""
        return [event["params"] for event in self.events if event.get("method") == method]

    def _next(self, give_up_at: float) -> dict[str, Any]:
        while b"\0" not in self._buffer:
            readable, _, _ = select.select([self._answers], [], [], max(0, give_up_at - time.monotonic()))
            assert readable, "Chromium does not answer"
            chunk = os.read(self._answers, 1 << 16)
            assert chunk, "Chromium has ended"
            self._buffer += chunk
        message, _, rest = self._buffer.partition(b"\0")
        self._buffer = rest
        decoded: dict[str, Any] = json.loads(message)
        return decoded


def _command(chromium: Browser, profile: Path, flags: Sequence[str]) -> list[str]:
    return [str(chromium.path), *FLAGS, *flags, f"--user-data-dir={profile}"]


@contextlib.contextmanager
def tab(chromium: Browser, profile: Path, *flags: str) -> Iterator[Tab]:
    """Start Chromium with an empty profile and yield a page of it; end it afterwards."""
    (its_end, commands), (answers, its_other_end) = os.pipe(), os.pipe()
    ends = [fcntl.fcntl(end, fcntl.F_DUPFD, 10) for end in (its_end, its_other_end)]
    process = subprocess.Popen(
        [sys.executable, "-c", LAUNCH, *map(str, ends), *_command(chromium, profile, flags)],
        pass_fds=ends,
        env={**os.environ, **chromium.environment},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    for end in (its_end, its_other_end, *ends):
        os.close(end)
    try:
        page = Tab(commands, answers)
        page.open()
        yield page
    finally:
        process.terminate()
        process.wait(ANSWER_SECONDS)
        os.close(commands)
        os.close(answers)
