"""What can be said of a device's key at an instant, in words and as facts."""

import math
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from gateway.domain.partners import Device

DAY = timedelta(days=1)
SOON_DAYS = 30
"""A partner needs weeks to send somebody to a machine."""


class State(StrEnum):
    """The first that is true of a device, from the top."""

    REVOKED = "revoked"
    EXPIRED = "expired"
    SUSPENDED = "suspended"
    NOT_YET = "not yet"
    EXPIRES = "expires"
    WORKS = "works"


def state_of(device: Device, now: datetime) -> State:
    """Return how a device stands. It `expires` from SOON_DAYS before its end on, and works until then."""
    if device.revoked:
        return State.REVOKED
    if device.not_after <= now:
        return State.EXPIRED
    if device.partner.suspended:
        return State.SUSPENDED
    if now < device.not_before:
        return State.NOT_YET
    return State.EXPIRES if days_left(device, now) <= SOON_DAYS else State.WORKS


def days_left(device: Device, now: datetime) -> int:
    """Return the days until a key ends, begun ones counted whole; 0 or less once it has ended."""
    return math.ceil((device.not_after - now) / DAY)


def last_day(end: datetime, zone: ZoneInfo) -> date:
    """Return the last civil day on which a key with this end is good."""
    return (end - timedelta(microseconds=1)).astimezone(zone).date()


def in_words(device: Device, now: datetime) -> str:
    """Return how a device stands, for people."""
    state = state_of(device, now)
    if state is not State.EXPIRES:
        return state
    days = days_left(device, now)
    return f"expires in {days} day{'' if days == 1 else 's'}"


def facts_of(device: Device, now: datetime, zone: ZoneInfo) -> Mapping[str, object]:
    """Return what is public of a device, for a machine to read."""
    return {
        "id": device.id,
        "partner": device.partner.id,
        "label": device.label,
        "key": device.kid,
        "scopes": sorted(device.scopes),
        "state": state_of(device, now),
        "days_left": max(days_left(device, now), 0),
        "last_day": last_day(device.not_after, zone).isoformat(),
        "expires": device.not_after.isoformat(),
    }
