"""How long what is shown is good, and for how long it is known that it was used. By the form of the pass."""

from collections.abc import Mapping
from datetime import timedelta

from gateway.domain.passes import PassForm

LIVE_FOR = timedelta(seconds=60)
"""How long a showing of a live pass is good, by the clock of the phone that made it."""

CLOCK_SKEW = timedelta(seconds=30)
"""By how much a phone's clock may be wrong, either way: those that ask the network are within a second or two."""

SLIP_CODES, SLIP_CODES_MAX = 20, 60
"""Codes on a sheet, unless told otherwise, and at most: three pages."""

SLIP_DAYS_MAX = 400
"""How long a sheet may be good: its used codes are remembered for so long."""

REMEMBERED: Mapping[PassForm, timedelta | None] = {
    PassForm.CARD: None,
    PassForm.LIVE: LIVE_FOR + 2 * CLOCK_SKEW + timedelta(minutes=3),
    PassForm.SLIP: timedelta(days=SLIP_DAYS_MAX + 2),
}
"""For how long it is known that what was shown has been used; None where it may be used again. It depends on the
form alone: an end of its own would tell which sheet a used code was on."""
