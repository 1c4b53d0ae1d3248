"""Take over what gates granted while their line was down: each tap gets a verdict, and none says who it was."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

from gateway.domain.access import Look
from gateway.domain.eligibility import judge_pass
from gateway.domain.errors import KeysMissing, MalformedInput, NotAuthentic, PeriodClosed
from gateway.domain.ledger import Mark, NotAccepted
from gateway.domain.offline import Allowance, Judged, Known, RecordTap, Rejection, State, Tap, Upload, Verdict
from gateway.domain.partners import Caller
from gateway.domain.passes import OpenedPass
from gateway.domain.periods import Period, period_of
from gateway.domain.redemptions import Doubt, Undetermined
from gateway.domain.rewards import Reward
from gateway.services.ports import Ports

_NOBODYS: dict[str, Any] = {"pseudonym": b"", "bucket": "", "key_period": "", "allowance": 0}
"""Where a tap is rejected there is no quota to name."""

_UNMARKED = Mark(b"", None)
"""Cards alone work offline, and a card may be shown again."""


async def upload_redemptions(ports: Ports, caller: Caller, upload: Upload) -> tuple[Judged, ...] | Undetermined:
    """Return a verdict for each tap, in the order of the upload. Sending it again changes nothing.

    What is beyond the allowance is not even opened.

    Raises:
        MalformedInput: the allowance is none of the caller's; nothing was recorded.
        Throttled: the caller asks too much; nothing was recorded.
        NotAuthentic: the proof was used before, or the device was revoked meanwhile.
        Unavailable: nothing is known to be recorded; the same upload may be sent again.
    """
    await ports.limits.admit(caller)
    allowance = ports.allowances.open(upload.allowance, partner_id=caller.partner_id)
    try:
        state = await ports.uploads.state(caller.partner_id, allowance, [tap.request_id for tap in upload.taps])
        verdicts = {tap.request_id: _recalled(ports, caller, tap, state.known) for tap in upload.taps}
        new = [tap for tap in upload.taps if verdicts[tap.request_id] is None]
        commands = await _commands(ports, caller, new, allowance=allowance, state=state)
    except KeysMissing:
        return Undetermined(Doubt.KEYS_MISSING)
    recorded = await ports.uploads.record(commands) if commands else {}
    if isinstance(recorded, NotAccepted):
        raise NotAuthentic("proof-used-or-device-revoked")
    raced = [tap.request_id for tap in new if tap.request_id not in recorded]
    known = (await ports.uploads.state(caller.partner_id, allowance, raced)).known if raced else {}
    return tuple(
        verdicts[tap.request_id] or recorded.get(tap.request_id) or _required(_recalled(ports, caller, tap, known))
        for tap in upload.taps
    )


def _required(verdict: Judged | None) -> Judged:
    if verdict is None:
        raise ValueError("a tap that was claimed by another request is on record")
    return verdict


def _fingerprint(ports: Ports, caller: Caller, tap: Tap) -> bytes:
    """The fingerprint of the same request online: a gate that got no answer uploads it under the same id."""
    return ports.fingerprints.fingerprint(
        "redeemReward",
        caller.partner_id,
        tap.request_id,
        tap.reward,
        str(tap.quantity),
        "",
        tap.presented.text,
    )


def _recalled(ports: Ports, caller: Caller, tap: Tap, all_known: Mapping[str, Known]) -> Judged | None:
    known = all_known.get(tap.request_id)
    if known is None:
        return None
    if known.fingerprint is not None and known.fingerprint != _fingerprint(ports, caller, tap):
        return _rejected(tap, Rejection.REQUEST_REUSED)
    if known.rejection is not None:
        return _rejected(tap, known.rejection)
    if known.redemption_id is None:
        return _rejected(tap, Rejection.DENIED_ONLINE)
    return Judged(request_id=tap.request_id, verdict=Verdict.DUPLICATE, redemption_id=known.redemption_id)


def _rejected(tap: Tap, rejection: Rejection) -> Judged:
    return Judged(request_id=tap.request_id, verdict=Verdict.REJECTED, rejection=rejection)


async def _commands(
    ports: Ports, caller: Caller, taps: Sequence[Tap], *, allowance: Allowance, state: State
) -> Sequence[RecordTap]:
    """Return a command for each tap. What the ledger alone can know, it may still reject."""
    commands, left = [], allowance.units - state.used
    for tap in taps:
        decided = await _decide(ports, caller, tap, allowance=allowance, state=state, left=left)
        rejection = decided if isinstance(decided, Rejection) else None
        if rejection is None:
            left -= tap.quantity
        reward = ports.catalogue.rewards.get(tap.reward)
        commands.append(
            RecordTap(
                partner_id=caller.partner_id,
                device_id=caller.device_id,
                request_id=tap.request_id,
                fingerprint=_fingerprint(ports, caller, tap),
                proof=caller.proof,
                evidence=ports.evidence.seal(
                    caller.evidence, partner_id=caller.partner_id, request_id=tap.request_id
                ),
                redemption_id=f"rdm_{secrets.token_urlsafe(16)}",
                reward=tap.reward,
                quantity=tap.quantity,
                tariff_fen=0 if reward is None else reward.tariff_fen,
                policy_version=ports.catalogue.version,
                reversal_window=timedelta() if reward is None else reward.reversal_window,
                occasion=None,
                pass_id=None,
                mark=_UNMARKED,
                cause=None,
                pin=None,
                seal=str,
                taken_by=allowance.device_id,
                day=allowance.day,
                units=allowance.units,
                happened_at=tap.happened_at,
                late=state.now > allowance.ends_at,
                rejection=rejection,
                **(_NOBODYS if isinstance(decided, Rejection) else decided),
            )
        )
    return commands


async def _decide(
    ports: Ports, caller: Caller, tap: Tap, *, allowance: Allowance, state: State, left: int
) -> dict[str, Any] | Rejection:
    """Return the quota that a tap draws on, or the first reason against it; the pass is opened last."""
    reward = ports.catalogue.rewards.get(tap.reward)
    if reward is None or tap.reward not in allowance.rewards or reward.sector != caller.sector:
        return Rejection.UNKNOWN_REWARD
    if not allowance.covers(tap.happened_at, state.now):
        return Rejection.OUTSIDE_ALLOWANCE
    period = period_of(
        reward.quota.per, tap.happened_at, zone=ports.catalogue.zone, reversal_window=reward.reversal_window
    )
    if state.now > allowance.upload_until or state.now >= period.closes_at:
        return Rejection.PERIOD_CLOSED
    if tap.quantity > left:
        return Rejection.BEYOND_ALLOWANCE
    opened = _opened(ports, caller, tap)
    if opened is None:
        return Rejection.NOT_VERIFIABLE
    try:
        return await _quota(ports, caller, tap, reward, period=period, opened=opened)
    except PeriodClosed:
        return Rejection.PERIOD_CLOSED


def _opened(ports: Ports, caller: Caller, tap: Tap) -> OpenedPass | None:
    """Return the pass where its signature alone says that it was good, which the gate could see; a code can't."""
    try:
        opened = ports.opener.open(tap.presented)
    except MalformedInput:
        return None
    ended = opened.expires_at is None or opened.expires_at <= tap.happened_at
    return None if opened.typed or opened.forged or opened.sector != caller.sector or ended else opened


async def _quota(
    ports: Ports, caller: Caller, tap: Tap, reward: Reward, *, period: Period, opened: OpenedPass
) -> dict[str, Any]:
    """Return whose quota it is. Whoever was not eligible is nobody: nothing about a failed check is kept.

    That the partner met the pass is noted as online: for anybody, for nobody too, and on the day of the tap.
    """
    sighting = replace(await ports.directory.look_up(opened.handle, opened.mark), now=tap.happened_at)
    record = sighting.record
    today = tap.happened_at.astimezone(ports.catalogue.zone).date()
    ports.access.note(Look(caller.partner_id, today, None if record is None else record.resident_secret))
    cause = judge_pass(opened, sighting, sector=caller.sector, rule=reward.rule, today=today)
    pseudonym = await ports.pseudonyms.pseudonym(
        None if record is None or cause else record.resident_secret,
        reward=reward.code,
        key_period=period.key_period,
        closes_at=period.closes_at,
    )
    return {
        "pseudonym": pseudonym,
        "bucket": period.bucket,
        "key_period": period.key_period,
        "allowance": 0 if cause else reward.quota.count,
    }
