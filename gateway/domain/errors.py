"""What can go wrong without being an answer.

    LaurelError
    ├── MalformedInput      the caller sent something that can't be a request; nothing was looked up
    ├── NotAuthentic        the caller is not who it has to be; the code is for the log alone
    │   └── ClockSkew       nothing is wrong but the caller's clock, and the caller may know
    ├── Unavailable         the gateway can't work right now; send the same request again
    ├── Throttled           the caller asks too much; nothing was looked up, and it says nothing of any pass
    ├── KeysMissing         a key that the decision needs is not at hand; the answer is Undetermined
    │   └── PeriodClosed    it is destroyed, as was promised
    ├── PlaceTaken          a random place in a status list is another pass's; draw another
    └── ConfigurationError  a file or setting is wrong; says where, and what to do

Expected refusals are values (`redemptions.Refused`), never exceptions.
"""

from datetime import datetime


class LaurelError(Exception):
    """Root of all errors that Laurel raises on purpose."""


class MalformedInput(LaurelError):
    """An argument that no valid request contains. `message` is safe to show: it never quotes the input."""

    def __init__(self, argument: str, message: str) -> None:
        super().__init__(f"{argument}: {message}")
        self.argument = argument
        self.message = message


class NotAuthentic(LaurelError):
    """A token, key or signature failed. `code` goes to the log; the caller gets one uniform answer."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class ClockSkew(NotAuthentic):
    """Nothing is wrong but the time: the caller's clock is `seconds` fast, or slow where they are negative.

    `now` is our own time. Both, and `advice`, may be told: what fails is signed by the key that it has to be.
    """

    def __init__(self, code: str, *, seconds: int, now: datetime) -> None:
        super().__init__(code)
        self.seconds = seconds
        self.now = now

    @property
    def advice(self) -> str:
        """One sentence for the technician."""
        return (
            f"Your clock is {abs(self.seconds)} seconds {'fast' if self.seconds > 0 else 'slow'}. Set it by NTP."
        )


class Unavailable(LaurelError):
    """The gateway can't answer now. Send the same request again: what a lost commit recorded is found by id."""

    def __init__(self, what: str, *, retry_after_seconds: int = 1) -> None:
        super().__init__(what)
        self.retry_after_seconds = retry_after_seconds


class Throttled(LaurelError):
    """The caller asks too much; nothing was looked up. `what` is the limit, for the log and the metrics alone."""

    def __init__(self, what: str, *, retry_after_seconds: int) -> None:
        super().__init__(what)
        self.retry_after_seconds = retry_after_seconds


class ConfigurationError(LaurelError):
    """A file, key or setting is wrong: one sentence that says where it is and what to do."""


class KeysMissing(LaurelError):
    """A key that the decision needs is destroyed or not at hand; the answer is `Undetermined`."""


class PeriodClosed(KeysMissing):
    """The key of a period is destroyed: nothing can be recorded in it any more."""


class PlaceTaken(LaurelError):
    """A random place in a sector's status list is taken already; draw another."""

    def __init__(self, sector: str) -> None:
        super().__init__(sector)
        self.sector = sector
