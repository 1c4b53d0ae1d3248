"""What many redemptions leave on record in one transaction: the statements of `entries` and `redeeming`, for all.

What each of them means is said there. Rows that others may wait for are locked in the order of their keys.
"""

from sqlalchemy import BigInteger, Integer, LargeBinary, String, and_, literal, select, update

from gateway.domain.ledger import EntryKind
from gateway.store.entries import is_of
from gateway.store.evidence import period_end
from gateway.store.instants import Instant
from gateway.store.steps import Columns, Step
from gateway.store.tables import DEVICE, ENTRY, EVIDENCE, PARTNER, PASS, REDEMPTION, USED_PROOF

_TEXT, _OCTETS, _NUMBER, _INSTANT = String(), LargeBinary(), Integer(), Instant()

PROOFS = Step(
    {"digest": _OCTETS, "expires_at": _INSTANT},
    lambda given, now, insert: (
        insert(USED_PROOF)
        .from_select(["digest", "expires_at"], select(given.c.digest, given.c.expires_at).order_by(given.c.digest))
        .on_conflict_do_nothing()
        .returning(USED_PROOF.c.digest)
    ),
)

WORKING = Step(
    {"partner_id": _TEXT, "device_id": _TEXT},
    lambda given, now, insert: (
        select(DEVICE.c.id)
        .join(given, and_(DEVICE.c.id == given.c.device_id, DEVICE.c.partner_id == given.c.partner_id))
        .join(PARTNER, PARTNER.c.id == DEVICE.c.partner_id)
        .where(DEVICE.c.revoked_at.is_(None), PARTNER.c.suspended_at.is_(None), DEVICE.c.not_after > now)
    ),
)

CLAIMS = Step(
    {
        "partner_id": _TEXT,
        "request_id": _TEXT,
        "fingerprint": _OCTETS,
        "redemption_id": _TEXT,
        "quantity": _NUMBER,
    },
    lambda given, now, insert: (
        insert(ENTRY)
        .from_select(
            [*given.c.keys(), "kind", "reversed_quantity", "recorded_at"],
            select(*given.c, literal(EntryKind.REDEEMED.value), literal(0), now).order_by(
                given.c.partner_id, given.c.request_id
            ),
        )
        .on_conflict_do_nothing(index_elements=list(ENTRY.primary_key.columns))
        .returning(ENTRY.c.partner_id, ENTRY.c.request_id, ENTRY.c.recorded_at)
    ),
)

STANDING = Step(
    {"pass_id": BigInteger()},
    lambda given, now, insert: (
        select(PASS.c.id).join(given, PASS.c.id == given.c.pass_id).where(PASS.c.revoked_at.is_(None))
    ),
)

DENIED = Step(
    {
        "partner_id": _TEXT,
        "request_id": _TEXT,
        "reason": _TEXT,
        "reference": _TEXT,
        "forget_after": _INSTANT,
    },
    lambda given, now, insert: (
        update(ENTRY)
        .where(is_of(given.c.partner_id, given.c.request_id))
        .values(
            kind=EntryKind.DENIED.value,
            redemption_id=None,
            hold_id=None,
            occasion=None,
            quantity=None,
            reversed_quantity=None,
            recorded_at=None,
            reason=given.c.reason,
            reference=given.c.reference,
            forget_after=given.c.forget_after,
        )
        .returning(ENTRY.c.request_id)
    ),
)

_RECORD: Columns = {
    "id": _TEXT,
    "partner_id": _TEXT,
    "device_id": _TEXT,
    "request_id": _TEXT,
    "reward": _TEXT,
    "quantity": _NUMBER,
    "tariff_fen": _NUMBER,
    "occasion": _TEXT,
    "pseudonym": _OCTETS,
    "bucket": _TEXT,
    "key_period": _TEXT,
    "redeemed_at": _INSTANT,
    "reversible_until": _INSTANT,
    "policy_version": _TEXT,
}
"""Of a redemption that was neither held before nor granted offline."""

RECORDED = Step(
    _RECORD,
    lambda given, now, insert: (
        insert(REDEMPTION)
        .from_select([*given.c.keys(), "reversed_quantity", "overdraft"], select(*given.c, literal(0), literal(0)))
        .returning(REDEMPTION.c.id)
    ),
)

KEPT = Step(
    {
        "partner_id": _TEXT,
        "request_id": _TEXT,
        "redemption_id": _TEXT,
        "device_id": _TEXT,
        "proof": _OCTETS,
        "reward": _TEXT,
        "key_period": _TEXT,
    },
    lambda given, now, insert: (
        insert(EVIDENCE)
        .from_select(
            ["partner_id", "request_id", "redemption_id", "device_id", "proof", "closes_at"],
            select(
                given.c.partner_id,
                given.c.request_id,
                given.c.redemption_id,
                given.c.device_id,
                given.c.proof,
                period_end(given.c.reward, given.c.key_period),
            ),
        )
        .returning(EVIDENCE.c.request_id)
    ),
)
