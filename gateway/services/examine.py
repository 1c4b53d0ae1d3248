"""Looking at a presented pass, alike for verifying and for redeeming.

Whoever it is, and whether there is anybody: one look-up of the pass, one pseudonym, the same work.
"""

from dataclasses import dataclass, field
from datetime import date, datetime

from gateway.domain.access import Look
from gateway.domain.eligibility import Cause, is_stale, judge_pass
from gateway.domain.errors import MalformedInput
from gateway.domain.occasions import Occasion
from gateway.domain.partners import Caller
from gateway.domain.passes import OpenedPass, PassRecord, PresentedPass
from gateway.domain.periods import Period, period_of
from gateway.domain.redemptions import Doubt, Reason, Undetermined
from gateway.domain.rewards import Reward
from gateway.services.ports import Ports


@dataclass(frozen=True, slots=True, kw_only=True)
class Examined:
    """A pass seen for one reward: what speaks against it so far, and the quota that it would draw on."""

    now: datetime
    today: date
    """The civil day of the database's clock in the programme's zone."""
    opened: OpenedPass
    record: PassRecord | None
    cause: Cause | None
    period: Period
    pseudonym: bytes = field(repr=False)


def own_reward(ports: Ports, caller: Caller, code: str) -> Reward | None:
    """Return a reward if the caller gives it; another's, or an inactive one, is as unknown as none at all."""
    return ports.catalogue.rewards.get(code) if code in given_rewards(ports, caller) else None


def given_rewards(ports: Ports, caller: Caller) -> frozenset[str]:
    """Return the codes of the rewards that the caller gives, without the inactive ones."""
    return caller.rewards - ports.groups.inactive()


async def own_occasion(
    ports: Ports, caller: Caller, reward: Reward, occasion_id: str | None
) -> Occasion | Reason | None:
    """Return the occasion that a reward is redeemed for, None where it needs none, or the reason against it.

    Raises:
        MalformedInput: an occasion is missing, or given where the reward has none.
    """
    if not reward.needs_occasion:
        if occasion_id is not None:
            raise MalformedInput("occasion", "This reward is not redeemed for an occasion; leave it out.")
        return None
    if occasion_id is None:
        raise MalformedInput("occasion", "This reward is redeemed for an occasion; give its id.")
    occasion = await ports.ledger.occasion(caller.partner_id, occasion_id)
    return Reason.UNKNOWN_OCCASION if occasion is None or occasion.reward != reward.code else occasion


async def examine(
    ports: Ports, caller: Caller, reward: Reward, presented: PresentedPass, *, occasion: Occasion | None
) -> Examined | Undetermined:
    """Open a pass, look it up and judge it for a reward.

    Without an occasion, a quota per occasion is named after the day instead: nothing was used of that one,
    so the pass is judged by its standing alone.

    Raises:
        MalformedInput: the text is neither a token nor a well-formed code.
        Throttled: the caller asks too much; nothing was looked up.
        KeysMissing: the key that hides this period's redemptions is not at hand.
        Unavailable: the database can't answer.
    """
    opened = ports.opener.open(presented)
    if opened.typed:
        await ports.limits.admit_code(caller)
    await ports.limits.admit(caller)
    sighting = await ports.directory.look_up(opened.handle, opened.mark)
    today = sighting.now.astimezone(ports.catalogue.zone).date()
    record = sighting.record
    ports.access.note(Look(caller.partner_id, today, None if record is None else record.resident_secret))
    by_hours = reward.rule.min_centihours is not None
    if by_hours and (sighting.registry_as_of is None or is_stale(sighting.registry_as_of, reward.rule, today)):
        return Undetermined(Doubt.REGISTRY_TOO_OLD)
    period = period_of(
        reward.quota.per,
        sighting.now,
        zone=ports.catalogue.zone,
        reversal_window=reward.reversal_window,
        occasion=("", sighting.now) if occasion is None else (occasion.name, occasion.announced_end),
    )
    pseudonym = await ports.pseudonyms.pseudonym(
        None if record is None else record.resident_secret,
        reward=reward.code,
        key_period=period.key_period,
        closes_at=period.closes_at,
    )
    return Examined(
        now=sighting.now,
        today=today,
        opened=opened,
        record=record,
        cause=judge_pass(opened, sighting, sector=caller.sector, rule=reward.rule, today=today),
        period=period,
        pseudonym=pseudonym,
    )


async def count_denial(ports: Ports, caller: Caller, seen: Examined) -> None:
    """Count a denial that was about the pass, whatever its cause; a token's signature can't be guessed."""
    if seen.opened.typed:
        await ports.limits.code_denied(caller)
