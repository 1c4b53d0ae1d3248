"""What is kept of a request that had an effect, so that nobody can later deny having sent it."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from gateway.domain.partners import Device


class EvidenceSealer(Protocol):
    """Seals the signed proof of a request, to be kept with its effect. Implemented by auth."""

    def seal(self, proof: str, *, partner_id: str, request_id: str) -> bytes:
        """Return the proof so that nobody reads it without the key home, nor takes it for another request's.

        Raises:
            KeysMissing: there is no key to seal with.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """The evidence of one request: the device that signed it, as it is on record now, and its sealed proof."""

    request_id: str
    device: Device
    proof: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class NotKept:
    """There is none: its period closed at an instant; or, with None, the effect is older than evidence."""

    closed_at: datetime | None
