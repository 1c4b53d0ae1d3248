"""What a partner asks for, checked for form before anything is looked up."""

import re
from dataclasses import dataclass, field

from gateway.domain.errors import MalformedInput
from gateway.domain.passes import PresentedPass
from gateway.domain.redemptions import ReversalReason

QUANTITY_MAX = 100
"""No counter sells more at once; the quota decides below it."""

_REQUEST_ID = re.compile(r"[A-Za-z0-9_-]{16,64}")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,63}")
_PIN = re.compile(r"[0-9]{4}")
_HOLD_ID = re.compile(r"hld_[A-Za-z0-9_-]{22}")
_REDEMPTION_ID = re.compile(r"rdm_[A-Za-z0-9_-]{22}")


def require_request_id(text: str) -> str:
    """Return a request id of 16 to 64 characters of the URL-safe alphabet, or raise MalformedInput."""
    if not _REQUEST_ID.fullmatch(text):
        raise MalformedInput("requestId", "Choose 16 to 64 of the characters A-Z, a-z, 0-9, _ and -.")
    return text


def require_quantity(quantity: int) -> int:
    """Return a quantity from 1 to QUANTITY_MAX, or raise MalformedInput."""
    if not 1 <= quantity <= QUANTITY_MAX:
        raise MalformedInput("quantity", f"Give a whole number from 1 to {QUANTITY_MAX}.")
    return quantity


def require_name(argument: str, text: str) -> str:
    """Return the id of a reward or an occasion if it could be one, or raise MalformedInput."""
    if not _NAME.fullmatch(text):
        raise MalformedInput(argument, "An id has 1 to 64 of the characters A-Z, a-z, 0-9, . _ : and -.")
    return text


def require_redemption_id(argument: str, text: str) -> str:
    """Return the id of a redemption if it could be one, or raise MalformedInput."""
    if not _REDEMPTION_ID.fullmatch(text):
        raise MalformedInput(argument, "Give the id of a redemption as redeemReward answered it.")
    return text


def require_hold_id(argument: str, text: str) -> str:
    """Return the id of a hold if it could be one, or raise MalformedInput."""
    if not _HOLD_ID.fullmatch(text):
        raise MalformedInput(argument, "Give the id of a hold as holdReward answered it.")
    return text


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifyPass:
    """May this pass have so many units of this reward now?"""

    presented: PresentedPass
    reward: str
    quantity: int
    occasion: str | None = None

    def __post_init__(self) -> None:
        require_name("reward", self.reward)
        require_quantity(self.quantity)
        if self.occasion is not None:
            require_name("occasion", self.occasion)


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeReward(VerifyPass):
    """Let this pass have so many units of this reward, once for this request id."""

    request_id: str
    pin: str | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        VerifyPass.__post_init__(self)
        require_request_id(self.request_id)
        if self.pin is not None and not _PIN.fullmatch(self.pin):
            raise MalformedInput("pin", "A PIN has four digits.")


@dataclass(frozen=True, slots=True, kw_only=True)
class RedeemReward(TakeReward):
    """Record that this pass redeems them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldReward(TakeReward):
    """Keep them for this pass while its holder pays."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfirmHold:
    """Redeem all units of a hold, or a part of them."""

    hold_id: str
    quantity: int | None
    request_id: str

    def __post_init__(self) -> None:
        require_hold_id("holdId", self.hold_id)
        require_request_id(self.request_id)
        if self.quantity is not None:
            require_quantity(self.quantity)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseHold:
    """Give a hold up."""

    hold_id: str
    request_id: str

    def __post_init__(self) -> None:
        require_hold_id("holdId", self.hold_id)
        require_request_id(self.request_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelOccasion:
    """Take back all that was redeemed or is held for an occasion."""

    occasion: str
    request_id: str

    def __post_init__(self) -> None:
        require_name("occasion", self.occasion)
        require_request_id(self.request_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReverseRedemption:
    """Take back all that remains of a redemption, or a part of it."""

    redemption_id: str
    quantity: int | None
    reason: ReversalReason
    request_id: str

    def __post_init__(self) -> None:
        require_redemption_id("redemptionId", self.redemption_id)
        require_request_id(self.request_id)
        if self.quantity is not None:
            require_quantity(self.quantity)
