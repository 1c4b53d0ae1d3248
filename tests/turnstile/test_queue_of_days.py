"""Three days without a line: each tap gets a verdict, keeps the time at which it was, and counts once."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from gateway.assembly import assemble
from gateway.cli.console import closing
from gateway.domain.offline import Allowance
from laurel_client import Tap, TapVerdict, new_request_id
from laurel_turnstile.sealing import Seal
from laurel_turnstile.taps import State
from tests.turnstile.metro import METRO, RIDE, City, gate, until

pytestmark = pytest.mark.anyio

DAYS, TAPS, UNITS = 3, 150, 145


async def _old_allowance(town: City, issued_at: datetime) -> str:
    """Return what the gateway would have signed three days ago."""
    async with town.past_the_cable() as client:
        given = await client.offline_allowance()
    assert given is not None
    async with closing(assemble(town.steward.settings)) as laurel:
        device = laurel.ports.allowances.open(given.token, partner_id=METRO).device_id
        return laurel.ports.allowances.sign(
            Allowance(
                partner_id=METRO,
                device_id=device,
                day=issued_at.date(),
                units=UNITS,
                rewards=frozenset({RIDE}),
                issued_at=issued_at,
                ends_at=issued_at + timedelta(days=DAYS),
            )
        )


async def test_a_queue_of_three_days_is_handed_in_once(town: City, tmp_path: Path) -> None:
    now = datetime.now(UTC).replace(microsecond=0)
    begun = now - timedelta(days=DAYS, minutes=1)
    token, seal = await _old_allowance(town, begun), Seal(town.credentials.key)
    times = {}
    async with gate(town, tmp_path / "queue") as agent:
        town.cable.cut()
        await until(lambda: agent.status()["line"] == "down")
        box = agent._box
        box._connection.execute(
            "INSERT INTO allowance VALUES (77, ?, ?, ?, ?, ?, ?)",
            (token, "old", UNITS, RIDE, begun.timestamp(), (begun + timedelta(days=DAYS)).timestamp()),
        )
        for number in range(TAPS):
            own, text = new_request_id(), town.cards[number % len(town.cards)].token
            times[own] = begun + number * timedelta(days=DAYS) / TAPS
            sealed = seal.close(text, request_id=own)
            box.grant(own, sealed=sealed, card=seal.mark(text), allowance=77, day="old", now=times[own])
        town.cable.mend()
        await until(lambda: agent.status()["queue"] == 0)
        verdicts = agent.tally.verdicts
        # A busy machine may lose the answer of a batch, whose second try then finds it done.
        assert (verdicts["ACCEPTED_LATE"] + verdicts["DUPLICATE"], verdicts["REJECTED"]) == (UNITS, TAPS - UNITS)
        assert {one["reason"] for one in box.rejects()} == {"BEYOND_ALLOWANCE"}
        assert box.count(State.GRANTED) == 0
    rows = [row for row in (await town.state()).redemptions if row["request_id"] in times]
    assert Counter(row["quantity"] for row in rows) == {1: UNITS}
    apart = [abs(row["happened_at"] - times[row["request_id"]]) for row in rows]
    assert max(apart) < timedelta(milliseconds=1)  # the queue keeps times as SQLite does numbers
    taps = [
        Tap(request_id=own, pass_=town.cards[number % len(town.cards)].token, reward=RIDE, happened_at=at)
        for number, (own, at) in enumerate(times.items())
    ]
    async with town.past_the_cable() as client:  # a gate that was set back to before it heard anything
        again = [one async for one in client.upload(token, taps)]
    assert Counter(one.verdict for one in again if isinstance(one, TapVerdict)) == {
        "DUPLICATE": UNITS,
        "REJECTED": TAPS - UNITS,
    }
    assert len([row for row in (await town.state()).redemptions if row["request_id"] in times]) == UNITS
