"""What partners give: rewards, their rules and quotas, and the city's catalogue of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo


class BenefitKind(StrEnum):
    """What the resident gets."""

    DISCOUNT = "discount"
    FREE = "free"
    PRIORITY = "priority"


class QuotaPeriod(StrEnum):
    """How long a quota lasts: a civil period in the programme's time zone, or one occasion."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    YEAR = "year"
    OCCASION = "occasion"


class Disclosure(StrEnum):
    """What a partner may learn beyond the one bit; nothing, unless the reward's policy says so."""

    REMAINING = "remaining"
    BASIS = "basis"


@dataclass(frozen=True, slots=True)
class Quota:
    """How many units one resident may redeem in one period."""

    count: int
    per: QuotaPeriod


@dataclass(frozen=True, slots=True)
class Rule:
    """Who is eligible: any of the conditions is enough.

    `min_centihours` is in hundredths of an hour. Credit older than `max_age_days` does not count;
    honours do not age.
    """

    min_centihours: int | None
    honours: frozenset[str]
    max_age_days: int


@dataclass(frozen=True, slots=True)
class Approval:
    """A steward's recorded consent to a reward whose eligible group is small."""

    office: str
    on: date
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Reward:
    """One entry of the catalogue. `tariff_fen` is what the city pays per unit, in fen (1/100 yuan).

    `hold` is how long units may be held; None where the reward is redeemed at once or not at all.
    """

    code: str
    title_zh: str
    title_en: str
    sector: str
    benefit: BenefitKind
    percent: int | None
    tariff_fen: int
    rule: Rule
    quota: Quota
    reversal_window: timedelta
    hold: timedelta | None = None
    needs_occasion: bool
    offline: bool
    pin: bool
    discloses: frozenset[Disclosure]
    approval: Approval | None


@dataclass(frozen=True, slots=True)
class OfflineLimits:
    """How many units a device may grant alone by what it is handed on one day, and for how long after that."""

    units: int
    lasts: timedelta


@dataclass(frozen=True, slots=True)
class Catalogue:
    """The city's rewards as reviewed data. `version` is a hash of all that decides.

    A reward that fewer than `min_eligible` residents can have needs an approval.
    """

    rewards: Mapping[str, Reward]
    zone: ZoneInfo
    min_eligible: int
    version: str
    offline: OfflineLimits | None = None
