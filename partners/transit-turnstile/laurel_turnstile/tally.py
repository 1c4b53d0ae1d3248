"""What the agent has seen and done since it started, for `status` and the metrics."""

from collections import Counter
from dataclasses import dataclass, field


@dataclass(slots=True)
class Tally:
    """Counts, and the last thing that went wrong; nothing of a person."""

    answers: Counter[tuple[str, str]] = field(default_factory=Counter)
    """By answer, and by who decided."""
    verdicts: Counter[str] = field(default_factory=Counter)
    taken_back: int = 0
    offline_seconds: float = 0.0
    """The time that decisions without the line took, together; their number is in `answers`."""
    offline_decisions: int = 0
    slowest_offline_seconds: float = 0.0
    troubles: dict[str, str] = field(default_factory=dict)
    """What went wrong last, until it goes well, by place: line, list, allowance, queue, storage, upkeep."""

    @property
    def trouble(self) -> str | None:
        """All of them in one sentence each; None where all is well."""
        return "; ".join(f"{place}: {what}" for place, what in sorted(self.troubles.items())) or None

    def tried(self, place: str, error: Exception | None = None) -> None:
        """Note that something went wrong at a place, or went well."""
        if error is None:
            self.troubles.pop(place, None)
        else:
            self.troubles[place] = str(error)

    def decided_alone(self, seconds: float) -> None:
        """Count a decision without the line."""
        self.offline_decisions += 1
        self.offline_seconds += seconds
        self.slowest_offline_seconds = max(self.slowest_offline_seconds, seconds)
