"""Every look at a pass is noted alike: whoever asks, whatever the answer, and for nobody too."""

from datetime import timedelta

import pytest

from gateway.domain.access import Look
from tests.services.world import NOW, TODAY, World

pytestmark = pytest.mark.anyio


async def test_a_yes_a_no_and_nobody_leave_one_look_each_and_no_outcome() -> None:
    world = World()
    world.issue("good")
    world.issue("expired", expires_at=NOW - timedelta(days=1))
    world.issue("revoked", revoked=True)
    for text in ("good", "expired", "revoked", "nobody"):
        await world.verify(text)
    secrets = [b"secret of good", b"secret of expired", b"secret of revoked", None]
    assert world.looks.noted == [Look("metro", TODAY, secret) for secret in secrets]
    assert set(Look.__dataclass_fields__) == {"partner_id", "day", "secret"}
