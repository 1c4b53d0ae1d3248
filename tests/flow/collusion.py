"""Partners who pool all that they ever received, and look for what is the same."""

import base64
import json
import re
from collections.abc import Iterable, Mapping, Sequence

WINDOW = 8
"""Characters in a row that two views have to share to be a link: with fewer, chance would."""

_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+(Z|[+-]\d\d:\d\d)")
"""When somebody came, each partner sees on its own wall; that is no doing of an answer."""

_TOKEN = "eyJ"
"""How a JWS begins: an object in JSON, in base64url."""

View = Sequence[object]
"""What one partner received about one resident: passes that were shown, and answers."""


def texts(seen: object) -> Iterable[str]:
    """Yield every value in what was seen; of a token what it says: its letters shift with each number in it."""
    if isinstance(seen, Mapping):
        for name, each in seen.items():
            if name != "cursor":  # the same instant and id once more, in base64url
                yield from texts(each)
    elif isinstance(seen, str) and seen.startswith(_TOKEN):
        *says, signature = seen.split(".")
        yield signature
        yield from texts([json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))) for part in says])
    elif isinstance(seen, str):
        if not _INSTANT.fullmatch(seen):
            yield seen
    elif isinstance(seen, Sequence):
        for each in seen:
            yield from texts(each)
    elif seen is not None and not _is_numeric_date(seen):
        yield repr(seen)


def _is_numeric_date(seen: object) -> bool:
    """Whether it is an instant in seconds (RFC 7519 section 2), as on the wall."""
    return isinstance(seen, int) and 10**9 < seen < 2**32


def windows(view: View) -> set[str]:
    """Return all that can be compared of a view."""
    return {text[at : at + WINDOW] for text in texts(view) for at in range(len(text) - WINDOW + 1)}


def links(ours: Sequence[View], theirs: Sequence[View]) -> set[tuple[int, int]]:
    """Return which of our residents share something with which of theirs that not everybody shares."""
    mine, other = [windows(view) for view in ours], [windows(view) for view in theirs]
    constant = set.intersection(*mine) | set.intersection(*other)
    return {(i, j) for i, left in enumerate(mine) for j, right in enumerate(other) if (left & right) - constant}


def features(view: View) -> tuple[object, ...]:
    """Return what could be matched without a common text: the form and length of each thing, in order."""
    return tuple(_shape(seen) for seen in view)


def _shape(seen: object) -> object:
    if isinstance(seen, Mapping):
        return tuple((name, _shape(each)) for name, each in seen.items())
    if isinstance(seen, str) and seen.startswith(_TOKEN):
        return "a token"  # its length is that of its place in the status list, which is random
    if isinstance(seen, str):
        return len(_INSTANT.sub("an instant", seen))
    return tuple(map(_shape, seen)) if isinstance(seen, Sequence) else seen
