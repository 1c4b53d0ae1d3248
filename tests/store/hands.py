"""A monotonic clock that the test turns."""

SECOND = 1_000_000_000


class Stopwatch:
    """Returns nanoseconds; stands still until a test turns it."""

    def __init__(self) -> None:
        self.now = 17 * SECOND

    def __call__(self) -> int:
        return self.now

    def turn(self, seconds: float) -> None:
        """Let seconds pass."""
        self.now += round(seconds * SECOND)
