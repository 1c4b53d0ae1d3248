"""Granting while the line is down: the allowance, the taps that a gate stores, and their verdicts."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime

from laurel_client.results import OpenEnum

TAPS_MAX = 32
"""Taps in one upload."""

BODY_BYTES_MAX = 14 * 1024
"""What taps may take of the 16 KiB of a request: the document and the allowance need room, too."""


class Verdict(OpenEnum):
    """What became of a tap."""

    ACCEPTED = "ACCEPTED"
    ACCEPTED_LATE = "ACCEPTED_LATE"
    DUPLICATE = "DUPLICATE"
    REJECTED = "REJECTED"
    OTHER = "OTHER"


@dataclass(frozen=True, slots=True, kw_only=True)
class OfflineAllowance:
    """What this device may grant alone, until `ends_at`. Keep `token` with each tap that is granted by it."""

    token: str
    units: int
    rewards: tuple[str, ...]
    issued_at: datetime
    ends_at: datetime
    upload_until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Tap:
    """One tap as a gate stores it: encrypted, for there is a pass in it, and only until it has a verdict."""

    request_id: str
    pass_: str = field(repr=False)
    reward: str
    happened_at: datetime
    quantity: int = 1

    def variables(self) -> dict[str, object]:
        """Return the tap as the document wants it."""
        return {
            "requestId": self.request_id,
            "pass": self.pass_,
            "reward": self.reward,
            "happenedAt": self.happened_at.astimezone(UTC).isoformat(),
            "quantity": self.quantity,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class TapVerdict:
    """What became of one tap. `reason` says why it was rejected; it is never about a person."""

    request_id: str
    verdict: Verdict
    reason: str | None
    message: str | None
    redemption_id: str | None


def batches(taps: Iterable[Tap]) -> Iterator[list[dict[str, object]]]:
    """Yield taps as variables, as many at a time as a request may hold."""
    batch: list[dict[str, object]] = []
    size = 0
    for tap in taps:
        variables = tap.variables()
        length = len(json.dumps(variables)) + 2
        if batch and (len(batch) == TAPS_MAX or size + length > BODY_BYTES_MAX):
            yield batch
            batch, size = [], 0
        batch.append(variables)
        size += length
    if batch:
        yield batch
