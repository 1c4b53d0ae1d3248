"""What can go wrong without being an answer.

    LaurelError
    ├── BadCredentials    the partner file can't be used; says what is wrong with it
    ├── EnrolmentRefused  the gateway registers no key with this code, this key or this proof; says what to do
    ├── UnknownDocument   the partner file has no document of that name
    ├── Unauthenticated   the gateway doesn't accept this device's key, assertion or token
    │   └── ClockSkew     nothing is wrong but this machine's clock; says by how much
    ├── Forbidden         this device may not do that
    ├── BadInput          the gateway can't read the request; nothing was recorded
    ├── Unavailable       no answer within the deadline; the same request may be sent again
    └── BadReply          the gateway failed, or its answer is not one that the contract knows

What the gateway refuses is a value (`results.Refused`), never an exception. No message quotes a pass, a PIN or
a token, and none of these errors keeps the HTTP request that it came from.
"""


class LaurelError(Exception):
    """Root of all errors that the client raises on purpose.

    Where `request_id` is set, nobody knows yet whether that change was recorded: send the same request with the
    same id again, and it counts once.
    """

    request_id: str | None = None


class BadCredentials(LaurelError):
    """A partner file is unreadable or wrong: one sentence that says where."""


class EnrolmentRefused(LaurelError):
    """No device was registered. `code` is stable: `invalid_grant` for a code that is not good (any more)."""

    def __init__(self, code: str, advice: str) -> None:
        super().__init__(f"The gateway did not register this machine ({code}). {advice}".strip())
        self.code = code


class UnknownDocument(LaurelError):
    """The partner file has no document of that name: this kind of partner doesn't send it."""

    def __init__(self, name: str) -> None:
        super().__init__(f"The partner file has no document {name!r}.")
        self.name = name


class Unauthenticated(LaurelError):
    """The gateway doesn't accept who this device says it is. `code` is the OAuth error or the HTTP status."""

    def __init__(self, code: str) -> None:
        super().__init__(f"The gateway did not accept this device ({code}).")
        self.code = code


class ClockSkew(Unauthenticated):
    """This machine's clock is `seconds` fast, or slow where negative: nothing that it signs is accepted."""

    def __init__(self, seconds: int) -> None:
        super().__init__("CLOCK_SKEW")
        self.seconds = seconds

    def __str__(self) -> str:
        word = "fast" if self.seconds > 0 else "slow"
        return f"This machine's clock is {abs(self.seconds)} seconds {word}. Set it by NTP."


class Forbidden(LaurelError):
    """The device is known and may not do that: its scopes or rewards don't cover it."""


class BadInput(LaurelError):
    """No valid request looks like this. `code` is stable; `message` is for people."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message


class Unavailable(LaurelError):
    """No answer, or none that decides, within the deadline. `retry_after_seconds` is the gateway's own wish."""

    def __init__(self, message: str, *, retry_after_seconds: float | None = None) -> None:
        super().__init__(message)
        self.retry_after_seconds = retry_after_seconds


class BadReply(LaurelError):
    """No answer of the contract: the gateway says it failed, something between answered, or the client is old."""
