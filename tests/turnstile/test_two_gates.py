"""Two gates of one partner: one card at both, and one of them revoked while its queue is full."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from laurel_client import Credentials, new_request_id
from laurel_turnstile.taps import State
from tests.turnstile.metro import KIND, METRO, City, gate, steward_key, until

pytestmark = pytest.mark.anyio


async def _neighbour(town: City, folder: Path) -> City:
    """Return the same city as another gate sees it."""
    private, public = steward_key()
    given = {**json.loads(town.file.read_text()), "kind": KIND, "partner_id": METRO, "key": private}
    await town.steward.add_key(given, public, scopes=" ".join(given["scopes"]))
    file = folder / "gate-2.json"
    file.write_text(json.dumps(given))
    return replace(town, file=file)


async def test_one_card_at_two_gates_and_a_gate_that_is_revoked(town: City, tmp_path: Path) -> None:
    other = await _neighbour(town, tmp_path)
    [issued] = await town.steward.resident("transit")
    owns = [new_request_id() for _ in range(4)]
    async with gate(town, tmp_path / "one") as here, gate(other, tmp_path / "two") as there:
        town.cable.cut()
        await until(lambda: here.status()["line"] == there.status()["line"] == "down")
        for own, agent in zip(owns, (here, there, here, there), strict=True):
            answer = await agent.gate.shown(own, issued.token)
            assert (answer.word, answer.by) == ("open", "gate")
        town.cable.mend()
        await until(lambda: here.status()["queue"] == there.status()["queue"] == 0)
        made = [row for row in (await town.state()).redemptions if row["request_id"] in owns]
        assert sorted(row["request_id"] for row in made) == sorted(owns)
        assert [row["quantity"] - row["reversed_quantity"] for row in made] == [1] * 4

        town.cable.cut()
        await until(lambda: there.status()["line"] == "down")
        late = new_request_id()
        assert (await there.gate.shown(late, town.cards[0].token)).word == "open"
        await town.steward.revoke_device(Credentials.from_file(other.file))
        town.cable.mend()
        await until(lambda: "did not accept this device" in str(there.status()["trouble"]))
        await until(lambda: there.status()["line"] == "down")  # each thing that it asks for is refused in its turn
        assert there.status()["queue"] == 1
        kept = there._box.find(late)
        assert kept is not None
        assert (kept.state, kept.sealed is not None) == (
            State.GRANTED,
            True,
        )  # its allowance bounds what it may do
        await until(lambda: here.status()["line"] == "up")  # the neighbour's is none of its business
    assert [row for row in (await town.state()).redemptions if row["request_id"] == late] == []
