"""Which keys count, from one instant of the manifest to the next: asked ten times a request, worked out once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from gateway.auth.key_home import Listing, Purpose


@dataclass(frozen=True, slots=True)
class Span:
    """Who counts from one instant of the manifest, inclusive, to the next: between two of them nothing changes."""

    begins: datetime
    ends: datetime
    active: Mapping[str, str | None]
    """By purpose, the newest active key."""
    live: Mapping[str, tuple[str, ...]]
    """By purpose, whose work still counts, the newest first."""

    @classmethod
    def around(cls, now: datetime, listings: Mapping[Purpose, Sequence[Listing]]) -> "Span":
        """Return the span that an instant is in."""
        every = [one for of_it in listings.values() for one in of_it]
        turns = [turn.astimezone(UTC) for one in every for turn in (one.not_before, one.not_after)]
        return cls(
            begins=max((turn for turn in turns if turn <= now), default=datetime.min.replace(tzinfo=UTC)),
            ends=min((turn for turn in turns if turn > now), default=datetime.max.replace(tzinfo=UTC)),
            active={
                purpose: next((one.kid for one in of_it if one.active_at(now)), None)
                for purpose, of_it in listings.items()
            },
            live={
                purpose: tuple(one.kid for one in of_it if one.live_at(now)) for purpose, of_it in listings.items()
            },
        )
