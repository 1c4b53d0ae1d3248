"""Uploaded taps as the service would hand them to the store."""

from datetime import date, timedelta
from typing import Any

from gateway.domain.offline import Allowance, RecordTap
from tests.auth.key_home import NOW
from tests.store.commands import DEVICE_ID, PARTNER_ID, Holder, fresh_request, redeem

DAY = date(2026, 11, 22)
EARLIER = NOW - timedelta(hours=2)
ALLOWANCE = Allowance(
    partner_id=PARTNER_ID,
    device_id=DEVICE_ID,
    day=DAY,
    units=3,
    rewards=frozenset(),
    issued_at=EARLIER,
    ends_at=NOW,
)


def tap(holder: Holder, **changes: Any) -> RecordTap:
    """Return a tap of one unit of a quota of two, on an allowance of three units, with changes."""
    taken = {
        name: getattr(redeem(holder), name)
        for name in RecordTap.__dataclass_fields__
        if hasattr(redeem(holder), name)
    }
    own = {"taken_by": DEVICE_ID, "day": DAY, "units": 3, "happened_at": EARLIER, "late": False, "rejection": None}
    return RecordTap(**{**taken, **fresh_request(), **own, **changes})
