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
    trouble: str | None = None

    def decided_alone(self, seconds: float) -> None:
        """Count a decision without the line."""
        self.offline_decisions += 1
        self.offline_seconds += seconds
        self.slowest_offline_seconds = max(self.slowest_offline_seconds, seconds)
