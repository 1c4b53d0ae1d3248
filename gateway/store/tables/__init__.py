"""The tables. Their constraints are the promises:

- `entry` (partner, request id): at most one effect per request, ever (I2).
- `quota.used + held <= allowance`: never over quota at any commit (I1).
- `redemption.reversed_quantity <= quantity`: each unit is reversed at most once (I6).
- `occasion.used + held <= capacity`: no seat is given twice.
- `used_showing` (mark): a code of a slip, and a showing of a live pass, has one effect.
- `held_quota`, `held_seat` (hold): the units of a hold are given back, or become a redemption's, once (I7).
- `offline_allowance.used <= units`: a device that is offline grants no more than it was promised.

No table holds a name, number, address or birth date. Residents are a keyed hash and a random secret;
passes are found by keyed hash; redemptions and quotas refer to a pseudonym under a key that fades.
"""

from gateway.store.tables.columns import Row
from gateway.store.tables.holds import CANCELLATION, HELD_QUOTA, HELD_SEAT, HOLD
from gateway.store.tables.ledger import ENTRY, EVIDENCE, PERIOD_KEY, QUOTA, REDEMPTION, USED_PROOF, USED_SHOWING
from gateway.store.tables.offline import OFFLINE_ALLOWANCE, TAP
from gateway.store.tables.partners import DEPLOYMENT, DEVICE, OCCASION, PARTNER
from gateway.store.tables.residents import (
    ERASED,
    LOOK,
    PAIRING,
    PASS,
    PASS_HANDLE,
    PIN_FAILURE,
    REGISTRY_IMPORT,
    RESIDENT,
    RETIRED_PLACE,
)
from gateway.store.tables.stewards import ADMIN_RECORD, ENROLMENT, REWARD_GROUP

METADATA = Row.metadata

__all__ = [
    "ADMIN_RECORD",
    "CANCELLATION",
    "DEPLOYMENT",
    "DEVICE",
    "ENROLMENT",
    "ENTRY",
    "ERASED",
    "EVIDENCE",
    "HELD_QUOTA",
    "HELD_SEAT",
    "HOLD",
    "LOOK",
    "METADATA",
    "OCCASION",
    "OFFLINE_ALLOWANCE",
    "PAIRING",
    "PARTNER",
    "PASS",
    "PASS_HANDLE",
    "PERIOD_KEY",
    "PIN_FAILURE",
    "QUOTA",
    "REDEMPTION",
    "REGISTRY_IMPORT",
    "RESIDENT",
    "RETIRED_PLACE",
    "REWARD_GROUP",
    "TAP",
    "USED_PROOF",
    "USED_SHOWING",
]
