"""What each column may hold: one line for each, complete against the tables, and a form for each kind of content.

The forms leave no room for a registry id, a code, a token or a PIN: what names somebody is a digest of 32 octets,
what has to be opened again is sealed, and words are of a vocabulary that stewards and partners made. Only HOURS
and HONOURS are of a person; LABEL and REQUEST are texts that an organisation chose, and docs/threats.md says so.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from enum import Enum
from typing import Final


class Holds(Enum):
    """A kind of content, with the form that all of it has: octets, a type, or the whole text."""

    DIGEST = (32,)
    """A keyed hash or a digest."""

    FINGERPRINT = 0, 32
    """A keyed hash; of an entry that a cancellation made, which nobody asked for, none."""

    SECRET = 32, "random"
    """Random octets that are nowhere else."""

    SEALED = range(56, 2000)
    """Encrypted under a key that is not in the database."""

    NUMBER = int
    FLAG = (bool, int)
    DAY = re.compile(r"\d{4}-\d\d-\d\d")
    INSTANT = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d{1,6})?(\+00:00)?")
    WORD = re.compile(r"[A-Z_]{1,32}|[a-z-]{1,32}")
    """Of an enumeration, held by a CHECK or by the code."""

    CODE = re.compile(r"access log|(?=.*[a-z])[a-z0-9][a-z0-9.:-]{0,79}")
    """A partner, a kind, a sector, a reward, an occasion, a policy's version: the steward's data; and one key
    of its own."""

    OWN = re.compile(r"(rdm|hld|dev|cnl)_[0-9A-Za-z_-]{16,28}")
    """An id that the gateway made at random."""

    REQUEST = re.compile(r"[A-Za-z0-9_-]{16,64}|cancelled:(rdm|hld)_[0-9A-Za-z_-]{22}")
    """An id that a partner's machine chose, or that says what was cancelled."""

    REFERENCE = re.compile(r"[A-Za-z0-9_-]{20,128}")
    """A sealed reason, random for a pass that nobody has."""

    PIN_HASH = re.compile(r"scrypt-16384-8-1\$[\w-]{22}\$[\w-]{43}")
    PUBLIC_KEY = re.compile(r"\{[^{}]*\}|[\w-]{43}")
    SCOPES = re.compile(r"(verify|redeem|reverse|report)( (verify|redeem|reverse|report))*|office")
    FACTS = re.compile(r'\{("[a-z_]+": ("[^"]*"|\d+|true|false|null|\[[^\]]*\])(, )?)*\}')
    """Counts and settings, by name."""

    LABEL = re.compile(r"[^\n]{1,160}")
    """What an organisation or a machine is called, and who worked at the command line."""

    HOURS = (int,)
    HONOURS = re.compile(r'\[(\["[a-z][a-z0-9-]*",\d{4},"(awarded|short-listed)",(null|"[0-9-]{10}")\],?)*\]')
    """Code, year, grade, and the day on which one ends."""

    PERIOD = re.compile(r"20\d\d(-\d\d)?")
    """A year or a month."""

    BUCKET = re.compile(r"20\d\d(-(W\d\d|\d\d(-\d\d)?))?|occasion:[a-z0-9-]+/[A-Za-z0-9._:-]+")
    """A day, a week, a month or a year, or a show."""

    REVISION = re.compile(r"\d{4}")


_INSTANTS: Final = """
admin_record.at cancellation.finished_at entry.recorded_at entry.forget_after evidence.closes_at
held_quota.expires_at held_seat.expires_at hold.held_at hold.expires_at look.forget_after pairing.expires_at
partner.created_at partner.suspended_at period_key.closes_at pin_failure.expires_at
redemption.redeemed_at redemption.reversible_until redemption.happened_at registry_import.imported_at
retired_place.until reward_group.counted_at tap.happened_at tap.arrived_at used_proof.expires_at
used_showing.forget_after device.not_before device.not_after device.revoked_at enrolment.expires_at
occasion.ends_at occasion.announced_end occasion.cancelled_at pass.expires_at pass.revoked_at
"""

_NUMBERS: Final = """
admin_record.id cancellation.redemptions cancellation.units cancellation.holds entry.quantity
entry.reversed_quantity held_quota.quantity held_seat.quantity hold.quantity hold.tariff_fen
hold.reversal_seconds pin_failure.failures quota.used quota.allowance quota.held quota.overdraft
redemption.quantity redemption.reversed_quantity redemption.tariff_fen redemption.overdraft
registry_import.id registry_import.residents resident.id retired_place.status_index reward_group.eligible
tap.quantity enrolment.key_days occasion.capacity occasion.used occasion.held pass.id pass.resident_id
pass.status_index offline_allowance.units offline_allowance.used pass_handle.pass_id
"""

_CODES: Final = """
cancellation.partner_id cancellation.occasion entry.partner_id entry.occasion evidence.partner_id
held_seat.partner_id held_seat.occasion hold.partner_id hold.reward hold.occasion
hold.policy_version partner.id partner.kind period_key.reward redemption.partner_id
redemption.reward redemption.occasion redemption.policy_version retired_place.sector
reward_group.reward reward_group.rule tap.partner_id tap.reward device.partner_id enrolment.partner_id
occasion.partner_id occasion.id occasion.reward pass.sector
"""

HOLDS: Final[Mapping[str, Holds]] = {
    **dict.fromkeys(_INSTANTS.split(), Holds.INSTANT),
    **dict.fromkeys(_NUMBERS.split(), Holds.NUMBER),
    **dict.fromkeys(_CODES.split(), Holds.CODE),
    **dict.fromkeys(("held_quota.key_period", "period_key.key_period", "redemption.key_period"), Holds.PERIOD),
    **dict.fromkeys(("held_quota.bucket", "quota.bucket", "redemption.bucket"), Holds.BUCKET),
    "admin_record.who": Holds.LABEL,
    "admin_record.action": Holds.LABEL,
    "admin_record.subject": Holds.LABEL,
    "admin_record.facts": Holds.FACTS,
    "cancellation.id": Holds.OWN,
    "deployment.name": Holds.WORD,
    "deployment.value": Holds.LABEL,
    "device.id": Holds.OWN,
    "device.kid": Holds.PUBLIC_KEY,
    "device.label": Holds.LABEL,
    "device.public_jwk": Holds.PUBLIC_KEY,
    "device.scopes": Holds.SCOPES,
    "enrolment.code_hash": Holds.DIGEST,
    "enrolment.label": Holds.LABEL,
    "enrolment.scopes": Holds.SCOPES,
    "entry.fingerprint": Holds.FINGERPRINT,
    "entry.hold_id": Holds.OWN,
    "entry.kind": Holds.WORD,
    "entry.reason": Holds.WORD,
    "entry.redemption_id": Holds.OWN,
    "entry.reference": Holds.REFERENCE,
    "entry.request_id": Holds.REQUEST,
    "erased.readmit_from": Holds.DAY,
    "erased.registry_hash": Holds.DIGEST,
    "evidence.device_id": Holds.OWN,
    "evidence.proof": Holds.SEALED,
    "evidence.redemption_id": Holds.OWN,
    "evidence.request_id": Holds.REQUEST,
    "held_quota.hold_id": Holds.OWN,
    "held_quota.pseudonym": Holds.DIGEST,
    "held_quota.sealed_pass": Holds.SEALED,
    "held_seat.hold_id": Holds.OWN,
    "hold.device_id": Holds.OWN,
    "hold.ended": Holds.WORD,
    "hold.id": Holds.OWN,
    "hold.request_id": Holds.REQUEST,
    "look.tag": Holds.DIGEST,
    "offline_allowance.day": Holds.DAY,
    "offline_allowance.device_id": Holds.OWN,
    "pairing.code_hash": Holds.DIGEST,
    "pairing.phone": Holds.DIGEST,
    "pairing.sealed": Holds.SEALED,
    "partner.name": Holds.LABEL,
    "pass.form": Holds.WORD,
    "pass.pin_hash": Holds.PIN_HASH,
    "pass_handle.handle": Holds.DIGEST,
    "period_key.wrapped": Holds.SEALED,
    "pin_failure.counter": Holds.DIGEST,
    "quota.pseudonym": Holds.DIGEST,
    "redemption.device_id": Holds.OWN,
    "redemption.hold_id": Holds.OWN,
    "redemption.id": Holds.OWN,
    "redemption.pseudonym": Holds.DIGEST,
    "redemption.request_id": Holds.REQUEST,
    "registry_import.as_of": Holds.DAY,
    "registry_import.complete": Holds.FLAG,
    "registry_import.file_hash": Holds.DIGEST,
    "resident.as_of": Holds.DAY,
    "resident.centihours": Holds.HOURS,
    "resident.honours": Holds.HONOURS,
    "resident.registry_hash": Holds.DIGEST,
    "resident.secret": Holds.SECRET,
    "tap.day": Holds.DAY,
    "tap.device_id": Holds.OWN,
    "tap.reason": Holds.WORD,
    "tap.request_id": Holds.REQUEST,
    "tap.verdict": Holds.WORD,
    "used_proof.digest": Holds.DIGEST,
    "used_showing.mark": Holds.DIGEST,
    "alembic_version.version_num": Holds.REVISION,
}


def misfits(columns: Mapping[str, Sequence[object]]) -> Iterator[str]:
    """Yield the columns that nothing is said of, or that hold what they may not."""
    for name, values in columns.items():
        kind = HOLDS.get(name)
        if kind is None or not all(value is None or _fits(kind, value) for value in values):
            yield name


def _fits(kind: Holds, value: object) -> bool:
    match kind:
        case Holds.DIGEST | Holds.FINGERPRINT | Holds.SECRET | Holds.SEALED:
            return isinstance(value, bytes) and len(value) in kind.value
        case Holds.NUMBER | Holds.HOURS:
            return isinstance(value, int)
        case Holds.FLAG:
            return value in (0, 1)
        case _:
            text = str(value) if isinstance(value, str | date | datetime) else ""
            return kind.value.fullmatch(text) is not None
