"""One-time codes with which a partner's machine registers a key that it made itself."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum

from gateway.domain.partners import ProofId, Scope


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """What a code is good for: one more device of a partner. Its key's days count from the enrolment.

    `device_id` is the one that the code decides; the device comes to be when the code is redeemed.
    """

    code_hash: bytes = field(repr=False)
    device_id: str
    partner_id: str
    label: str
    scopes: frozenset[Scope]
    key_days: int
    lifetime: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A machine that brings a code and has proved to hold a key. The code decides which `device_id` it gets."""

    code_hash: bytes = field(repr=False)
    device_id: str
    kid: str
    public_jwk: Mapping[str, str]
    proof: ProofId = field(repr=False)


class NotEnrolled(StrEnum):
    """Why a machine was not registered; nothing has changed."""

    CODE = "code"
    """Unknown, used, expired or withdrawn, or of a partner who is suspended: nobody is told which."""

    KEY = "key"
    """The key is registered already; the code is still good."""

    PROOF = "proof"
    """The proof was used before; the code is still good."""
