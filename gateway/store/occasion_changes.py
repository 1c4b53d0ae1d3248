"""What the administrative record tells of occasions that were changed."""

from collections.abc import Sequence
from datetime import UTC

from gateway.domain.acts import Fact
from gateway.domain.occasions import Occasion

TOLD_MAX = 20
"""Changed occasions that one act tells of one by one: a season's act stays readable."""


def changes_told(changed: Sequence[tuple[Occasion, Occasion]]) -> dict[str, Fact]:
    """Return a fact for each occasion of some, as it was and as it is now; of many, the number of the others."""
    told: dict[str, Fact] = {f"occasion {was.name}": _change(was, now) for was, now in changed[:TOLD_MAX]}
    if len(changed) > TOLD_MAX:
        told["others_changed"] = len(changed) - TOLD_MAX
    return told


def _change(was: Occasion, now: Occasion) -> str:
    pairs = (("capacity", was.capacity, now.capacity), ("end", _end(was), _end(now)))
    return ", ".join(f"{what} {old}->{new}" for what, old, new in pairs if old != new)


def _end(occasion: Occasion) -> str:
    return occasion.ends_at.astimezone(UTC).isoformat()
