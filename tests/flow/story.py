"""Playing the reference's examples on a sandbox: made-up passes and ids stand for real ones, in order."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from gateway.cli.reference.examples import Example
from laurel_client import new_request_id

_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{6})?\+00:00")
_OPAQUE = re.compile(r"(?=\S*\d|\S*[a-z]\S*[A-Z]|\S*[A-Z]\S*[a-z])[\w.:+=-]+")
"""Ids, cursors, references, versions: one word with a digit, or in upper and lower case."""


@dataclass
class Story:
    """`stands_for` maps what the examples show to what is true in this sandbox."""

    stands_for: dict[str, str] = field(default_factory=dict)

    def variables(self, shown: Any) -> Any:
        """Return an example's variables with real values in place of what it shows. New requestIds are made."""
        if isinstance(shown, Mapping):
            if request_id := shown.get("requestId"):
                self.stands_for.setdefault(request_id, new_request_id())
            return {name: self.variables(value) for name, value in shown.items()}
        if isinstance(shown, list):
            return [self.variables(value) for value in shown]
        return self.stands_for.get(shown, shown) if isinstance(shown, str) else shown

    def learn(self, shown: Any, real: Any) -> None:
        """Remember which real ids and times an answer brought for those that the example shows."""
        for one, other in zip(leaves(shown), leaves(real), strict=False):
            if isinstance(one, str) and isinstance(other, str) and one != other:
                self.stands_for.setdefault(one, other)


def leaves(value: Any) -> Iterator[Any]:
    """Yield the values of an answer that hold no others, in order."""
    if isinstance(value, Mapping | list):
        for one in value.values() if isinstance(value, Mapping) else value:
            yield from leaves(one)
    else:
        yield value


def difference(shown: Any, real: Any, place: str = "data") -> str | None:
    """Return where an answer differs from the one that an example shows, if it does.

    Names, numbers, truths and sentences are the same; ids, times and references look alike; lists may go on,
    unless they are empty.
    """
    if isinstance(shown, Mapping) and isinstance(real, Mapping):
        if list(shown) != list(real):
            return f"{place} has {list(real)}"
        pairs = [(one, real[name], f"{place}.{name}") for name, one in shown.items()]
    elif isinstance(shown, list) and isinstance(real, list):
        if bool(shown) != bool(real) or len(shown) > len(real):
            return f"{place} has {len(real)}"
        pairs = [(*pair, f"{place}[]") for pair in zip(shown, real, strict=False)]
    else:
        alike = type(shown) is type(real) and _alike(shown, real, exactly=place.endswith("__typename"))
        return None if alike else f"{place} is {real!r}"
    return next((found for pair in pairs if (found := difference(*pair))), None)


def _alike(shown: Any, real: Any, *, exactly: bool) -> bool:
    if exactly or not isinstance(shown, str) or shown == real:
        return bool(shown == real)
    times = _TIME.fullmatch(shown), _TIME.fullmatch(real)
    if any(times):
        return all(times)
    return all(_OPAQUE.fullmatch(one) for one in (shown, real)) and not shown.isupper()


def explain(example: Example, real: Any) -> str:
    """Return what is wrong with an example, and what it should show."""
    return f"{example.document}, {example.title}: {difference(example.data, real)}; really {real}"
