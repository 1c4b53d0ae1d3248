"""What a reward's TOML file and `programme.toml` may say, key by key, and how far each number may go."""

import re
from datetime import date, timedelta
from decimal import Decimal
from typing import Annotated

from pydantic import BeforeValidator, Field

from gateway.domain.holds import HOLD_MAX, HOLD_MIN
from gateway.domain.periods import OFFLINE_ALLOWANCE_MAX
from gateway.domain.rewards import BenefitKind, Disclosure, QuotaPeriod
from gateway.store.toml_files import Code, Line, Table, Title

HOURS_MAX = 100_000
"""More than eleven years without sleep; a higher threshold is a slip of the pen."""

AGE_DAYS_MAX = 3_660
"""Ten years: credit is updated at least once a year."""

MIN_ELIGIBLE = 20
"""A group that is smaller says who somebody is, or nearly."""

MIN_ELIGIBLE_MAX = 1_000_000
QUOTA_MAX = 10_000
"""More than one unit an hour for a year."""

TARIFF_FEN_MAX = 1_000_000
"""10 000 yuan: no reward is worth more per unit."""

OFFLINE_UNITS_MAX = 100_000
"""More than the busiest gate opens in a week."""

OFFLINE_HOURS_MAX = OFFLINE_ALLOWANCE_MAX // timedelta(hours=1)

REVERSAL_WINDOW_MAX = timedelta(days=92)
"""A quarter: the key that hides who redeemed lives at least as long as the window."""

_WINDOW = re.compile(r"([1-9][0-9]{0,4}) (minute|hour|day)s?", re.ASCII)


def _centihours(value: object) -> int:
    """Hours, an integer or a decimal with at most two places, in hundredths of an hour."""
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise ValueError("no number")
    hours = Decimal(value)
    if not hours.is_finite() or not 0 < hours <= HOURS_MAX or hours != round(hours, 2):
        raise ValueError("out of range or too precise")
    return int(hours * 100)


def _window(value: object) -> timedelta:
    """A span written as a count and a unit, such as `15 minutes`."""
    written = _WINDOW.fullmatch(value) if isinstance(value, str) else None
    if written is None:
        raise ValueError("no span")
    span = timedelta(**{f"{written[2]}s": int(written[1])})
    if span > REVERSAL_WINDOW_MAX:
        raise ValueError("too long")
    return span


def _lifetime(value: object) -> timedelta:
    """How long units may be held, written like a window."""
    span = _window(value)
    if not HOLD_MIN <= span <= HOLD_MAX:
        raise ValueError("out of range")
    return span


class OfflineTable(Table):
    """`[offline]`: what each device may grant while its line is down."""

    units: int = Field(ge=1, le=OFFLINE_UNITS_MAX, description=f"a whole number from 1 to {OFFLINE_UNITS_MAX}")
    hours: int = Field(ge=1, le=OFFLINE_HOURS_MAX, description=f"a whole number from 1 to {OFFLINE_HOURS_MAX}")


class ProgrammeFile(Table):
    """`programme.toml`: what holds for all rewards."""

    title: Title
    min_eligible: int = Field(
        MIN_ELIGIBLE, ge=2, le=MIN_ELIGIBLE_MAX, description=f"a whole number from 2 to {MIN_ELIGIBLE_MAX}"
    )
    sectors: dict[Code, Title] = Field({}, description="a table of titles in zh and en by the sector's code")
    card_office: Title | None = None
    offline: OfflineTable | None = None
    time_zone: str = Field(description='the IANA name of a time zone, such as "Asia/Shanghai"')


class RuleTable(Table):
    """`[rule]`: who is eligible."""

    min_hours: Annotated[int, BeforeValidator(_centihours)] | None = Field(
        None, description=f"hours above 0 and up to {HOURS_MAX}, with at most two decimals"
    )
    honours: list[Code] = Field([], description="an array of the codes of honours")
    max_age_days: int = Field(
        ge=1, le=AGE_DAYS_MAX, description=f"a whole number of days from 1 to {AGE_DAYS_MAX}"
    )


class QuotaTable(Table):
    """`[quota]`: how many units one resident may redeem."""

    count: int = Field(ge=1, le=QUOTA_MAX, description=f"a whole number from 1 to {QUOTA_MAX}")
    per: Annotated[QuotaPeriod, Field(strict=False, description=f"one of {', '.join(QuotaPeriod)}")]


class ApprovalTable(Table):
    """`[approval]`: the recorded consent to a reward that few people can have. It names an office, no person."""

    office: Line
    on: date = Field(description="the day of the decision as a TOML date without quotes, such as 2026-03-02")
    reason: Line


class RewardFile(Table):
    """One reward. What is switched on is written; the switches are off otherwise."""

    code: Code
    title: Title
    sector: Code
    benefit: Annotated[BenefitKind, Field(strict=False, description=f"one of {', '.join(BenefitKind)}")]
    percent: int | None = Field(None, ge=1, le=100, description="a whole number from 1 to 100")
    tariff_fen: int = Field(
        ge=0, le=TARIFF_FEN_MAX, description=f"a whole number of fen from 0 to {TARIFF_FEN_MAX}"
    )
    reversal_window: Annotated[timedelta, BeforeValidator(_window)] = Field(
        description=f'a span of up to {REVERSAL_WINDOW_MAX.days} days, such as "15 minutes", "1 hour" or "14 days"'
    )
    hold: Annotated[timedelta, BeforeValidator(_lifetime)] | None = Field(
        None,
        description=f"a span of {HOLD_MIN.seconds // 60} to {HOLD_MAX.seconds // 60} minutes, "
        'such as "10 minutes"',
    )
    occasion: bool = Field(default=False, description="true or false")
    offline: bool = Field(default=False, description="true or false")
    pin: bool = Field(default=False, description="true or false")
    discloses: list[Annotated[Disclosure, Field(strict=False)]] = Field(
        [], description=f"an array with any of {', '.join(Disclosure)}"
    )
    rule: RuleTable
    quota: QuotaTable
    approval: ApprovalTable | None = None
