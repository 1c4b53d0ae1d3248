"""What a steward asks of an import, and what is said of it afterwards."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from gateway.domain.rewards import Rule
from gateway.services.import_registry import Change


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What the steward asks for. `complete`: the file has everybody's honours."""

    file: Path
    rejects: Path
    complete: bool
    dry_run: bool
    yes: bool


@dataclass(slots=True, kw_only=True)
class Report:
    """What an import did, or would do in a dry run."""

    as_of: date | None = None
    changes: Mapping[Change, int] = field(default_factory=dict)
    rejected: int = 0
    honours_withdrawn: int = 0
    same_file: bool = False
    eligible: Mapping[Rule, int] = field(default_factory=dict)
    gained: Mapping[Rule, int] = field(default_factory=dict)
    lost: Mapping[Rule, int] = field(default_factory=dict)

    def counts(self) -> dict[str, int]:
        """Return residents by what changed, lines that were rejected, and honours withdrawn."""
        changes = {change.value: self.changes.get(change, 0) for change in Change}
        return {**changes, "rejected": self.rejected, "honours_withdrawn": self.honours_withdrawn}
