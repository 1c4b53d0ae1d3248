"""A client whose line loses answers, and what a test asks with it."""

import secrets
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from itertools import count

from laurel_client import (
    Credentials,
    Hold,
    LaurelClient,
    Reason,
    Redemption,
    Refused,
    RetryPolicy,
    Undetermined,
    new_request_id,
)
from tests.flow.lossy import LossyLine
from tests.flow.sandboxes import Sandbox

RIDE, SEAT = "transit-discount", "sports-event"
PATIENT = RetryPolicy(deadline_seconds=60, first_pause_seconds=0.01, longest_pause_seconds=0.02)

Answer = Redemption | Hold | Refused | Undetermined


@asynccontextmanager
async def losing(city: Sandbox, credentials: Credentials) -> AsyncIterator[LaurelClient]:
    """Yield a client whose line loses the first answer, the third, the fifth ..."""
    turns = count()
    with LossyLine(city.gateway.url, lambda: next(turns) % 2 == 0) as line:
        async with line.http() as http, LaurelClient(credentials, http, policy=PATIENT) as client:
            yield client
        assert line.lost > 2


async def new_partner(city: Sandbox) -> Credentials:
    """Return the machine of a partner whose books nobody else writes."""
    own = f"metro-{secrets.token_hex(4)}"
    await city.steward.add_partner("transit-turnstile", own)
    file = {**city.partner_file("transit-turnstile"), "partner_id": own, "client_id": own}
    return await city.steward.add_device(file, scopes=" ".join(file["scopes"]))


async def on_record(partner: Credentials) -> list[str]:
    """Return the ids of the rides that a partner has on record."""
    async with LaurelClient(partner) as client:
        return sorted([one.id async for one in client.redemptions(reward=RIDE)])


async def refused(ask: Callable[[str], Awaitable[Answer]]) -> Reason:
    """Ask twice under one id: the reason is the same."""
    own = new_request_id()
    answers = [await ask(own) for _ in range(2)]
    reasons = {one.reason for one in answers if isinstance(one, Refused)}
    assert len(answers) == 2
    [reason] = reasons
    return reason
