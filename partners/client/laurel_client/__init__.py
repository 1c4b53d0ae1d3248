"""The partner's side of Laurel: verify a pass, hold and redeem a reward once, take it back."""

from laurel_client.client import LaurelClient
from laurel_client.connection import new_request_id
from laurel_client.credentials import Credentials
from laurel_client.enrolment import enrol, new_key
from laurel_client.errors import (
    BadCredentials,
    BadInput,
    BadReply,
    ClockSkew,
    EnrolmentRefused,
    Forbidden,
    LaurelError,
    Unauthenticated,
    Unavailable,
    UnknownDocument,
)
from laurel_client.offline import OfflineAllowance, Tap, TapVerdict, Verdict
from laurel_client.results import (
    Cancellation,
    CancellationStatus,
    Doubt,
    Eligible,
    Hold,
    HoldStatus,
    NotEligible,
    Occasion,
    OccasionStatus,
    Reason,
    Redemption,
    Refused,
    ReversalReason,
    Status,
    Undetermined,
)
from laurel_client.retries import RetryPolicy
from laurel_client.settlements import Reversal, Settlement, SettlementLine, SettlementTaps, verify_settlement
from laurel_client.status_lists import StatusList, read_status_list
from laurel_client.sync_client import SyncLaurelClient

__all__ = [
    "BadCredentials",
    "BadInput",
    "BadReply",
    "Cancellation",
    "CancellationStatus",
    "ClockSkew",
    "Credentials",
    "Doubt",
    "Eligible",
    "EnrolmentRefused",
    "Forbidden",
    "Hold",
    "HoldStatus",
    "LaurelClient",
    "LaurelError",
    "NotEligible",
    "Occasion",
    "OccasionStatus",
    "OfflineAllowance",
    "Reason",
    "Redemption",
    "Refused",
    "RetryPolicy",
    "Reversal",
    "ReversalReason",
    "Settlement",
    "SettlementLine",
    "SettlementTaps",
    "Status",
    "StatusList",
    "SyncLaurelClient",
    "Tap",
    "TapVerdict",
    "Unauthenticated",
    "Unavailable",
    "Undetermined",
    "UnknownDocument",
    "Verdict",
    "enrol",
    "new_key",
    "new_request_id",
    "read_status_list",
    "verify_settlement",
]
