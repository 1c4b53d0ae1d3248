"""Nodes with the limits of the defaults, and what their callers do."""

from dataclasses import replace

from redis.asyncio import Redis

from gateway.domain.errors import Throttled
from gateway.domain.partners import Caller
from gateway.store.limits import NodeLimits
from gateway.store.shared_limits import SharedLimits
from tests.services.world import METRO
from tests.store.hands import Stopwatch

OTHER_DEVICE = replace(METRO, device_id="gate-2")
OTHER_PARTNER = replace(METRO, partner_id="museum", device_id="till-1")
PATIENT = 20.0
"""Seconds that a node of these tests waits for Valkey: a slow machine must not make an outage."""


def node(redis: Redis | None = None, now: Stopwatch | None = None, *, seconds: float = PATIENT) -> NodeLimits:
    """Return a node with the limits of the defaults."""
    shared = None if redis is None else SharedLimits(redis, denials_max=20, ask_seconds=seconds)
    return NodeLimits(device_rate=20, partner_rate=500, denied_codes=20, shared=shared, now=now or Stopwatch())


async def admitted(limits: NodeLimits, times: int, caller: Caller = METRO) -> int:
    """Ask for look-ups; return how many were admitted."""
    done = 0
    for _ in range(times):
        try:
            await limits.admit(caller)
        except Throttled:
            continue
        done += 1
    return done


async def stopped(limits: NodeLimits, caller: Caller = METRO) -> int:
    """Return the seconds for which a device's codes are stopped."""
    try:
        await limits.admit_code(caller)
    except Throttled as refusal:
        return refusal.retry_after_seconds
    return 0


async def deny(limits: NodeLimits, times: int, caller: Caller = METRO) -> None:
    """Deny codes."""
    for _ in range(times):
        await limits.code_denied(caller)
