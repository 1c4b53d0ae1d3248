"""The client without an event loop: the same calls, and the same ends to them."""

import asyncio
import inspect
import threading
import time
from collections.abc import Iterator

import pytest

from laurel_client import (
    Credentials,
    Eligible,
    LaurelClient,
    NotEligible,
    Redemption,
    RetryPolicy,
    SyncLaurelClient,
    Unavailable,
)
from tests.client.stub_gateway import StubGateway
from tests.client.stub_ledger import DENIED

PASS, REWARD = "a-pass-of-somebody", "cultural-event"
ASYNC_ALONE = {"with_policy", "attempt", "change", "aclose"}
SYNC_ALONE = {"close"}


@pytest.fixture
def client(gateway: StubGateway, credentials: Credentials) -> Iterator[SyncLaurelClient]:
    gateway.ledger.quotas[PASS, REWARD] = 5
    with SyncLaurelClient(credentials) as opened:
        yield opened


def calls(kind: type) -> dict[str, str]:
    """Return the signature of each public method, as whoever waits for its answer sees it."""
    found = inspect.getmembers(kind, inspect.isfunction)
    return {
        name: str(inspect.signature(method)).replace("AsyncIterator", "Iterator")
        for name, method in found
        if not name.startswith("_")
    }


def test_both_forms_have_the_same_calls() -> None:
    one, other = calls(LaurelClient), calls(SyncLaurelClient)
    assert one.keys() - ASYNC_ALONE == other.keys() - SYNC_ALONE
    assert {name: one[name] for name in one.keys() - ASYNC_ALONE} == {
        name: other[name] for name in other.keys() - SYNC_ALONE
    }
    assert all(getattr(SyncLaurelClient, name).__doc__ for name in other)


def test_a_call_waits_for_its_answer(client: SyncLaurelClient) -> None:
    assert client.verify_pass(PASS, REWARD, 2) == Eligible(reward=REWARD, quantity=2, remaining=None)
    assert client.verify_pass("nobody's", REWARD) == NotEligible(**DENIED)
    made = client.redeem_reward(PASS, REWARD)
    assert isinstance(made, Redemption)
    assert client.redemption(made.id) == made
    assert client.clock_ahead_seconds is not None


def test_a_dropped_answer_counts_once(gateway: StubGateway, client: SyncLaurelClient) -> None:
    gateway.faults.extend(["drop", "drop"])
    made = client.redeem_reward(PASS, REWARD)
    assert isinstance(made, Redemption)
    assert (made.replayed, gateway.ledger.effects) == (True, 1)


def test_a_list_is_an_iterator_that_may_be_left(client: SyncLaurelClient) -> None:
    made = [client.redeem_reward(PASS, REWARD) for _ in range(3)]
    assert sorted(one.id for one in client.redemptions()) == sorted(one.id for one in made)  # type: ignore[union-attr]
    assert next(client.redemptions()) is not None
    assert len(list(client.redemptions(of_this_device=True))) == 3
    assert list(client.occasions(over=True)) == []


def test_it_works_where_a_loop_runs_already(client: SyncLaurelClient) -> None:
    async def somewhere() -> object:
        return client.verify_pass(PASS, REWARD)

    assert isinstance(asyncio.run(somewhere()), Eligible)


def test_threads_share_one_token(gateway: StubGateway, client: SyncLaurelClient) -> None:
    answers: list[object] = []
    threads = [
        threading.Thread(target=lambda: answers.append(client.redeem_reward(PASS, REWARD))) for _ in range(5)
    ]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert len({one.id for one in answers if isinstance(one, Redemption)}) == 5
    assert len(gateway.grants) == 1
    assert gateway.complaints == []


def test_the_deadline_holds_while_bytes_trickle(gateway: StubGateway, credentials: Credentials) -> None:
    gateway.faults.extend(["trickle"])
    with SyncLaurelClient(credentials, policy=RetryPolicy(deadline_seconds=0.5)) as client:
        client.sign_in()
        began = time.monotonic()
        with pytest.raises(Unavailable):
            client.verify_pass(PASS, REWARD)
    assert time.monotonic() - began < 3  # the answer takes 5


def test_closed_is_closed(credentials: Credentials) -> None:
    client = SyncLaurelClient(credentials)
    client.close()
    client.close()
    with pytest.raises(RuntimeError, match="closed"):
        client.sign_in()
    assert "laurel-client" not in {thread.name for thread in threading.enumerate()}


def test_a_fork_opens_its_own(client: SyncLaurelClient, monkeypatch: pytest.MonkeyPatch) -> None:
    client.sign_in()
    monkeypatch.setattr("os.getpid", lambda: 1)
    with pytest.raises(RuntimeError, match="fork"):
        client.sign_in()
    monkeypatch.undo()
