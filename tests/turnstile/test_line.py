"""A gate and its line, silent, slow, cut and mended: what it opens for is on record once, else never."""

import time
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx2
import pytest

from gateway.domain.passes import PassForm
from laurel_client import Reason, Redemption, Status, Unavailable, new_request_id
from laurel_client.clock import SYSTEM_CLOCK
from laurel_client.retries import persist
from laurel_turnstile import handing_in
from laurel_turnstile.agent import REJECTS, Agent
from laurel_turnstile.line import once
from laurel_turnstile.metrics import exposing, exposition
from laurel_turnstile.taps import State
from tests.flow.cable import Cable
from tests.phone import Phone
from tests.turnstile.metro import RIDE, City, gate, until

pytestmark = pytest.mark.anyio


@pytest.fixture
async def agent(town: City, tmp_path: Path) -> AsyncIterator[Agent]:
    async with gate(town, tmp_path / "queue") as running:
        yield running


async def _card(town: City) -> str:
    [issued] = await town.steward.resident("transit")
    return str(issued.token)


async def _on_record(town: City, request_id: str) -> Redemption | None:
    async with town.past_the_cable() as client:
        return await client.redemption(request_id=request_id)


async def _shown(agent: Agent, text: str) -> tuple[str, str, str, str | None]:
    own = new_request_id()
    answer = await agent.gate.shown(own, text)
    return own, answer.word, answer.by, answer.why


async def _down(agent: Agent, cable: Cable) -> None:
    cable.cut()
    await until(lambda: agent.status()["line"] == "down")


async def test_online_the_gateway_decides(town: City, agent: Agent) -> None:
    token = await _card(town)
    own, *answer = await _shown(agent, token)
    assert answer == ["open", "gateway", None]
    assert await _on_record(town, own) is not None
    stranger = await _shown(agent, token[:-8] + "AAAAAAAA")
    assert stranger[1:] == ("closed", "gateway", None)
    mistyped = await _shown(agent, "A" * 16)
    assert mistyped[1:] == ("undetermined", "gateway", "scan-again")
    assert agent.status()["queue"] == 0


async def test_a_silent_line_does_not_keep_a_card_waiting(town: City, tmp_path: Path) -> None:
    token = await _card(town)
    async with gate(town, tmp_path / "queue", deadline=0.2) as agent:
        town.cable.silence()
        own, *answer = await _shown(agent, token)
        assert answer == ["open", "gate", None]
        assert agent._box.count(State.GRANTED) == 1
        town.cable.mend()
        await until(lambda: agent.status()["queue"] == 0)
        assert sum(agent.tally.verdicts.values()) == 1
        again = await agent.gate.shown(own, token)
        assert (again.word, again.by) == ("open", "gate")
    made = await _on_record(town, own)
    assert made is not None
    assert (made.quantity, made.reversed_quantity) == (1, 0)


async def test_a_committed_answer_that_comes_too_late_counts_once(town: City, tmp_path: Path) -> None:
    """The gateway redeems, its answer dawdles, the gate opens alone and hands in: a duplicate."""
    token = await _card(town)
    async with gate(town, tmp_path / "queue", deadline=0.15) as agent:
        town.cable.delay(0.3)
        own, *answer = await _shown(agent, token)
        assert answer == ["open", "gate", None]
        made = await _eventually_on_record(town, own)
        town.cable.mend()
        await until(lambda: agent.status()["queue"] == 0)
        assert dict(agent.tally.verdicts) == {"DUPLICATE": 1}
    assert await _on_record(town, own) == made


async def _eventually_on_record(town: City, own: str) -> Redemption:
    for _ in range(40):
        if (made := await _on_record(town, own)) is not None:
            return made
    raise AssertionError("it did not arrive")


async def test_a_gate_that_stayed_closed_on_a_lost_answer_takes_it_back(town: City, tmp_path: Path) -> None:
    """A typed code can't be decided alone. The gateway redeemed it meanwhile: it is found, and taken back."""
    [issued] = await town.steward.resident("transit")
    async with gate(town, tmp_path / "queue", deadline=0.15) as agent:
        town.cable.delay(0.3)
        own, *answer = await _shown(agent, issued.code)
        assert answer == ["undetermined", "gate", "needs-the-line"]
        assert agent.status()["taking_back"] == 1
        await _eventually_on_record(town, own)
        town.cable.mend()
        await until(lambda: agent.status()["taking_back"] == 0)
        assert (await agent.gate.shown(own, issued.code)).word == "closed"
    made = await _on_record(town, own)
    assert made is not None
    assert made.status is Status.REVERSED


async def test_a_question_that_never_arrived_is_asked_after_until_it_can_not_arrive(
    town: City, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with gate(town, tmp_path / "queue") as agent:
        agent._box.ask(own := new_request_id(), now=datetime.now(UTC))  # as a killed agent leaves it
        await until(lambda: agent.status()["taking_back"] == 1)
        for _ in range(3):
            await agent._handing_in.run(agent.line.patient)
        assert agent.status()["taking_back"] == 1
        monkeypatch.setattr(handing_in, "IN_FLIGHT_SECONDS", 0.0)
        await until(lambda: agent.status()["taking_back"] == 0)
    assert await _on_record(town, own) is None


async def test_whoever_stands_at_the_gate_waits_for_one_attempt() -> None:
    """A line that refuses at once must not cost the deadline: there is no second attempt to wait for."""
    policy, attempts = once(0.2), 0

    async def refused() -> None:
        nonlocal attempts
        attempts += 1
        raise Unavailable("refused")

    with pytest.raises(Unavailable):
        await persist(refused, policy, SYSTEM_CLOCK)
    assert attempts == 1
    assert min(policy.pause(1, None) for _ in range(1000)) >= policy.deadline_seconds


async def test_a_clock_that_ran_ahead_stops_nothing_once_it_is_right(
    town: City, agent: Agent, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its taps would else wait for a year that has not come, and the gate would decide nothing alone till then."""
    monkeypatch.setattr(handing_in, "IN_FLIGHT_SECONDS", 0.0)
    ahead = datetime.now(UTC) + timedelta(days=365)
    agent._box.ask(own := new_request_id(), now=ahead)
    agent._box.unwant(own)
    await until(lambda: agent.status()["taking_back"] == 0)
    assert agent._box.newest() < datetime.now(UTC) + timedelta(minutes=1)
    await _down(agent, town.cable)
    assert (await _shown(agent, await _card(town)))[1:] == ("open", "gate", None)


async def test_what_only_the_gateway_can_open_is_undetermined_alone(town: City, agent: Agent) -> None:
    held = await town.steward.holder("transit")
    live, slip = (held["transit", form] for form in (PassForm.LIVE, PassForm.SLIP))
    shown = {"live": Phone.paired(live.texts[0]).shows(int(time.time())), "slip": slip.code, "nothing": "?"}
    await _down(agent, town.cable)
    for text in shown.values():
        assert (await _shown(agent, text))[1:] == ("undetermined", "gate", "needs-the-line")
    assert agent.status()["queue"] == 0


async def test_a_revoked_card_opens_nothing_once_the_list_says_so(town: City, tmp_path: Path) -> None:
    [issued] = await town.steward.resident("transit")
    async with gate(town, tmp_path / "queue") as agent:
        status = agent._provisions.status
        assert status is not None
        await _down(agent, town.cable)
        assert (await _shown(agent, issued.token))[1] == "open"
        agent._provisions.status = replace(status, bits=b"\xff" * len(status.bits))
        assert (await _shown(agent, issued.token))[1:] == ("closed", "gate", None)


async def test_an_arm_that_did_not_turn_is_no_ride(town: City, agent: Agent) -> None:
    online, *_ = await _shown(agent, await _card(town))
    agent.gate.annul(online)
    await until(lambda: agent.status()["taking_back"] == 0)
    made = await _on_record(town, online)
    assert made is not None
    assert made.status is Status.REVERSED
    left = agent.status()["allowance_left"]
    await _down(agent, town.cable)
    alone, *answer = await _shown(agent, await _card(town))
    assert answer == ["open", "gate", None]
    assert agent.status()["allowance_left"] == left - 1  # type: ignore[operator]
    agent.gate.annul(alone)
    agent.gate.annul(alone)
    assert agent.status()["allowance_left"] == left
    town.cable.mend()
    await until(lambda: agent.status()["line"] == "up")
    assert (await agent.gate.shown(alone, "whatever")).word == "closed"
    assert await _on_record(town, alone) is None


async def test_a_tap_that_was_handed_in_and_did_not_turn_is_taken_back(town: City, agent: Agent) -> None:
    await _down(agent, town.cable)
    own, *_ = await _shown(agent, await _card(town))
    town.cable.mend()
    await until(lambda: agent.status()["queue"] == 0 and agent.status()["line"] == "up")
    agent.gate.annul(own)
    await until(lambda: agent.status()["taking_back"] == 0)
    made = await _on_record(town, own)
    assert made is not None
    assert made.status is Status.REVERSED
    assert agent.tally.taken_back == 1


async def test_a_denial_that_got_lost_is_for_people_and_no_ride(town: City, agent: Agent) -> None:
    """The fifth ride of a day is denied, the answer is lost, and the gate opens alone under the same id."""
    token = await _card(town)
    for _ in range(4):
        assert (await _shown(agent, token))[1] == "open"
    own = new_request_id()
    async with town.past_the_cable() as client:
        denied = await client.redeem_reward(token, RIDE, request_id=own)
    assert getattr(denied, "reason", None) is Reason.NOT_ELIGIBLE
    agent.gate._terms = replace(agent._terms, rides_per_card=5)
    await _down(agent, town.cable)
    assert (await agent.gate.shown(own, token)).word == "open"
    town.cable.mend()
    await until(lambda: agent.status()["rejects"] == 1)
    written = (agent._terms.folder / REJECTS).read_text()
    assert "DENIED_ONLINE" in written
    assert own in written
    assert token not in written
    assert await _on_record(town, own) is None


async def test_the_state_can_be_seen(town: City, agent: Agent) -> None:
    token = await _card(town)
    await _shown(agent, token)
    await _down(agent, town.cable)
    await _shown(agent, token)
    state = agent.status()
    assert (state["line"], state["queue"]) == ("down", 1)
    assert state["clock_ahead_seconds"] is not None
    assert state["trouble"] is not None
    async with (
        exposing(0, lambda: exposition(agent.status(), agent.tally)) as port,
        httpx2.AsyncClient(trust_env=False) as http,
    ):
        told = await http.get(f"http://127.0.0.1:{port}/metrics")
        other = await http.get(f"http://127.0.0.1:{port}/")
    assert (told.status_code, other.status_code) == (200, 404)
    lines = told.text.splitlines()
    assert "laurel_turnstile_online 0" in lines
    assert "laurel_turnstile_queue 1" in lines
    assert 'laurel_turnstile_taps_total{answer="open",by="gate"} 1' in lines
    assert 'laurel_turnstile_taps_total{answer="open",by="gateway"} 1' in lines
    assert any(line.startswith("laurel_turnstile_list_age_seconds ") for line in lines)
    assert token not in told.text
