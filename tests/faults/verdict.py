"""What is said of a town in the end: by the checker of histories, and by the gateway's own check of its books."""

import statistics
from collections.abc import Sequence
from dataclasses import dataclass

from gateway.domain.conservation import Law
from gateway.store.conservation import check
from gateway.store.database import Database
from gateway.store.snapshots import snapshot
from tests.faults.towns import Town
from tests.history.checker import judge
from tests.history.journal import UNKNOWN, Call, read
from tests.history.snapshot import Snapshot, take


async def state_of(town: Town) -> Snapshot:
    """Read the ledger's tables, past any gateway."""
    database = Database(town.database_url)
    try:
        return await take(database)
    finally:
        await database.close()


def history(town: Town) -> list[Call]:
    """Return what the clerks wrote down."""
    return read([town.folder / "journal.jsonl"])


async def acquitted(town: Town, *, least: int = 5) -> list[Call]:
    """Return a town's history; nothing is wrong with it, and enough of it had its effect.

    Whatever nobody knew at first was asked again until somebody did.
    """
    calls = history(town)
    assert judge(calls, await state_of(town)) == []
    async with snapshot(town.database_url) as connection:
        books = [await check(connection, law) for law in Law]
    assert [one for one in books if one.differing] == []
    known = {call.key for call in calls if call.answer["event"] != UNKNOWN}
    assert {call.key for call in calls} <= known
    assert sum(call.ok for call in calls) >= least
    return calls


def none_between(calls: Sequence[Call], since: float, until: float) -> bool:
    """Whether nothing new had its effect that was asked and answered between two instants."""
    return not [
        call
        for call in calls
        if call.ok and not call.answer["replayed"] and since < call.asked["at"] and call.answer["at"] < until
    ]


@dataclass(frozen=True)
class Refusal:
    """One time that somebody was told to come back: when, and after how long."""

    at: float
    seconds: float
    retry_after: float | None


def refusals(calls: Sequence[Call]) -> list[Refusal]:
    """Return each time that a client got no answer that decides."""
    return [
        Refusal(call.answer["at"], call.answer["seconds"], call.answer["retry_after"])
        for call in calls
        if "seconds" in call.answer and "still working" not in call.answer["told"]
    ]


def report(name: str, calls: Sequence[Call], *, healed: float | None = None) -> None:
    """Print what a soak measures; pytest shows it with -s."""
    told = [one.seconds for one in refusals(calls) if one.retry_after is not None]
    waits = f"503 after {statistics.median(told):.2f} s, at most {max(told):.2f} s" if told else "no 503"
    heals = "" if healed is None else f", healed after {healed:.2f} s"
    done = sum(call.ok for call in calls)
    print(f"\n{name}: {len(calls)} calls, {done} effects, {len(told)} told to come back: {waits}{heals}")
