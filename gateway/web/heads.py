"""The head of a request, read once for all who ask something of it."""

from collections.abc import Iterable
from typing import Protocol

from starlette.types import Scope


class Fields(Protocol):
    """What is asked of header fields: Starlette's `Headers` can do it, too."""

    def getlist(self, key: str) -> list[str]:
        """Return the values of every line of this name."""
        ...

    def __contains__(self, key: object) -> bool:
        """Whether there is a line of this name."""
        ...


class Head:
    """The header fields by name, in lower case as uvicorn has them. Values are Latin-1 (RFC 9110 section 5.5).

    They stay bytes until somebody asks: of what clients send, most is never looked at.
    """

    __slots__ = ("_lines",)

    def __init__(self, headers: Iterable[tuple[bytes, bytes]]) -> None:
        lines: dict[bytes, list[bytes]] = {}
        for name, value in headers:
            if name in lines:
                lines[name].append(value)
            else:
                lines[name] = [value]
        self._lines = lines

    def getlist(self, key: str) -> list[str]:
        """Return the values of every line of this name."""
        return [value.decode("latin-1") for value in self._lines.get(key.encode("latin-1"), ())]

    def first(self, key: str, default: str = "") -> str:
        """Return the value of the first line of this name."""
        found = self._lines.get(key.encode("latin-1"))
        return found[0].decode("latin-1") if found else default

    def __contains__(self, key: object) -> bool:
        return isinstance(key, str) and key.encode("latin-1") in self._lines


def head_of(scope: Scope) -> Head:
    """Return the head of a request, which whoever asks first leaves in its state."""
    state = scope.setdefault("state", {})
    head = state.get("head")
    if head is None:
        head = state["head"] = Head(scope["headers"])
    found: Head = head
    return found
