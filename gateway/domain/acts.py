"""What stewards and card offices did: who, what and when, and nothing about a resident."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

Fact = str | int | bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """One change. `who` is an operating-system user or a token's owner, `subject` a partner, device or sector."""

    id: int
    at: datetime
    who: str
    action: str
    subject: str | None
    facts: Mapping[str, Fact]
